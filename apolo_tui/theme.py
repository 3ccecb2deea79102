"""The themes, and the design tokens that the style sheets and the drawing code use.

A variable of one sheet is invisible in another, so the tokens live here: `TOKENS` lists them with
what they stand for, and every theme gives each of them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from textual.theme import Theme

TOKENS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "status-running": "a job that runs",
        "status-pending": "a job that waits",
        "status-suspended": "a job that was put aside",
        "status-succeeded": "a job that ended well",
        "status-failed": "a job that failed",
        "status-cancelled": "a job that was killed",
        "status-unknown": "a status from the future",
        "value-warning": "a value over its first threshold, a life span that is getting short",
        "value-notice": "a life span under an hour",
        "value-critical": "a value over its second threshold",
        "link-live": "fresh data",
        "link-stale": "data that is old, or comes from the last session",
        "frame": "the border of a pane",
        "frame-focused": "the border of the pane with the focus",
        "frame-guarded": "the header of a context that is read-only or protected",
        "bar-background": "header and footer",
        "bar-foreground": "text on them",
        "key": "a key in the footer and in hints",
        "muted": "text of less weight",
        "cursor-background": "the row under the cursor",
        "cursor-foreground": "text on it",
        "cursor-text-style": "its text style",
        "mark": "a marked row",
        "match-background": "what a search found",
        "match-foreground": "text on it",
        "series-1": "the first line of a chart",
        "series-2": "the second one",
        "series-3": "the third one",
        "series-4": "the fourth one",
        "level-error": "log lines by level",
        "level-warning": "log lines by level",
        "level-info": "log lines by level",
        "level-debug": "log lines by level",
        "terminal-focused": "the border of a terminal that takes the keys",
    }
)


def _theme(name: str, *, dark: bool, ansi: bool, base: str, tokens: str) -> Theme:
    """A theme of two lists of `name=value` words."""
    colours = dict(word.split("=") for word in base.split())
    given = dict(word.split("=") for word in tokens.split())
    if missing := set(TOKENS) - set(given):
        raise ValueError(f"{name} lacks {', '.join(sorted(missing))}")
    extra = {
        "block-cursor-text-style": given["cursor-text-style"],
        "block-cursor-background": given["cursor-background"],
        "block-cursor-foreground": given["cursor-foreground"],
        "footer-background": given["bar-background"],
        "footer-foreground": given["bar-foreground"],
        "footer-key-foreground": given["key"],
    }
    if ansi:
        # Textual gives these to its own themes only, and needs them in every one.
        extra |= {"ansi-background": "ansi_default", "ansi-foreground": "ansi_default"}
    return Theme(name=name, dark=dark, ansi=ansi, variables={**extra, **given}, **colours)  # type: ignore[arg-type]  # colours holds only colour fields


DARK = _theme(
    "dark",
    dark=True,
    ansi=False,
    base="""primary=#5fafff secondary=#87afd7 warning=#ffb454 error=#ff6b68 success=#7fd962
        accent=#d2a6ff foreground=#d5dbe5 background=#0f1419 surface=#151b23 panel=#1c2530""",
    tokens="""status-running=#59c2ff status-pending=#6bd9d9 status-suspended=#d2a6ff
        status-succeeded=#7fd962 status-failed=#ff6b68 status-cancelled=#e6c446
        status-unknown=#ff8f8c
        value-notice=#e6d28a value-warning=#ffb454 value-critical=#ff6b68
        link-live=#7fd962 link-stale=#8a94a3
        frame=#3a4654 frame-focused=#5fafff frame-guarded=#a3262a
        bar-background=#1c2530 bar-foreground=#d5dbe5 key=#ffb454 muted=#8a94a3
        cursor-background=#27405e cursor-foreground=#ffffff cursor-text-style=bold mark=#ffb454
        match-background=#ffb454 match-foreground=#0f1419
        series-1=#59c2ff series-2=#ffb454 series-3=#7fd962 series-4=#d2a6ff
        level-error=#ff6b68 level-warning=#ffb454 level-info=#d5dbe5 level-debug=#8a94a3
        terminal-focused=#ffb454""",
)

LIGHT = _theme(
    "light",
    dark=False,
    ansi=False,
    base="""primary=#0b62b8 secondary=#3f6a93 warning=#9a5b00 error=#b3211e success=#2a7a17
        accent=#7a3fb0 foreground=#1c2530 background=#fbfbf8 surface=#f3f3ef panel=#e7e8e4""",
    tokens="""status-running=#0b62b8 status-pending=#0f7272 status-suspended=#7a3fb0
        status-succeeded=#2a7a17 status-failed=#b3211e status-cancelled=#7a6200
        status-unknown=#b3211e
        value-notice=#6a5a00 value-warning=#9a5b00 value-critical=#b3211e
        link-live=#2a7a17 link-stale=#666d75
        frame=#b9bec4 frame-focused=#0b62b8 frame-guarded=#c23a36
        bar-background=#e2e4e1 bar-foreground=#1c2530 key=#8a3d00 muted=#5d656e
        cursor-background=#cfe3f8 cursor-foreground=#0f1419 cursor-text-style=bold mark=#8a3d00
        match-background=#ffd68a match-foreground=#1c2530
        series-1=#0b62b8 series-2=#9a5b00 series-3=#2a7a17 series-4=#7a3fb0
        level-error=#b3211e level-warning=#9a5b00 level-info=#1c2530 level-debug=#5d656e
        terminal-focused=#9a5b00""",
)

HIGH_CONTRAST = _theme(
    "high-contrast",
    dark=True,
    ansi=False,
    base="""primary=#00d7ff secondary=#ffffff warning=#ffff00 error=#ff5f5f success=#5fff5f
        accent=#ff87ff foreground=#ffffff background=#000000 surface=#000000 panel=#1a1a1a""",
    tokens="""status-running=#00d7ff status-pending=#5fffff status-suspended=#ff87ff
        status-succeeded=#5fff5f status-failed=#ff5f5f status-cancelled=#ffff00
        status-unknown=#ff5f5f
        value-notice=#ffffaf value-warning=#ffff00 value-critical=#ff5f5f
        link-live=#5fff5f link-stale=#c0c0c0
        frame=#ffffff frame-focused=#ffff00 frame-guarded=#d70000
        bar-background=#1a1a1a bar-foreground=#ffffff key=#ffff00 muted=#d0d0d0
        cursor-background=#ffffff cursor-foreground=#000000 cursor-text-style=bold mark=#ffff00
        match-background=#ffff00 match-foreground=#000000
        series-1=#00d7ff series-2=#ffff00 series-3=#5fff5f series-4=#ff87ff
        level-error=#ff5f5f level-warning=#ffff00 level-info=#ffffff level-debug=#c0c0c0
        terminal-focused=#ffff00""",
)

# The palette of Okabe and Ito: told apart with each of the common colour blindnesses.
COLOUR_BLIND = _theme(
    "colour-blind",
    dark=True,
    ansi=False,
    base="""primary=#56b4e9 secondary=#999999 warning=#e69f00 error=#d55e00 success=#56b4e9
        accent=#cc79a7 foreground=#e4e4e4 background=#101216 surface=#16191f panel=#20242c""",
    tokens="""status-running=#56b4e9 status-pending=#f0e442 status-suspended=#cc79a7
        status-succeeded=#2fc39c status-failed=#ff7a1a status-cancelled=#e69f00
        status-unknown=#ff7a1a
        value-notice=#f0e442 value-warning=#e69f00 value-critical=#ff7a1a
        link-live=#56b4e9 link-stale=#999999
        frame=#4a4f59 frame-focused=#56b4e9 frame-guarded=#a34700
        bar-background=#20242c bar-foreground=#e4e4e4 key=#f0e442 muted=#9aa0a8
        cursor-background=#1f4a66 cursor-foreground=#ffffff cursor-text-style=bold mark=#f0e442
        match-background=#f0e442 match-foreground=#101216
        series-1=#56b4e9 series-2=#e69f00 series-3=#2fc39c series-4=#cc79a7
        level-error=#ff7a1a level-warning=#e69f00 level-info=#e4e4e4 level-debug=#9aa0a8
        terminal-focused=#e69f00""",
)

ANSI = _theme(
    "ansi",
    dark=True,
    ansi=True,
    base="""primary=ansi_blue secondary=ansi_cyan warning=ansi_yellow error=ansi_red
        success=ansi_green accent=ansi_magenta foreground=ansi_default background=ansi_default
        surface=ansi_default panel=ansi_default boost=ansi_default""",
    tokens="""status-running=ansi_bright_blue status-pending=ansi_cyan status-suspended=ansi_magenta
        status-succeeded=ansi_green status-failed=ansi_red status-cancelled=ansi_yellow
        status-unknown=ansi_bright_red
        value-notice=ansi_default value-warning=ansi_yellow value-critical=ansi_red
        link-live=ansi_green link-stale=ansi_bright_black
        frame=ansi_bright_black frame-focused=ansi_bright_blue frame-guarded=ansi_red
        bar-background=ansi_default bar-foreground=ansi_default key=ansi_yellow
        muted=ansi_bright_black
        cursor-background=ansi_default cursor-foreground=ansi_default cursor-text-style=reverse
        mark=ansi_yellow match-background=ansi_yellow match-foreground=ansi_black
        series-1=ansi_bright_blue series-2=ansi_yellow series-3=ansi_green series-4=ansi_magenta
        level-error=ansi_red level-warning=ansi_yellow level-info=ansi_default
        level-debug=ansi_bright_black terminal-focused=ansi_yellow""",
)

MONO = _theme(
    "mono",
    dark=True,
    ansi=True,
    base="""primary=ansi_default secondary=ansi_default warning=ansi_default error=ansi_default
        success=ansi_default accent=ansi_default foreground=ansi_default background=ansi_default
        surface=ansi_default panel=ansi_default boost=ansi_default""",
    tokens=" ".join(
        f"{token}={'reverse' if token == 'cursor-text-style' else 'ansi_default'}"
        for token in TOKENS
    ),
)

THEMES: Final[Mapping[str, Theme]] = MappingProxyType(
    {theme.name: theme for theme in (DARK, LIGHT, HIGH_CONTRAST, COLOUR_BLIND, ANSI, MONO)}
)
