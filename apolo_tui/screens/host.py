"""What the screens ask of the app."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from apolo_tui.actions import Action, Scope
from apolo_tui.config import Settings
from apolo_tui.model.job import JobDescription
from apolo_tui.store.events import Severity
from apolo_tui.store.platform import Context
from apolo_tui.store.workspace import Workspace
from apolo_tui.widgets.glyphs import Glyphs


class Sessions(Protocol):
    """The terminals: shells and attachments, each in a tab."""

    def open_shell(self, job: JobDescription) -> None: ...

    def open_attach(self, job: JobDescription) -> None: ...

    def focus_front(self) -> None:
        """Give the keys to the terminal in front."""


class Host(Protocol):
    """The app, as far as the screens know it."""

    settings: Settings
    workspace: Workspace
    glyphs: Glyphs
    environ: Mapping[str, str]
    sessions: Sessions | None

    @property
    def readonly(self) -> bool:
        """Whether everything that writes is switched off."""

    def declared(self, scopes: Sequence[Scope]) -> Iterator[Action]:
        """The actions of these scopes with the user's keys, in order."""

    def add_unfinished(self, tell: Callable[[], Sequence[str]]) -> None:
        """Ask this, too, for what would be lost by leaving."""

    def say(self, text: str, severity: Severity = "information") -> None:
        """A short message that goes away by itself."""

    def saying(self, text: str) -> bool:
        """Whether a message with this text is on screen."""

    def copy(self, text: str, what: str) -> None:
        """Put a text on the clipboard and say so; `what` names it."""

    def open_url(self, url: str) -> None:
        """Show a page in the user's browser."""

    def open_logs(self, jobs: Sequence[JobDescription]) -> None:
        """Show the logs of these jobs."""

    def switch_context(self, context: Context) -> None: ...

    def key_of(self, action_id: str) -> str:
        """The first key of an action, as people write it; its command when it has none."""
