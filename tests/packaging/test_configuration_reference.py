"""docs/configuration.md says what the configuration takes, and all of it."""

import re
from pathlib import Path

from apolo_tui.config import PLAIN, TABLES, load
from apolo_tui.model.alert_rules import PARSERS, AlertRules

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
TEXT = REFERENCE.read_text(encoding="utf-8")


def test_its_examples_are_taken_without_a_complaint(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("\n".join(re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)))
    loaded = load(path, environ={})
    assert loaded.problems == ()
    assert loaded.settings.alerts != AlertRules()
    assert loaded.settings.rules("prod/acme/vision").protected


def test_it_names_every_setting() -> None:
    named = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (.*?) \|", TEXT, re.MULTILINE))))
    assert set(PLAIN) <= named
    assert all(f"[{name}" in TEXT for name in TABLES)
    assert all(f"\n{name} = " in TEXT for name in PARSERS)


def test_a_fault_of_an_alert_rule_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[alerts]\nbell = "loud"\nmarks = []\nquiet_hours = "late"\ncolour = 1\n')
    loaded = load(path, environ={})
    assert [problem.line for problem in loaded.problems] == [2, 3, 4, 5]
    assert loaded.settings.alerts == AlertRules()
