"""What is remembered: whole files, and two instances that do not fight."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apolo_tui.cli.dashboard import decode
from apolo_tui.model.job import JobDescription
from apolo_tui.store import files
from apolo_tui.store.snapshot import Snapshots
from apolo_tui.store.state import State
from tests.store.fakes import HERE


def test_values_survive_and_two_instances_keep_both(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state.json"
    first, second = State(path), State(path)
    assert first.put("theme", "light")
    assert second.put("list", {"digit": "3"})
    again = State(path)
    assert again.text("theme") == "light"
    assert again.table("list") == {"digit": "3"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "{half", "[1]", "\x00"])
def test_a_torn_file_counts_as_empty(tmp_path: Path, content: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(content)
    state = State(path)
    assert state.get("theme") is None
    assert state.put("theme", "dark")
    assert State(path).text("theme") == "dark"


def test_what_cannot_be_written_holds_for_the_session(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    state = State(tmp_path / "file" / "state.json")
    assert not state.put("theme", "dark")
    assert state.text("theme") == "dark"


def test_a_failed_write_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "folder" / "file"
    files.write_atomically(path, b"old")

    def fail(handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def raw(number: int, status: str = "running") -> JobDescription:
    created = datetime(2026, 11, 22, 8, number, tzinfo=UTC).isoformat()
    document = (
        f'{{"id": "job-{number}", "owner": "mira", "cluster_name": "harbor", '
        f'"status": "{status}", "history": {{"status": "{status}", "created_at": "{created}"}}, '
        '"container": {"image": "ubuntu", "resources": {"cpu": 1, "memory": 1}}}'
    )
    return decode(document.encode())


def test_a_snapshot_is_the_list_of_the_last_session(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "cache", decode=decode)
    assert snapshots.load("login", HERE) is None
    snapshots.save("login", HERE, [raw(1), raw(2, "failed")])
    found = snapshots.load("login", HERE)
    assert found is not None
    assert found.cached
    assert set(found.jobs) == {"job-1", "job-2"}
    assert snapshots.load("other", HERE) is None
    path = snapshots.path("login", HERE)
    path.write_bytes(b"rubbish\n" + raw(3).raw + b"\n")
    again = snapshots.load("login", HERE)
    assert again is not None
    assert set(again.jobs) == {"job-3"}
