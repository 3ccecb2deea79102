"""The monitor wall: how many cards fit, which jobs they show, in which order, on which page."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.query_facts import NO_LIMIT, Facts, is_problem, time_left

CARD_WIDTH = 48
"""Cells of a card at the least."""
CARD_HEIGHT = 11
"""Lines of a card that has room for everything."""
LOW_CARDS = 16
"""From so many lines on there are two rows, of lower cards if need be."""
MOST_COLUMNS = 4
MOST_ROWS = 4
DWELL = 20.0
"""Seconds that a page stays."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Cards of one size in rows and columns."""

    columns: int
    rows: int
    card_width: int
    card_height: int

    @property
    def slots(self) -> int:
        return self.columns * self.rows


def grid(width: int, height: int) -> Grid:
    """The cards that fit into an area of so many cells: as many as are readable, at most 16."""
    columns = max(1, min(MOST_COLUMNS, width // CARD_WIDTH))
    rows = max(2 if height >= LOW_CARDS else 1, min(MOST_ROWS, height // CARD_HEIGHT))
    return Grid(columns, rows, width // columns, max(1, height // rows))


@dataclass(frozen=True, slots=True)
class Card:
    """One job on the wall."""

    job: JobDescription
    left: float
    """Seconds of life span left; NO_LIMIT without one."""
    problem: bool


def cards(
    jobs: Iterable[JobDescription], facts: Facts, *, alerted: Collection[str] = ()
) -> tuple[Card, ...]:
    """The running jobs: those with a problem first, then by the time left, then by name.

    `alerted` are the ids of jobs that somebody should look at for another reason.
    """
    found = [
        Card(job, _left(job, facts), job.id in alerted or is_problem(job, facts))
        for job in jobs
        if job.status is JobStatus.RUNNING
    ]
    found.sort(key=lambda card: (not card.problem, card.left, card.job.name or "", card.job.id))
    return tuple(found)


def _left(job: JobDescription, facts: Facts) -> float:
    left = time_left(job, facts)
    return NO_LIMIT if left is None else left


@dataclass(frozen=True, slots=True)
class Page:
    """What is on the wall at one time."""

    cards: tuple[Card, ...]
    number: int
    """From 1 on."""
    pages: int


def page(found: Sequence[Card], slots: int, index: int) -> Page:
    """Page `index` (any integer; it wraps around) of cards that are in their order.

    Cards with a problem are on every page. When there are so many that nothing could rotate
    beside them, the last place rotates through the rest.
    """
    if len(found) <= slots:
        return Page(tuple(found), 1, 1)
    problems = sum(card.problem for card in found)
    pinned = min(problems, slots - 1)
    rotating, room = found[pinned:], slots - pinned
    pages = math.ceil(len(rotating) / room)
    number = index % pages
    shown = rotating[number * room : (number + 1) * room]
    return Page((*found[:pinned], *shown), number + 1, pages)


@dataclass(frozen=True, slots=True)
class Rotation:
    """Which page it is, and since when. Times in seconds of one clock that does not jump."""

    index: int = 0
    since: float = 0.0
    held: bool = False

    def at(self, now: float, *, dwell: float = DWELL) -> "Rotation":
        """The rotation at `now`: a page on when the present one has been there long enough.

        After a long sleep it goes on by one page, not by all that were missed.
        """
        if self.held or now - self.since < dwell:
            return self
        late = (now - self.since) % dwell
        return replace(self, index=self.index + 1, since=now - late)

    def turned(self, pages: int, now: float) -> "Rotation":
        """Turned by hand, forwards or back; the new page has its full time."""
        return replace(self, index=self.index + pages, since=now)

    def toggled(self, now: float) -> "Rotation":
        """Held, or going on with the full time of the page."""
        return replace(self, held=not self.held, since=now)

    def left(self, now: float, *, dwell: float = DWELL) -> float:
        """Seconds until the page turns."""
        return math.inf if self.held else max(0.0, self.since + dwell - now)
