"""Sees to it that nothing of a demonstration is left, however its process ends.

`python -m apolo_tui.local.demo.guard FOLDER` waits for the end of its stdin, which comes with
the end of the process that holds the other side: by itself, by a signal, by kill -9. What is
still there then is removed: the jobs' processes, and the folder.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import apolo_tui
from apolo_tui.local.keeper.orphans import reap_orphans


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    sys.stdin.buffer.read()
    if (folder / "keeper").is_dir():
        reap_orphans(folder / "keeper")
    shutil.rmtree(folder, ignore_errors=True)
    return 0


@asynccontextmanager
async def guarded(folder: Path) -> AsyncIterator[None]:
    """A guard for the folder while the block runs; it is gone when the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "apolo_tui.local.demo.guard",
        os.fspath(folder),
        # Where the package is found, installed or not.
        cwd=Path(apolo_tui.__file__).parents[1],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        # A ctrl+c in the terminal is not for the guard.
        start_new_session=True,
    )
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
