"""`python -m apolo_tui.local FOLDER`: the platform in the background.

The command returns when the platform takes requests: with exit code 0, also when another one
serves the folder already, or with 1 and the reason on stderr.
"""

import argparse
import asyncio
import logging
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

from apolo_tui.local.configuration import Policies
from apolo_tui.local.daemon import IDLE, AnotherServerError, run, take_lock
from apolo_tui.local.folder import LocalFolder, Running

log = logging.getLogger(__name__)

READY = b"ready"
LOG_SIZE = 1 << 20
"""Bytes of server.txt above which a new server starts a new one."""
PATIENCE = 20.0
"""Seconds that another server, which started first, may take."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m apolo_tui.local")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--idle", type=float, default=IDLE.total_seconds(), help="seconds")
    parser.add_argument("--log-limit", type=int, default=Policies().log_limit, help="bytes")
    options = parser.parse_args(arguments)
    folder = LocalFolder(options.folder.absolute())
    try:
        folder.create()
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    reading, ready = os.pipe()
    if os.fork() > 0:
        os.close(ready)
        with os.fdopen(reading, "rb") as told:
            answer = told.read()
        if answer == READY:
            return 0
        sys.stderr.write(answer.decode() or f"{folder.log} says why.\n")
        return 1
    os.close(reading)
    _detach(folder)
    return _serve(folder, options, ready)


def _detach(folder: LocalFolder) -> None:
    """Leave the terminal, the folder and the streams of the one who started us."""
    os.setsid()
    os.chdir("/")
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    if folder.log.exists() and folder.log.stat().st_size > LOG_SIZE:
        flags |= os.O_TRUNC
    output = os.open(folder.log, flags, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(output)


def _serve(folder: LocalFolder, options: argparse.Namespace, ready: int) -> int:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)

    def tell(answer: bytes) -> None:
        os.write(ready, answer)
        os.close(ready)

    try:
        take_lock(folder)  # held to the end of the process
    except AnotherServerError as error:
        deadline = time.monotonic() + PATIENCE
        while folder.running() is None:
            if time.monotonic() > deadline:
                tell(f"{error}, and takes no requests. {folder.log} may say why.\n".encode())
                return 1
            time.sleep(0.05)
        tell(READY)
        return 0

    def told(running: Running) -> None:
        log.info("apolo-tui %s serves %s", running.version, running.url)
        tell(READY)

    policies = Policies(log_limit=options.log_limit)
    idle = timedelta(seconds=options.idle)
    asyncio.run(run(folder, idle=idle, policies=policies, ready=told))
    log.info("the server has ended")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
