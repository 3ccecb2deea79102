"""The dashboard with the wall in front, whose clock runs faster: a program for the soak.

    python -m benchmarks.harness.wall_soak_app LOGIN FOLDER START FACTOR REFRESH LOOK

START is the unix time at which both clocks agreed; from then on a second stands for FACTOR.
REFRESH is in scaled seconds, LOOK (how often alerts look at the clock) in seconds of the wall.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from apolo_tui.app import ApoloApp
from apolo_tui.cli.connect import login_opener
from apolo_tui.config import Settings, Timings
from apolo_tui.screens.main import Start
from apolo_tui.store.state import State
from apolo_tui.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Scale:
    """A clock that runs faster."""

    start: float
    factor: float

    def now(self) -> float:
        """Unix time, scaled."""
        return self.start + (time.time() - self.start) * self.factor

    async def sleep(self, seconds: float) -> None:
        """Wait for scaled seconds."""
        await asyncio.sleep(seconds / self.factor)


async def main(arguments: list[str], opened: Callable[[], None] = lambda: None) -> None:
    login, folder = Path(arguments[0]), Path(arguments[1])
    scale = Scale(float(arguments[2]), float(arguments[3]))
    timings = Timings(jobs_stale=40 * scale.factor, alert_look=float(arguments[5]))
    settings = Settings(refresh=float(arguments[4]), timings=timings)
    workspace = Workspace(
        login_opener(login),
        settings,
        platform_key="soak",
        state=State(folder / "state.json"),
        snapshots=None,
        audit=folder / "audit.log",
        clock=scale.now,
        sleep=scale.sleep,
    )
    async with workspace:
        app = ApoloApp(
            workspace,
            environ={"TERM": "xterm-256color"},
            state_folder=folder,
            start=Start(monitor=True),
        )
        await app.run_async()
        if app.failure is not None:
            raise app.failure


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
