"""What all screens have in common."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Generic, TypeVar, cast

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from apolo_tui.actions import Action, Scope, typed
from apolo_tui.config import Settings
from apolo_tui.screens.host import Host
from apolo_tui.store.workspace import Workspace
from apolo_tui.widgets.bars import keys_line
from apolo_tui.widgets.bindings import bindings
from apolo_tui.widgets.frames import SparingScreen
from apolo_tui.widgets.glyphs import Glyphs
from apolo_tui.widgets.lines import Line, Lines, plain_text

ResultT = TypeVar("ResultT")
WidgetT = TypeVar("WidgetT", bound=Widget)


def beside_text(actions: Iterable[Action]) -> Iterator[Action]:
    """Those that a key reaches which a text field does not take for itself."""
    for action in actions:
        keys = tuple(key for key in action.keys if not typed(key))
        if keys:
            yield replace(action, keys=keys)


class Page(SparingScreen[ResultT], Generic[ResultT], inherit_bindings=False):
    """A screen whose keys come from the registry and whose actions the app allows or not."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.PAGE,)
    """Where its keys are declared, the nearest first."""
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PAGE)

    @property
    def host(self) -> Host:
        """The app."""
        return cast(Host, self.app)

    @property
    def workspace(self) -> Workspace:
        return self.host.workspace

    @property
    def settings(self) -> Settings:
        return self.host.settings

    @property
    def glyphs(self) -> Glyphs:
        return self.host.glyphs

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The app alone decides."""
        return self.app.check_action(action, parameters)

    def on_key(self, event: events.Key) -> None:
        """Say why a key does nothing when it is only read-only mode that took it away."""
        if isinstance(self.focused, Input):
            return
        for action in self.host.declared(self.SCOPES):
            if action.writes and event.key in action.keys and self.host.readonly:
                self.host.say(f"read-only: {action.label} is off; :rw allows it", "warning")
                event.stop()
                return

    def action_back(self) -> None:
        """Return to the page before."""
        self.dismiss()

    def footer_actions(self) -> Iterator[Action]:
        """What the last line of the screen shows."""
        scopes = (Scope.APP, *self.SCOPES)
        for action in self.host.declared(scopes):
            if action.footer and self.check_action(action.method, ()):
                yield action

    def part(self, selector: str, kind: type[WidgetT]) -> WidgetT:
        """A widget of the screen. Found once: a late worker may ask while it is taken down."""
        found = self.__dict__.setdefault("_parts", {}).get(selector)
        if found is None:
            found = self.__dict__["_parts"][selector] = self.query_one(selector, kind)
        assert isinstance(found, kind)
        return found

    @property
    def typing(self) -> bool:
        """Whether a text field has the keys."""
        return isinstance(self.focused, Input)

    def key_bar(self) -> Lines:
        """The last line of the screen."""
        return Lines(self._keys, id="keys")

    def _keys(self, room: int) -> list[Line]:
        actions: Iterable[Action] = self.footer_actions()
        if self.typing:
            actions = beside_text(actions)
        return [keys_line(actions, room, ascii_only=self.glyphs.ascii_only)]

    def redraw_lines(self, *names: str) -> None:
        """Draw these lines again. While the page is being left they may be gone already."""
        for name in names:
            for lines in self.query(name).results(Lines):
                lines.redraw()

    def show_keys(self) -> None:
        """Draw the last line again, after what is allowed has changed."""
        self.part("#keys", Lines).redraw()


class Dialog(ModalScreen[ResultT], Generic[ResultT], inherit_bindings=False):
    """A small screen over another. Keys of the app do not reach through it."""

    SCOPES: ClassVar[Sequence[Scope]] = (Scope.DIALOG,)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DIALOG)

    @property
    def host(self) -> Host:
        """The app."""
        return cast(Host, self.app)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The app alone decides."""
        return self.app.check_action(action, parameters)

    def words(self, text: str) -> Content:
        """A text of ours as it is to be shown: no markup, and only ASCII where there is no more."""
        return Content(plain_text(text) if self.host.glyphs.ascii_only else text)

    def action_cancel(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)
