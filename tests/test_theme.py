"""The themes: every token in each, and text that can be read."""

import re

import pytest
from textual.theme import Theme

from apolo_tui.terminal.colors import ON_DARK, ON_LIGHT, Color
from apolo_tui.theme import THEMES, TOKENS

READ = (
    *("status-running", "status-pending", "status-suspended", "status-succeeded", "status-failed"),
    *("status-cancelled", "status-unknown", "value-notice", "value-warning", "value-critical"),
    *("link-live", "link-stale", "key", "muted", "mark", "level-error", "level-debug"),
)
TRUE_COLOUR = [theme for theme in THEMES.values() if not theme.ansi]


def rgb(text: str) -> Color:
    assert re.fullmatch("#[0-9a-f]{6}", text), text
    number = int(text[1:], 16)
    return number >> 16, number >> 8 & 255, number & 255


def brightness(color: Color) -> float:
    """The relative luminance of WCAG."""
    parts = [part / 255 for part in color]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_theme_gives_every_token(theme: Theme) -> None:
    assert set(TOKENS) <= set(theme.variables)
    assert all(TOKENS.values())


@pytest.mark.parametrize("theme", TRUE_COLOUR, ids=lambda theme: theme.name)
def test_text_can_be_read(theme: Theme) -> None:
    assert theme.background is not None
    background = rgb(theme.background)
    for token in READ:
        assert contrast(rgb(theme.variables[token]), background) >= 4.5, token
    for text, below in (
        ("bar-foreground", "bar-background"),
        ("key", "bar-background"),
        ("cursor-foreground", "cursor-background"),
        ("match-foreground", "match-background"),
    ):
        found = contrast(rgb(theme.variables[text]), rgb(theme.variables[below]))
        assert found >= 4.5, text


@pytest.mark.parametrize("theme", TRUE_COLOUR, ids=lambda theme: theme.name)
def test_the_palette_of_terminals_can_be_read(theme: Theme) -> None:
    assert theme.background is not None
    background = rgb(theme.background)
    palette, unread = (ON_DARK, {0}) if theme.dark else (ON_LIGHT, {15})
    assert len(palette) == 16
    for number in set(range(16)) - unread:
        assert contrast(palette[number], background) >= 4.5, number


@pytest.mark.parametrize("name", ["ansi", "mono"])
def test_a_theme_of_the_terminals_own_colours_has_no_others(name: str) -> None:
    theme = THEMES[name]
    assert theme.ansi
    given = {key: theme.variables[key] for key in TOKENS if key != "cursor-text-style"}
    assert all(value.startswith("ansi_") for value in given.values()), given
    if name == "mono":
        assert set(given.values()) == {"ansi_default"}
