"""What differs between Linux and macOS: the process table, exact kills, children, credentials.

Everything else of the keeper is POSIX.
"""

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

LINUX = sys.platform == "linux"

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
F_SETPIPE_SZ = 1031
LOCAL_PEERCRED = 1
LOCAL_PEERPID = 2

DESCRIPTORS = 65536 if LINUX else 10240

PAGE = resource.getpagesize()

# Loaded before any fork: a child must not load libraries.
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Process:
    """A process of the process table. The start time tells it from a later one of its number."""

    pid: int
    parent: int
    session: int
    started: int
    """An opaque number, the same for the life of the process."""
    resident: int
    """Bytes."""
    zombie: bool


def look_up(pid: int) -> Process | None:
    """The process of that number, now; None when there is none."""
    if LINUX:
        try:
            return _from_stat(Path(f"/proc/{pid}/stat").read_bytes())
        except (FileNotFoundError, ProcessLookupError):
            return None
    return _from_psutil(pid)


def pids() -> list[int]:
    """The numbers of all processes that this user can see."""
    if LINUX:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    return psutil.pids()


def _from_stat(line: bytes) -> Process:
    # The command's name stands in brackets and may contain anything, brackets too.
    pid, _, rest = line.partition(b" (")
    fields = rest[rest.rindex(b")") + 2 :].split()
    return Process(
        pid=int(pid),
        parent=int(fields[1]),
        session=int(fields[3]),
        started=int(fields[19]),
        resident=int(fields[21]) * PAGE,
        zombie=fields[0] in (b"Z", b"X"),
    )


def _from_psutil(pid: int) -> Process | None:
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            zombie = process.status() == psutil.STATUS_ZOMBIE
            return Process(
                pid=pid,
                parent=process.ppid(),
                session=os.getsid(pid),
                started=int(process.create_time() * 1_000_000),
                resident=0 if zombie else process.memory_info().rss,
                zombie=zombie,
            )
    except (psutil.Error, ProcessLookupError, PermissionError):
        return None


def environment_value(pid: int, name: str) -> str | None:
    """A variable of the environment that a process of this user was started with."""
    if LINUX:
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            # Gone, or another user's.
            return None
        key = name.encode() + b"="
        if environment.startswith(key):
            at = 0
        else:
            at = environment.find(b"\0" + key) + 1
            if at == 0:
                return None
        return environment[at + len(key) :].split(b"\0", 1)[0].decode(errors="replace")
    try:
        value: str | None = psutil.Process(pid).environ().get(name)
    except (psutil.Error, OSError):
        return None
    return value


def boot() -> str:
    """A name for the time since the system started: process numbers mean nothing beyond it."""
    if LINUX:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return str(int(psutil.boot_time()))


def proportional_memory(process: Process) -> int:
    """Bytes of resident memory, what is shared with other processes counted in part."""
    if LINUX:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process.pid}/smaps_rollup").read_bytes().splitlines():
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    return process.resident


def kill_exactly(process: Process, number: int) -> None:
    """Send a signal to that process, never to a later one of its number."""
    if not LINUX:
        now = look_up(process.pid)
        if now is not None and now.started == process.started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, number)
        return
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return
    try:
        now = look_up(process.pid)
        if now is not None and now.started == process.started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                signal.pidfd_send_signal(handle, number)
    finally:
        os.close(handle)


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends (Linux; elsewhere init is)."""
    if LINUX and _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot become the reaper of orphans")


def end_with_parent(parent: int) -> None:
    """In a child, before its program: be killed when the parent ends (Linux)."""
    if LINUX:
        _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def widen_pipe(fd: int, size: int) -> None:
    """Let a pipe hold more, or less, where the system lets us."""
    if LINUX:
        with contextlib.suppress(OSError):
            fcntl.fcntl(fd, F_SETPIPE_SZ, size)


def raise_descriptor_limit() -> None:
    """Allow this process as many descriptors as many jobs and clients need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def peer_user(connection: socket.socket) -> int:
    """The user id of the process at the other end of a Unix socket."""
    if LINUX:
        packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int(struct.unpack("3i", packed)[1])
    # struct xucred: version, user id, number of groups, 16 groups. SOL_LOCAL is 0.
    packed = connection.getsockopt(0, LOCAL_PEERCRED, 76)
    return int(struct.unpack_from("II", packed)[1])


def peer_process(connection: socket.socket) -> int:
    """The number of the process at the other end of a Unix socket."""
    if LINUX:
        packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int(struct.unpack("3i", packed)[0])
    return connection.getsockopt(0, LOCAL_PEERPID)
