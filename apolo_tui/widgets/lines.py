"""Lines of styled text, of which only those that look different are painted again."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip

from apolo_tui.actions import Scope
from apolo_tui.model.cells import cut, fit, width
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.named_styles import NamedStyles
from apolo_tui.widgets.table_lines import in_ascii

Run = tuple[str, str]
"""A text and the name of its style; "" is the style of the widget."""
Line = Sequence[Run]
Build = Callable[[int], Sequence[Line]]
"""The lines for so many cells."""

STYLES = (
    *("title", "heading", "muted", "key", "accent", "good", "notice", "warning", "danger"),
    *("running", "pending", "suspended", "succeeded", "failed", "cancelled", "unknown"),
    *("series-1", "series-2", "series-3", "series-4", "live", "stale", "selected", "guarded"),
    *("added", "removed"),
)


LINK = "link:"
"""A style that begins so makes its text a link to the URL that follows."""

PLAINER = str.maketrans(
    {"→": ">", "·": ".", "…": "~", "\N{MULTIPLICATION SIGN}": "x", "\N{EN DASH}": "-", "“": '"'}
    | {"”": '"', "●": "*", "◌": "o", "─": "-", "⏎": "/", "↑": "^", "↓": "v", "█": "#"}
)
"""ASCII of the same width for the characters that our own texts use."""


def plain_text(text: str) -> str:
    """The text in ASCII, as many cells wide."""
    return in_ascii(text.translate(PLAINER))


def nothing(room: int) -> Sequence[Line]:
    """The content of a widget that has none yet."""
    return ()


def plain(line: Line) -> str:
    """The text of a line."""
    return "".join(text for text, _ in line)


def line_width(line: Line) -> int:
    """The cells of a line."""
    return sum(width(text) for text, _ in line)


def fitted(line: Line, room: int) -> list[Run]:
    """The line in exactly `room` cells: cut, or padded with spaces."""
    runs: list[Run] = []
    left = room
    for text, style in line:
        if left <= 0:
            break
        wide = width(text)
        shown = text if wide <= left and text.isascii() else cut(text, left)
        runs.append((shown, style))
        left -= min(wide, left)
    if left > 0:
        runs.append((" " * left, ""))
    return runs


def spread(left: Line, right: Line, room: int) -> list[Run]:
    """Two parts at the edges of a line. The left one is cut before the right one goes."""
    needed = line_width(right)
    if needed + 1 >= room:
        return fitted(left, room)
    space = max(1, room - needed - line_width(left))
    return fitted([*fitted_at_most(left, room - needed - 1), (" " * space, ""), *right], room)


def fitted_at_most(line: Line, room: int) -> list[Run]:
    """The line in at most `room` cells."""
    return list(line) if line_width(line) <= room else fitted(line, room)


def cell(text: str, room: int, style: str = "") -> Run:
    """A text in exactly `room` cells."""
    return fit(text, room), style


class Lines(NamedStyles):
    """Draws the lines that a function builds for its width."""

    ALLOW_SELECT = False
    STYLE_PREFIX = "lines"
    STYLE_NAMES = STYLES

    def __init__(
        self,
        build: Build = nothing,
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._build = build
        self._lines: list[list[Run]] = []
        self._top = 0
        self._palette: dict[str, Style] = {}

    def show(self, build: Build) -> None:
        """Draw what this builds from now on."""
        self._build = build
        self.redraw()

    def redraw(self) -> None:
        """Build anew and paint the lines that differ."""
        room, rows = self.size
        if not room:
            return
        old, self._lines = self._lines, [list(line) for line in self._build(room)]
        if len(old) != len(self._lines):
            height = self.styles.height
            if height is not None and height.is_auto:
                self.refresh(layout=True)
        self._keep_top()
        top, count, before_count = self._top, len(self._lines), len(old)
        for y in range(rows):
            index = y + top
            before = old[index] if index < before_count else None
            after = self._lines[index] if index < count else None
            if before != after:
                self.refresh(Region(0, y, room, 1))

    @property
    def text(self) -> str:
        """All lines as plain text."""
        return "\n".join(plain(line).rstrip() for line in self._lines)

    def on_resize(self, event: events.Resize) -> None:
        self._lines = []
        self.redraw()
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palette.clear()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are, for a widget whose height is `auto`."""
        return len(self._build(width))

    def render_line(self, y: int) -> Strip:
        index = y + self._top
        line: Line = self._lines[index] if 0 <= index < len(self._lines) else ()
        runs = fitted(line, self.size.width)
        if self.app.has_class("-ascii"):
            runs = [(plain_text(text), name) for text, name in runs]
        segments = [Segment(text, self._style(name)) for text, name in runs if text]
        return Strip(segments, self.size.width)

    def _style(self, name: str) -> Style:
        style = self._palette.get(name)
        if style is None:
            style = self.rich_style
            if name.startswith(LINK):
                style += self.named_style("accent")
                style += Style(link=name.removeprefix(LINK))
            elif name:
                style += self.named_style(name)
            self._palette[name] = style
        return style

    def _keep_top(self) -> None:
        """A widget that does not scroll begins with its first line."""


class ScrollLines(Lines, can_focus=True):
    """Lines that can be scrolled, selected with the mouse and copied."""

    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TABLE)

    def _keep_top(self) -> None:
        self._top = max(0, min(self._top, len(self._lines) - self.size.height))

    def _scroll_by(self, lines: int) -> None:
        before = self._top
        self._top += lines
        self._keep_top()
        if self._top != before:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return super().render_line(y).apply_offsets(0, y + self._top)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text under the selection, for copying."""
        return selection.extract(self.text), "\n"

    def action_cursor_down(self) -> None:
        self._scroll_by(1)

    def action_cursor_up(self) -> None:
        self._scroll_by(-1)

    def action_page_down(self) -> None:
        self._scroll_by(self.size.height - 1)

    def action_page_up(self) -> None:
        self._scroll_by(1 - self.size.height)

    def action_half_page_down(self) -> None:
        self._scroll_by(self.size.height // 2)

    def action_half_page_up(self) -> None:
        self._scroll_by(-(self.size.height // 2))

    def action_first(self) -> None:
        self._scroll_by(-len(self._lines))

    def action_last(self) -> None:
        self._scroll_by(len(self._lines))

    def action_pan_left(self) -> None:
        """Nothing is wider than the widget."""

    def action_pan_right(self) -> None:
        """Nothing is wider than the widget."""

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll_by(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll_by(-3)
