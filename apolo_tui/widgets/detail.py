"""The detail pane: a line of tabs and one pane at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from apolo_tui.model.cells import width
from apolo_tui.widgets.lines import Line, Lines, line_width, spread


class DetailPane(Vertical):
    """Shows the pane of `tab`. Panes are made by the caller, by the name of their tab.

    What is given as a function makes its pane when the tab is first in front, or with `make_all`.
    """

    tab: reactive[str] = reactive("", init=False)

    @dataclass
    class TabChanged(Message):
        """Another tab is in front."""

        tab: str

    def __init__(
        self, panes: Mapping[str, Widget | Callable[[], Widget]], *, tab: str, **options: Any
    ) -> None:
        super().__init__(**options)
        self._panes = dict(panes)
        self._caption = ""
        self.set_reactive(DetailPane.tab, tab if tab in panes else next(iter(panes)))

    @property
    def tabs(self) -> Sequence[str]:
        return tuple(self._panes)

    @property
    def pane(self) -> Widget:
        """The pane in front."""
        return self._made(self.tab)

    def compose(self) -> ComposeResult:
        yield Lines(self._tab_line, id="tabs")
        with ContentSwitcher(initial=f"pane-{self.tab}", id="panes"):
            for name, pane in self._panes.items():
                if isinstance(pane, Widget) or name == self.tab:
                    yield self._new(name)

    def _new(self, name: str) -> Widget:
        """The pane before it is mounted."""
        given = self._panes[name]
        pane = self._panes[name] = given if isinstance(given, Widget) else given()
        pane.id = f"pane-{name}"
        return pane

    def _made(self, name: str) -> Widget:
        """The pane, mounted now at the latest."""
        pane = self._panes[name]
        if isinstance(pane, Widget):
            return pane
        pane = self._new(name)
        pane.display = name == self.tab
        self.query_one(ContentSwitcher).mount(pane)
        return pane

    def make_all(self) -> None:
        """Make the panes that are not made yet."""
        for name in self._panes:
            self._made(name)

    def _tab_line(self, room: int) -> list[Line]:
        runs: list[tuple[str, str]] = [(" ", "")]
        for name in self._panes:
            here = name == self.tab
            runs.append((f"[{name.capitalize()}]" if here else f" {name.capitalize()} ", ""))
            runs[-1] = (runs[-1][0], "selected" if here else "muted")
        tail = [(f"{self._caption} ", "title")] if self._caption else []
        names = sum(width(text) for text, _ in runs)
        if names + line_width(tail) + 1 > room >= names:
            tail = []
        elif names > room:
            place = list(self._panes).index(self.tab) + 1
            runs = [
                (" ", ""),
                (f"[{self.tab.capitalize()}]", "selected"),
                (f" {place}/{len(self._panes)}", "muted"),
            ]
        return [spread(runs, tail, room)]

    def caption(self, text: str) -> None:
        """Whose detail it is, at the right of the tabs."""
        if text != self._caption:
            self._caption = text
            # There is none any more while the app ends.
            for tabs in self.query("#tabs").results(Lines):
                tabs.redraw()

    def step(self, by: int) -> None:
        """The next tab, or the one before; round and round."""
        names = list(self._panes)
        self.tab = names[(names.index(self.tab) + by) % len(names)]

    def watch_tab(self, tab: str) -> None:
        self._made(tab)
        self.query_one(ContentSwitcher).current = f"pane-{tab}"
        self.query_one("#tabs", Lines).redraw()
        self.post_message(self.TabChanged(tab))

    def redraw(self) -> None:
        """Draw the pane in front again."""
        if isinstance(self.pane, Lines):
            self.pane.redraw()

    def on_click(self, event: events.Click) -> None:
        """A click on a tab brings it to the front."""
        if event.widget is not None and event.widget.id == "tabs":
            at = 1
            for name in self._panes:
                at += len(name) + 2
                if event.x < at:
                    self.tab = name
                    return
