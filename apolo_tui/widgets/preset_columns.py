"""Presets in a table: what they give, what they cost, what is free of them."""

from collections.abc import Callable, Sequence

from apolo_tui.model.capacity import Offer
from apolo_tui.model.config import GPU
from apolo_tui.model.units import format_credits
from apolo_tui.widgets import figures
from apolo_tui.widgets.glyphs import Glyphs
from apolo_tui.widgets.sparkline import Marks, sparkline
from apolo_tui.widgets.table_columns import Cell, Column

TREND = 12
"""Cells of the trend of the last hour."""
MINUTE = 60.0


def gpu_text(gpu: GPU | None, glyphs: Glyphs) -> str:
    """`2x a100 80G`: how many of what, with the memory of one."""
    if gpu is None:
        return glyphs.none
    memory = f" {figures.size(gpu.memory)}" if gpu.memory else ""
    return f"{gpu.count}{glyphs.times}{gpu.model or 'GPU'}{memory}"


def free_cell(offer: Offer, glyphs: Glyphs) -> Cell:
    """How many would start now."""
    if offer.free is None:
        return Cell(glyphs.none, "muted")
    return Cell(str(offer.free), "good" if offer.free else "warning")


def trend_text(trend: Sequence[float | None], *, cells: int, marks: Marks) -> str:
    """The free slots of the last hour as bars; a blank where nobody looked."""
    points = [(minute * MINUTE, free) for minute, free in enumerate(trend)]
    return sparkline(
        points,
        cells=cells,
        start=0.0,
        end=max(1, len(trend)) * MINUTE,
        gap=2 * MINUTE,
        marks=marks,
    )


def preset_columns(glyphs: Glyphs, *, full: bool) -> list[Column[Offer]]:
    """The columns of the capacity page, or those of the form."""

    def pools(offer: Offer) -> str:
        names = offer.preset.available_resource_pool_names or offer.preset.resource_pool_names
        return ",".join(names) or glyphs.none

    def preempt(offer: Offer) -> str:
        if offer.preset.scheduler_enabled:
            return "takes turns"
        return "preemptible" if offer.preset.preemptible_node else glyphs.none

    def column(
        key: str,
        title: str,
        render: Callable[[Offer], Cell | str],
        least: int,
        *,
        most: int | None = None,
        weight: int = 0,
        right: bool = False,
    ) -> Column[Offer]:
        return Column(
            key=key,
            title=title,
            render=render,
            min_width=least,
            max_width=most if weight else least,
            weight=weight,
            align="right" if right else "left",
            frozen=key == "name",
            sortable=False,
        )

    found = [
        column("name", "PRESET", lambda offer: offer.preset.name, 14, most=28, weight=2),
        column("free", "FREE", lambda offer: free_cell(offer, glyphs), 4, right=True),
        column(
            "price",
            "CR/H",
            lambda offer: format_credits(offer.preset.credits_per_hour),
            6,
            right=True,
        ),
        column("cpu", "CPU", lambda offer: _cores(offer.preset.cpu), 4, right=True),
        column("memory", "MEM", lambda offer: figures.size(offer.preset.memory), 5, right=True),
        column(
            "gpu",
            "GPU",
            lambda offer: gpu_text(offer.preset.gpu, glyphs),
            12,
            most=22,
            weight=1,
        ),
    ]
    if full:
        found += [
            column(
                "trend",
                "TREND 1h",
                lambda offer: Cell(
                    trend_text(offer.trend, cells=TREND, marks=glyphs.marks), "accent"
                ),
                TREND,
            ),
            column("mine", "MINE", lambda offer: str(offer.mine or glyphs.none), 4, right=True),
            column("pool", "POOL", pools, 8, most=24, weight=1),
        ]
    found.append(column("preempt", "PREEMPT", preempt, 11))
    return found


def _cores(count: float) -> str:
    """A preset may have less than a tenth of a core."""
    return figures.cores(count) if count >= 0.1 else f"{count:.2g}"
