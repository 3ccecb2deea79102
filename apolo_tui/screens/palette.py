"""The palette: every action that is possible now."""

from collections.abc import Iterator
from functools import partial
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode

from apolo_tui.actions import Action, Scope, key_label
from apolo_tui.screens.host import Host


class ActionProvider(Provider):
    """Offers the declared actions of the screen below the palette."""

    def _possible(self) -> Iterator[tuple[Action, DOMNode]]:
        host = cast(Host, self.app)
        scopes = (*getattr(self.screen, "SCOPES", ()), Scope.APP)
        for action in host.declared(scopes):
            node: DOMNode = self.app if action.scope is Scope.APP else self.screen
            if action.listed and node.check_action(action.method, ()):
                yield action, node

    async def discover(self) -> Hits:
        for action, node in self._possible():
            run = partial(self.app.run_action, action.invocation, node)
            yield DiscoveryHit(_title(action), run, help=action.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action, node in self._possible():
            title = _title(action)
            score = max(matcher.match(title), matcher.match(action.help) * 0.6)
            if score > 0:
                run = partial(self.app.run_action, action.invocation, node)
                yield Hit(score, matcher.highlight(title), run, help=action.help)


def _title(action: Action) -> str:
    keys = " ".join(key_label(key) for key in action.keys)
    label = action.label[:1].upper() + action.label[1:]
    return f"{label}  ({keys})" if keys else f"{label}  (:{action.command_name})"
