"""The keys that the main screen tells: in its last line, and on the lower edges of its frames."""

from collections.abc import Iterator
from dataclasses import replace

from textual.content import Content
from textual.widget import Widget

from apolo_tui.actions import Action, Scope
from apolo_tui.model.link import Failed
from apolo_tui.screens.jobs_page import JobsPage
from apolo_tui.widgets.lines import Line, fitted

IN_FILTER: Line = [
    (" enter", "key"),
    (" keep   ", ""),
    ("esc", "key"),
    (" clear   ", ""),
    ("also: !not  status:failed  gpu:<5  left:<1h  owner:me", "muted"),
]
"""The last line while a filter is typed."""
IN_TERMINAL: Line = [
    (" ctrl+] d", "key"),
    (" back to the list   ", ""),
    ("ctrl+] ?", "key"),
    (" what else there is   ", ""),
    ("all other keys go to the job", "muted"),
]
FRAME_HINTS = {
    "#list-pane": (
        ("jobs.sort_left jobs.sort_right", "sort"),
        ("jobs.ended", "ended"),
        ("jobs.mine", "mine"),
        ("jobs.width", "width"),
    ),
    "#detail": (("jobs.previous_tab jobs.next_tab", "tabs"), ("jobs.zoom", "zoom")),
    "#telemetry": (
        ("jobs.window_shorter jobs.window_longer", "window"),
        ("jobs.chart", "chart"),
    ),
    "#tail": (("jobs.logs", "whole screen"),),
}
"""What the lower edge of a frame tells: actions and what they do to what is in it."""


class MainKeys(JobsPage):
    """Tells the keys of what has the focus."""

    def show_frame_hints(self) -> None:
        """Write the keys of what is in a frame on its edge."""
        for name, hints in FRAME_HINTS.items():
            parts = []
            for ids, words in hints:
                keys = " ".join(self.host.key_of(action) for action in ids.split())
                parts.append(f"{keys} {words}")
            # As content: a key may be a bracket, which would begin markup.
            self.part(name, Widget).border_subtitle = Content("  ".join(parts))

    def footer_actions(self) -> Iterator[Action]:
        """The keys of the log while it has the focus, else those that have something to act on."""
        if self.query("LogView:focus"):
            for action in self.host.declared((Scope.APP, Scope.LOGS)):
                if action.footer and self.check_action(action.method, ()):
                    yield action
            for action in self.host.declared((Scope.JOBS,)):
                if action.id == "jobs.leave":
                    yield replace(action, label="list")
        elif self.desk is None and isinstance(self.workspace.link.value, Failed):
            for action in self.host.declared((Scope.APP, Scope.JOBS)):
                if action.id == "app.refresh":
                    yield replace(action, label="try now")
                elif (action.scope is Scope.APP and action.footer) or action.id == "jobs.leave":
                    yield action
        else:
            yield from self._list_actions()

    def _list_actions(self) -> Iterator[Action]:
        """Without a job, none that needs one; over the list, the tabs and the way back to it."""
        zoomed = self.has_class("-zoom-detail")
        at_list = self.focused is None or self.focused is self.table
        back = zoomed or self.has_class("-zoom-list") or not at_list
        for action in super().footer_actions():
            needs_job = bool(action.applies) or action.id == "jobs.filter"
            if needs_job and self.without_jobs:
                continue
            if zoomed and action.id == "jobs.open":
                for tab in self.host.declared((Scope.JOBS,)):
                    if tab.id == "jobs.next_tab":
                        yield replace(tab, label="next tab")
            elif not (zoomed and action.id == "jobs.filter"):
                yield (
                    replace(action, label="list") if back and action.id == "jobs.leave" else action
                )

    def _keys(self, room: int) -> list[Line]:
        if self.query("TerminalView:focus"):
            return [fitted(IN_TERMINAL, room)]
        if self.focused is self.filter_input:
            return [fitted(IN_FILTER, room)]
        return super()._keys(room)

    def on_descendant_focus(self) -> None:
        self.show_keys()

    def on_descendant_blur(self) -> None:
        self.show_keys()
