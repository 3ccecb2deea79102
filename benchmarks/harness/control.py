"""The commands that a program under measurement takes from the one that measures it.

Every program knows `cpu`: its CPU seconds and its resident memory. Others are given by name; they
get the values of the call and return what is answered.
"""

import asyncio
import gc
import json
import os
import socket
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import psutil

from benchmarks.harness.terminal_pty import CONTROL_VARIABLE

Command = Callable[..., dict[str, Any] | None]


def usage() -> dict[str, Any]:
    """CPU seconds of this process and bytes of memory that it holds."""
    return {"cpu": time.process_time(), "memory": psutil.Process().memory_info().rss}


def settle() -> None:
    """As the dashboard does after its first paint: collect, then look rarely at what stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 500)


def serve(commands: Mapping[str, Command]) -> asyncio.Task[None]:
    """Answer commands on the running event loop, and end the program when the other side goes.

    Keep the task.
    """
    return asyncio.create_task(_serve(commands))


async def _serve(commands: Mapping[str, Command]) -> None:
    connection = socket.socket(fileno=int(os.environ[CONTROL_VARIABLE]))
    reader, writer = await asyncio.open_connection(sock=connection)
    while line := await reader.readline():
        values = json.loads(line)
        name = values.pop("command")
        try:
            answer = usage() if name == "cpu" else commands[name](**values) or {}
        except Exception:  # noqa: BLE001 - whatever it is, it is told to the one that measures
            answer = {"error": traceback.format_exc()}
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
    # Whoever measured is gone, also when it was killed: nobody else would end this program.
    os._exit(0)
