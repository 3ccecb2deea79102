"""Styles that a sheet names, each looked up when something is first drawn with it."""

from collections.abc import Collection
from typing import ClassVar

from rich.style import Style
from textual.dom import DOMNode
from textual.widget import Widget


class NamedStyles(Widget):
    """Draws with the styles of the sheets' rules for `> .PREFIX--NAME`, NAME one of STYLE_NAMES.

    Textual looks all of a widget's COMPONENT_CLASSES up whenever a class of it or above it
    changes. With two dozen names in each of a dozen widgets that was a third of the time to the
    first frame; of these, a widget pays for those that it draws with, once.
    """

    STYLE_PREFIX: ClassVar[str]
    STYLE_NAMES: ClassVar[Collection[str]]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._named_styles: dict[str, Style] = {}

    def named_style(self, name: str) -> Style:
        """What the rule for the name sets, and nothing else. Raises KeyError for no such name."""
        style = self._named_styles.get(name)
        if style is None:
            if name not in self.STYLE_NAMES:
                raise KeyError(name)
            part = DOMNode(classes=f"{self.STYLE_PREFIX}--{name}")
            part._attach(self)
            self.app.stylesheet.apply(part)
            style = self._named_styles[name] = part.styles.partial_rich_style
        return style

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._named_styles.clear()
