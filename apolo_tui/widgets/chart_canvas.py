"""A grid of cells to draw lines of dots on: 2 by 4 dots a cell in braille, fewer with less."""

from collections.abc import Sequence
from functools import lru_cache

from apolo_tui.model.series import Extent
from apolo_tui.widgets.sparkline import Marks
from apolo_tui.widgets.table_lines import Run

DOTS = {Marks.BRAILLE: (2, 4), Marks.BLOCK: (1, 2), Marks.ASCII: (1, 1)}
"""Dots across and down in a cell."""

BRAILLE_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
BLANK_BRAILLE = 0x2800

CHARACTERS: dict[Marks, tuple[str, ...]] = {
    Marks.BRAILLE: (" ", *(chr(BLANK_BRAILLE + bits) for bits in range(1, 256))),
    Marks.BLOCK: (" ", "▀", "▄", "█"),
    Marks.ASCII: (" ", "*", "o", "+", "x", "."),
}
"""The character of a cell by its bits; in ASCII by the number of the line, and a level's dot."""

SYMBOLS = CHARACTERS[Marks.ASCII][1:5]
"""What the lines are drawn with where characters have to tell them apart."""
DOT = 5
"""The number of a level's dot."""


def symbol_of(number: int) -> str:
    """The symbol of the line `number`, from 0 on."""
    return SYMBOLS[number % len(SYMBOLS)]


@lru_cache(maxsize=1)
def _masks() -> dict[Marks, list[list[list[int]]]]:
    """The bits of the dots from a first to a last one down a cell, by mark and column of dots."""

    def bits(marks: Marks, x: int, y: int) -> int:
        return BRAILLE_BITS[x][y] if marks is Marks.BRAILLE else 1 << y

    return {
        marks: [
            [
                [sum(bits(marks, x, y) for y in range(first, last + 1)) for last in range(down)]
                for first in range(down)
            ]
            for x in range(across)
        ]
        for marks, (across, down) in DOTS.items()
    }


class Canvas:
    """`width` by `height` cells. What is drawn later covers the colour of what was there."""

    def __init__(self, width: int, height: int, marks: Marks) -> None:
        self.width, self.height = width, height
        self.marks = marks
        self._across, self._down = DOTS[marks]
        self._masks = _masks()[marks]
        self._bits = [bytearray(width) for _ in range(height)]
        self._styles = [bytearray(width) for _ in range(height)]
        self._names = [""]

    @property
    def columns(self) -> int:
        """Columns of dots."""
        return self.width * self._across

    @property
    def rows(self) -> int:
        """Rows of dots."""
        return self.height * self._down

    def draw(
        self,
        columns: Sequence[Extent | None],
        styles: Sequence[str],
        *,
        bottom: float,
        top: float,
        number: int = 0,
        filled: bool = False,
    ) -> None:
        """The line `number`, with one extent and one style for each column of dots.

        A column that does not meet the one before it is lengthened until it does; a gap stays
        one. Values beyond the bottom and the top are drawn at the edge. `filled` draws down to
        the bottom.
        """
        lowest = self.rows - 1
        if lowest < 0:
            return
        scale = lowest / (top - bottom) if top > bottom else 0.0
        number_of = {name: self._style(name) for name in dict.fromkeys(styles)}
        symbol = number % len(SYMBOLS) + 1
        across, down, plain = self._across, self._down, self.marks is Marks.ASCII
        all_bits, all_styles = self._bits, self._styles
        before_first, before_last = -1, -1
        for x, extent in enumerate(columns):
            if extent is None:
                before_first = -1
                continue
            low, high = extent
            # The dot nearest to a height, within the canvas. Calls would take half of the time.
            height = (high - bottom) * scale
            first = lowest if height <= 0 else 0 if height >= lowest else lowest - int(height + 0.5)
            last = first
            if low != high:
                height = (low - bottom) * scale
                last = (
                    lowest if height <= 0 else 0 if height >= lowest else lowest - int(height + 0.5)
                )
            here_first, here_last = first, last
            if filled:
                last = lowest
            elif before_first >= 0:
                if before_last < first:
                    first = before_last + 1
                elif before_first > last:
                    last = before_first - 1
            before_first, before_last = here_first, here_last
            row = first // down
            lower = last - row * down
            if plain or lower >= down:
                self._fill(x, first, last, number_of[styles[x]], symbol)
            else:
                cell = x // across
                all_bits[row][cell] |= self._masks[x % across][first - row * down][lower]
                all_styles[row][cell] = number_of[styles[x]]

    def level(self, value: float, style: str, *, bottom: float, top: float) -> None:
        """A dotted line at a value, where nothing else is drawn."""
        if not bottom <= value <= top or top <= bottom:
            return
        y = (self.rows - 1) - round((value - bottom) * (self.rows - 1) / (top - bottom))
        number = self._style(style)
        for cell in range(0, self.width, 2):
            if not self._bits[y // self._down][cell]:
                self._fill(cell * self._across, y, y, number, DOT)

    def _fill(self, x: int, first: int, last: int, style: int, symbol: int) -> None:
        """The dots from `first` to `last` down the column `x`."""
        cell, down = x // self._across, self._down
        masks = self._masks[x % self._across]
        bits, styles = self._bits, self._styles
        top, bottom = first // down, last // down
        plain = self.marks is Marks.ASCII
        upper, whole = first - top * down, masks[0][down - 1]
        for row in range(top, bottom + 1):
            if plain:
                bits[row][cell] = symbol
            elif row == bottom:
                bits[row][cell] |= masks[upper][last - row * down]
            else:
                bits[row][cell] |= masks[upper][down - 1] if upper else whole
            upper = 0
            styles[row][cell] = style

    def _style(self, name: str) -> int:
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)

    def lines(self) -> list[list[Run]]:
        """The cells as runs of one style. Blanks go with what precedes them."""
        characters = CHARACTERS[self.marks]
        names = self._names
        lines = []
        for bits, styles in zip(self._bits, self._styles, strict=True):
            runs: list[Run] = []
            start = 0
            style = styles[0] if styles else 0
            for x, number in enumerate(styles):
                if number != style and number:
                    if style:
                        runs.append(("".join([characters[c] for c in bits[start:x]]), names[style]))
                        start = x
                    style = number
            runs.append(("".join([characters[c] for c in bits[start:]]), names[style]))
            lines.append(runs)
        return lines
