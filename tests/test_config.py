"""The settings: where they come from, and what faults of the file lead to."""

from pathlib import Path

import pytest

from apolo_tui.config import (
    ContextRules,
    Lines,
    Settings,
    Threshold,
    cache_folder,
    config_path,
    load,
    state_folder,
    with_timings,
)

FILE = """# mine
theme = "light"
refresh = "10s"
keep_filter = false

[keys]
jobs.kill = "ctrl+x"
"jobs.menu" = ["x", "f3"]

[thresholds]
memory = [50, 60]

[context."prod/acme"]
theme = "high-contrast"
readonly = true
protected = true
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_nothing_gives_the_defaults(tmp_path: Path) -> None:
    loaded = load(tmp_path / "none.toml", environ={})
    assert loaded.settings == Settings()
    assert loaded.problems == ()


def test_a_whole_file(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, FILE), environ={})
    settings = loaded.settings
    assert loaded.problems == ()
    assert (settings.theme, settings.refresh, settings.keep_filter) == ("light", 10.0, False)
    assert settings.keys == {"jobs.kill": ("ctrl+x",), "jobs.menu": ("x", "f3")}
    assert settings.thresholds["memory"] == Threshold(50.0, 60.0)
    assert settings.thresholds["gpu"] == Settings().thresholds["gpu"]
    rules = ContextRules("high-contrast", readonly=True, protected=True)
    assert settings.rules("prod/acme/vision") == rules
    assert settings.rules("prod/other") == ContextRules()


def test_flags_go_before_the_environment_before_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, FILE)
    environ = {"APOLO_TUI_THEME": "mono", "APOLO_TUI_REFRESH": "7", "APOLO_TUI_READONLY": "yes"}
    settings = load(path, environ=environ, flags={"theme": "ansi"}).settings
    assert (settings.theme, settings.refresh, settings.readonly) == ("ansi", 7.0, True)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("refresh = 1", 1, "refresh must be from 2 seconds"),
        ("\nrefresh = true", 2, "refresh must be a number"),
        ('theme = "pink"', 1, "theme must be one of"),
        ("telemetry_sockets = 0", 1, "telemetry_sockets must be"),
        ("colour = 1", 1, "colour is not a setting"),
        ("keys = 1", 1, "keys must be a table"),
        ('[keys]\njobs.fly = "x"', 2, "jobs.fly is not an action"),
        ('[keys]\njobs.kill = "hyper+x"', 2, "is not a key"),
        ('[keys]\njobs.kill = "j"', 2, "j is both"),
        ("[keys]\njobs.kill = 1", 2, "must be a text"),
        ("[thresholds]\nmemory = [90]", 2, "two percentages"),
        ("[thresholds]\nspeed = [1, 2]", 2, "speed is not a metric"),
        ('[context."a"]\nwidth = 1', 2, "width is not a rule"),
        ("[context]\na = 1", 2, "must be a table"),
        ("[keys\n", 1, "is not valid TOML"),
    ],
)
def test_a_fault_is_told_with_its_line_and_the_default_holds(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    loaded = load(written(tmp_path, text), environ={})
    (problem,) = loaded.problems
    assert words in problem.text
    assert problem.line == line
    assert str(problem).startswith(f"{tmp_path / 'config.toml'}:{line}: ")
    assert loaded.settings.refresh == 5.0
    assert loaded.settings.theme == "dark"
    assert not loaded.settings.keys


def test_faults_of_flags_and_environment_name_them(tmp_path: Path) -> None:
    loaded = load(
        tmp_path / "none", environ={"APOLO_TUI_ASCII": "maybe"}, flags={"refresh": "soon"}
    )
    assert [str(problem).split(":")[0] for problem in loaded.problems] == [
        "APOLO_TUI_ASCII",
        "--refresh",
    ]


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe")
    assert "cannot be read" in load(path, environ={}).problems[0].text
    assert "cannot be read" in load(tmp_path, environ={}).problems[0].text


def test_folders_follow_the_standard(tmp_path: Path) -> None:
    assert config_path({}, tmp_path) == tmp_path / ".config/apolo-tui/config.toml"
    assert state_folder({}, tmp_path) == tmp_path / ".local/state/apolo-tui"
    assert cache_folder({}, tmp_path) == tmp_path / ".cache/apolo-tui"
    environ = {"XDG_CONFIG_HOME": "/elsewhere", "XDG_STATE_HOME": "relative"}
    assert config_path(environ, tmp_path) == Path("/elsewhere/apolo-tui/config.toml")
    assert state_folder(environ, tmp_path) == tmp_path / ".local/state/apolo-tui"


def test_lines_of_keys() -> None:
    lines = Lines('a = 1\n[b."c d"] # x\n  e.f = 2\n"g" = 3\n[[h]]\n')
    assert lines.of("a") == 1
    assert lines.of("b", "c d") == 2
    assert lines.of("b", "c d", "e", "f") == 3
    assert lines.of("b", "c d", "g") == 4
    assert lines.of("h") == 5
    assert lines.of("nothing") is None


def test_timings_are_changed_by_name() -> None:
    assert with_timings(Settings(), reveal=0.1).timings.reveal == 0.1
    with pytest.raises(ValueError, match="no such timing"):
        with_timings(Settings(), revael=0.1)
