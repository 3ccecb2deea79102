"""A row of a form: what it is called, how it is changed, and what is wrong with it."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static


class FormRow(Vertical):
    """A label, some controls beside it, and below them a problem if there is one."""

    def __init__(
        self,
        label: str,
        controls: Sequence[Widget],
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._label = label
        self._controls = list(controls)
        self._problem = Static(classes="problem")
        self._caption = Static(Content(f" {label}"), classes="label")

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._caption
            yield from self._controls
        self._problem.display = False
        yield self._problem

    def on_descendant_focus(self) -> None:
        """Where the keys go is told by a mark as well, not by colour alone."""
        self._caption.update(Content(f">{self._label}"))
        self._caption.add_class("-here")

    def on_descendant_blur(self) -> None:
        self._caption.update(Content(f" {self._label}"))
        self._caption.remove_class("-here")

    def tell(self, problem: str, *, warning: bool = False) -> None:
        """Show what is wrong, or worth knowing; nothing if empty."""
        self._problem.display = bool(problem)
        self._problem.set_class(warning, "-warning")
        self._problem.update(Content(f"{'!' if not warning else '·'} {problem}"))
