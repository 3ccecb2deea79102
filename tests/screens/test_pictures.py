"""Every screen at every size: nothing is clipped, the columns are straight, the drawings hold."""

import asyncio
import re
import time

import pytest
from rich.cells import cell_len

from tests.screens.pictures import (
    FIRST_RUN,
    FOLDER,
    RENEW,
    SHOTS,
    SIZES,
    VERSIONS,
    Picture,
    all_pictures,
    dependencies,
    kept,
)
from tests.screens.scene import jobs

PLACES: dict[str, tuple[int, ...]] = {"kill": (-1,), "bump": (-1,), "terminal": ()}
"""Which lines are those of the widest screen, where not both are."""
NAMES = tuple(str(job.name) for job in jobs())


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Picture]:
    """All of them, from one run."""
    folder = tmp_path_factory.mktemp("pictures")
    with pytest.MonkeyPatch.context() as patch:
        # Times are drawn in the zone of the process, colours as its environment wants them.
        patch.setenv("TZ", "UTC")
        patch.setenv("HOME", str(folder))
        for name in ("NO_COLOR", "COLORTERM"):
            patch.delenv(name, raising=False)
        time.tzset()
        found = asyncio.run(all_pictures(folder))
    time.tzset()
    return {picture.file.stem: picture for picture in found}


def at(size: tuple[int, int], name: str) -> str:
    return f"{name}-{size[0]}x{size[1]}"


def without_pages(line: str) -> str:
    """The line without the number of the page: the widest screen has one page only."""
    return re.sub(r"page \d+/\d+ auto \w+", "", line)


def offset(line: str, word: str) -> int:
    """The cell at which a word begins."""
    return cell_len(line[: line.index(word)])


ALL = [shot.name for shot in (*SHOTS, FIRST_RUN)]
OVER_THE_LIST = {"]", "next", "tab", "list"}
"""What the footer of a narrow screen tells of a detail that the widest one has beside the list."""
EVERY = [pytest.param(size, name, id=at(size, name)) for name in ALL for size in SIZES]


@pytest.mark.parametrize(("size", "name"), EVERY)
def test_every_line_is_as_wide_as_the_terminal(
    pictures: dict[str, Picture], size: tuple[int, int], name: str
) -> None:
    picture = pictures[at(size, name)]
    assert len(picture.lines) == size[1]
    assert {cell_len(line) for line in picture.lines} == {size[0]}


@pytest.mark.parametrize(("size", "name"), EVERY)
def test_header_and_footer_are_one_line_of_whole_words(
    pictures: dict[str, Picture], size: tuple[int, int], name: str
) -> None:
    """A narrow screen leaves fields out: what is left is written as on the widest one.

    But for a key that is a symbol, which stands close to its label there.
    """
    widest = pictures[at((200, 60), name)]
    picture = pictures[at(size, name)]
    # A dialog on a small screen lies over the header; a terminal has lines of its own there.
    for place in PLACES.get(name, (0, -1)):
        there = set(without_pages(widest.lines[place]).split()) | OVER_THE_LIST
        line = picture.lines[place]
        cut = [
            word
            for word in without_pages(line).split()
            if not {word} <= there and not {word[0], word[1:]} <= there and "…" not in word
        ]
        assert not cut, f"{cut} in {line!r}"
        assert line.strip()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_columns_are_straight_beside_wide_names(
    pictures: dict[str, Picture], size: tuple[int, int]
) -> None:
    """The right edge of LEFT and GPU, which are right-aligned, and the left edge of NAME."""
    lines = pictures[at(size, "main")].lines
    (head,) = [line for line in lines if " ST NAME " in line]
    rows = [line for line in lines if any(f" {name} " in line for name in NAMES)]
    rows = [line for line in rows if offset_of_name(line) is not None and line is not head]
    assert any("图像分类-训练" in line for line in rows)
    assert len(rows) >= 8
    assert {offset_of_name(line) for line in rows} == {offset(head, "NAME")}
    for column in ("LEFT", "GPU"):
        edge = offset(head, column) + len(column)
        for line in rows:
            before, after = cells(line)[edge - 1], cells(line)[edge]
            assert before.strip(), f"{column} is not at {edge} in {line!r}"
            assert not after.strip(), f"{column} is not at {edge} in {line!r}"


def offset_of_name(line: str) -> int | None:
    """Where the name of a row's job begins: after its mark and its state."""
    for name in NAMES:
        for state in ("●R", "◌P", "◐S", "✓D", "✗F", "⊘C", "?U"):
            if f"{state} {name} " in line:
                return cell_len(line[: line.index(f"{state} {name} ")]) + 3
    return None


def cells(line: str) -> list[str]:
    """One item for each cell: a wide character, and then an empty one of its own."""
    found: list[str] = []
    for character in line:
        width = cell_len(character)
        if width == 0:
            continue
        found += [character, *["·"] * (width - 1)]
    return found


def test_drawings_are_those_that_are_kept(pictures: dict[str, Picture]) -> None:
    """The pictures of the documents are what the program draws."""
    drawn = kept(pictures.values())
    assert {picture.file.name for picture in drawn} == {
        file.name for file in FOLDER.glob("*.svg")
    }, RENEW
    now, then = dependencies(), VERSIONS.read_text(encoding="utf-8")
    if now != then:
        pytest.skip(f"drawn with {' '.join(then.split())}; here is {' '.join(now.split())}")
    changed = [
        picture.file.name
        for picture in drawn
        if picture.file.read_text(encoding="utf-8") != picture.svg
    ]
    assert not changed, f"{', '.join(changed)} changed; {RENEW}"
