"""What stands under the start form: what is changed, the command, the cost. Pure."""

from collections.abc import Sequence

from apolo_tui.model.cells import width
from apolo_tui.model.money import Forecast, format_runway
from apolo_tui.model.start.command import RunCommand
from apolo_tui.model.start.difference import Change
from apolo_tui.model.units import format_credits, format_duration
from apolo_tui.widgets.lines import Line, Run, fitted

MOST_CHANGES = 12


def change_lines(changes: Sequence[Change], room: int) -> list[Line]:
    """A line for each change: what was, and what will be."""
    lines: list[Line] = [[(" changed against the source", "heading")]]
    if not changes:
        return [*lines, [(" nothing: this starts the same job again", "muted")]]
    for change in changes[:MOST_CHANGES]:
        runs: list[Run] = [(f" {change.what}  ", "muted")]
        if change.before:
            runs.append((f"- {change.before}  ", "removed"))
        if change.after:
            runs.append((f"+ {change.after}", "added"))
        lines.append(fitted(runs, room))
    if len(changes) > MOST_CHANGES:
        lines.append([(f" and {len(changes) - MOST_CHANGES} more", "muted")])
    return lines


def command_lines(command: RunCommand, room: int, *, most: int = 3) -> list[Line]:
    """The equivalent command in at most so many lines, and what it cannot say."""
    lines: list[Line] = [[(" equivalent command", "heading")]]
    text = command.shown
    pieces: list[str] = []
    while text and len(pieces) < most:
        cut_at = len(text)
        while width(text[:cut_at]) > room - 2:
            cut_at = text.rfind(" ", 0, cut_at) if " " in text[:cut_at] else room - 2
        pieces.append(text[:cut_at])
        text = text[cut_at:].lstrip()
    if text and pieces:
        pieces[-1] = fitted([(f"{pieces[-1]} …", "")], room - 2)[0][0]
    lines += [[(f" {piece}", "key")] for piece in pieces]
    for missing in command.shortfalls:
        lines.append([(f" it cannot say: {missing}", "warning")])
    return lines


def cost_line(forecast: Forecast, life_span: float | None) -> list[Run]:
    """`cost 16 cr/h, up to 384 cr for 1d   balance 312 cr  ! runs out in 5h27m`."""
    runs: list[Run] = [(f" cost {format_credits(forecast.per_hour)} cr/h", "title")]
    if forecast.most is not None and life_span is not None:
        most = format_credits(forecast.most)
        runs.append((f", up to {most} cr for {format_duration(life_span)}", ""))
    else:
        runs.append((", for as long as it runs", "warning"))
    if forecast.balance is not None:
        runs.append((f"   balance {format_credits(forecast.balance)} cr", ""))
    if forecast.too_short and forecast.runs_out_in is not None:
        runs.append((f"  ! runs out in {format_runway(forecast.runs_out_in)}", "danger"))
    elif forecast.runs_out_in is not None:
        runs.append((f"  lasts {format_runway(forecast.runs_out_in)}", "muted"))
    return runs
