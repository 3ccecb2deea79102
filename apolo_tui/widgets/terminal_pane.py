"""The pane of terminals: tabs, the terminal in front, a search line, and how to get out."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from apolo_tui.model.cells import cut
from apolo_tui.widgets.lines import Line, Lines, Run, spread
from apolo_tui.widgets.terminal_copy import HINT as COPY_HINT
from apolo_tui.widgets.terminal_copy import SHORT_HINT as SHORT_COPY_HINT
from apolo_tui.widgets.terminal_copy import CopyMode
from apolo_tui.widgets.terminal_leader import THEN, hint_for
from apolo_tui.widgets.terminal_view import TerminalView

WIDE = 100
"""Cells from which on there is room for a whole job id."""
SHORT_ID = 13

MARKS = {"live": ("●", "live"), "waiting": ("◌", "notice"), "over": ("✗", "danger")}


@dataclass(frozen=True, slots=True)
class Tab:
    """One session, as its tab shows it."""

    title: str
    mark: str
    """One of MARKS."""
    words: str = ""
    """What happened, for a session that is not live."""


class TerminalPane(Vertical):
    """Shows sessions; which ones, and what becomes of them, is the screen's business."""

    @dataclass
    class SearchFailed(Message):
        """What was typed is no regular expression; `reason` says why."""

        reason: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view = TerminalView()
        self._tabs: Sequence[Tab] = ()
        self._front = -1
        self._job = ""
        self._words = ""

    def compose(self) -> ComposeResult:
        yield Lines(self._tab_lines, classes="terminal-tabs")
        yield self.view
        search = Input(placeholder="search, a regular expression", classes="terminal-search")
        search.display = False
        yield search
        yield Lines(self._hint_lines, classes="terminal-hint")

    def show_tabs(self, tabs: Sequence[Tab], front: int, *, job: str) -> None:
        """The tabs, which of them is in front, and the job that it belongs to, with its id."""
        self._tabs, self._front, self._job = tuple(tabs), front, job
        self._redraw()

    def say(self, words: str) -> None:
        """What the last line tells instead of the hint, until the next key of the leader."""
        self._words = words
        self._redraw()

    @property
    def zoomed(self) -> bool:
        """Whether the terminal has the whole pane, without the bars."""
        return self.has_class("-zoomed")

    def set_zoomed(self, zoomed: bool) -> None:
        self.set_class(zoomed, "-zoomed")

    def _redraw(self) -> None:
        if self.is_mounted:
            for lines in self.query(Lines):
                lines.redraw()

    def _tab_lines(self, room: int) -> Sequence[Line]:
        runs: list[Run] = []
        for number, tab in enumerate(self._tabs, 1):
            mark, style = MARKS[tab.mark]
            front = number - 1 == self._front
            runs.append(("[" if front else " ", "accent" if front else ""))
            runs.append((f"{number}:{tab.title} ", "title" if front else "muted"))
            runs.append((mark, style))
            if tab.words and tab.mark != "live":
                runs.append((f" {tab.words}", style))
            runs.append(("]" if front else " ", "accent" if front else ""))
        if not runs:
            runs.append((" no terminal is open: s opens a shell, a attaches", "muted"))
        job = self._job if room >= WIDE else cut(self._job, SHORT_ID)
        return [spread(runs, [(f" {job} ", "muted")], room)]

    def _hint_lines(self, room: int) -> Sequence[Line]:
        view = self.view
        scrolled = f"↑ {view.back} lines above " if view.back else ""
        if view.copying is not None:
            hint = COPY_HINT if room >= WIDE else SHORT_COPY_HINT
            return [spread([(f" {view.copying.words}", "notice")], [(hint, "muted")], room)]
        if self._words:
            return [spread([(f" {self._words}", "notice")], [(scrolled, "muted")], room)]
        if not self._tabs:
            return []
        if not view.has_focus:
            return [spread([(" t or a click: keys to the terminal", "muted")], [], room)]
        waits = view.leader.waiting
        first = " NOW: " if waits else " KEYS GO TO JOB  "
        then = "" if waits else THEN
        left = room - len(first) - len(then) - (len(scrolled) + 1 if scrolled else 0)
        runs: list[Run] = [(first, "danger"), (f"{then}{hint_for(left)}", "key")]
        return [spread(runs, [(scrolled, "muted")], room)]

    # What the view tells

    @on(TerminalView.LeaderChanged)
    def leader_changed(self) -> None:
        self._words = ""
        self._redraw()

    @on(TerminalView.Scrolled)
    def scrolled(self) -> None:
        self._redraw()

    @on(TerminalView.CopyModeChanged)
    def copy_mode_changed(self, event: TerminalView.CopyModeChanged) -> None:
        self._redraw()
        if event.ask:
            self.ask_search(event.mode)

    def ask_search(self, mode: CopyMode | None) -> None:
        """Let the user type what to look for; what was looked for last stands there."""
        search = self.query_one(Input)
        search.value = mode.pattern if mode is not None else ""
        search.display = True
        search.focus()

    @on(Input.Submitted)
    def searched(self, event: Input.Submitted) -> None:
        event.stop()
        self._end_search()
        try:
            self.view.search(event.value)
        except ValueError as error:
            self.post_message(self.SearchFailed(str(error)))

    @on(Input.Blurred)
    def search_left(self) -> None:
        self._end_search()

    def _end_search(self) -> None:
        search = self.query_one(Input)
        if search.display:
            search.display = False
            self.view.focus()

    def on_descendant_focus(self) -> None:
        self._redraw()
        self.set_class(self.view.has_focus, "-takes-keys-now")

    def on_descendant_blur(self) -> None:
        self._redraw()
        self.set_class(False, "-takes-keys-now")
