"""A client that is closed while somebody still uses it: its calls fail as a cut does."""

from pathlib import Path

import pytest

from apolo_tui import local
from apolo_tui.client.client import get
from apolo_tui.model.errors import ConnectionFailed


async def test_calls_after_the_end_are_cuts(tmp_path: Path) -> None:
    async with local.serve(port=0) as platform:
        async with get(platform.login_folder(tmp_path / "login"), environ={}) as client:
            jobs = client.jobs
        with pytest.raises(ConnectionFailed):
            await jobs.status("job-1")
        with pytest.raises(ConnectionFailed):
            async with jobs.top("job-1"):
                pass
