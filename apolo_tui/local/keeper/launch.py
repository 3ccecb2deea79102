"""Starting a process: its streams, its session, its environment."""

import contextlib
import errno
import fcntl
import os
import pty
import resource
import signal
import struct
import subprocess
import termios
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from apolo_tui.local.keeper import system

COLUMNS, ROWS = 80, 24
STDIN_PIPE = 4096
"""Bytes. A user's pipes share one allowance, which many jobs' unused stdin would eat up."""

DEFAULT_SIGNALS = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGCHLD,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
)

# The limit of this process before it is raised for its own needs; jobs get the old one.
DESCRIPTOR_LIMIT = resource.getrlimit(resource.RLIMIT_NOFILE)


@dataclass(frozen=True, slots=True)
class Launched:
    """A process just started, and our ends of its streams, which do not block.

    With a terminal, stdin and stdout are the same descriptor and there is no stderr.
    """

    pid: int
    stdin: int | None
    stdout: int | None
    stderr: int | None

    def descriptors(self) -> list[int]:
        """All of them, each once."""
        streams = (self.stdin, self.stdout, self.stderr)
        return list(dict.fromkeys(fd for fd in streams if fd is not None))


class LaunchError(Exception):
    """A process could not be started: the exit code that a shell would give, and why."""

    def __init__(self, exit_code: int, reason: str) -> None:
        super().__init__(reason)
        self.exit_code = exit_code


def launch(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    working_dir: Path,
    tty: bool,
    stdin: bool = True,
    stdout: bool = True,
    stderr: bool = True,
) -> Launched:
    """Start a process in a session of its own. Streams that are not wanted are /dev/null.

    Raises LaunchError. Blocks until the program was executed, some milliseconds.
    """
    ours: dict[str, int] = {}
    theirs: dict[str, int] = {}
    try:
        if tty:
            ours["stdin"], theirs["stdin"] = pty.openpty()
            ours["stdout"] = ours["stdin"]
            theirs["stdout"] = theirs["stderr"] = theirs["stdin"]
            resize(ours["stdin"], columns=COLUMNS, rows=ROWS)
        else:
            if stdin:
                theirs["stdin"], ours["stdin"] = os.pipe()
                system.widen_pipe(ours["stdin"], STDIN_PIPE)
            for name, wanted in (("stdout", stdout), ("stderr", stderr)):
                if wanted:
                    ours[name], theirs[name] = os.pipe()
        for fd in ours.values():
            os.set_blocking(fd, False)
        pid = _execute(argv, environment, working_dir, theirs, _before_program(tty=tty))
    except OSError as error:
        _close(ours)
        reason = f"cannot start {argv[0]!r}: {error.strerror or error}"
        code = 127 if error.errno in (errno.ENOENT, errno.ENOTDIR) else 126
        raise LaunchError(code, reason) from error
    except (ValueError, subprocess.SubprocessError, IndexError) as error:
        _close(ours)
        raise LaunchError(126, f"cannot start the command: {error}") from error
    finally:
        _close(theirs)
    return Launched(pid, ours.get("stdin"), ours.get("stdout"), ours.get("stderr"))


def _execute(
    argv: Sequence[str],
    environment: Mapping[str, str],
    working_dir: Path,
    streams: Mapping[str, int],
    before_program: Callable[[], None],
) -> int:
    with warnings.catch_warnings():
        # A keeper within a server shares its process with a few threads. What runs between fork
        # and exec takes no lock and allocates next to nothing.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        process = subprocess.Popen(
            list(argv),
            env=dict(environment),
            cwd=working_dir,
            stdin=streams.get("stdin", subprocess.DEVNULL),
            stdout=streams.get("stdout", subprocess.DEVNULL),
            stderr=streams.get("stderr", subprocess.DEVNULL),
            start_new_session=True,
            preexec_fn=before_program,
        )
    # Others wait for the child; this object must not.
    process.returncode = 0
    return process.pid


def _before_program(*, tty: bool) -> Callable[[], None]:
    """What a child does between fork and exec."""
    parent = os.getpid()

    def prepare() -> None:
        # What this process ignores or blocks, perhaps since it was started itself, jobs do not.
        for number in DEFAULT_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        system.end_with_parent(parent)
        if tty:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, DESCRIPTOR_LIMIT)

    return prepare


def resize(terminal: int, *, columns: int, rows: int) -> None:
    """Set the size of a terminal, in cells; its foreground processes get SIGWINCH."""
    size = struct.pack("HHHH", rows, columns, 0, 0)
    with contextlib.suppress(OSError):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)


def _close(streams: dict[str, int]) -> None:
    for fd in set(streams.values()):
        os.close(fd)
    streams.clear()


def working_folder(wanted: str | None) -> Path:
    """The folder to start in: the wanted one, else the user's home, else the root."""
    for folder in (wanted, os.environ.get("HOME"), "/"):
        if folder and Path(folder).is_absolute() and Path(folder).is_dir():
            return Path(folder)
    return Path("/")
