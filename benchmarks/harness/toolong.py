"""The viewer toolong, in an environment of its own: it wants an older Textual than ours."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.registry import PeerMissingError

VERSION = "1.5.0"


def program() -> Path:
    """Its `tl`; made in the user's cache when it is not there yet. Raises PeerMissingError."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "apolo-tui" / "benchmarks" / f"toolong-{VERSION}"
    found = folder / "bin" / "tl"
    if found.exists():
        return found
    try:
        for command in (
            [sys.executable, "-m", "venv", str(folder)],
            [str(folder / "bin" / "pip"), "install", "--quiet", f"toolong=={VERSION}"],
        ):
            subprocess.run(command, check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        raise PeerMissingError(
            f"toolong {VERSION}: {error}. Make it by hand: {sys.executable} -m venv {folder} && "
            f"{folder}/bin/pip install toolong=={VERSION}"
        ) from None
    return found
