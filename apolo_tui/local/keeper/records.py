"""What is on disk of each run until it is forgotten: enough to end it, or to tell how it ended."""

from pathlib import Path

import msgspec

from apolo_tui.local.keeper.api import RunState
from apolo_tui.local.keeper.folder import write_whole


class Record(msgspec.Struct, frozen=True):
    """A run, and what tells its root from a later process of the same number."""

    state: RunState
    started: int
    boot: str


class Records:
    """The records below one folder. Each is replaced as a whole, so that none is ever torn."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Record).decode

    def write(self, record: Record) -> None:
        path = self._path(record.state.job_id, record.state.run)
        write_whole(path, self._encode(record))

    def all(self) -> list[Record]:
        """Every record, in the order of jobs and runs."""
        found = []
        for path in self._folder.glob("*.run"):
            try:
                found.append(self._decode(path.read_bytes()))
            except (FileNotFoundError, msgspec.MsgspecError):
                # Forgotten meanwhile, or of a version that is not ours.
                continue
        return sorted(found, key=lambda record: (record.state.job_id, record.state.run))

    def forget(self, job_id: str, run: int) -> None:
        self._path(job_id, run).unlink(missing_ok=True)

    def _path(self, job_id: str, run: int) -> Path:
        return self._folder / f"{job_id}+{run}.run"
