"""The lines at the top and the bottom of a screen. Pure: facts in, lines out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from apolo_tui.actions import Action, key_label
from apolo_tui.model.cells import cut, width
from apolo_tui.model.job import JobStatus
from apolo_tui.model.link import Connecting, Failed, Link, Live, Retrying
from apolo_tui.model.money import Purse, format_runway
from apolo_tui.model.units import format_credits
from apolo_tui.widgets import figures
from apolo_tui.widgets.glyphs import UNICODE, Glyphs
from apolo_tui.widgets.lines import Line, Run, fitted, line_width

COUNTED = (JobStatus.RUNNING, JobStatus.PENDING, JobStatus.SUSPENDED, JobStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the header tells."""

    context: str = ""
    user: str = ""
    kind: str = ""
    """`local` or `demo` on the embedded platform."""
    counts: Mapping[JobStatus, int] = field(default_factory=dict)
    link: Link = field(default_factory=Connecting)
    age: float | None = None
    """Seconds since the last complete answer."""
    cached: bool = False
    stale: bool = False
    paused: bool = False
    readonly: bool = False
    protected: bool = False
    purse: Purse | None = None
    """None where the platform does not tell."""
    glyphs: Glyphs = UNICODE


def freshness(header: Header) -> Run:
    """How old the data is, and how the platform is reached."""
    glyphs, age = header.glyphs, header.age
    old = "" if age is None else figures.age(age) if not header.cached else figures.span(age)
    if header.paused:
        return f"{glyphs.broken} PAUSED {old}".rstrip(), "stale"
    if header.cached:
        return f"{glyphs.broken} cached {old}", "stale"
    if header.stale:
        return f"{glyphs.broken} STALE {figures.span(age or 0)}", "stale"
    match header.link:
        case Live():
            return f"{glyphs.live} live {old}", "live"
        case Connecting():
            return f"{glyphs.broken} connecting", "stale"
        case Retrying():
            return f"{glyphs.broken} retrying {old}".rstrip(), "warning"
        case Failed():
            return f"{glyphs.broken} failed {old}".rstrip(), "danger"
    return f"{glyphs.broken} ended", "stale"


def header_line(header: Header, room: int) -> list[Run]:
    """One line. Fields go from the right as the room gets less; context and freshness stay.

    Before the counts of the jobs the program's name goes.
    """
    mode = " RO " if header.readonly else ""
    guarded = "guarded" if header.readonly or header.protected else "title"
    fresh, fresh_style = freshness(header)
    tail: list[Run] = [(fresh, fresh_style), (" ", "")]
    fields: list[Line] = [
        [("apolo-tui", "title")],
        [(header.context or "no context", guarded)],
    ]
    if mode:
        fields.append([(mode, "guarded")])
    if header.kind:
        fields.append([(header.kind.upper(), "accent")])
    fields.append(_counts(header))
    fields.append([(header.user, "muted")])
    fields += money(header.purse)
    keep = 2 + bool(mode) + bool(header.kind)
    while len(fields) > keep + 1 and _needed(fields, tail) > room:
        fields.pop()
    if _needed(fields, tail) > room:  # our own name goes before the counts
        fields[0] = []
    if _needed(fields, tail) > room:
        del fields[keep:]
    spare = room - line_width(tail) - 1
    head = [run for part in fields if part for run in (*part, ("  ", ""))]
    return fitted([*fitted([(" ", ""), *head], max(0, spare)), (" ", ""), *tail], room)


def money(purse: Purse | None) -> list[Line]:
    """What burns, then what is left and how long it lasts: the latter goes first for room."""
    if purse is None:
        return []
    fields: list[Line] = [[(f"{format_credits(purse.burn)}cr/h", "")]]
    if purse.balance is not None:
        left = purse.runway
        lasts = "" if left is None else f"={format_runway(left)}"
        hours = None if left is None else left.total_seconds() / 3600
        style = "" if hours is None or hours > 24 else "danger" if hours <= 2 else "warning"
        fields.append([(f"{format_credits(purse.balance)}cr{lasts}", style)])
    return fields


def _needed(fields: Sequence[Line], tail: Line) -> int:
    return sum(line_width(part) + 2 for part in fields if part) + line_width(tail) + 2


def _counts(header: Header) -> list[Run]:
    runs: list[Run] = []
    for status in COUNTED:
        count = header.counts.get(status, 0)
        if count or status is JobStatus.RUNNING:
            glyph = header.glyphs.status[status]
            runs.append((f"{' ' if runs else ''}{glyph}{count}", status.value))
    return runs


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewState:
    """What the line of views tells."""

    views: Sequence[tuple[str, str]] = ()
    """Digit and name."""
    active: str = ""
    filter: str = ""
    error: str = ""
    sort: str = ""
    sort_keys: str = ""
    """What changes the order, for where there is room to say so."""
    descending: bool = False
    flags: Sequence[str] = ()
    shown: int = 0
    total: int = 0
    more: bool = False
    glyphs: Glyphs = UNICODE


def views_line(state: ViewState, room: int) -> list[Run]:
    """One line: the saved views, the filter, the order, and how many are shown of how many."""
    arrow = (
        ("v" if state.descending else "^")
        if state.glyphs.ascii_only
        else ("↓" if state.descending else "↑")
    )
    more = "+" if state.more else ""
    tail: list[Run] = []
    if state.error:
        tail += [(f"{state.error}  ", "danger")]
    elif state.filter:
        tail += [(f"/{state.filter}  ", "accent")]
    if state.flags:
        tail += [(", ".join(state.flags) + "  ", "warning")]
    tail += [(f"sort:{state.sort}{arrow}", "muted"), (f"  {state.shown}/{state.total}{more} ", "")]
    tail = tail if line_width(tail) < room else tail[:1]
    full = [(f" [{digit}]{name}", digit == state.active) for digit, name in state.views]
    if state.sort_keys:
        hint = f"{state.sort_keys} "
        used = line_width(tail) + 1 + sum(width(text) for text, _ in full)
        if used + width(hint) + 1 < room:
            tail.insert(len(tail) - 2, (hint, "key"))
    short = [(f" {digit}", digit == state.active) for digit, _ in state.views]
    named = [one if one[1] else other for one, other in zip(full, short, strict=True)]
    budget = room - line_width(tail) - 1
    alone = ([item for item in form if item[1]] for form in (full, short))
    for form in (full, named, short, *alone):
        if sum(width(text) for text, _ in form) <= budget:
            break
    head = [(text, "selected" if active else "muted") for text, active in form]
    return fitted([*fitted(head, max(0, budget)), (" ", ""), *tail], room)


def keys_line(actions: Iterable[Action], room: int, *, ascii_only: bool = False) -> list[Run]:
    """One line of keys and what they do: as many as there is room for, in their order.

    With room for all of them each key stands apart from its label, and two spaces from the next.
    The last one, which is how to leave, always has a place.
    """
    shown = [action for action in actions if action.keys]
    if not shown:
        return fitted([], room)
    apart = [_key_runs(action, ascii_only, roomy=True) for action in shown]
    if sum(map(line_width, apart)) - 1 <= room:
        return fitted([run for part in apart for run in part], room)
    *others, last = (_key_runs(action, ascii_only) for action in shown)
    runs: list[Run] = []
    left = room - line_width(last)
    for part in others:
        if line_width(part) <= left:
            runs += part
            left -= line_width(part)
    return fitted([*runs, *last], room)


def _key_runs(action: Action, ascii_only: bool, *, roomy: bool = False) -> list[Run]:
    key = key_label(action.keys[0], ascii_only=ascii_only)
    label = action.label[0].lower() + action.label[1:]
    glued = not roomy and len(key) == 1 and not key.isalnum()
    return [(" ", ""), (key, "key"), (label if glued else f" {label}", ""), (" " * roomy, "")]


def notice_line(text: str, hint: str, style: str, room: int) -> list[Run]:
    """One line of lasting news, with what to press."""
    tail = f"  {hint} " if hint and width(hint) + 20 < room else ""
    return fitted(
        [
            *fitted([(f" {cut(text, max(0, room - width(tail) - 2))}", style)], room - width(tail)),
            (tail, "key"),
        ],
        room,
    )
