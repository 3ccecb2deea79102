"""`python -m apolo_tui.local.keeper FOLDER`: a keeper in the background.

The command returns when the keeper can be reached: with exit code 0, also when another runs
there already, or with 1 and the reason on stderr.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from pathlib import Path

from apolo_tui.local.keeper import address
from apolo_tui.local.keeper.api import KeeperError
from apolo_tui.local.keeper.folder import KeeperFolder
from apolo_tui.local.keeper.journal import LOG_LIMIT
from apolo_tui.local.keeper.keeping import Keeping, Options
from apolo_tui.local.keeper.service import Service

READY = b"ready"
START = 10.0
"""Seconds that another keeper, which started first, may take."""
COMPLAINTS = 1 << 20
"""Bytes of complaints above which a new keeper starts a new file."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m apolo_tui.local.keeper")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--idle", type=float, default=3600.0)
    parser.add_argument("--log-limit", type=int, default=LOG_LIMIT)
    parser.add_argument("--foreground", action="store_true", help="do not go to the background")
    options = parser.parse_args(arguments)
    folder = KeeperFolder(options.folder.absolute())
    try:
        folder.create()
    except (KeeperError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if options.foreground:
        return keep(folder, idle=options.idle, log_limit=options.log_limit, ready=None)
    reading, ready = os.pipe()
    if os.fork() > 0:
        os.close(ready)
        with os.fdopen(reading, "rb") as told:
            answer = told.read()
        if answer == READY:
            return 0
        sys.stderr.write(answer.decode() or f"{folder.complaints} says why.\n")
        return 1
    os.close(reading)
    detach(folder)
    return keep(folder, idle=options.idle, log_limit=options.log_limit, ready=ready)


def detach(folder: KeeperFolder) -> None:
    """Leave the terminal, the folder and the streams of the one who started us."""
    os.chdir("/")
    path = folder.complaints
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    if path.exists() and path.stat().st_size > COMPLAINTS:
        flags |= os.O_TRUNC
    complaints = os.open(path, flags, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, complaints), (2, complaints)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(complaints)


def take(folder: KeeperFolder) -> int | None:
    """The folder's lock; None when another keeper has it and can be reached."""
    give_up = time.monotonic() + START
    while True:
        lock = folder.lock()
        if lock is not None:
            return lock
        try:
            address.reach(folder.path).close()
        except (ConnectionError, FileNotFoundError):
            # It starts, or ends, or is no keeper but one who ends orphans.
            if time.monotonic() > give_up:
                raise KeeperError(f"Another process holds {folder.path}.") from None
            time.sleep(0.02)
        else:
            return None


def keep(folder: KeeperFolder, *, idle: float, log_limit: int, ready: int | None) -> int:
    """Keep until nothing is left to keep. `ready` is told when clients may come."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)

    def tell(answer: bytes) -> None:
        if ready is not None:
            os.write(ready, answer)
            os.close(ready)

    try:
        lock = take(folder)
    except KeeperError as error:
        tell(f"{error}\n".encode())
        return 1
    if lock is None:
        tell(READY)
        return 0

    async def work() -> None:
        loop = asyncio.get_running_loop()
        try:
            keeping = Keeping(folder, Options(log_limit=log_limit, sole=True))
            service = Service(keeping, address.listen(folder.path), idle=idle)
        except (KeeperError, OSError) as error:
            tell(f"{error}\n".encode())
            raise
        # A keeper is ended by a call. A signal to it ends the jobs in good order too.
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, service.over.set)
        # The end of the terminal where all began means nothing.
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
        tell(READY)
        await service.over.wait()
        address.unlink(folder.path)
        service.close()
        await keeping.close()

    asyncio.run(work())
    # The lock is held to the end of the process: only then may the next keeper come.
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
