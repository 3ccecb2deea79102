"""The logs on the main screen: below the overview, in the strip under a narrow list, in a tab."""

from textual.containers import Container
from textual.widget import Widget

from apolo_tui.model.job import JobDescription
from apolo_tui.screens.job_log import JobLog
from apolo_tui.screens.jobs_page import JobsPage
from apolo_tui.screens.strip_log import StripLog
from apolo_tui.widgets.lines import Lines

TAIL_EVERY = 2.0
"""Seconds between two looks of the panes at the log: they are read by the way."""


class JobLogs:
    """Made when the first rows are on screen: what logs need takes a while to be imported."""

    def __init__(self, page: JobsPage) -> None:
        self._page = page
        self._tabs: list[JobLog] = []
        """The panes in tabs, once they are there: this is asked for every second."""
        self._tail = JobLog(page.workspace, page.glyphs, every=TAIL_EVERY)
        self._box = page.part("#tail", Container)
        self._box.mount(self._tail)
        self._strip_lines = page.part("#strip", Lines)
        self.strip = StripLog(page, self._strip_lines.redraw)

    def follow_job(self, job: JobDescription | None, *, seen: bool) -> None:
        """Each is open while it is seen, and for no other job than this one; None shows none."""
        tabs = self._tabs = self._tabs or list(self._page.detail.query(JobLog))
        if job is None:
            for pane in (*tabs, self._tail):
                pane.forget()
        beside = seen and self._page.part("#side", Widget).display
        for pane in tabs:
            pane.follow_job(job if beside and self._page.detail.tab == "logs" else None)
        self._tail.follow_job(job if beside and self._box.display else None)
        self.strip.follow_job(job if seen and self._strip_lines.display else None)
