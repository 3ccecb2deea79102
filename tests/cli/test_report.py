"""The report of an unexpected end: what happened, and no secrets."""

from pathlib import Path

import pytest

from apolo_tui.app import ApoloApp
from apolo_tui.cli import report
from apolo_tui.cli.dashboard import Run
from apolo_tui.config import Loaded, Settings

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eSI6Im1pcmEifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"


def test_a_group_of_one_error_has_its_name() -> None:
    one = ExceptionGroup("tasks", [ExceptionGroup("more", [KeyError("a")])])
    assert report.name_of(one) == "KeyError"
    assert report.name_of(ExceptionGroup("two", [KeyError(), ValueError()])) == "ExceptionGroup"
    assert report.name_of(ValueError()) == "ValueError"


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"Authorization: Bearer {TOKEN}",
        "{'token': 'abc-def-ghi'}",
        'password="hunter2-hunter2"',
        "api_key=0123456789",
        "a" * 64,
    ],
)
def test_secrets_are_taken_out(text: str) -> None:
    shown = report.without_secrets(f"before {text} after")
    for secret in (TOKEN, "abc-def-ghi", "hunter2", "0123456789", "a" * 64):
        assert secret not in shown
    assert shown.startswith("before ")


def test_paths_and_job_ids_stay() -> None:
    text = "in /home/somebody/project/module.py of job-5c1e7a52-9a3f-4b7e-8f7c-0d2f9a6b1c34"
    assert report.without_secrets(text) == text


def test_a_report_names_reason_error_and_events(tmp_path: Path) -> None:
    try:
        raise ValueError(f"refused with {TOKEN}")
    except ValueError as error:
        text = report.describe("ValueError", error, ["Killed train-one"])
    path = report.write(tmp_path / "reports", text)
    assert path is not None
    written = path.read_text()
    assert "reason ValueError" in written
    assert "test_report.py" in written
    assert "Killed train-one" in written
    assert TOKEN not in written
    assert path.stat().st_mode & 0o077 == 0


def test_only_the_last_reports_are_kept(tmp_path: Path) -> None:
    for _ in range(report.KEPT + 5):
        assert report.write(tmp_path, "text") is not None
    assert len(list(tmp_path.iterdir())) <= report.KEPT + 1


def test_a_folder_that_cannot_be_written_is_said_and_survived(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert report.write(tmp_path / "file" / "reports", "text") is None
    assert "no report could be written" in capsys.readouterr().err


def test_an_unexpected_error_ends_with_a_report_and_without_a_traceback_on_screen(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(self: ApoloApp, **options: object) -> None:
        secret = TOKEN
        raise RuntimeError(f"never expected with {secret}")

    monkeypatch.setattr(ApoloApp, "run_async", fail)
    run = Run(Loaded(Settings(), ()), environ={}, home=home)
    code = run.go(local=False, demo=False, job="", logs=False, shell=False, view="", text="")
    assert code == 1
    printed = capsys.readouterr()
    assert "apolo-tui ended" in printed.err
    assert TOKEN not in printed.err + printed.out
    assert "Traceback" not in printed.err
    (path,) = (home / ".local/state/apolo-tui/reports").glob("report-*.txt")
    assert "never expected" in path.read_text()
    assert TOKEN not in path.read_text()
