"""What the dashboard changed on the platform, kept in a file of this machine."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

from apolo_tui.store.files import append_line
from apolo_tui.store.platform import Clock, Context


class AuditLog:
    """A line of JSON for each call that writes: time, context, action, job, result."""

    def __init__(self, path: Path, *, clock: Clock = time.time) -> None:
        self.path = path
        self._clock = clock

    def write(self, context: Context, action: str, job_id: str, result: str) -> None:
        """Add a line. A disk that is full must not keep anybody from killing a job."""
        entry = {
            "time": datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds"),
            "context": str(context),
            "action": action,
            "job": job_id,
            "result": result,
        }
        try:
            append_line(self.path, json.dumps(entry, ensure_ascii=False))
        except OSError:
            return
