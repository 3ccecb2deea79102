"""What the user does with the panes: tabs, zoom, sizes, and the pages over the main screen.

Each action imports the page that it opens: the first frame does not wait for them.
"""

from collections.abc import Callable
from typing import Literal

from textual.widget import Widget

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.series import WINDOWS
from apolo_tui.screens.host import Sessions
from apolo_tui.screens.jobs_page import JobsPage
from apolo_tui.store.commands import label

STRIP_WINDOWS = (60, 300, 600, *WINDOWS[1:])
LIST_WIDTHS = (28, 34, 40, 46, 50, 56, 68, 84)
STANDARD_WIDTH = 50
MADE_AFTER = 0.02
"""Seconds after which a pane that was asked for should be there."""


class PaneActions(JobsPage):
    """Actions that move between panes and pages."""

    spec_form: Literal["yaml", "json"] = "yaml"
    revealed = False

    # Tabs and zoom

    def action_open(self) -> None:
        """The detail over the whole screen."""
        if self.selected is None:
            self.host.say("No job is selected")
            return
        self.zoom("-zoom-detail")

    def zoom(self, kind: str) -> None:
        """Give one pane the whole screen."""
        self.remove_class("-zoom-detail", "-zoom-list")
        self.add_class(kind)
        if kind == "-zoom-detail":
            self.settle_selection()
            self.detail.pane.focus()
        self.show_keys()
        self.call_after_refresh(self.redraw)

    def settle_selection(self) -> None:
        """Show the cursor's job at once, without the rest."""
        raise NotImplementedError

    def action_zoom(self) -> None:
        if self.has_class("-zoom-detail") or self.has_class("-zoom-list"):
            self.remove_class("-zoom-detail", "-zoom-list")
            self.table.focus()
            self.show_keys()
            self.call_after_refresh(self.redraw)
        elif self.focused is self.table or self.focused is None:
            self.zoom("-zoom-list")
        else:
            self.zoom("-zoom-detail")

    def action_next_tab(self) -> None:
        self._step_tab(1)

    def action_previous_tab(self) -> None:
        self._step_tab(-1)

    def _step_tab(self, by: int) -> None:
        if self.selected is not None and not self.part("#side", Widget).display:
            self.zoom("-zoom-detail")
        self.detail.step(by)
        if self.has_class("-zoom-detail"):
            self.detail.pane.focus()

    def show_tab(self, name: str) -> None:
        """Bring a tab to the front, over the whole screen where the panes have no room."""
        if self.selected is None:
            self.host.say("No job is selected")
            return
        self.detail.tab = name
        if not self.part("#side", Widget).display:
            self.zoom("-zoom-detail")
        self.settle_selection()

    def action_spec(self) -> None:
        if self.detail.tab == "spec" and self.part("#side", Widget).display:
            self.spec_form = "json" if self.spec_form == "yaml" else "yaml"
            self.detail.redraw()
            return
        self.show_tab("spec")

    def action_reveal(self) -> None:
        """Show masked values for a while."""
        seconds = self.settings.timings.reveal
        self.revealed = True
        self.show_tab("spec")
        self.detail.redraw()
        self.host.say(f"Values are shown for {seconds:g} seconds", "warning")
        self.set_timer(seconds, self._mask)

    def _mask(self) -> None:
        self.revealed = False
        self.detail.redraw()

    def action_focus_list(self) -> None:
        self.table.focus()

    # Sizes

    def list_width(self) -> int:
        """Cells of the list beside the detail."""
        width = self.workspace.state.get("list_width")
        return width if isinstance(width, int) and width in LIST_WIDTHS else STANDARD_WIDTH

    def _resize(self, step: int) -> None:
        place = LIST_WIDTHS.index(self.list_width()) + step
        width = LIST_WIDTHS[max(0, min(len(LIST_WIDTHS) - 1, place))]
        self.workspace.state.put("list_width", width)
        self.apply_list_width()

    def apply_list_width(self) -> None:
        """Lay the list out as wide as the user wants it, where it stands beside the detail."""
        beside = self.has_class("-wide") and not self.has_class("-zoom-list")
        pane = self.part("#list-pane", Widget)
        pane.styles.width = self.list_width() if beside else None

    def action_narrower(self) -> None:
        self._resize(-1)

    def action_wider(self) -> None:
        self._resize(1)

    def _step_window(self, step: int) -> None:
        place = STRIP_WINDOWS.index(int(self.window)) + step
        self.window = float(STRIP_WINDOWS[max(0, min(len(STRIP_WINDOWS) - 1, place))])
        self.redraw_detail()

    def action_window_shorter(self) -> None:
        self._step_window(-1)

    def action_window_longer(self) -> None:
        self._step_window(1)

    # Pages

    def _with_telemetry(self) -> JobDescription | None:
        job = self.selected
        if job is None:
            self.host.say("No job is selected")
        elif job.status is not JobStatus.RUNNING and job.id not in self.look.telemetry:
            self.host.say(f"{label(job)} does not run: there is no telemetry to show")
        else:
            return job
        return None

    def action_chart(self) -> None:
        from apolo_tui.screens.chart import ChartPage

        job = self._with_telemetry()
        if job is not None:
            self.app.push_screen(ChartPage(job, self.look))

    def action_compare(self) -> None:
        from apolo_tui.screens.compare import ComparePage

        jobs = [job for job in self.targets() if job.id in self.table.marked]
        if len(jobs) != 2:
            mark = self.host.key_of("jobs.mark")
            self.host.say(f"Mark two jobs with {mark} to compare them; {len(jobs)} marked")
            return
        first, second = sorted(
            jobs, key=lambda job: (job.history.created_at is None, job.created_at)
        )
        self.app.push_screen(ComparePage(first, second, self.look))

    def action_runs(self) -> None:
        from apolo_tui.screens.runs import RunsPage

        job = self.selected
        if job is None or not job.name:
            self.host.say("The job has no name, so there are no other runs of it")
            return

        def chosen(job_id: str | None) -> None:
            if job_id and self.table.move_cursor(job_id):
                self.settle_selection()

        self.app.push_screen(RunsPage(job, self.look), chosen)

    # Logs and terminals

    def action_logs(self) -> None:
        jobs = self.targets()
        if not jobs:
            self.host.say("No job is selected")
            return
        self.host.open_logs(jobs)

    def action_shell(self) -> None:
        job = self._for_session()
        if job is not None:
            self._in_terminals(lambda sessions: sessions.open_shell(job))

    def action_attach(self) -> None:
        job = self._for_session()
        if job is not None:
            self._in_terminals(lambda sessions: sessions.open_attach(job))

    def _for_session(self) -> JobDescription | None:
        job = self.selected
        if job is None:
            self.host.say("No job is selected")
        elif job.status is not JobStatus.RUNNING:
            self.host.say(f"{label(job)} does not run", "warning")
        else:
            return job
        return None

    def action_focus_terminal(self) -> None:
        self._in_terminals(lambda sessions: sessions.focus_front())

    def _in_terminals(self, do: Callable[[Sessions], None]) -> None:
        """Have the terminals do this. Their pane may have to be made first."""
        sessions = self.host.sessions
        if sessions is not None:
            do(sessions)
            return
        self.detail.make_all()
        # By the clock: what asks again after each refresh keeps the loop from making the pane.
        self.set_timer(MADE_AFTER, lambda: self._in_terminals(do))

    def show_terminal(self) -> None:
        """Bring the terminals to the front: beside the list, or over the whole screen."""
        self.detail.tab = "terminal"
        if not self.part("#side", Widget).display:
            self.zoom("-zoom-detail")
            self.add_class("-terminal-full")

    def leave_terminal(self) -> None:
        """Back to the list; the sessions go on."""
        self.remove_class("-terminal-full")
        if self.has_class("-zoom-detail"):
            self.action_zoom()
        self.table.focus()

    def zoom_terminal(self) -> None:
        """The terminal over the whole screen, and back."""
        if self.has_class("-terminal-full"):
            self.remove_class("-terminal-full", "-zoom-detail")
            self.call_after_refresh(self.redraw)
        else:
            self.zoom("-zoom-detail")
            self.add_class("-terminal-full")
        self.call_after_refresh(self.focus_terminal)

    def focus_terminal(self) -> None:
        self._in_terminals(lambda sessions: sessions.focus_front())

    # Leaving

    def action_leave(self) -> None:
        """Back to the list; from there, out."""
        if self.has_class("-zoom-detail") or self.has_class("-zoom-list"):
            self.action_zoom()
        elif self.focused is not self.table and self.focused is not None:
            self.table.focus()
        else:
            self.call_later(self.app.run_action, "quit_guarded", self.app)
