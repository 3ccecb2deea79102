"""The cards of the monitor wall with made-up telemetry that changes at each command: an app to be
measured.

    python -m benchmarks.harness.wall_app CARDS

Each card draws four lines of ten minutes.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from textual.app import App, ComposeResult

from apolo_tui import stylesheets
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import Container, JobDescription, JobStatus, JobStatusHistory, Resources
from apolo_tui.model.link import Live
from apolo_tui.model.query_facts import Facts
from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.model.usage import Series, Telemetry
from apolo_tui.model.wall import Card, grid
from apolo_tui.theme import THEMES
from apolo_tui.widgets.job_columns import JobLook
from apolo_tui.widgets.lines import Line
from apolo_tui.widgets.wall_card import card_lines
from apolo_tui.widgets.wall_view import WallView
from benchmarks.harness.control import serve, settle

START = 1_795_333_800
GIB = 1 << 30
CHARTS_A_CARD = 4


def sample(number: int, second: int) -> JobTelemetry:
    wave = 0.5 + 0.5 * math.sin(second / 17 + number)
    return JobTelemetry(
        cpu=12 * wave,
        memory_bytes=int(90 * GIB * wave),
        timestamp=float(START + second),
        gpu_duty_cycle=int(100 * wave),
        gpu_memory_bytes=int(80 * GIB * wave),
    )


def job(number: int) -> JobDescription:
    return JobDescription(
        id=f"job-{number:04}",
        name=f"train-{number:03}",
        owner="bench",
        cluster_name="bench",
        status=JobStatus.RUNNING,
        preset_name="a100-1",
        price_credits_per_hour=Decimal(8),
        life_span=86400.0,
        history=JobStatusHistory(
            status=JobStatus.RUNNING,
            created_at=datetime.fromtimestamp(START, UTC),
            run_time_seconds=600.0,
        ),
        container=Container(
            image=RemoteImage("ubuntu"), resources=Resources(90 * GIB, 12, nvidia_gpu=1)
        ),
    )


class Wall(App[None]):
    """So many cards on one screen."""

    CSS_PATH: ClassVar = [stylesheets.folder() / "app.tcss", stylesheets.folder() / "wall.tcss"]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, count: int) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "dark"
        self.cards = [Card(job(number), 80000.0, problem=False) for number in range(count)]
        self.look = JobLook()
        self.at = 600
        self.series = [Series() for _ in self.cards]
        for number, series in enumerate(self.series):
            for second in range(self.at):
                series.append(sample(number, second))
        self.take()

    def take(self) -> None:
        now = datetime.fromtimestamp(START + self.at, UTC)
        self.look.facts = Facts(now=now, answered_at=now, me="bench")
        self.look.telemetry = {
            card.job.id: Telemetry(series, Live(), received_at=now.timestamp())
            for card, series in zip(self.cards, self.series, strict=True)
        }

    def compose(self) -> ComposeResult:
        self.view = WallView(self.draw, id="wall")
        yield self.view

    def on_mount(self) -> None:
        self.control = serve({"tick": self.tick, "settle": settle})

    def draw(self, room: int, height: int) -> Sequence[Line]:
        cells = grid(room, height)
        look = replace(self.look)
        drawn = [
            card_lines(card, look, room=cells.card_width, height=cells.card_height)
            for card in self.cards[: cells.slots]
        ]
        lines: list[Line] = []
        for first in range(0, len(drawn), cells.columns):
            beside = drawn[first : first + cells.columns]
            lines += [[run for card in beside for run in card[y]] for y in range(cells.card_height)]
        return lines

    def tick(self) -> dict[str, Any]:
        """One second later in every card; how many charts were drawn."""
        self.at += 1
        for number, series in enumerate(self.series):
            series.append(sample(number, self.at))
        self.take()
        self.view.redraw()
        width, height = self.view.size
        return {"charts": CHARTS_A_CARD * min(len(self.cards), grid(width, height).slots)}


if __name__ == "__main__":
    Wall(int(sys.argv[1])).run()
