"""The README tells the truth: its key table, its pictures, and its commands."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from apolo_tui.actions import ACTIONS, keys_markdown
from tests.e2e.tmux import SCRIPTS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def block(mark: str) -> str:
    """The commands of the block behind a mark."""
    (found,) = re.findall(rf"<!-- {mark} -->\n```sh\n(.*?)\n```", README, re.DOTALL)
    return str(found)


def test_the_key_table_is_the_generated_one() -> None:
    (table,) = re.findall(r"<!-- keys -->\n(.*?)\n<!-- end of keys -->", README, re.DOTALL)
    assert table.strip() == keys_markdown(ACTIONS).strip()


def test_the_pictures_and_pages_exist() -> None:
    linked = re.findall(r"\]\((docs/[^)]+)\)", README)
    assert len([name for name in linked if name.endswith(".svg")]) == 3
    assert [name for name in linked if not (ROOT / name).is_file()] == []


def test_the_session_works_as_it_stands(home: Path) -> None:
    """All of it in one shell; the real command is told not to look for news of itself."""
    quiet = 'apolo() { command apolo --disable-pypi-version-check --skip-stats "$@"; }'
    script = f"set -e\n{quiet}\n{block('session')}\n"
    environ = os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    try:
        done = subprocess.run(
            ["bash", "-c", script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
            env=environ,
        )
    finally:
        stop = [str(SCRIPTS / "apolo-tui"), "local", "stop", "--kill"]
        subprocess.run(stop, check=False, capture_output=True, env=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hello" in done.stdout


@pytest.mark.parametrize(
    "flag", ["--logs", "--shell", "--local", "--demo", "--monitor", "--readonly"]
)
def test_the_flags_of_the_table_exist(flag: str) -> None:
    done = subprocess.run(
        [str(SCRIPTS / "apolo-tui"), "--help"], capture_output=True, text=True, check=True
    )
    assert flag in README
    assert flag in done.stdout
