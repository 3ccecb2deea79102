"""The documents and the code agree: references resolve, commands exist, nothing private is told."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

REFERENCE = re.compile(
    r"docs/(?P<page>[a-z-]+\.md)(?: +sections? +(?P<first>[0-9A]+(?:\.[0-9]+)*)"
    r"(?P<more>(?:(?:,| and|-) *[0-9A]+(?:\.[0-9]+)*)*))?"
)
NUMBER = re.compile(r"[0-9A]+(?:\.[0-9]+)*")
HEADING = re.compile(r"^#+ +(?:Appendix )?([0-9A]+(?:\.[0-9]+)*)", re.MULTILINE)
COMMENT_BREAK = re.compile(r"\n\s*#? *")

PRIVATE = re.compile(
    r"(^|[^A-Za-z0-9_.])/(?:root|work)/[A-Za-z.]"
    r"|python" + r"hosted\.|py" + r"pi\.org|registry\.np" + r"mjs|deb\.deb" + r"ian\."
)


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("needs a git checkout")
    return [ROOT / name for name in listed.stdout.split() if (ROOT / name).is_file()]


def references(text: str) -> list[tuple[str, list[str]]]:
    found = []
    for match in REFERENCE.finditer(COMMENT_BREAK.sub(" ", text)):
        sections = [match["first"], *NUMBER.findall(match["more"])] if match["first"] else []
        found.append((match["page"], sections))
    return found


def test_every_reference_to_a_document_resolves() -> None:
    broken = []
    seen = 0
    for path in tracked("*.py", "*.md", "*.tcss"):
        if path == Path(__file__):
            continue
        for page, sections in references(path.read_text("utf-8")):
            seen += 1
            target = DOCS / page
            headings = set(HEADING.findall(target.read_text("utf-8"))) if target.exists() else None
            if headings is None or not set(sections) <= headings:
                broken.append(f"{path.relative_to(ROOT)}: docs/{page} {sections}")
    assert seen > 50
    assert broken == []


def test_references_are_found_in_their_usual_forms() -> None:
    text = "see docs/protocol.md sections 5.3,\n    10 and A.5), and docs/client.md."
    assert references(text) == [("protocol.md", ["5.3", "10", "A.5"]), ("client.md", [])]


def test_no_file_names_a_machine_or_a_registry() -> None:
    named = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        named += [f"{path.relative_to(ROOT)}: {match[0]}" for match in PRIVATE.finditer(text)]
    assert named == []


def test_the_readme_has_its_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for mark in ("<!-- run command -->", "<!-- test command -->"):
        (command,) = re.findall(rf"{mark}\n```sh\n(.*)\n```", text)
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install -q -e ")
