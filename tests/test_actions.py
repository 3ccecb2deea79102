"""The registry of actions: the source of keys, help, commands and the keymap."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.actions import (
    ACTIONS,
    KEY_LABELS,
    TITLES,
    Scope,
    clashes,
    commands,
    in_scope,
    key_label,
    key_name,
    keys_markdown,
    keys_text,
    with_keymap,
)
from apolo_tui.app import ApoloApp
from apolo_tui.screens.chart import ChartPage
from apolo_tui.screens.compare import ComparePage
from apolo_tui.screens.confirm import ConfirmDialog
from apolo_tui.screens.main import MainScreen
from apolo_tui.screens.page import Page
from apolo_tui.widgets.table import LineTable

HOMES = {
    Scope.APP: ApoloApp,
    Scope.JOBS: MainScreen,
    Scope.TABLE: LineTable,
    Scope.PAGE: Page,
    Scope.CHART: ChartPage,
    Scope.COMPARE: ComparePage,
    Scope.DIALOG: ConfirmDialog,
}


@pytest.mark.parametrize("scope", HOMES)
def test_each_action_has_a_method(scope: Scope) -> None:
    for action in in_scope(scope):
        assert hasattr(HOMES[scope], f"action_{action.method}"), action.id


def test_no_key_has_two_meanings_in_one_place() -> None:
    assert clashes(ACTIONS.values()) == []


def test_ids_labels_and_helps_are_whole() -> None:
    for name, action in ACTIONS.items():
        assert name == action.id
        assert action.label
        assert action.help.endswith((".", "…")), action.id
        assert action.scope in TITLES


def test_every_key_can_be_written_and_read_back() -> None:
    for action in ACTIONS.values():
        for key in action.keys:
            assert key_name(key_label(key)) == key, key


@given(
    st.lists(st.sampled_from(["ctrl", "shift", "alt"]), unique=True, max_size=2),
    st.sampled_from([*string.ascii_letters, *string.digits, *KEY_LABELS, "f1", "tab", "home"]),
)
def test_keys_are_written_and_read_back(modifiers: list[str], last: str) -> None:
    key = "+".join([*modifiers, last])
    assert key_name(key_label(key)) == key


@pytest.mark.parametrize("text", ["", "  ", "ctrl+", "hyper+x", "a b", "\x1b"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a key"):
        key_name(text)


def test_a_keymap_replaces_keys_and_shows_clashes() -> None:
    changed = with_keymap({"jobs.kill": ("ctrl+x",)})
    assert changed["jobs.kill"].keys == ("ctrl+x",)
    assert changed["jobs.bump"] == ACTIONS["jobs.bump"]
    assert not clashes(changed.values())
    (clash, *_) = clashes(with_keymap({"jobs.kill": ("j",)}).values())
    assert {clash.first, clash.second} == {"jobs.kill", "table.cursor_down"}
    assert "j is both" in str(clash)


def test_commands_belong_to_their_place() -> None:
    found = commands((Scope.JOBS, Scope.APP))
    assert found["kill"].id == "jobs.kill"
    assert found["ctx"].id == "app.context"
    assert "cursor-down" not in found
    assert "swap" not in found
    assert commands((Scope.APP,)).keys() < found.keys()


def test_the_tables_list_every_action() -> None:
    markdown, text = keys_markdown(), keys_text()
    for action in ACTIONS.values():
        assert f"`{action.id}`" in markdown
        assert action.id in text
    cells = {line.replace("\\|", "").count("|") for line in markdown.splitlines()}
    assert cells == {5}
