"""Textual's bindings of the declared actions."""

from textual.binding import Binding, BindingType

from apolo_tui.actions import Scope, in_scope


def bindings(*scopes: Scope) -> list[BindingType]:
    """The bindings of these scopes; the id of each is that of its action, for the keymap."""
    return [
        Binding(
            ",".join(action.keys),
            action.invocation,
            action.label,
            show=action.footer,
            tooltip=action.help,
            id=action.id,
        )
        for scope in scopes
        for action in in_scope(scope)
        if action.keys
    ]
