"""How much more time a job gets: old and new end, and what that costs."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from apolo_tui.model.job import JobDescription
from apolo_tui.model.query_facts import Facts, time_left
from apolo_tui.model.units import format_credits, format_duration, parse_duration, whole_minutes
from apolo_tui.screens.page import Dialog
from apolo_tui.store import apolo_command
from apolo_tui.store.commands import label
from apolo_tui.widgets import figures

PRESETS = ("1h", "4h", "1d")
LISTED = 8


def bump_problem(job: JobDescription) -> str:
    """Why a job cannot be given more time; "" when it can.

    The platform would count the limit of an unlimited job from zero and might end it at once
    (docs/protocol.md section 5.6).
    """
    if job.status.is_finished:
        return "it has ended"
    if job.life_span is None:
        return "it has no limit, so there is nothing to extend"
    return ""


def seconds_of(written: str) -> float:
    """A time as typed, in whole minutes and seconds. Raises ValueError with a text for the user."""
    return whole_minutes(parse_duration(written.strip()).total_seconds()) * 60.0


class BumpDialog(Dialog[float]):
    """Dismissed with the seconds to add, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False),
        Binding("c", "copy_command", "copy command", show=False),
    ]

    def __init__(
        self,
        jobs: Sequence[JobDescription],
        left_out: Sequence[JobDescription],
        facts: Facts,
        *,
        span: str = "",
    ) -> None:
        super().__init__()
        self._jobs = list(jobs)
        self._left_out = list(left_out)
        self._facts = facts
        self._span = span

    def compose(self) -> ComposeResult:
        many = len(self._jobs) > 1
        title = (
            f"More time for {len(self._jobs)} jobs"
            if many
            else f"More time for {label(self._jobs[0])}"
        )
        with Vertical(id="dialog", classes="bump"):
            yield Static(self.words(title), id="title")
            yield OptionList(
                *(Option(self.words(f"+ {span}"), id=span) for span in (*PRESETS, "custom")),
                id="spans",
            )
            yield Input(self._span, placeholder="custom, e.g. 2h30m", id="custom")
            yield Static(id="effect")
            yield Static(id="command")
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Bump", id="confirm")
            yield Static(self.words("↑↓ choose   ⏎ bump   esc cancel   c copy command"), id="hint")

    def on_mount(self) -> None:
        spans = self.query_one(OptionList)
        spans.highlighted = len(PRESETS) if self._span else 0
        self.query_one("#custom").display = bool(self._span)
        (self.query_one("#custom") if self._span else spans).focus()
        self._show()

    @property
    def _chosen(self) -> str:
        spans = self.query_one(OptionList)
        place = spans.highlighted or 0
        return PRESETS[place] if place < len(PRESETS) else self.query_one("#custom", Input).value

    def _show(self) -> None:
        """The effect of what is chosen, or why it cannot be."""
        command = ""
        try:
            seconds = seconds_of(self._chosen)
        except ValueError as error:
            text = str(error) if self._chosen else "type how long, for example 2h30m"
            good = False
        else:
            text, good = "\n".join(self._effects(seconds)), True
            command = "\n".join(
                apolo_command.bump_life_span(job.id, seconds) for job in self._jobs[:LISTED]
            )
        self.query_one("#effect", Static).update(self.words(text))
        self.query_one("#command", Static).update(self.words(command))
        self.query_one("#confirm", Button).disabled = not good

    def _effects(self, seconds: float) -> list[str]:
        lines = [self._effect(job, seconds) for job in self._jobs[:LISTED]]
        if len(self._jobs) > LISTED:
            lines.append(f"… and {len(self._jobs) - LISTED} more")
        lines += [f"left out: {label(job)}, {bump_problem(job)}" for job in self._left_out[:LISTED]]
        prices = [job.price_credits_per_hour for job in self._jobs]
        known = [price for price in prices if price is not None]
        if known:
            cost = sum(known, Decimal(0)) * Decimal(int(seconds)) / 3600
            lines.append(f"costs up to {format_credits(cost)} cr more")
        return lines

    def _effect(self, job: JobDescription, seconds: float) -> str:
        old = format_duration(job.life_span or 0)
        new = format_duration((job.life_span or 0) + seconds)
        remaining = time_left(job, self._facts)
        if remaining is None:
            return f"{label(job)}: limit {old} → {new}"
        now = self._facts.now
        before = figures.clock(now + timedelta(seconds=remaining), now)
        after = figures.clock(now + timedelta(seconds=remaining + seconds), now)
        return f"{label(job)}: ends {before} → {after}   limit {old} → {new}"

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        custom = event.option_index >= len(PRESETS)
        self.query_one("#custom").display = custom
        self._show()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_index >= len(PRESETS):
            self.query_one("#custom").focus()
        else:
            self._bump()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._bump()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "confirm":
            self._bump()
        else:
            self.action_cancel()

    def _bump(self) -> None:
        try:
            seconds = seconds_of(self._chosen)
        except ValueError:
            return
        self.dismiss(seconds)

    def action_copy_command(self) -> None:
        try:
            seconds = seconds_of(self._chosen)
        except ValueError:
            return
        commands = [apolo_command.bump_life_span(job.id, seconds) for job in self._jobs]
        self.host.copy("\n".join(commands), "Command")
