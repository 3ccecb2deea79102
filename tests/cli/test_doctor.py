"""What `apolo-tui doctor` says of a platform that does not work as it should."""

from pathlib import Path

import pytest

from apolo_tui import local
from apolo_tui.cli.connect import login_opener
from apolo_tui.cli.doctor import platform_checks
from apolo_tui.local.faults import Answer
from tests.screens.rows import row


@row("I7")
@pytest.mark.parametrize(
    ("operation", "failing"), [("top", "websockets"), ("jobs.list", "jobs"), ("ping", "")]
)
async def test_what_does_not_answer_fails(tmp_path: Path, operation: str, failing: str) -> None:
    async with local.serve(port=0) as platform:
        login = platform.login_folder(tmp_path / "login")
        async with login_opener(login, environ={})() as opened:
            platform.faults.add(operation, Answer(403, '{"missing": []}'))
            checks = {check.name: check.ok async for check in platform_checks(opened, "harbor")}
    assert checks.keys() >= {"platform", "jobs", "websockets"}
    assert [name for name, ok in checks.items() if ok is False] == ([failing] if failing else [])
