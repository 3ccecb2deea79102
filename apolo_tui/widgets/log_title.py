"""The line above a log: whose it is, how it is followed, how much of it there is. Pure."""

from dataclasses import dataclass, field

from apolo_tui.model.cells import width
from apolo_tui.model.link import Connecting, Ended, Failed, Link, Live, Retrying
from apolo_tui.widgets.lines import Line, Run


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What is known of a log besides its lines."""

    name: str = ""
    window: str = ""
    """How far back it is read: `15m`, `all`."""
    link: Link = field(default_factory=Connecting)
    paused: bool = False
    widening: str = ""
    """The window that is being read meanwhile."""
    trouble: str = ""
    activity: str = ""
    """Something that goes on beside it, such as a download."""
    empty: tuple[str, ...] = ()
    """Why there are no lines, for when there are none."""
    waiting: bool = False
    """The job has never run: there is nothing to connect to."""


@dataclass(frozen=True, slots=True)
class LogCounts:
    """How the view stands."""

    lines: int = 0
    dropped: int = 0
    following: bool = True
    new: int = 0
    matches: str = ""
    only: bool = False
    inverse: bool = False
    block: int = 0
    modes: tuple[str, ...] = ()


def grouped(number: int) -> str:
    """`12 340`."""
    return f"{number:,}".replace(",", " ")


def link_run(facts: LogFacts, following: bool, *, live: str, broken: str) -> Run:
    """How it is followed, in a word or two."""
    if facts.paused:
        return "paused, P goes on", "warning"
    match facts.link:
        case Live():
            return (f"{live} follow", "live") if following else (f"{live} stopped, s", "notice")
        case Connecting() if facts.waiting:
            return f"{broken} waiting", "stale"
        case Connecting():
            return f"{broken} connecting", "stale"
        case Retrying(delay=delay):
            return f"{broken} reconnecting in {max(1, round(delay))}s", "warning"
        case Ended():
            return "ended", "muted"
        case Failed():
            return "no connection, F5", "danger"


def title_line(
    facts: LogFacts, counts: LogCounts, room: int, *, live: str = "●", broken: str = "◌"
) -> Line:
    """The line, in at most `room` cells; what matters least goes first. Blank without a log."""
    if not facts.name:
        return []
    state = link_run(facts, counts.following, live=live, broken=broken)
    window = f"since {facts.window}" if facts.window != "all" else "all"
    if facts.widening:
        window = f"reading {facts.widening}…"
    # Each with how much it matters: the smallest goes first when there is no room.
    parts: list[tuple[int, Run]] = [
        (9, (f" {facts.name}", "title")),
        (8, state),
    ]
    if not facts.waiting:
        parts.append((4, (window, "muted")))
    if counts.lines or counts.dropped:
        unit = "line" if counts.lines == 1 else "lines"
        dropped = f"-{grouped(counts.dropped)} dropped"
        parts.append((6, (f"{grouped(counts.lines)} {unit}", "")))
        parts.append((5, (dropped, "danger" if counts.dropped else "muted")))
    if counts.new and not counts.following:
        parts.append((3, (f"{grouped(counts.new)} new", "notice")))
    if counts.matches:
        only = "only " if counts.only else ""
        parts.append((7, (f"{only}{'not ' if counts.inverse else ''}{counts.matches}", "accent")))
    if counts.block:
        parts.append((7, (f"{counts.block} marked", "accent")))
    parts += [(2, (mode, "muted")) for mode in counts.modes]
    if facts.activity:
        parts.append((5, (facts.activity, "notice")))
    if facts.trouble:
        parts.append((6, (f"spilling failed: {facts.trouble}", "danger")))
    while len(parts) > 2 and _room_of(parts) > room:
        parts.remove(min(parts, key=lambda part: part[0]))
    line: list[Run] = []
    for _, run in parts:
        if line:
            line.append(("  ", ""))
        line.append(run)
    return line


def _room_of(parts: list[tuple[int, Run]]) -> int:
    return sum(width(text) for _, (text, _) in parts) + 2 * (len(parts) - 1)
