"""The report that is left behind when the program ends in an unexpected way. It has no secrets."""

import platform
import re
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from apolo_tui import __version__

SECRETS = (
    re.compile(r"eyJ[\w-]*\.[\w-]*\.?[\w-]*"),  # a JSON Web Token
    re.compile(r"(?i)(?<=bearer )\S+"),
    re.compile(r"(?i)((?:token|secret|password|passwd|authorization|api_?key)[\"']?\s*[=:]\s*)\S+"),
    re.compile(r"\b(?!job-[0-9a-z-]{36}\b)[A-Za-z0-9_-]{40,}"),  # any other long opaque text
)
KEPT = 20
"""Reports in the folder; the oldest go."""


def without_secrets(text: str) -> str:
    """The text with everything that looks like a secret taken out. Paths and job ids stay."""
    for pattern in SECRETS:
        text = pattern.sub(lambda match: (match[1] if match.re.groups else "") + "[removed]", text)
    return text


def name_of(error: BaseException | None) -> str:
    """What kind of error it is; of a group that holds one error only, that one."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return type(error).__name__


def describe(reason: str, error: BaseException | None, events: Iterable[str] = ()) -> str:
    """What happened, where, and with which versions. Local variables are left out."""
    lines = [
        f"apolo-tui {__version__}",
        f"python {platform.python_version()} on {platform.platform()}",
        f"time {datetime.now(UTC).isoformat(timespec='seconds')}",
        f"reason {reason}",
        "",
    ]
    if error is not None:
        lines += ["".join(traceback.format_exception(error)), ""]
    lines += ["last events:", *(f"  {event}" for event in events)]
    return without_secrets("\n".join(lines) + "\n")


def write(folder: Path, text: str) -> Path | None:
    """Write a report into `folder`; None when that is not possible."""
    name = datetime.now(UTC).strftime("report-%Y%m%d-%H%M%S-%f.txt")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        for old in sorted(folder.glob("report-*.txt"))[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        print(f"no report could be written: {error}", file=sys.stderr)
        return None
    return path
