"""What the charts have in common: lines of runs, of which only those that differ are painted."""

from abc import abstractmethod

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from apolo_tui.widgets.sparkline import Marks
from apolo_tui.widgets.strips import StripView
from apolo_tui.widgets.table_lines import Run

STYLES = (
    *("series-1", "series-2", "series-3", "series-4"),
    *("warning", "danger", "stale", "muted", "label", "cursor"),
)


class ChartView(StripView):
    """Draws lines that are exactly as wide as itself. The style NAME is `chart--NAME`."""

    STYLE_PREFIX = "chart"
    STYLE_NAMES = STYLES

    def __init__(
        self,
        *,
        marks: Marks = Marks.BRAILLE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.marks = marks
        self._drawn: list[list[Run]] = []
        self._strips: dict[int, Strip] = {}
        self._palette: dict[str, Style] = {}

    @abstractmethod
    def draw(self, room: int, height: int) -> list[list[Run]]:
        """At most `height` lines, each of exactly `room` cells."""

    @property
    def text(self) -> str:
        """What is drawn, without styles."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._drawn)

    def set_marks(self, marks: Marks) -> None:
        """Draw with other characters."""
        self.marks = marks
        self.redraw()

    def redraw(self) -> None:
        """Draw anew, and paint the lines that differ from those on screen."""
        room, height = self.size
        if not room or not height:
            return
        before, self._drawn = self._drawn, self.draw(room, height)
        if len(before) != len(self._drawn):
            self._strips.clear()
            self.refresh()
            return
        changed = [
            y for y, (old, new) in enumerate(zip(before, self._drawn, strict=True)) if old != new
        ]
        for y in changed:
            self._strips.pop(y, None)
        self.refresh_lines(changed)

    def on_resize(self) -> None:
        self._drawn = []
        self._strips.clear()
        self.redraw()
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palette.clear()
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._strip(y)
        return strip

    def _strip(self, y: int) -> Strip:
        room = self.size.width
        if y >= len(self._drawn):
            return Strip.blank(room, self._style(""))
        segments = [Segment(text, self._style(name)) for text, name in self._drawn[y] if text]
        return Strip(segments, room)

    def _style(self, name: str) -> Style:
        style = self._palette.get(name)
        if style is None:
            style = self.rich_style
            if name:
                style += self.named_style(name)
            self._palette[name] = style
        return style
