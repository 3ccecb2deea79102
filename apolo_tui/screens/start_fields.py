"""The rows of the start form, filled from a draft."""

from collections.abc import Iterator, Sequence

from textual.widget import Widget
from textual.widgets import Input, TextArea

from apolo_tui.model.capacity import Offer
from apolo_tui.model.job import JobPriority, JobRestartPolicy
from apolo_tui.model.start.draft import Draft, Field
from apolo_tui.widgets.form_controls import Choice, Switch
from apolo_tui.widgets.form_row import FormRow
from apolo_tui.widgets.glyphs import Glyphs
from apolo_tui.widgets.lines import Lines
from apolo_tui.widgets.preset_columns import preset_columns
from apolo_tui.widgets.table import LineTable
from apolo_tui.widgets.table_lines import ASCII_GLYPHS, UNICODE_GLYPHS

RESTARTS = [policy.value for policy in JobRestartPolicy]
PRIORITIES = [priority.name.lower() for priority in JobPriority]

ADVANCED = frozenset(
    {
        *(Field.SCHEDULE_TIMEOUT, Field.WAIT_FOR_QUOTA, Field.ENTRYPOINT, Field.WORKING_DIR),
        *(Field.DESCRIPTION, Field.HEALTH_CHECK_PATH, Field.ENERGY_SCHEDULE, Field.TTY),
        *(Field.SHM, Field.PASS_CONFIG, Field.PRIVILEGED, Field.PRIORITY),
    }
)
"""The fields that are folded away until they are asked for, or say something unusual."""


class FieldRows:
    """Makes the widgets of the form; each control has the name of its field as its id."""

    def __init__(self, draft: Draft, glyphs: Glyphs, energy_schedules: Sequence[str]) -> None:
        self._draft = draft
        self._glyphs = glyphs
        self._energy_schedules = energy_schedules
        self.presets = LineTable[Offer](
            preset_columns(glyphs, full=False),
            key=lambda offer: offer.preset.name,
            glyphs=ASCII_GLYPHS if glyphs.ascii_only else UNICODE_GLYPHS,
            id=Field.PRESET.value,
        )

    def main(self, hint: Lines) -> Iterator[Widget]:
        """The rows that everybody needs."""
        yield self._row("image", self._line(Field.IMAGE, "ubuntu:22.04 or image:name:tag"))
        yield FormRow("preset", [self.presets], id="row-preset", classes="-table")
        yield hint
        yield self._row("command", self._text(Field.COMMAND), tall=True)
        yield self._row("name", self._line(Field.NAME, "none"))
        yield self._row("tags", self._line(Field.TAGS, "separated by spaces"))
        yield self._row(
            "life span",
            self._line(Field.LIFE_SPAN, "no limit"),
            self._choice(Field.RESTART, RESTARTS, "restart"),
        )
        yield self._row(
            "http port", self._line(Field.HTTP_PORT, "none"), self._switch(Field.HTTP_AUTH, "auth")
        )
        yield self._row("env", self._text(Field.ENV), tall=True)
        yield self._row("volumes", self._text(Field.VOLUMES), tall=True)

    def advanced(self) -> Iterator[Widget]:
        """The rows that are folded away."""
        yield self._row(
            "priority",
            self._choice(Field.PRIORITY, PRIORITIES),
            self._switch(Field.WAIT_FOR_QUOTA, "wait for quota"),
        )
        yield self._row("timeout", self._line(Field.SCHEDULE_TIMEOUT, "cluster's own, to start"))
        yield self._row("entrypoint", self._line(Field.ENTRYPOINT, "the image's own"))
        yield self._row("work dir", self._line(Field.WORKING_DIR, "the image's own"))
        yield self._row("about", self._line(Field.DESCRIPTION, "none"))
        yield self._row("health", self._line(Field.HEALTH_CHECK_PATH, "/"))
        schedules = ["", *self._energy_schedules]
        yield self._row("energy", self._choice(Field.ENERGY_SCHEDULE, schedules))
        yield self._row(
            "switches",
            self._switch(Field.TTY, "tty"),
            self._switch(Field.SHM, "shared memory"),
        )
        yield self._row(
            "",
            self._switch(Field.PASS_CONFIG, "pass config"),
            self._switch(Field.PRIVILEGED, "privileged"),
        )

    def _row(self, label: str, *controls: Widget, tall: bool = False) -> FormRow:
        return FormRow(label, controls, id=f"row-{controls[0].id}", classes="-tall" if tall else "")

    def _line(self, field: Field, placeholder: str) -> Input:
        return Input(str(self._draft.value(field)), placeholder=placeholder, id=field.value)

    def _text(self, field: Field) -> TextArea:
        area = TextArea(
            str(self._draft.value(field)),
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            id=field.value,
        )
        area.highlight_cursor_line = False
        return area

    def _choice(self, field: Field, options: Sequence[str], what: str = "") -> Choice:
        return Choice(
            options,
            str(self._draft.value(field)),
            what=what,
            ascii_only=self._glyphs.ascii_only,
            id=field.value,
        )

    def _switch(self, field: Field, text: str) -> Switch:
        return Switch(text, bool(self._draft.value(field)), id=field.value)
