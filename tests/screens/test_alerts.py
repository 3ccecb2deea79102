"""Alerts in the running dashboard: told once, listed, silenced, and one key from more time."""

from pathlib import Path
from typing import Any

from textual import events

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.config import Settings
from apolo_tui.model.alert_rules import AlertRules
from apolo_tui.model.alerts import Rule
from apolo_tui.screens.alerts import AlertsPage
from apolo_tui.screens.bump import BumpDialog
from tests.screens.dashboard import QUICK, Dashboard, as_ended, dashboard, rewritten, start
from tests.screens.rows import row

LATE = {"history__finished_at": None}


def told(board: Dashboard) -> list[str]:
    desk = board.main.desk
    assert desk is not None
    return [alert.text for alert in desk.outlook.alerts.topic.value.alerts]


def now_ended(status: str, reason: str | None, **more: Any) -> dict[str, Any]:
    from datetime import UTC, datetime

    at = datetime.now(UTC).isoformat()
    return {**as_ended(status, reason, **more), "history__finished_at": at}


@row("W1")
async def test_each_thing_that_happens_is_told_once_and_listed(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    names = ("done-job", "bad-job", "held-job", "again-job")
    for name in names:
        await start(client, name)
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.refresh()
        await start(client, "new-job")
        rewritten(platform, "done-job", **now_ended("succeeded", None, exit_code=0))
        rewritten(platform, "bad-job", **now_ended("failed", "OOMKilled", exit_code=137))
        rewritten(platform, "held-job", status="suspended", history__status="suspended")
        rewritten(platform, "again-job", history__restarts=1)
        await board.refresh()
        for words in (
            "new-job started",
            "done-job succeeded",
            "OOMKilled 137",
            "held-job suspended",
            "again-job restarted, for the 1st time",
        ):
            await board.says(words)
        await board.refresh()
        assert len(told(board)) == len(set(told(board))) == 5
        await board.shows("! ", "(+4 more)", "A alerts")
        await board.press("A")
        await board.until(lambda: isinstance(board.app.screen, AlertsPage))
        await board.shows("failed", "bad-job failed")
        await board.shows("suspended", "held-job")
        await board.press("escape")
        await board.hides("A alerts")


@row("W2")
async def test_the_terminal_rings_when_it_has_no_focus(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    async with dashboard(
        tmp_path / "state",
        platform=platform,
        environ={"TERM": "tmux-256color", "TMUX": "/tmp/tmux", "TERM_PROGRAM": "iTerm.app"},
    ) as board:
        await start(client, "first")
        await board.refresh()
        await board.says("first started")
        assert "\a" not in board.clipboard.sent, "somebody looks at it"
        board.app.post_message(events.AppBlur())
        await board.until(lambda: not board.app.app_focus)
        await start(client, "second")
        await board.refresh()
        await board.says("second started")
        sent = board.clipboard.sent
        assert "\a" in sent
        assert "\x1bPtmux;\x1b\x1b]9;apolo-tui: second started\a\x1b\\" in sent


@row("W2")
async def test_the_bell_can_be_silenced(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    settings = Settings(refresh=2.0, timings=QUICK, alerts=AlertRules(bell="never"))
    async with dashboard(tmp_path / "state", platform=platform, settings=settings) as board:
        board.app.post_message(events.AppBlur())
        await board.until(lambda: not board.app.app_focus)
        await start(client, "first")
        await board.refresh()
        await board.says("first started")
        assert "\a" not in board.clipboard.sent


@row("W3")
async def test_a_life_span_that_ends_is_told_once_and_one_key_gives_more(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train", life_span=7200.0)
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.refresh()
        assert told(board) == []
        for left, minutes in ((3500, "59"), (800, "14"), (200, "4")):
            rewritten(platform, "train", history__run_time_seconds=7200.0 - left)
            await board.refresh()
            await board.says(f"train ends in {minutes} min")
            await board.refresh()
        assert len(told(board)) == 3
        # The alert is about the selected job: + on the list is one key.
        await board.shows("! train ends in", "+ bump")
        await board.press("A")
        await board.until(lambda: isinstance(board.app.screen, AlertsPage))
        await board.press("plus")
        await board.until(lambda: isinstance(board.app.screen, BumpDialog))
        await board.shows("More time for train")
        await board.press("enter")
        await board.until(lambda: board.calls("jobs.life_span"))
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.refresh()
        assert "ends in" not in board.toasts, "told in the session before"


@row("W6")
async def test_snooze_and_mute(platform: local.Platform, client: Client, tmp_path: Path) -> None:
    await start(client, "loud", life_span=7200.0)
    await start(client, "quiet", life_span=7200.0)
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.refresh()
        await board.select("quiet")
        await board.press("Z")
        await board.says("Nothing about quiet is announced for an hour")
        for name in ("loud", "quiet"):
            rewritten(platform, name, history__run_time_seconds=7200.0 - 3000)
        await board.refresh()
        await board.says("loud ends in 50 min")
        await board.until(lambda: len(told(board)) == 2)
        assert "quiet ends in" not in board.toasts
        await board.press("A")
        await board.until(lambda: isinstance(board.app.screen, AlertsPage))
        await board.shows("not announced: quiet until")
        await board.press("R")
        await board.shows("not announced:", "expiring")
        desk = board.main.desk
        assert desk is not None
        for name in ("loud", "quiet"):
            rewritten(platform, name, history__run_time_seconds=7200.0 - 700)
        desk.jobs.refresh_now()
        await board.until(lambda: len(told(board)) == 4)
        assert "loud ends in 12 min" not in board.toasts
        assert {alert.rule for alert in desk.outlook.alerts.topic.value.alerts} == {Rule.EXPIRING}
        await board.press("R")
        await board.hides("expiring,")
