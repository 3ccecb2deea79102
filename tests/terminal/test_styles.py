"""SGR."""

import pytest

from apolo_tui.terminal import styles
from apolo_tui.terminal.styles import DEFAULT, RGB, StyleTable
from tests.terminal.feeding import run


@pytest.mark.parametrize(
    ("sgr", "expected"),
    [
        ("", {}),
        ("0", {}),
        ("1;0", {}),
        ("31;", {}),
        ("1", {"attributes": styles.BOLD}),
        ("1;2;3;5;7;8;9;53", {"attributes": 1 | 2 | 4 | 8 | 16 | 32 | 64 | 128}),
        ("1;2;3;22;23", {}),
        ("5;7;8;9;53;25;27;28;29;55", {}),
        ("6", {"attributes": styles.BLINK}),
        ("4", {"underline": 1}),
        ("4:0", {}),
        ("4:3", {"underline": 3}),
        ("4:5", {"underline": 5}),
        ("4:9", {"underline": 1}),
        ("21", {"underline": 2}),
        ("4;24", {}),
        ("31", {"foreground": 1}),
        ("41", {"background": 1}),
        ("91;101", {"foreground": 9, "background": 9}),
        ("31;41;39;49", {}),
        ("38;5;200", {"foreground": 200}),
        ("48;5;999", {"background": 255}),
        ("38:5:200", {"foreground": 200}),
        ("38;2;1;2;3", {"foreground": RGB | 0x010203}),
        ("48:2:1:2:3", {"background": RGB | 0x010203}),
        ("48:2::1:2:3", {"background": RGB | 0x010203}),
        ("58:2::1:2:3", {"underline_color": RGB | 0x010203}),
        ("58;5;3", {"underline_color": 3}),
        ("58;5;3;59", {}),
        ("38;2;300;2;3;1", {"foreground": RGB | 0xFF0203, "attributes": styles.BOLD}),
        ("38;5", {}),
        ("38;2;1", {}),
        ("38;9;1", {}),
        ("1;38;5;7;3", {"foreground": 7, "attributes": styles.BOLD | styles.ITALIC}),
        ("1;38:9:9;3", {"attributes": styles.BOLD | styles.ITALIC}),
        ("99", {}),
        ("000001", {"attributes": styles.BOLD}),
    ],
)
def test_sgr(sgr: str, expected: dict[str, int]) -> None:
    screen = run(f"\x1b[{sgr}mx")
    style = screen.row(0).cells(20)[0][1]
    names = ("foreground", "background", "attributes", "underline", "underline_color")
    defaults = (-1, -1, 0, 0, -1)
    wanted = [expected.get(name, default) for name, default in zip(names, defaults, strict=True)]
    assert style.key == (*wanted, None)


def test_equal_styles_are_one_object() -> None:
    table = StyleTable()
    assert table.intern(foreground=1) is table.intern(foreground=1)
    assert table.intern() is DEFAULT
    assert table.intern(foreground=1, background=2).erased is table.intern(background=2)
    assert table.intern(foreground=1).erased is DEFAULT
    assert table.intern(background=2).erased is table.intern(background=2)


def test_the_settings_report_makes_the_same_style() -> None:
    table = StyleTable()
    for sgr in ("1;4:3;38:2::1:2:3", "95;104;53", "38:5:77;48:5:3;58:5:9", "2;3;5;7;8;9;4"):
        style = table.after(DEFAULT, f"\x1b[{sgr}m")
        assert table.after(DEFAULT, f"\x1b[{styles.sgr_parameters(style)}m") is style
