"""The style sheets are parsed once, and again for other colours."""

import pytest
from textual.color import Color
from textual.css.stylesheet import StylesheetParseError
from textual.widget import Widget

from apolo_tui.widgets.parsed_sheets import ParsedSheets

SHEET = "Widget { background: $tone; }"


def sheets(tone: str) -> ParsedSheets:
    made = ParsedSheets(variables={"tone": tone})
    made.add_source(SHEET, read_from=("sheet", ""))
    made.reparse()
    return made


def background(made: ParsedSheets) -> Color:
    widget = Widget()
    made.apply(widget, animate=False)
    return widget.styles.background


def test_nothing_is_parsed_again_for_the_same_colours() -> None:
    made = sheets("red")
    before = made.rules
    made.set_variables({"tone": "red"})
    made.reparse()
    assert [id(rule) for rule in made.rules] == [id(rule) for rule in before]


def test_other_colours_are_applied() -> None:
    made = sheets("red")
    assert background(made) == Color.parse("red")
    made.set_variables({"tone": "blue"})
    made.reparse()
    assert background(made) == Color.parse("blue")


def test_a_sheet_that_is_wrong_leaves_everything_as_it_was() -> None:
    made = sheets("red")
    before = made.rules
    made.add_source("Widget { no-such-rule: 1; }", read_from=("other", ""))
    with pytest.raises(StylesheetParseError):
        made.reparse()
    assert [id(rule) for rule in made._rules] == [id(rule) for rule in before]
