"""The environment as the user gave it."""

from collections.abc import Mapping
from pathlib import Path

COERCED = ("C.UTF-8", "C.utf8", "UTF-8")
"""What Python sets `LC_CTYPE` to where the locale is a plain C (PEP 538)."""
AT_THE_START = Path("/proc/self/environ")


def as_given(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Without the `LC_CTYPE` that Python has set: who says LANG=C may mean it.

    Where the system does not tell what the process was started with, it stays.
    """
    if environ.get("LC_CTYPE") not in COERCED:
        return environ
    try:
        given = AT_THE_START.read_bytes().split(b"\0")
    except OSError:
        return environ
    if any(variable.startswith(b"LC_CTYPE=") for variable in given):
        return environ
    return {name: value for name, value in environ.items() if name != "LC_CTYPE"}
