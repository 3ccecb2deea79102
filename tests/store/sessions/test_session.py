import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from apolo_tui.model.errors import (
    AuthorizationError,
    ConnectionFailed,
    JobNotRunning,
    ResourceNotFound,
)
from apolo_tui.model.job import JobStatus
from apolo_tui.model.link import Ended, Failed, Live, Retrying
from apolo_tui.store.sessions import session as module
from apolo_tui.store.sessions.flow import HIGH_WATER
from apolo_tui.store.sessions.session import Session, newlines
from apolo_tui.store.sessions.state import Kind
from tests.store.sessions.fakes import TARGET, FakeEmulator, FakeJobs, FakeStream
from tests.until import until

LOST = ConnectionFailed("the network is gone", close_code=1006)


@asynccontextmanager
async def running(
    jobs: FakeJobs, kind: Kind = Kind.EXEC, **options: Any
) -> AsyncIterator[tuple[Session, FakeEmulator]]:
    """A session with its task; back-off takes no time unless the test says otherwise."""

    async def no_time(_seconds: float) -> None:
        await asyncio.sleep(0)

    emulator = FakeEmulator()
    options.setdefault("sleep", no_time)
    target = options.pop("target", TARGET)
    command = "bash" if kind is Kind.EXEC else ""
    session = Session(kind, target, emulator, jobs, command=command, **options)
    task = asyncio.create_task(session.run())
    try:
        yield session, emulator
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def no_longer_open(jobs: FakeJobs) -> bool:
    return jobs.open == 0


def over(session: Session) -> Callable[[], bool]:
    return lambda: session.state.value.over


async def test_what_the_job_prints_is_shown_and_what_is_typed_arrives() -> None:
    stream = FakeStream()
    async with running(FakeJobs(stream)) as (session, emulator):
        stream.say(b"$ ")
        await until(lambda: emulator.seen == b"$ ")
        assert session.type(b"ls\r")
        await until(lambda: stream.typed == b"ls\r")
        assert isinstance(session.state.value.link, Live)


async def test_a_shell_is_asked_for_with_a_terminal_and_without_stderr() -> None:
    jobs = FakeJobs(FakeStream())
    async with running(jobs):
        await until(lambda: jobs.calls)
    (call, flags), *_ = jobs.calls
    assert call == "exec"
    assert flags == {
        "cmd": "bash",
        "tty": True,
        "stdin": True,
        "stdout": True,
        "stderr": False,
        "cluster_name": "harbor",
    }


@pytest.mark.parametrize(
    ("tty", "stderr"), [(True, False), (False, True)], ids=["terminal", "pipes"]
)
async def test_attach_asks_for_what_the_job_has(tty: bool, stderr: bool) -> None:
    jobs = FakeJobs(FakeStream())
    async with running(jobs, Kind.ATTACH, target=replace(TARGET, tty=tty)):
        await until(lambda: jobs.calls)
    (_, flags), *_ = jobs.calls
    assert (flags["tty"], flags["stdin"], flags["stdout"], flags["stderr"]) == (
        tty,
        True,
        True,
        stderr,
    )


async def test_the_exit_code_of_a_command_is_told() -> None:
    stream = FakeStream()
    async with running(FakeJobs(stream)) as (session, _):
        stream.end(42)
        await until(over(session))
        state = session.state.value
        assert isinstance(state.link, Ended)
        assert state.exit_code == 42
        assert "42" in state.words


async def test_a_lost_shell_says_so_and_is_never_run_again() -> None:
    stream = FakeStream()
    jobs = FakeJobs(stream, FakeStream())
    async with running(jobs) as (session, _):
        stream.end(LOST)
        await until(over(session))
        assert isinstance(session.state.value.link, Failed)
        assert "may still run" in session.state.value.words
        assert len(jobs.calls) == 1


async def test_a_shell_that_cannot_be_opened_says_why() -> None:
    refusal = AuthorizationError("write on job://harbor/x is missing")
    async with running(FakeJobs(refusal)) as (session, _):
        await until(over(session))
        assert "write on job" in session.state.value.words


async def test_an_attach_comes_back_with_its_screen_and_grows_patient() -> None:
    first, second = FakeStream(), FakeStream()
    jobs = FakeJobs(first, JobNotRunning("not yet"), LOST, second)
    delays: list[float] = []

    async def note(seconds: float) -> None:
        delays.append(seconds)
        await asyncio.sleep(0)

    async with running(jobs, Kind.ATTACH, sleep=note) as (session, emulator):
        first.say(b"before ")
        await until(lambda: emulator.seen == b"before ")
        first.end(LOST)
        second.say(b"after")
        await until(lambda: emulator.seen == b"before after")
        assert isinstance(session.state.value.link, Live)
        assert delays == [1.0, 2.0, 4.0]
        assert jobs.open == 1


async def test_an_attach_ends_with_the_jobs_own_exit_code() -> None:
    stream = FakeStream()
    jobs = FakeJobs(stream)
    async with running(jobs, Kind.ATTACH) as (session, _):
        await until(lambda: jobs.open)
        jobs.set_state(JobStatus.FAILED, 137)
        stream.end(0)
        await until(over(session))
        assert session.state.value.exit_code == 137
        assert "137" in session.state.value.words


async def test_an_attach_to_a_job_that_is_gone_is_given_up() -> None:
    async with running(FakeJobs(ResourceNotFound("no such job job-1")), Kind.ATTACH) as (
        session,
        _,
    ):
        await until(over(session))
        assert isinstance(session.state.value.link, Failed)


async def test_while_it_reconnects_the_status_says_so() -> None:
    stream = FakeStream()
    waiting = asyncio.Event()

    async def never(_seconds: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    async with running(FakeJobs(stream), Kind.ATTACH, sleep=never) as (session, _):
        stream.end(LOST)
        await waiting.wait()
        assert isinstance(session.state.value.link, Retrying)
        assert "reconnecting" in session.state.value.words
        assert session.takes_keys


async def test_the_log_comes_before_the_live_part_with_line_ends_for_a_terminal() -> None:
    asked: list[int] = []

    async def tail(lines: int) -> bytes:
        asked.append(lines)
        return b"one\ntwo\r\n"

    stream = FakeStream()
    stream.say(b"live")
    async with running(FakeJobs(stream), Kind.ATTACH, tail=tail) as (_, emulator):
        await until(lambda: emulator.seen.endswith(b"live"))
        assert emulator.seen.startswith(b"one\r\ntwo\r\n")
        assert b"may overlap" in emulator.seen
        assert asked == [200]


async def test_without_a_log_attach_goes_on() -> None:
    async def tail(lines: int) -> bytes:
        raise LOST

    stream = FakeStream()
    stream.say(b"live")
    async with running(FakeJobs(stream), Kind.ATTACH, tail=tail) as (_, emulator):
        await until(lambda: emulator.seen == b"live")


async def test_a_burst_of_resizes_is_told_once_with_the_last_size() -> None:
    stream = FakeStream()
    async with running(FakeJobs(stream), size=(80, 24)) as (session, emulator):
        await until(lambda: stream.sizes == [(80, 24)])
        for columns in range(81, 101):
            session.resize(columns, 30)
        assert emulator.size == (100, 30)
        await until(lambda: len(stream.sizes) > 1)
        assert stream.sizes == [(80, 24), (100, 30)]


async def test_keys_do_not_wait_for_a_resize_that_is_held_back() -> None:
    stream = FakeStream()
    async with running(FakeJobs(stream)) as (session, _):
        await until(lambda: stream.sizes)
        session.resize(100, 30)
        session.type(b"x")
        await until(lambda: stream.typed == b"x")


async def test_a_job_without_a_terminal_gets_no_sizes_and_its_lines_are_ended() -> None:
    stream = FakeStream()
    stream.say(b"one\ntwo\n")
    target = replace(TARGET, tty=False)
    async with running(FakeJobs(stream), Kind.ATTACH, target=target) as (session, emulator):
        await until(lambda: emulator.seen == b"one\r\ntwo\r\n")
        assert stream.sizes == []
        assert session.type(b"x")
        await until(lambda: stream.typed == b"x")


def test_line_ends_that_are_there_already_stay_single() -> None:
    assert newlines(b"a\r\nb\n") == b"a\r\nb\r\n"


async def test_the_terminal_answers_through_the_same_stream() -> None:
    stream = FakeStream()
    async with running(FakeJobs(stream)) as (_, emulator):
        emulator.replies = b"\x1b[?1;2c"
        stream.say(b"\x1b[c")
        await until(lambda: stream.typed == b"\x1b[?1;2c")


async def test_a_flood_is_parsed_in_slices_and_nothing_is_lost() -> None:
    stream = FakeStream()
    chunk = bytes(range(256)) * 256
    stream.say(*[chunk] * 20)
    stream.end(0)
    async with running(FakeJobs(stream)) as (session, emulator):
        await until(over(session))
        assert emulator.seen == chunk * 20
        assert max(emulator.feeds) <= HIGH_WATER + len(chunk)


async def test_above_the_high_water_mark_it_reads_slowly_but_goes_on_reading() -> None:
    stream = FakeStream()
    naps: list[float] = []
    gate = asyncio.Event()

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        await gate.wait()

    stream.say(b"x" * (HIGH_WATER + 1), b"y", b"z")
    async with running(FakeJobs(stream), sleep=nap) as (_, emulator):
        await until(lambda: naps)
        gate.set()
        await until(lambda: emulator.seen.endswith(b"yz"))


async def test_closing_tells_what_became_of_it_and_leaves_nothing_open() -> None:
    for kind, words in ((Kind.EXEC, "closed"), (Kind.ATTACH, "detached")):
        stream = FakeStream()
        jobs = FakeJobs(stream)
        async with running(jobs, kind) as (session, _):
            await until(partial(getattr, jobs, "open"))
            await session.close()
            assert session.state.value.words.startswith(words)
            assert stream.closed
            await until(partial(no_longer_open, jobs))
            assert not session.type(b"x")


async def test_a_platform_that_never_answers_a_close_does_not_hold_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CLOSE_WITHIN", 0.01)
    stream = FakeStream()
    stream.never_closes = True
    jobs = FakeJobs(stream)
    async with running(jobs) as (session, _):
        await until(lambda: jobs.open)
        await session.close()
        assert session.state.value.over


async def test_a_write_that_fails_does_not_end_the_reading() -> None:
    stream = FakeStream()
    stream.refuses = LOST
    async with running(FakeJobs(stream)) as (session, emulator):
        session.type(b"x")
        stream.say(b"last words")
        stream.end(1)
        await until(over(session))
        assert emulator.seen == b"last words"
        assert session.state.value.exit_code == 1


async def test_too_much_to_type_is_refused_rather_than_kept_for_ever() -> None:
    entered = asyncio.Event()

    class Slow(FakeStream):
        async def write_in(self, data: bytes) -> None:
            entered.set()
            await asyncio.Event().wait()

    async with running(FakeJobs(Slow())) as (session, _):
        assert session.type(b"x")
        await entered.wait()
        assert session.type(b"y" * module.MAX_TYPED)
        assert not session.type(b"z")


def test_a_tab_is_named_after_the_program_and_the_job() -> None:
    jobs: Any = FakeJobs()
    awaitable: Callable[[float], Awaitable[object]] = asyncio.sleep
    shell = Session(
        Kind.EXEC, TARGET, FakeEmulator(), jobs, command="/bin/bash -l", sleep=awaitable
    )
    attach = Session(Kind.ATTACH, TARGET, FakeEmulator(), jobs)
    assert (shell.title, attach.title) == ("bash train-7", "attach train-7")
