"""The bytes that ring a terminal's bell and make it show a notification.

Every text is made printable first: nothing of a job's name can reach the terminal as a control.
"""

from collections.abc import Mapping
from enum import StrEnum

from apolo_tui.model.cells import printable

ESC, BEL, ST = "\x1b", "\a", "\x1b\\"
LONGEST = 200
"""Characters of a notification; terminals cut it anyway."""


class Channel(StrEnum):
    """How a terminal takes notifications."""

    OSC9 = "osc9"
    """iTerm2, WezTerm, Ghostty, Windows Terminal."""
    OSC777 = "osc777"
    """foot, urxvt, Konsole and other VTE terminals."""
    OSC99 = "osc99"
    """kitty."""
    NONE = "none"


def channel_of(environ: Mapping[str, str]) -> Channel:
    """The channel that the terminal of these variables understands.

    Inside tmux the variables of the outer terminal are often still there; without any sign
    OSC 9 is used, which a terminal that does not know it swallows.
    """
    term = environ.get("TERM", "")
    program = environ.get("TERM_PROGRAM", "").lower()
    if term == "linux" or term == "dumb":
        return Channel.NONE
    if "kitty" in term or "KITTY_WINDOW_ID" in environ:
        return Channel.OSC99
    if term.startswith(("foot", "rxvt")) or "VTE_VERSION" in environ or program == "konsole":
        return Channel.OSC777
    return Channel.OSC9


def bell() -> str:
    """Rings. tmux passes it on as an alert of the window, by itself."""
    return BEL


def notification(title: str, text: str, *, channel: Channel, tmux: bool = False) -> str:
    """The sequence that shows a notification; empty without a channel.

    Under tmux it is wrapped to pass through, which tmux allows with `allow-passthrough on`.
    """
    title, text = _clean(title), _clean(text)
    if channel is Channel.NONE or not text:
        return ""
    if channel is Channel.OSC9:
        # A number and a semicolon at the start would be another command (progress, for one).
        sequence = f"{ESC}]9;{title}: {text}{BEL}"
    elif channel is Channel.OSC777:
        # The semicolon separates the parts of this one.
        sequence = f"{ESC}]777;notify;{_without_semicolons(title)};{_without_semicolons(text)}{BEL}"
    else:
        sequence = f"{ESC}]99;i=1:d=0;{title}{ST}{ESC}]99;i=1:p=body;{text}{ST}"
    return through_tmux(sequence) if tmux else sequence


def through_tmux(sequence: str) -> str:
    """The sequence in the envelope that tmux hands on to the outer terminal."""
    return f"{ESC}Ptmux;{sequence.replace(ESC, ESC + ESC)}{ST}"


def _clean(text: str) -> str:
    return printable(text)[:LONGEST]


def _without_semicolons(text: str) -> str:
    return text.replace(";", ",")
