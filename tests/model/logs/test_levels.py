"""Levels, tracebacks, structured lines, marks: what a line means."""

from datetime import UTC, datetime

import pytest

from apolo_tui.model.logs.levels import Level, level_of
from apolo_tui.model.logs.marks import MOST_MARKS, Gap, Marks, Restart
from apolo_tui.model.logs.pretty import fields_of, layout
from apolo_tui.model.logs.records import record_of


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("epoch 8/10 step 41200 loss=0.412", Level.NONE),
        ("mean_error: 0.3 error=0.12", Level.NONE),
        ("0 errors, 3 warnings", Level.NONE),
        ("no information about errors", Level.NONE),
        ("INFO ready", Level.INFO),
        ("2026-11-22 07:41:00,123 - train - WARNING - slow", Level.WARNING),
        ("[2026-11-22 07:41:00] [ERROR] gone", Level.ERROR),
        ("ERROR: no such file", Level.ERROR),
        ("error: no such file", Level.ERROR),
        ("warning: unused", Level.WARNING),
        ("level=debug msg=x", Level.DEBUG),
        ('{"ts": 1, "level": "error", "msg": "x"}', Level.ERROR),
        ('{"severity":"CRITICAL"}', Level.ERROR),
        ("[warn] odd", Level.WARNING),
        ("E1122 07:41:00.123456 7 x.cc:1] no", Level.ERROR),
        ("I1122 07:41:00.123456 7 x.cc:1] yes", Level.INFO),
        ("Traceback (most recent call last):", Level.ERROR),
        ("[rank0]: Traceback (most recent call last):", Level.ERROR),
        ("ValueError: nope", Level.ERROR),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory.", Level.ERROR),
        ("java.lang.NullPointerException", Level.ERROR),
        ("RuntimeErrors are fun", Level.NONE),
        ("thread 'main' panicked at src/main.rs:4", Level.ERROR),
        ("Segmentation fault (core dumped)", Level.ERROR),
        ("x" * 500 + " ERROR late", Level.NONE),
    ],
)
def test_levels(text: str, level: Level) -> None:
    assert level_of(text) is level


LINES = [
    "step 1",
    "ERROR shard 17",
    "Traceback (most recent call last):",
    '  File "a.py", line 1',
    "    raise E",
    "E: one",
    "",
    "The above exception was the direct cause of the following exception:",
    "",
    "Traceback (most recent call last):",
    '  File "a.py", line 9',
    "F: two",
    "step 2",
    "[rank1]: Traceback (most recent call last):",
    '[rank1]:   File "a.py", line 9',
    "[rank1]: RuntimeError: NCCL",
    "step 3",
    "  + Exception Group Traceback (most recent call last):",
    '  |   File "g.py", line 1',
    "  | ExceptionGroup: two (2 sub-exceptions)",
    "  +-+---------------- 1 ----------------",
    "    | ValueError: a",
    "    +------------------------------------",
    "step 4",
]


def text_of(number: int) -> str | None:
    return LINES[number] if 0 <= number < len(LINES) else None


def test_a_traceback_is_one_message_from_each_of_its_lines() -> None:
    for number in range(1, 12):
        assert record_of(text_of, number) == range(1, 12), number
    for number in range(13, 16):
        assert record_of(text_of, number) == range(13, 16), number
    for number in (17, 18, 19, 21):
        assert record_of(text_of, number).start == 17, number


def test_other_lines_are_themselves() -> None:
    for number in (0, 12, 16, 23):
        assert record_of(text_of, number) == range(number, number + 1)


def rows(text: str) -> list[str]:
    return ["".join(piece for piece, _ in row) for row in layout(text) or []]


def test_json_is_laid_out_with_the_chosen_fields_first() -> None:
    text = '{"ts": 1.5, "level": "info", "msg": "ready", "shape": [1, {"a": null}], "ok": true}'
    assert rows(text) == [
        "info ready",
        "  ts: 1.5",
        "  shape: [",
        "      1,",
        "      {",
        '        "a": null',
        "      }",
        "    ]",
        "  ok: true",
    ]


def test_logfmt_is_laid_out() -> None:
    assert rows('level=warn msg="slow \\"disk\\"" took=1.2s path=/a') == [
        'warn slow "disk"',
        "  took: 1.2s",
        "  path: /a",
    ]


def test_text_of_several_lines_inside_json() -> None:
    assert rows('{"msg": "boom", "stack": "a\\nb"}') == ["boom", "  stack: a", "    b"]


def test_json_without_chosen_fields() -> None:
    assert rows('{"a": 1, "b": "x"}') == ["a: 1", "  b: x"]
    assert rows("{}") == ["{}"]


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "[1, 2]",
        '{"a": ',
        "a=1",
        "step 3 loss=0.4 lr=1",
        "x=1 y=2 and more",
        "",
        "{" * 3000 + "}",
    ],
)
def test_other_lines_stay_as_they_are(text: str) -> None:
    assert layout(text) is None
    assert fields_of(text) is None


def test_escapes_inside_json_do_not_come_out() -> None:
    shown = "".join(rows('{"msg": "\\u001b]0;title\\u0007x", "\\u001b[2Jk": "\\u0000"}'))
    assert shown.isprintable()
    assert "title" not in shown


def test_marks_stand_before_their_lines() -> None:
    marks = Marks()
    at = datetime(2026, 11, 22, 14, 3, 12, tzinfo=UTC)
    marks.add(10, Gap(12.2))
    marks.add(5, Restart(1, at, "Restarting"))
    marks.add(10, Restart(2, at))
    assert [str(mark) for mark in marks.between(0, 11)] == [
        "restart #1  14:03:12  reason Restarting",
        "12s gap",
        "restart #2  14:03:12",
    ]
    assert marks.between(6, 10) == []
    assert marks.restarts() == [5, 10]
    marks.forget_before(6)
    assert len(marks) == 2


def test_marks_are_bounded() -> None:
    marks = Marks()
    for number in range(MOST_MARKS + 50):
        marks.add(number, Gap(1))
    assert len(marks) == MOST_MARKS
    assert marks.between(0, 50) == []


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (Gap(0.52), "0.5s gap"),
        (Gap(75), "75s gap"),
        (Gap(3600), "60m gap"),
        (Gap(3, proven=False), "3.0s gap, lines may be missing"),
    ],
)
def test_gaps_in_words(gap: Gap, text: str) -> None:
    assert str(gap) == text
