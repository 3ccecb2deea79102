"""A widget that draws its lines itself, without Textual's cache of lines in between."""

from collections.abc import Iterable

from textual.filter import ANSIToTruecolor
from textual.geometry import Region
from textual.strip import Strip

from apolo_tui.widgets.named_styles import NamedStyles


class StripView(NamedStyles):
    """Its `render_line` gives strips as wide as itself, with a background, and keeps them.

    Textual's own cache, which draws the box around the lines, is only used where there is one:
    it takes a quarter of the time of a paint.
    """

    ALLOW_SELECT = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of the region `crop` of this widget."""
        if self._boxed:
            return super().render_lines(crop)
        strips = [self.render_line(y) for y in crop.line_range]
        true_colours = not self.app.current_theme.ansi
        for line_filter in self.get_line_filters():
            if true_colours and isinstance(line_filter, ANSIToTruecolor):
                # The sheets take their colours from the theme: there are none to translate.
                continue
            background = self.background_colors[1]
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        left, right = crop.column_span
        if (left, right) != (0, self.size.width):
            strips = [strip.crop(left, right) for strip in strips]
        return strips

    def refresh_lines(self, lines: Iterable[int]) -> None:
        """Have these lines painted again; they are in order. Neighbours make one region."""
        stretches: list[list[int]] = []
        for y in lines:
            if stretches and stretches[-1][1] == y:
                stretches[-1][1] = y + 1
            else:
                stretches.append([y, y + 1])
        if stretches:
            room = self.size.width
            self.refresh(*(Region(0, top, room, bottom - top) for top, bottom in stretches))

    @property
    def _boxed(self) -> bool:
        """Whether there is a border, padding, tint or the like around or over the lines."""
        styles = self.styles
        return bool(
            styles.gutter
            or styles.tint.a
            or self.opacity < 1
            or styles.has_rule("hatch")
            or any(edge for edge, _ in styles.outline)
        )
