"""What the dashboard remembers from one session to the next.

Each value has a key and is written when it changes. Two instances do not fight: a write takes in
what the other has written meanwhile, under a lock, and the file is replaced as a whole.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from apolo_tui.store.files import write_atomically

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


class State:
    """A mapping of names to JSON values in one file.

    A file that cannot be read counts as empty; it is never the reason not to start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values = self._read()

    def get(self, name: str, default: Json = None) -> Json:
        return self._values.get(name, default)

    def text(self, name: str, default: str = "") -> str:
        """The value, when it is a text."""
        value = self._values.get(name)
        return value if isinstance(value, str) else default

    def table(self, name: str) -> dict[str, Json]:
        """The value, when it is an object."""
        value = self._values.get(name)
        return dict(value) if isinstance(value, dict) else {}

    def put(self, name: str, value: Json) -> bool:
        """Remember a value. False when it could not be written; it holds for this session then."""
        if self._values.get(name) == value and name in self._values:
            return True
        self._values[name] = value
        try:
            with self._locked():
                merged = self._read()
                merged[name] = value
                write_atomically(self._path, json.dumps(merged, indent=1).encode())
        except OSError:
            return False
        return True

    def _read(self) -> dict[str, Json]:
        try:
            values = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._path.with_suffix(".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
