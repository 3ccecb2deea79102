import pytest

from apolo_tui.model.errors import (
    ApoloError,
    AuthorizationError,
    ConnectionFailed,
    ResourceNotFound,
)
from apolo_tui.store.sessions.shells import NoShell, find_shell
from tests.store.sessions.fakes import TARGET, FakeJobs, FakeStream


def ends(code: int) -> FakeStream:
    stream = FakeStream()
    stream.end(code)
    return stream


def tried(jobs: FakeJobs) -> list[object]:
    return [flags["cmd"] for _, flags in jobs.calls]


async def test_bash_is_preferred() -> None:
    jobs = FakeJobs(ends(0))
    assert await find_shell(jobs, TARGET, {}) == "bash"
    assert tried(jobs) == ["bash -c exit"]


@pytest.mark.parametrize(
    "without_bash",
    [ends(127), ends(126), ResourceNotFound("Exec container 'x' client error: no bash")],
)
async def test_without_bash_it_is_sh(without_bash: FakeStream | ApoloError) -> None:
    assert await find_shell(FakeJobs(without_bash, ends(0)), TARGET, {}) == "sh"


async def test_the_shell_of_the_image_is_remembered() -> None:
    jobs = FakeJobs(ends(0))
    assert await find_shell(jobs, TARGET, {TARGET.image: "sh"}) == "sh"
    assert tried(jobs) == ["sh -c exit"]


async def test_without_any_shell_the_user_is_asked() -> None:
    with pytest.raises(NoShell, match="neither bash nor sh"):
        await find_shell(FakeJobs(ends(127), ends(127)), TARGET, {})


@pytest.mark.parametrize(
    "trouble", [ConnectionFailed("cut"), AuthorizationError("no"), ResourceNotFound("not running")]
)
async def test_trouble_of_another_kind_is_told_as_it_is(trouble: ApoloError) -> None:
    with pytest.raises(type(trouble)):
        await find_shell(FakeJobs(trouble), TARGET, {})
