"""The dashboard, asked to do in ten minutes what it does in eight hours.

APOLO_CONFIG=... python -m benchmarks.harness.soak_app PACE REDRAWS

PACE: how many times more often than every 5 s it asks for the jobs. REDRAWS: how many times a
second it does what it does once a second: the ages, the telemetry that is wanted, the log.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from apolo_tui.app import ApoloApp
from apolo_tui.cli.connect import login_opener
from apolo_tui.config import Settings, state_folder
from apolo_tui.screens.main import MainScreen
from apolo_tui.store.state import State
from apolo_tui.store.workspace import Workspace
from benchmarks.harness.control import serve, usage


def main_of(app: ApoloApp) -> MainScreen:
    found = app.main
    assert isinstance(found, MainScreen)
    return found


async def redraw(app: ApoloApp, times_a_second: float) -> None:
    """Once a second's work, more often."""
    while True:
        await asyncio.sleep(1 / times_a_second)
        main_of(app)._tick()


async def main(pace: float, redraws: float) -> None:
    """Run until it is told to end."""
    environ = os.environ
    folder = state_folder(environ, Path.home())
    folder.mkdir(parents=True)
    settings = Settings(refresh=Settings().refresh / pace)
    opener = login_opener(environ=environ)
    state = State(folder / "state.json")
    workspace = Workspace(
        opener,
        settings,
        platform_key="soak",
        state=state,
        snapshots=None,
        audit=folder / "audit.log",
    )
    async with workspace:
        app = ApoloApp(workspace, environ=environ, state_folder=folder)

        def look() -> dict[str, Any]:
            page = main_of(app)
            return {
                **usage(),
                "cursor": page.table.cursor_key,
                "selected": page.selected_id,
                "jobs": len(page.jobs.jobs),
                "polls": workspace.desk.value.jobs.topic.version if workspace.desk.value else 0,
                "age": page.age,
                "stale": page.stale,
            }

        def select(key: str) -> None:
            page = main_of(app)
            page.table.move_cursor(key)
            page.settle_selection()

        control = serve({"look": look, "select": select})
        more = asyncio.create_task(redraw(app, redraws))
        try:
            await app.run_async()
        finally:
            more.cancel()
            control.cancel()
        if app.failure is not None:
            raise app.failure


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), float(sys.argv[2])))
