"""Rows of cells.

A row has one of two forms. Packed: a string with one character a column from column 0, the
starts of its styles, and one style for the blank rest; printing at the end of a packed row only
appends. Unpacked: a list of characters and a list of styles, one item a column, for rows that
are written in the middle. The second column of a wide character holds "".

Every mutation drops the row's `mark`; whoever looks at `version` afterwards makes a new one. So
writing costs nothing more than one assignment, and a row that only moved keeps its version.
"""

from itertools import count, groupby

from apolo_tui.terminal.styles import DEFAULT, Style

Run = tuple[int, Style]
Span = tuple[str, Style]

_versions = count(1)


class Mark:
    """The state of a row since its last mutation: a version, and what a widget made of it."""

    __slots__ = ("finished", "version")

    def __init__(self) -> None:
        self.version = next(_versions)
        self.finished: object | None = None


class Row:
    """One line of the screen or of the scrollback."""

    __slots__ = (
        "chars", "fill", "lengths", "mark", "padded", "pen", "runs", "styles", "text", "wrapped",
    )  # fmt: skip

    def __init__(self, fill: Style = DEFAULT, text: str = "", pen: Style = DEFAULT) -> None:
        self.text = text
        self.pen = pen  # style of the last run
        self.fill = fill  # style of the blank columns behind `text`
        self.runs: list[Run] | None = None  # None: all of `text` in `pen`
        self.lengths: bytes | None = None  # code points of each column, where not all are 1
        self.chars: list[str] | None = None
        self.styles: list[Style] = _NO_STYLES
        self.wrapped = False  # the text goes on in the next row
        self.padded = False  # it wrapped one column early, before a wide character
        self.mark: Mark | None = None

    @property
    def version(self) -> int:
        """Changes with every mutation of the row, never repeats, and moves with the row."""
        return self.marked().version

    @property
    def finished(self) -> object | None:
        """What the caller stored for this version of the row, for example a finished strip."""
        return self.marked().finished

    @finished.setter
    def finished(self, value: object | None) -> None:
        self.marked().finished = value

    def marked(self) -> Mark:
        mark = self.mark
        if mark is None:
            mark = self.mark = Mark()
        return mark

    def append_run(self, start: int, style: Style) -> None:
        """From column `start`, the end of the packed text, the style is another one."""
        if not self.text:
            self.runs = None
        elif self.runs is None:
            self.runs = [(0, self.pen), (start, style)]
        else:
            self.runs.append((start, style))
        self.pen = style

    def pad(self, column: int) -> None:
        """Lengthen the packed text with blanks up to `column`."""
        used = len(self.text)
        if not used:
            self.pen = self.fill
        elif self.pen is not self.fill:
            self.append_run(used, self.fill)
        self.text += " " * (column - used)

    def unpack(self, columns: int) -> list[str]:
        """Make the row writable in the middle; returns its characters, one a column."""
        self.mark = None
        if self.chars is not None:
            return self.chars
        if self.lengths is None:
            chars = list(self.text)
        else:
            chars, at = [], 0
            for length in self.lengths:
                chars.append(self.text[at : at + length])
                at += length
        used = len(chars)
        if self.runs is None:
            styles = [self.pen] * used
        else:
            styles = []
            ends = [start for start, _ in self.runs[1:]]
            ends.append(used)
            for (start, style), end in zip(self.runs, ends, strict=True):
                styles += [style] * (end - start)
        if used < columns:
            chars += " " * (columns - used)
            styles += [self.fill] * (columns - used)
        self.chars, self.styles = chars, styles
        self.text, self.runs, self.lengths = "", None, None
        return chars

    def pack(self) -> None:
        """Take the compact form, for the scrollback. The cells stay the same."""
        chars = self.chars
        if chars is None:
            return
        styles = self.styles
        text = "".join(chars)
        fill = styles[-1] if styles else DEFAULT
        if fill is not fill.erased:
            fill = DEFAULT
        if not self.wrapped:
            stripped = text.rstrip(" ")
            used = len(chars) - len(text) + len(stripped)
            tail = styles[used:]
            if tail.count(fill) != len(tail):
                tail.reverse()
                used = len(chars) - next(i for i, style in enumerate(tail) if style is not fill)
            text = text[: len(text) - len(chars) + used]
            del chars[used:], styles[used:]
        used = len(chars)
        self.text = text
        self.fill = fill
        lengths = bytes(map(len, chars))
        self.lengths = None if lengths == b"\x01" * used else lengths
        runs = _runs(styles)
        self.pen = runs[-1][1] if runs else fill
        self.runs = runs if len(runs) > 1 else None
        self.chars, self.styles = None, _NO_STYLES

    def spans(self, columns: int) -> list[Span]:
        """The row as stretches of text in one style, which fill exactly `columns` columns.

        A wide character stands once; the text of a row is as wide as its cells are.
        """
        chars = self.chars
        if chars is None:
            if self.lengths is None:
                return self._packed_spans(columns)
            copy = Row(self.fill, self.text, self.pen)
            copy.runs, copy.lengths = self.runs, self.lengths
            chars = copy.unpack(columns)
            styles = copy.styles
        else:
            styles = self.styles
        if len(chars) > columns:
            chars, styles = cropped(chars, styles, columns)
        spans = []
        start = 0
        for style, group in groupby(styles):
            end = start + len(list(group))
            spans.append(("".join(chars[start:end]), style))
            start = end
        if start < columns:
            spans.append((" " * (columns - start), DEFAULT))
        return spans

    def _packed_spans(self, columns: int) -> list[Span]:
        text = self.text
        used = len(text)
        if used > columns:
            text, used = text[:columns], columns
        if self.runs is None:
            spans = [(text, self.pen)] if text else []
        else:
            spans = []
            last, style = 0, self.runs[0][1]
            for start, following in self.runs[1:]:
                if start >= used:
                    break
                if start > last:
                    spans.append((text[last:start], style))
                last, style = start, following
            spans.append((text[last:], style))
        if used < columns:
            blanks = " " * (columns - used)
            if spans and spans[-1][1] is self.fill:
                spans[-1] = (spans[-1][0] + blanks, self.fill)
            else:
                spans.append((blanks, self.fill))
        return spans

    def cells(self, columns: int) -> list[tuple[str, Style]]:
        """Character and style of each column; the second column of a wide character is ""."""
        copy = self.copy()
        chars = copy.unpack(columns)
        chars, styles = cropped(chars, copy.styles, columns)
        missing = columns - len(chars)
        return list(zip(chars + [" "] * missing, styles + [copy.fill] * missing, strict=True))

    def plain(self) -> str:
        """The text of the row without the blanks behind it."""
        text = self.text if self.chars is None else "".join(self.chars)
        return text.rstrip(" ")

    def length(self) -> int:
        """How many columns are stored; those behind them are blank."""
        if self.chars is not None:
            return len(self.chars)
        return len(self.text) if self.lengths is None else len(self.lengths)

    def used(self) -> int:
        """How many columns, from the left, were written to."""
        used = self.length()
        if self.chars is not None:
            while used and self.chars[used - 1] == " " and self.styles[used - 1] is DEFAULT:
                used -= 1
        return used

    def text_between(self, start: int, end: int) -> tuple[str, int]:
        """The text of a screen row's columns, and how many blanks behind it are not stored."""
        if self.chars is not None:
            return "".join(self.chars[start:end]), 0
        text = self.text[start:end]
        return text, end - start - len(text)

    def blank(self) -> bool:
        """Nothing was written since the row was erased."""
        return self.chars is None and not self.text

    def blank_from(self, column: int, fill: Style) -> bool:
        """Nothing was written to from `column` on, and it is blank in this style."""
        return (
            self.chars is None
            and self.fill is fill
            and (not self.text or (self.lengths is None and column >= len(self.text)))
        )

    def copy(self) -> "Row":
        row = Row(self.fill, self.text, self.pen)
        row.runs = None if self.runs is None else self.runs[:]
        row.lengths = self.lengths
        if self.chars is not None:
            row.chars, row.styles = self.chars[:], self.styles[:]
        row.wrapped, row.padded = self.wrapped, self.padded
        return row

    def fit(self, columns: int) -> None:
        """Crop or extend an unpacked row; a wide character cut in two becomes a blank."""
        if self.chars is None and (self.lengths is not None or len(self.text) > columns):
            self.unpack(columns)
        if self.chars is None:
            return
        self.mark = None
        missing = columns - len(self.chars)
        if missing < 0:
            self.chars, self.styles = cropped(self.chars, self.styles, columns)
        elif missing:
            self.chars += " " * missing
            self.styles += [DEFAULT] * missing


def _runs(styles: list[Style]) -> list[Run]:
    """The starts of the stretches of one style."""
    if styles and styles.count(styles[0]) == len(styles):
        return [(0, styles[0])]
    runs = []
    start = 0
    for style, group in groupby(styles):
        runs.append((start, style))
        start += len(list(group))
    return runs


def cropped(chars: list[str], styles: list[Style], columns: int) -> tuple[list[str], list[Style]]:
    """The first `columns` cells; a wide character that is cut in two becomes a blank."""
    if columns < len(chars) and chars[columns] == "":
        return [*chars[: columns - 1], " "], styles[:columns]
    return chars[:columns], styles[:columns]


def packed(chars: list[str], styles: list[Style], *, wrapped: bool = False) -> Row:
    """A packed row of these cells; a wrapped one keeps the blanks at its end."""
    row = Row()
    row.wrapped = wrapped
    row.chars, row.styles = chars, styles
    row.pack()
    return row


_NO_STYLES: list[Style] = []
