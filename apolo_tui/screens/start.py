"""The form that starts a job, new or again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, TextArea

from apolo_tui.actions import Scope
from apolo_tui.model.capacity import (
    Offer,
    cheapest_first,
    largest_first,
    most_free_first,
    offers,
    starts_first,
)
from apolo_tui.model.job import JobDescription
from apolo_tui.model.money import forecast
from apolo_tui.model.start.checks import Checked, Source, Surroundings, check
from apolo_tui.model.start.command import run_command
from apolo_tui.model.start.difference import changes
from apolo_tui.model.start.draft import Draft, Field
from apolo_tui.model.units import format_credits
from apolo_tui.screens.confirm import ConfirmDialog, Question
from apolo_tui.screens.page import Page
from apolo_tui.screens.start_fields import ADVANCED, FieldRows
from apolo_tui.store.starts import Start
from apolo_tui.store.workspace import Desk
from apolo_tui.widgets import figures
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.form_controls import Choice, Switch
from apolo_tui.widgets.form_row import FormRow
from apolo_tui.widgets.form_summary import change_lines, command_lines, cost_line
from apolo_tui.widgets.lines import Line, Lines
from apolo_tui.widgets.table_messages import RowHighlighted

ORDERS: Mapping[str, Callable[[Offer], object]] = {
    "would start now": starts_first,
    "free": most_free_first,
    "price": cheapest_first,
    "size": largest_first,
}


ORDINARY = frozenset({Field.TTY, Field.SHM})
"""Folded fields that are no reason to unfold them, whatever they say."""


class StartPage(Page[int]):
    """Dismissed with the number of the start, or None."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.START, Scope.PAGE)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.START, Scope.PAGE)

    def __init__(
        self,
        desk: Desk,
        around: Surroundings,
        draft: Draft,
        *,
        source: Source | None = None,
        job: JobDescription | None = None,
    ) -> None:
        super().__init__()
        self._desk = desk
        self._around = around
        self._first = draft
        self._draft = draft
        self._source = source
        self._job = job
        self._order = next(iter(ORDERS))
        self._sending: int | None = None
        self._refused: tuple[Field | None, str] = (None, "")
        self._hint = ""
        self._touched: set[Field] = set()
        self.checked: Checked = check(draft, around, source)

    # Parts

    @property
    def typing(self) -> bool:
        return super().typing or isinstance(self.focused, TextArea)

    def on_descendant_focus(self) -> None:
        """Which keys are left depends on the field."""
        self.show_keys()

    def compose(self) -> ComposeResult:
        rows = FieldRows(self._draft, self.glyphs, list(self._around.energy_schedules))
        self._picker = rows.presets
        yield Lines(self._title, id="header")
        with VerticalScroll(id="form", can_focus=False):
            yield from rows.main(Lines(self._hint_line, id="hint-line"))
            with Vertical(id="advanced"):
                yield from rows.advanced()
            yield Lines(self._summary, id="summary")
        yield Lines(self._cost, id="cost")
        yield self.key_bar()

    def on_mount(self) -> None:
        unusual = self._draft.changed(Draft()) & (ADVANCED - ORDINARY)
        self.query_one("#advanced").display = bool(unusual)
        self.query_one("#hint-line").display = False
        self._show_offers()
        self._picker.move_cursor(self._draft.preset)
        focused = Field.COMMAND if self._source is not None else Field.IMAGE
        self.query_one(f"#{focused.value}").focus()
        command = self.query_one(f"#{Field.COMMAND.value}", TextArea)
        command.move_cursor(command.document.end)
        self.run_worker(self._watch_capacity(), name="capacity")
        self.run_worker(self._watch_purse(), name="purse")
        self.run_worker(self._watch_starts(), name="starts")
        if self._job is not None:
            self.run_worker(self._recall_peaks(self._job), name="peaks")
        self._look()

    def _title(self, room: int) -> list[Line]:
        place = self._around.place
        names = (place.cluster_name, place.org_name, place.project_name)
        where = "/".join(name for name in names if name)
        what = "New job"
        if self._job is not None:
            what = f"Rerun of {self._job.name or self._job.id}"
        return [[(f" {what}", "title"), (f"   {where}", "muted"), (self._state(), "accent")]]

    def _state(self) -> str:
        return "   asking the platform …" if self._sending is not None else ""

    def _hint_line(self, room: int) -> list[Line]:
        return [[(f" {self._hint}", "notice")]] if self._hint else []

    def _summary(self, room: int) -> list[Line]:
        lines: list[Line] = []
        request = self.checked.request
        if request is None:
            names = ", ".join(field.replace("_", " ") for field in self.checked.problems)
            return [[(f" before it can be started: {names}", "notice")]]
        if self._source is not None:
            lines += [*change_lines(changes(self._source.request, request), room), []]
        return [*lines, *command_lines(run_command(request), room)]

    def _cost(self, room: int) -> list[Line]:
        if self._refused[1] and self._refused[0] is None:
            return [[(f" ! {self._refused[1]}", "danger")]]
        preset = self._around.presets.get(self._draft.preset)
        if preset is None:
            return [[(" choose a preset to see the cost", "muted")]]
        request = self.checked.request
        life_span = request.life_span if request is not None else None
        price: Decimal = preset.credits_per_hour
        purse = self._desk.outlook.account.topic.value
        if request is None:
            return [[(f" cost {format_credits(price)} cr/h", "title")]]
        return [cost_line(forecast(price, life_span, purse), life_span)]

    # Feeds

    async def _watch_capacity(self) -> None:
        with self._desk.outlook.capacity.attention():
            async for _ in self._desk.outlook.capacity.topic.watch():
                self._show_offers()

    async def _watch_purse(self) -> None:
        async for _ in self._desk.outlook.account.topic.watch():
            self.redraw_lines("#cost")

    async def _watch_starts(self) -> None:
        async for _ in self._desk.outlook.starts.topic.watch(every=0.0):
            if self._sending is not None:
                start = self._desk.outlook.starts.get(self._sending)
                if start is not None and (start.job is not None or start.error):
                    self._answered(start)

    async def _recall_peaks(self, job: JobDescription) -> None:
        """What the source was seen to use, next to what it had."""
        peaks = await self.workspace.history.peaks(job.id)
        if peaks is None:
            return
        memory = job.container.resources.memory
        used = f"mem {figures.size(peaks.memory_bytes)}/{figures.size(memory)}"
        if peaks.gpu_memory_bytes is not None:
            used += f"  gpu mem {figures.size(peaks.gpu_memory_bytes)}"
        if peaks.gpu_duty_cycle is not None:
            used += f"  gpu {peaks.gpu_duty_cycle}%"
        self._hint = f"the source was seen to peak at {used}"
        if job.history.reason == "OOMKilled":
            self._hint += "  (it ran out of memory)"
        for hint in self.query("#hint-line"):
            hint.display = True
        self.redraw_lines("#hint-line")

    def _show_offers(self) -> None:
        capacity = self._desk.outlook.capacity.topic.value
        found = offers(self._around.presets, capacity.free, trends=capacity.trends)
        table = self._picker
        table.set_rows(sorted(found, key=ORDERS[self._order]))  # type: ignore[arg-type]  # tuples of what can be compared
        if not table.has_focus and self._draft.preset:
            table.move_cursor(self._draft.preset)

    # What is typed

    def on_input_changed(self, event: Input.Changed) -> None:
        self._take(event.input.id, event.value)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        self._take(event.text_area.id, event.text_area.text)

    def on_choice_changed(self, event: Choice.Changed) -> None:
        self._take(event.choice.id, event.value)

    def on_switch_changed(self, event: Switch.Changed) -> None:
        self._take(event.switch.id, event.value)

    def on_line_table_row_highlighted(self, event: RowHighlighted) -> None:
        # The table moves its cursor by itself as well, when the offers come in another order.
        if self._picker.has_focus and event.key is not None:
            self._take(Field.PRESET.value, str(event.key))

    def _take(self, name: str | None, value: str | bool) -> None:
        field = Field(name) if name in set(Field) else None
        if field is None or self._draft.value(field) == value:
            return
        self._draft = self._draft.with_value(field, value)
        self._touched.add(field)
        if self._refused[0] in (field, None):
            self._refused = (None, "")
        self._look()

    def _look(self) -> None:
        """Check what stands there, and show what comes of it."""
        names = [
            job.name
            for job in self._desk.jobs.topic.value.jobs.active.values()
            if job.name and job.project_name == self._around.place.project_name
        ]
        self._around = replace(self._around, active_names=frozenset(names))
        self.checked = check(self._draft, self._around, self._source)
        # What is still missing in a new form is no fault until it is sent, or was filled in once.
        problems = {
            found: text
            for found, text in self.checked.problems.items()
            if found in self._touched or self._draft.value(found) != ""
        }
        field, text = self._refused
        if field is not None:
            problems[field] = text
        if problems.keys() & ADVANCED:
            self.query_one("#advanced").display = True
        for row in self.query(FormRow):
            own = [found for found in Field if row.query(f"#{found.value}")]
            wrong = next((problems[found] for found in own if found in problems), "")
            warned = next(
                (self.checked.warnings[found] for found in own if found in self.checked.warnings),
                "",
            )
            row.tell(wrong or warned, warning=not wrong)
        self.redraw_lines("#summary", "#cost", "#header")

    # Actions

    def action_submit(self) -> None:
        if self._sending is not None:
            return
        request = self.checked.request
        if request is None:
            self._touched |= set(Field)
            self._look()
            self._to_problem(next(field for field in Field if field in self.checked.problems))
            return
        self._refused = (None, "")
        self._sending = self._desk.outlook.starts.start(request)
        self._look()

    def _answered(self, start: Start) -> None:
        self._sending = None
        if start.job is not None:
            self.dismiss(start.number)
            return
        text = f"{start.error}. {start.next_step}" if start.next_step else start.error
        self._refused = (start.field, text)
        self._look()
        if start.field is not None:
            self._to_problem(start.field)

    def _to_problem(self, field: Field) -> None:
        if field in ADVANCED:
            self.query_one("#advanced").display = True
        control = self.query_one(f"#{field.value}")
        control.focus()
        control.scroll_visible(animate=False)

    def action_advanced(self) -> None:
        folded = self.query_one("#advanced")
        folded.display = not folded.display
        if folded.display:
            self.call_after_refresh(self._to_problem, Field.PRIORITY)

    def action_order(self) -> None:
        names = list(ORDERS)
        self._order = names[(names.index(self._order) + 1) % len(names)]
        self._show_offers()
        self.host.say(f"Presets by: {self._order}")

    def action_copy_command(self) -> None:
        request = self.checked.request
        if request is None:
            self.host.say("Put the form right first", "warning")
            return
        self.host.copy(str(run_command(request)), "Command")

    def action_back(self) -> None:
        """Leave; what was typed is not thrown away without asking."""
        if self._draft == self._first or self._sending is not None:
            self.dismiss(None)
            return

        def leave(answer: str | None) -> None:
            if answer:
                self.dismiss(None)

        question = Question(
            title="Leave the form?", lines=("What you changed in it is lost.",), verb="Leave"
        )
        self.app.push_screen(ConfirmDialog(question), leave)

    def on_key(self, event: events.Key) -> None:
        """Down and up leave a line for the next control, as tab does."""
        if isinstance(self.focused, Input) and event.key in ("down", "up"):
            event.stop()
            self.focus_next() if event.key == "down" else self.focus_previous()
            return
        if not isinstance(self.focused, TextArea):
            super().on_key(event)
