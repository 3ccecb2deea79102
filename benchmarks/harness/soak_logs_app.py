"""The dashboard with the log of a job over the whole screen, for a long time.

APOLO_CONFIG=... python -m benchmarks.harness.soak_logs_app

The lines of the job are `NUMBER SECONDS ...`: how many it has printed, and when it printed them.
"""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from apolo_tui.app import ApoloApp
from apolo_tui.cli.connect import login_opener
from apolo_tui.config import Settings, state_folder
from apolo_tui.screens.job_log import JobLog
from apolo_tui.screens.main import MainScreen
from apolo_tui.store.state import State
from apolo_tui.store.workspace import Workspace
from apolo_tui.widgets.log_view import LogView
from benchmarks.harness.control import serve, usage


def view_of(app: ApoloApp) -> LogView | None:
    """The log on the screen."""
    found = app.screen.query(JobLog)
    return found.first().view if found else None


def last_line(view: LogView) -> tuple[int, float, int]:
    """The number of the newest whole line, when it was printed, and which line of the log it is."""
    store = view.store
    for line in range(store.end - 1, max(store.first - 1, store.end - 4), -1):
        words = (view._lines.text(line) or "").split()
        if len(words) >= 3 and words[2] == "end":
            return int(words[0]), float(words[1]), line
    return 0, 0.0, -1


async def main() -> None:
    """Run until it is told to end."""
    environ = os.environ
    folder = state_folder(environ, Path.home())
    folder.mkdir(parents=True)
    workspace = Workspace(
        login_opener(environ=environ),
        Settings(),
        platform_key="soak",
        state=State(folder / "state.json"),
        snapshots=None,
        audit=folder / "audit.log",
    )
    async with workspace:
        app = ApoloApp(workspace, environ=environ, state_folder=folder)

        def open_log(key: str) -> None:
            page = app.main
            assert isinstance(page, MainScreen)
            app.open_logs([page.jobs.jobs[key]])

        def look() -> dict[str, Any]:
            view = view_of(app)
            if view is None:
                return {**usage(), "number": 0}
            number, printed, line = last_line(view)
            return {
                **usage(),
                "number": number,
                "line": line,
                "behind": time.time() - printed,
                "following": view.following,
                "dropped": view.store.dropped,
                "shown": view.visible_text.splitlines()[-1:],
            }

        control = serve({"look": look, "open": open_log})
        try:
            await app.run_async()
        finally:
            control.cancel()
        if app.failure is not None:
            raise app.failure


if __name__ == "__main__":
    asyncio.run(main())
