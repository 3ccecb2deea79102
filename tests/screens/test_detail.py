"""The detail of a job in the running dashboard."""

import base64
from pathlib import Path
from typing import Any

import pytest

from apolo_tui import local
from apolo_tui.client.client import Client
from apolo_tui.local.faults import Answer
from apolo_tui.model.job import JobStatus
from apolo_tui.widgets.detail import DetailPane
from tests.screens.dashboard import as_ended, dashboard, rewritten, start
from tests.screens.rows import row


def decoded(sequence: str) -> str:
    """The text of an OSC 52 sequence."""
    return base64.b64decode(sequence.split(";")[-1].rstrip("\a")).decode()


@row("D1")
async def test_brackets_pass_every_tab_once_and_the_last_one_is_remembered(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        detail = board.main.query_one(DetailPane)
        passed = []
        for _ in detail.tabs:
            passed.append(detail.tab)
            assert board.line(f"[{detail.tab.capitalize()}]")
            await board.press("right_square_bracket")
        assert sorted(passed) == sorted(detail.tabs)
        assert set(passed) == {"overview", "logs", "telemetry", "history", "spec", "terminal"}
        assert detail.tab == passed[0]
        await board.press("left_square_bracket")
        assert detail.tab == passed[-1]
        while detail.tab != "history":
            await board.press("left_square_bracket")
        await board.shows("[History]")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.shows("[History]")


@row("D2")
async def test_the_spec_hides_values_until_they_are_revealed_for_a_while(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    rewritten(
        platform,
        "train-one",
        container__env={"HF_TOKEN": "hush-hush", "NEURO_PASSED_CONFIG": "signed-in"},
        container__secret_env={"DB_PASSWORD": "secret:in-the-vault"},
    )
    secrets = ("hush-hush", "signed-in", "in-the-vault")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train-one")
        await board.press("y")
        await board.shows("HF_TOKEN: ", "•••")
        assert not [value for value in secrets if value in board.text]
        await board.shows("name: train-one")
        await board.press("y")
        await board.shows('"name": "train-one"')
        assert not [value for value in secrets if value in board.text]
        await board.press("X")
        text = await board.until(lambda: "hush-hush" in board.text and board.text)
        assert "in-the-vault" in text
        assert "NEURO_PASSED_CONFIG" in text
        assert "signed-in" not in text  # a live login is never shown
        await board.until(lambda: "hush-hush" not in board.text)
        await board.shows("HF_TOKEN", "•••")


@row("D3")
async def test_the_history_names_each_phase_and_how_long_it_took(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    await start(client, "train-one")
    moments = ("10:00:00", "10:00:04", "10:00:56", "10:30:56")
    phases = (
        ("pending", "Creating", None),
        ("pending", "Pulling", 'Pulling image "ubuntu"'),
        ("running", None, None),
        ("failed", "OOMKilled", None),
    )
    statuses = [
        {
            "status": status,
            "transition_time": f"2026-11-22T{moment}+00:00",
            "reason": reason,
            "description": description,
            **({"exit_code": 137} if status == "failed" else {}),
        }
        for moment, (status, reason, description) in zip(moments, phases, strict=True)
    ]
    rewritten(platform, "train-one", statuses=statuses, **as_ended("failed", "OOMKilled"))
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.press("3")
        await board.press("5")
        await board.select("train-one")
        board.main.detail.tab = "history"
        await board.shows("pending", "0m04s", "Creating")
        await board.shows("pending", "0m52s", "Pulling")
        await board.shows('Pulling image "ubuntu"')
        await board.shows("running", "30m00s")
        await board.shows("failed", "OOMKilled, exit code 137")


def as_pending(reason: str, **history: Any) -> dict[str, Any]:
    """Changes that make a job look as if it waited."""
    told = {f"history__{name}": value for name, value in history.items()}
    return {
        "status": "pending",
        "history__status": "pending",
        "history__reason": reason,
        **told,
    }


CAUSES = {
    "oom": (
        as_ended("failed", "OOMKilled", exit_code=137),
        "more memory",
        "exit code 137 (SIGKILL)",
        "more memory",
    ),
    "span": (
        as_ended("cancelled", "LifeSpanEnded") | {"max_run_time_minutes": 90},
        "life span was over",
        "limit 1h30m of running time",
        "longer life span",
    ),
    "quota": (
        as_ended("cancelled", "QuotaExhausted", description="0 credits of 1000 are left"),
        "credits were used up",
        "0 credits of 1000",
        "admin",
    ),
    "disk": (
        as_pending("DiskUnavailable", description="disk-7 is mounted elsewhere"),
        "in use by another job",
        "disk-7 is mounted elsewhere",
        "another disk",
    ),
    "image": (
        as_pending("ErrImagePull", description="manifest unknown"),
        "cannot be pulled",
        "ubuntu:22.04; manifest unknown",
        "Check the image",
    ),
    "preempted": (
        {
            "status": "suspended",
            "history__status": "suspended",
            "history__description": "another round",
        },
        "preempted",
        "another round",
        "resumes it by itself",
    ),
}
"""Name -> what makes a job look so, and its cause, evidence and next step in words."""


@row("D4")
async def test_each_cause_has_plain_words_and_a_next_step(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    for name, (changes, _, _, _) in CAUSES.items():
        await start(client, f"{name}-job")
        rewritten(platform, f"{name}-job", **changes)
    await start(client, "seen-job")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        board.main.detail.tab = "overview"
        for name, (_, words, evidence, next_step) in CAUSES.items():
            await board.select(f"{name}-job")
            await board.shows("cause", words)
            await board.shows(evidence)
            await board.shows("→", next_step)
        await board.select("seen-job")
        await board.until(lambda: board.main.look.fresh(board.job("seen-job")))
        rewritten(platform, "seen-job", **as_ended("failed", "OOMKilled"))
        await board.shows("memory ", "of 32M when last seen")


@row("D8")
async def test_the_copy_menu_copies_and_repeats_the_last_choice(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    job = await start(client, "train-one")
    rewritten(platform, "train-one", http_url="https://train-one.example.test/")
    async with dashboard(tmp_path / "state", platform=platform) as board:
        await board.select("train-one")
        await board.press("c")
        await board.shows("Rerun command", "apolo run")
        await board.press("i")
        await board.until(lambda: board.clipboard.sent)
        assert board.clipboard.sent[-1].startswith("\x1b]52;c;")
        assert decoded(board.clipboard.sent[-1]) == job.id
        await board.press("c", "n")
        await board.until(lambda: len(board.clipboard.sent) == 2)
        assert decoded(board.clipboard.sent[-1]) == "train-one"
        await board.press("c", "c")
        await board.until(lambda: len(board.clipboard.sent) == 3)
        assert decoded(board.clipboard.sent[-1]) == "train-one"
        for key, words in (
            ("r", "--preset cpu-micro"),
            ("u", f"job://harbor/tidepool/kelp/{job.id}"),
            ("l", "https://train-one.example.test/"),
            ("m", "ubuntu:22.04"),
        ):
            board.clipboard.sent.clear()
            await board.press("c", key)
            await board.until(lambda: board.clipboard.sent)
            assert words in decoded(board.clipboard.sent[-1])


@row("D9")
async def test_the_url_is_opened_or_shown_and_copied(
    platform: local.Platform,
    client: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await start(client, "web-one")
    rewritten(platform, "web-one", http_url="https://web-one.example.test/")
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    async with dashboard(
        tmp_path / "state", platform=platform, environ={"BROWSER": str(browser)}
    ) as board:
        await board.select("web-one")
        await board.press("b")
        await board.until(opened.exists)
        await board.until(lambda: "https://web-one.example.test/" in opened.read_text())
    async with dashboard(tmp_path / "state", platform=platform, environ={}) as board:
        await board.select("web-one")
        await board.press("b")
        await board.until(lambda: board.clipboard.sent)
        assert decoded(board.clipboard.sent[-1]) == "https://web-one.example.test/"
        await board.says("https://web-one.example.test/")
        await board.shows("http", "https://web-one.example.test/")
        strips = board.app.screen._compositor.render_strips()
        links = {
            segment.style.link
            for strip in strips
            for segment in strip
            if segment.style is not None and segment.style.link
        }
        assert "https://web-one.example.test/" in links


@row("D11")
async def test_a_job_that_cannot_be_read_any_more_says_why(
    platform: local.Platform, client: Client, tmp_path: Path
) -> None:
    gone = await start(client, "gone-one")
    closed = await start(client, "closed-one")
    # With a job from the future, these two are too old to be among the new ones.
    await start(client, "newest-one")
    rewritten(platform, "newest-one", history__created_at="2126-11-22T10:00:00+00:00")
    async with dashboard(tmp_path / "state", platform=platform, size=(80, 24)) as board:
        await board.shows("gone-one")
        await board.shows("closed-one")
        missing = f'{{"error": "no such job {gone.id}"}}'
        platform.faults.add("jobs.get", Answer(400, missing), job_id=gone.id)
        forbidden = '{"missing": [{"uri": "job://harbor/x", "action": "read"}]}'
        platform.faults.add("jobs.get", Answer(403, forbidden), job_id=closed.id)
        for job in (gone, closed):
            await client.jobs.kill(job.id)
        await board.shows("gone-one", "dropped by th")
        await board.shows("closed-one", "no access")
        assert board.job("gone-one").status is JobStatus.RUNNING  # what was known last
