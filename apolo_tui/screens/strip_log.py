"""The last lines of the log of the selected job, for the strip under a narrow list."""

from collections.abc import Callable, Sequence
from functools import partial

from apolo_tui.model.job import JobDescription
from apolo_tui.model.logs import LogStore, split_stamp
from apolo_tui.model.logs.text import last_state, plain
from apolo_tui.screens.job_log import begin
from apolo_tui.screens.page import Page

EVERY = 1.0
"""Seconds between two looks at the log."""
SHOWN = 3
"""Lines that the strip has room for at the most."""


class StripLog:
    """Follows the log of one job at a time, while it is on screen."""

    def __init__(self, page: Page[None], changed: Callable[[], None]) -> None:
        self._page = page
        self._changed = changed
        self._job_id = ""
        self.lines: Sequence[str] = ()

    def follow_job(self, job: JobDescription | None) -> None:
        """Read the log of this job from now on; None ends it and its connection."""
        job_id = job.id if job is not None else ""
        if job_id == self._job_id:
            return
        self._job_id, self.lines = job_id, ()
        self._page.workers.cancel_group(self._page, "strip log")
        if job is not None:
            begin(self._page, partial(self._follow, job), group="strip log")

    async def _follow(self, job: JobDescription) -> None:
        async with self._page.workspace.logs.lease(job) as feed:
            async for state in feed.topic.watch(every=EVERY):
                lines = last_lines(state.store, SHOWN)
                if lines != self.lines:
                    self.lines = lines
                    self._changed()


def last_lines(store: LogStore, count: int) -> Sequence[str]:
    """The last lines that say something, without times, colours and control characters."""
    found: list[str] = []
    number = store.end - 1
    while number >= max(store.first, store.end - 4 * count) and len(found) < count:
        raw = store.line(number)
        text = plain(last_state(raw[split_stamp(raw)[1] :])).rstrip()
        if text:
            found.append(text)
        number -= 1
    return tuple(reversed(found))
