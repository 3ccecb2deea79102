"""The Unix socket of a keeper process, also where its folder's path is too long for one."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from apolo_tui.local.keeper import system
from apolo_tui.local.keeper.api import KeeperError

NAME = "keeper.sock"
LONGEST = 100
"""Bytes of a path that every system takes (104 on macOS, 108 on Linux, with the end's zero)."""
BACKLOG = 64


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    """A path for the socket in that folder that is short enough, while the context is open."""
    path = str(folder / NAME)
    if len(os.fsencode(path)) <= LONGEST:
        yield path
    elif system.LINUX:
        handle = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"/proc/self/fd/{handle}/{NAME}"
        finally:
            os.close(handle)
    else:
        # The user's own temporary folder, which is private on macOS.
        name = sha256(os.fsencode(path)).hexdigest()[:16]
        yield str(Path(tempfile.gettempdir()) / f"apolo-{name}.sock")


def listen(folder: Path) -> socket.socket:
    """A listening socket for this user alone. The caller holds the folder's lock."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _short(folder) as path:
        Path(path).unlink(missing_ok=True)
        listener.bind(path)
        Path(path).chmod(0o600)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def unlink(folder: Path) -> None:
    with _short(folder) as path:
        Path(path).unlink(missing_ok=True)


def reach(folder: Path) -> socket.socket:
    """A connection to the keeper of that folder.

    Raises ConnectionError or FileNotFoundError when none listens, KeeperError when it is another
    user's.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(folder) as path:
            connection.connect(path)
        if system.peer_user(connection) != os.getuid():
            raise KeeperError(f"The keeper of {folder} is another user's.")
    except BaseException:
        connection.close()
        raise
    connection.setblocking(False)
    return connection
