"""The list of the main screen without its drawing: which jobs, which order, which columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from apolo_tui.model.job import JobDescription
from apolo_tui.model.query import ALL, Query, QueryError
from apolo_tui.model.query_facts import Facts
from apolo_tui.model.query_groups import GROUPINGS, group
from apolo_tui.model.query_sort import (
    HANDS_OFF,
    RESORT_EVERY,
    SORT_KEYS,
    Sort,
    first_direction,
)
from apolo_tui.model.query_views import SAVED, View
from apolo_tui.model.steps import Steps, completed
from apolo_tui.screens.arrangement import Arrangement
from apolo_tui.store.state import Json, State
from apolo_tui.widgets.figures import credits_of
from apolo_tui.widgets.job_columns import SPECS, WIDTHS, Spec, column_key, parse_format
from apolo_tui.widgets.table_rows import Heading

KEY = "list"
DIGITS = "123456789"
WIDTH_ORDER = ("compact", "normal", "wide")


@dataclass(frozen=True, slots=True)
class Rows:
    """What the table is to show."""

    rows: Sequence[JobDescription | Heading]
    shown: int
    """Jobs that pass the filter."""

    @property
    def headings(self) -> int:
        """Rows that are none of these jobs."""
        return len(self.rows) - self.shown


class Listing:
    """The views and what the user made of them; remembers all of it."""

    def __init__(
        self,
        state: State,
        *,
        keep_filter: bool = True,
        format_text: str = "",
        resort: float = RESORT_EVERY,
        key_rest: float = HANDS_OFF,
    ) -> None:
        self._state = state
        self._keep_filter = keep_filter
        self._changed = self._load(state.table(KEY))
        self.format_problem = ""
        if format_text and not self.format_text:
            self.format_problem = self._take_format(format_text)
        self.query: Query = ALL
        self.error = ""
        self._compile()
        self._arrangement = Arrangement(every=resort, hands_off=key_rest)

    def _load(self, table: dict[str, Json]) -> dict[str, View]:
        """Everything remembered that still makes sense."""
        saved = table.get("saved")
        self.views: dict[str, View] = dict(SAVED)
        for digit, value in (saved if isinstance(saved, dict) else {}).items():
            view = _view_of(value)
            if digit in DIGITS and view is not None and view.name:
                self.views[digit] = view
        digit = str(table.get("digit", "5"))
        self.digit = digit if digit in self.views else "5"
        width = table.get("width")
        self.width = width if isinstance(width, str) and width in WIDTHS else None
        grouping = table.get("group")
        self.grouping = grouping if isinstance(grouping, str) and grouping in GROUPINGS else ""
        self._format: tuple[Spec, ...] = ()
        self.format_text = ""
        if isinstance(table.get("columns"), str):
            self._take_format(str(table["columns"]))
        changed = table.get("changed")
        found: dict[str, View] = {}
        for name, value in (changed if isinstance(changed, dict) else {}).items():
            view = _view_of(value)
            if name in self.views and view is not None:
                kept = view if self._keep_filter else replace(view, filter="")
                found[name] = replace(kept, name=self.views[name].name, base=self.views[name].base)
        return found

    def _remember(self) -> None:
        own = {digit: view for digit, view in self.views.items() if SAVED.get(digit) != view}
        changed = {
            digit: _json_of(view if self._keep_filter else replace(view, filter=""))
            for digit, view in self._changed.items()
        }
        self._state.put(
            KEY,
            {
                "digit": self.digit,
                "width": self.width,
                "group": self.grouping,
                "columns": self.format_text,
                "saved": {digit: _json_of(view) for digit, view in own.items()},
                "changed": cast(Json, changed),
            },
        )

    # The view

    @property
    def view(self) -> View:
        """The view in front, with what the user changed of it."""
        return self._changed.get(self.digit) or self.views[self.digit]

    def change(self, **changes: object) -> None:
        """Change the view in front, and remember it."""
        self._changed[self.digit] = replace(self.view, **changes)  # type: ignore[arg-type]  # fields of View
        self._arrangement.forget_order()
        self._compile()
        self._remember()

    def switch(self, digit: str) -> bool:
        """Another view; False when there is none on that digit."""
        if digit not in self.views:
            return False
        if not self._keep_filter:
            self.change(filter="")
        self.digit = digit
        self._arrangement.forget_order()
        self._compile()
        self._remember()
        return True

    def save(self, name: str) -> str:
        """Keep what is in front under a name; its digit. Raises ValueError when none is free."""
        free = [digit for digit in DIGITS if digit not in self.views]
        same = [digit for digit, view in self.views.items() if view.name == name]
        if not free and not same:
            raise ValueError("all nine digits are taken; save under the name of one to replace it")
        digit = (same or free)[0]
        specs = tuple(spec.key for spec in self._format)
        self.views[digit] = replace(self.view, name=name, columns=specs)
        self._changed.pop(digit, None)
        self.digit = digit
        self._remember()
        return digit

    def set_filter(self, text: str) -> None:
        """What is being typed: a text that cannot be understood leaves the list as it is."""
        self.change(filter=text)

    def _compile(self) -> None:
        try:
            self.query = self.view.query()
            self.error = ""
        except QueryError as error:
            self.error = str(error)

    def set_grouping(self, name: str) -> None:
        """Raises ValueError, with a text for the user."""
        if name in ("", "off", "none"):
            self.grouping = ""
        elif name in GROUPINGS:
            self.grouping = name
        else:
            raise ValueError(f"there is no grouping {name}; there are {', '.join(GROUPINGS)}, off")
        self._remember()

    # Order

    def sort_by(self, written: str) -> None:
        """Sort by a column, in its natural direction. Raises ValueError."""
        key = written if written in SORT_KEYS else column_key(written)
        if key not in SORT_KEYS:
            raise ValueError(f"{written} cannot be sorted by")
        sort = self.view.sort
        if sort.key == key:
            self.change(sort=sort.inverted())
        else:
            self.change(sort=Sort(key, first_direction(key)))

    def sort_beside(self, step: int, keys: list[str]) -> None:
        """Sort by the next sortable column of those on screen."""
        keys = [key for key in keys if key in SORT_KEYS]
        if not keys:
            return
        current = self.view.sort.key
        place = (keys.index(current) + step) % len(keys) if current in keys else 0
        self.change(sort=Sort(keys[place], first_direction(keys[place])))

    # Columns

    def set_format(self, text: str) -> None:
        """Columns in apolo's format; an empty text or `default` for ours. Raises ValueError."""
        if text in ("", "default"):
            self._format, self.format_text = (), ""
        elif problem := self._take_format(text):
            raise ValueError(problem)
        self._remember()

    def _take_format(self, text: str) -> str:
        try:
            self._format = parse_format(text)
        except ValueError as error:
            return str(error)
        self.format_text = text
        return ""

    def cycle_width(self, default: str) -> str:
        """The next set of columns; its name."""
        current = self.width or default
        place = WIDTH_ORDER.index(current) if current in WIDTH_ORDER else -1
        self.width = WIDTH_ORDER[(place + 1) % len(WIDTH_ORDER)]
        self._remember()
        return self.width

    def specs(self, default: str) -> tuple[Spec, ...]:
        """The columns to show; `default` names the set that suits the screen."""
        if default == "tiny":
            return tuple(SPECS[key] for key in WIDTHS["tiny"])
        if self._format:
            return self._format
        keys = self.view.columns or WIDTHS[self.width or default]
        return tuple(SPECS[key] for key in keys if key in SPECS)

    # Rows

    def due(self, *, now: float, key_at: float | None) -> bool:
        """Whether rows that kept their places after a key may now go to those due to them."""
        return self._arrangement.due(self.view.sort, now=now, key_at=key_at)

    def rows(
        self,
        jobs: Mapping[str, JobDescription],
        facts: Facts,
        *,
        now: float,
        key_at: float | None,
    ) -> Rows:
        """What to show. Between two sortings rows keep their places, so that nothing jumps."""
        return completed(self.arranging(jobs, facts, now=now, key_at=key_at))

    def arranging(
        self,
        jobs: Mapping[str, JobDescription],
        facts: Facts,
        *,
        now: float,
        key_at: float | None,
    ) -> Steps[Rows]:
        """`rows` in steps, for a view that is not changed meanwhile."""
        grouping = self.grouping
        found = yield from self._arrangement.arranging(
            jobs, self.view, self.query, facts, now=now, key_at=key_at
        )
        if grouping:
            yield
            return Rows(_grouped(found, grouping), len(found))
        return Rows(found, len(found))

    def flags(self) -> list[str]:
        """What narrows the list besides the filter, in words."""
        view, base = self.view, self.views[self.digit]
        flags = []
        if view.mine and not base.mine:
            flags.append("mine")
        if not view.ended and base.ended:
            flags.append("no ended")
        if view.problems:
            flags.append("problems")
        if self.grouping:
            flags.append(f"by {self.grouping}")
        return flags


def _grouped(jobs: Iterable[JobDescription], by: str) -> list[JobDescription | Heading]:
    """The groups under their headings. A job of several groups stands in the first of them."""
    rows: list[JobDescription | Heading] = []
    seen: set[str] = set()
    for found in group(jobs, by):
        own = [job for job in found.jobs if job.id not in seen]
        seen |= {job.id for job in own}
        price = credits_of(found.credits_per_hour)
        label = found.label or f"no {by}"
        rows.append(Heading(("group", by, found.label), f"{label}  {len(found.jobs)}  {price}cr/h"))
        rows += own
    return rows


def _json_of(view: View) -> Json:
    return {
        "name": view.name,
        "filter": view.filter,
        "base": view.base,
        "sort": [view.sort.key, view.sort.descending],
        "ended": view.ended,
        "mine": view.mine,
        "problems": view.problems,
        "columns": list(view.columns),
    }


def _view_of(value: Json) -> View | None:
    """A view from what was remembered; None for what is not one."""
    if not isinstance(value, dict):
        return None
    sort = value.get("sort")
    chosen = Sort()
    if isinstance(sort, list) and len(sort) == 2 and sort[0] in SORT_KEYS:
        chosen = Sort(str(sort[0]), bool(sort[1]))
    columns = value.get("columns")
    return View(
        name=str(value.get("name") or ""),
        filter=str(value.get("filter") or ""),
        base=str(value.get("base") or ""),
        sort=chosen,
        ended=bool(value.get("ended", True)),
        mine=bool(value.get("mine", False)),
        problems=bool(value.get("problems", False)),
        columns=tuple(str(key) for key in columns) if isinstance(columns, list) else (),
    )
