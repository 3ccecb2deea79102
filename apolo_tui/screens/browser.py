"""Opening a page in the user's browser."""

import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping

OPENERS = ("xdg-open", "gio", "wslview")


def command_for(url: str, environ: Mapping[str, str]) -> list[str] | None:
    """The command that shows `url`; None where there is no browser.

    $BROWSER goes first; it may hold `%s` for the URL, and several commands between colons.
    """
    for candidate in filter(None, environ.get("BROWSER", "").split(":")):
        words = shlex.split(candidate)
        if words and shutil.which(words[0]):
            return [word.replace("%s", url) for word in words] + (
                [] if "%s" in candidate else [url]
            )
    if sys.platform == "darwin":
        return ["open", url]
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return None
    for name in OPENERS:
        if path := shutil.which(name):
            return [path, "open", url] if name == "gio" else [path, url]
    return None


def open_in_browser(url: str, environ: Mapping[str, str]) -> str:
    """Start the browser apart from us; its name, or "" where there is none."""
    command = command_for(url, environ)
    if command is None:
        return ""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return ""
    # Wait for its end in a thread of its own: it may outlive us, and must not stay a zombie.
    threading.Thread(target=process.wait, daemon=True, name="browser").start()
    return command[0]
