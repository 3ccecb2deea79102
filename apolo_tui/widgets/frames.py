"""What goes to the user's terminal: of each frame the cells that look different, and no more.

Textual sends every line that was painted, from the left edge of its widget on, and each piece of
it with all of its style. Here it is known what the terminal shows. A piece that is there already
is not sent again, and of a style only what differs from the one before it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import ne
from typing import Generic, NamedTuple, TypeVar

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

GAP = 9
"""Cells that are sent though they are there: to move over them takes as many bytes."""

SAMPLE = 8
"""Of so many characters one is looked at to know whether to look at all."""

FEW = 16
"""Regions up to which it pays to find out whom they concern."""

SINGLE = "\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u25fc"
SINGLE += "\u2713-\u2718\u2800-\u28ff"
"""Characters of one cell each: text of these alone is compared cell by cell."""
all_single = re.compile(f"[{SINGLE}]*").fullmatch


class Look(NamedTuple):
    """How a cell is drawn, as the codes of its style."""

    colour: str = "39"
    background: str = "49"
    attributes: str = ""
    link: str = ""
    link_id: str = ""


PLAIN = Look()


@lru_cache(maxsize=8192)
def look_of(style: Style | None, system: ColorSystem) -> Look:
    """The codes of a style."""
    if style is None:
        return PLAIN
    colour, background, attributes = PLAIN[:3]
    if style.color is not None:
        colour = ";".join(style.color.downgrade(system).get_ansi_codes())
    if style.bgcolor is not None:
        codes = style.bgcolor.downgrade(system).get_ansi_codes(foreground=False)
        background = ";".join(codes)
    if style:
        bare = style.without_color.update_link(None).render("x", color_system=system)
        attributes = bare[2 : bare.index("m")] if bare != "x" else ""
    return Look(
        colour, background, attributes, *((style.link, style.link_id) if style.link else ())
    )


@lru_cache(maxsize=4096)
def change(before: Look, after: Look) -> str:
    """The sequence from one look to another."""
    codes = []
    if before.attributes and before.attributes != after.attributes:
        # Attributes are not taken back one by one: some terminals know no code for that.
        codes.append("0")
        before = PLAIN
    codes += [after.attributes] if after.attributes != before.attributes else []
    codes += [after.colour] if after.colour != before.colour else []
    codes += [after.background] if after.background != before.background else []
    return f"\x1b[{';'.join(codes)}m" if codes else ""


class Pen:
    """Writes pieces of text, each with its look, and knows the look that is set."""

    def __init__(self, system: ColorSystem) -> None:
        self.system = system
        self.parts: list[str] = []
        self._now = PLAIN

    def move(self, x: int, y: int) -> None:
        self.parts.append(f"\x1b[{y + 1};{x + 1}H")

    def write(self, text: str, look: Look) -> None:
        if look is not self._now and look != self._now:
            self.parts.append(change(self._now, look))
            self._now = look
        if look.link:
            text = f"\x1b]8;id={look.link_id};{look.link}\x1b\\{text}\x1b]8;;\x1b\\"
        self.parts.append(text)

    def end(self) -> str:
        """All that was written; the next frame begins with no style."""
        if self._now != PLAIN:
            self.parts.append("\x1b[0m")
        return "".join(self.parts)


class Drawn:
    """A strip that is on the terminal, and how each of its cells looks, once somebody asks."""

    __slots__ = ("_cells", "strip")

    def __init__(self, strip: Strip) -> None:
        self.strip = strip
        self._cells: tuple[str, Sequence[Look]] | None = None

    def cells(self, system: ColorSystem) -> tuple[str, Sequence[Look]]:
        """The text, and the look of each character when all of them take one cell."""
        if self._cells is None:
            text = self.strip.text
            looks: list[Look] = []
            if all_single(text):
                for part, style, _ in self.strip:
                    looks += [look_of(style, system)] * len(part)
            self._cells = text, looks
        return self._cells


class Shown:
    """What the terminal shows: strips by their first cell, line by line."""

    def __init__(self) -> None:
        self._lines: dict[int, dict[int, Drawn]] = {}

    def forget(self) -> None:
        """The terminal may show anything."""
        self._lines.clear()

    def get(self, x: int, y: int) -> Drawn | None:
        """The strip that begins at a cell."""
        return self._lines.get(y, {}).get(x)

    def put(self, x: int, y: int, drawn: Drawn) -> None:
        """This is there now, and nothing else where it is."""
        line = self._lines.setdefault(y, {})
        before, cells = line.get(x), drawn.strip.cell_length
        if before is None or before.strip.cell_length != cells:
            for start, other in list(line.items()):
                if start < x + cells and x < start + other.strip.cell_length:
                    del line[start]
        line[x] = drawn


class Frame(CompositorUpdate):
    """A frame of Textual's compositor, sent sparingly."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, shown: Shown) -> None:
        self._update = update
        self._shown = shown

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal, which has got them from now on."""
        pen = Pen(getattr(console, "_color_system", None) or ColorSystem.TRUECOLOR)
        if isinstance(self._update, LayoutUpdate):
            self._whole(self._update, pen)
        else:
            self._parts(self._update, pen)
        return pen.end()

    def _whole(self, update: LayoutUpdate, pen: Pen) -> None:
        """All of the screen, whatever is there."""
        self._shown.forget()
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            pen.move(x, y)
            for strip in line:
                for text, style, _ in strip:
                    pen.write(text, look_of(style, pen.system))
                self._shown.put(x, y, Drawn(strip))
                x += strip.cell_length

    def _parts(self, update: ChopsUpdate, pen: Pen) -> None:
        """What differs, of the pieces of lines that were painted."""
        for y, first, last in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is None or x >= last or end <= first:
                    continue
                before = self._shown.get(x, y)
                if before is not None and before.strip is strip:
                    continue
                drawn = Drawn(strip)
                self._shown.put(x, y, drawn)
                for start, pieces in differences(before, drawn, pen.system):
                    pen.move(x + start, y)
                    for text, look in pieces:
                        pen.write(text, look)


Piece = tuple[str, Look]


def differences(
    before: Drawn | None, after: Drawn, system: ColorSystem
) -> Iterator[tuple[int, Iterable[Piece]]]:
    """Where a strip looks different from the one that it takes the place of: cell, and pieces."""
    new = list(after.strip)
    pieces = ((text, look_of(style, system)) for text, style, _ in new if text)
    if before is None or before.strip.cell_length != after.strip.cell_length:
        yield 0, pieces
        return
    if list(before.strip) == new:
        return
    if mostly_other(before.strip.text, after.strip.text):
        yield 0, pieces
        return
    (old_text, old_looks), (text, looks) = before.cells(system), after.cells(system)
    if not looks or not old_looks:
        yield 0, pieces
        return
    if looks == old_looks:
        cells = [
            at for at, (one, other) in enumerate(zip(text, old_text, strict=True)) if one != other
        ]
    else:
        compared = enumerate(zip(text, old_text, looks, old_looks, strict=True))
        cells = [
            at
            for at, (one, other, look, old_look) in compared
            if one != other or (look is not old_look and look != old_look)
        ]
    for start, end in stretches(cells):
        yield start, _pieces(text, looks, start, end)


def mostly_other(before: str, after: str) -> bool:
    """Whether most characters differ, by a sample: then nothing is saved by looking at each."""
    one, other = before[::SAMPLE], after[::SAMPLE]
    differing: int = sum(map(ne, one, other))
    return 2 * differing > len(other)


def _pieces(text: str, looks: Sequence[Look], start: int, end: int) -> Iterator[Piece]:
    """The characters from one to another, with as many of one look at once as there are."""
    for at in range(start + 1, end + 1):
        if at == end or looks[at] is not looks[start]:
            yield text[start:at], looks[start]
            start = at


def stretches(cells: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The cells, which are in order, as few stretches [first, last) with no long gap inside."""
    start = end = -1
    for cell in cells:
        if start < 0 or cell - end > GAP:
            if end > start:
                yield start, end
            start = cell
        end = cell + 1
    if end > start:
        yield start, end


class SparingCompositor(Compositor):
    """Asks the widgets for the lines that are to be painted, and no others.

    Textual asks every widget that reaches into the rectangle around all that is painted for all
    of its lines: a clock in the first line and a figure in the last one are the whole screen.
    """

    _painted: Sequence[Region] | None = None
    """What is painted at this moment, when it is few regions."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """What is to be painted, as pieces of lines."""
        if len(self._dirty_regions) <= FEW:
            self._painted = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._painted = None

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterator[tuple[Region, Region, list[Strip]]]:
        if self._painted is None:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            wanted = [painted for painted in self._painted if painted.overlaps(seen)]
            if wanted:
                top = max(seen.y, min(painted.y for painted in wanted))
                bottom = min(seen.bottom, max(painted.bottom for painted in wanted))
                lines = Region(seen.x, top, seen.width, bottom - top)
                yield region, lines, widget.render_lines(lines.translate(-region.offset))


ResultT = TypeVar("ResultT")


class SparingScreen(Screen[ResultT], Generic[ResultT]):
    """A screen that draws no more than is painted."""

    def __init__(
        self, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name, id, classes)
        self._compositor = SparingCompositor()


class SparingApp(App[int]):
    """Sends its frames sparingly."""

    _shown: Shown | None = None

    def get_default_screen(self) -> Screen[object]:
        """The screen that is there before any other."""
        return SparingScreen(id="_default")

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if self._shown is None:
            self._shown = Shown()
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            renderable = Frame(renderable, self._shown)  # type: ignore[assignment]  # as Textual's
        elif renderable is not None:
            self._shown.forget()
        super()._display(screen, renderable)
