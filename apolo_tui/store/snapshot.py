"""The list of the last session, for the first paint."""

import heapq
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.job import JobDescription
from apolo_tui.model.known_jobs import KnownJobs
from apolo_tui.store.files import write_atomically
from apolo_tui.store.jobs import JobList
from apolo_tui.store.platform import Clock, Context

KEPT = 1000
"""Jobs kept: the active ones, then the newest."""
EARLIEST = datetime.min.replace(tzinfo=UTC)

Decode = Callable[[bytes], JobDescription]
"""A job's JSON as the platform sent it -> the job."""


class Snapshots:
    """One file a platform and context, of JSON lines as the platform sent them."""

    def __init__(self, folder: Path, *, decode: Decode, clock: Clock = time.time) -> None:
        self._folder = folder
        self._decode = decode
        self._clock = clock

    def path(self, platform: str, context: Context) -> Path:
        """`platform` tells apart logins and local platforms; it is not written in clear."""
        name = sha256(f"{platform}\n{context}".encode()).hexdigest()[:20]
        return self._folder / f"jobs-{name}.ndjson"

    def load(self, platform: str, context: Context) -> JobList | None:
        """The list as it was, marked as cached; None when there is none that can be read."""
        path = self.path(platform, context)
        try:
            lines = path.read_bytes().splitlines()
            as_of = path.stat().st_mtime
        except OSError:
            return None
        jobs: dict[str, JobDescription] = {}
        for line in lines:
            try:
                job = self._decode(line)
            except ApoloError:
                continue
            jobs[job.id] = job
        return JobList(jobs=KnownJobs(jobs), as_of=as_of, cached=True) if jobs else None

    def save(self, platform: str, context: Context, jobs: Iterable[JobDescription]) -> None:
        """Keep what the platform sent. Raises OSError."""
        newest = heapq.nlargest(
            KEPT, jobs, key=lambda job: (not job.status.is_finished, job.created_at or EARLIEST)
        )
        lines = (job.raw.replace(b"\n", b" ") for job in newest if job.raw)
        write_atomically(self.path(platform, context), b"\n".join(lines) + b"\n")
