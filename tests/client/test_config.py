"""Clusters, orgs and projects, and where the user is among them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import apolo_sdk
import pytest
from aiohttp import web

from apolo_tui import client as c
from apolo_tui.client import Client, get
from tests.client.logins import login_row, write_login
from tests.client.scripted import API, Platform, cluster_document, config_document


def place(config: Any) -> tuple[str, str, str | None]:
    return config.cluster_name, config.org_name, config.project_name


def test_what_a_login_knows(apolo: Client, platform: Platform) -> None:
    config = apolo.config
    assert place(config) == ("harbor", "tidepool", "reef")
    assert list(config.clusters) == ["harbor", "dock"]
    assert config.available_orgs == ("lagoon", "quay", "tidepool")
    assert list(config.cluster_orgs) == ["tidepool", "lagoon"]
    assert [project.name for project in config.cluster_org_projects] == ["reef", "atoll"]
    assert len(config.projects) == 4
    assert list(config.presets) == ["cpu-small", "gpu-small"]
    assert list(config.resource_pools) == ["gpu"]
    assert config.api_url == platform.api
    assert config.warnings == ()
    assert config.get_cluster("dock").name == "dock"
    assert platform.requests == []


SWITCHES: dict[str, list[tuple[str, str]]] = {
    "a project": [("project", "atoll")],
    "an org of the cluster": [("org", "lagoon")],
    "an org of another cluster": [("org", "quay")],
    "another cluster": [("cluster", "dock")],
    "there and back": [("project", "atoll"), ("cluster", "dock"), ("cluster", "harbor")],
    "an org and a project": [("org", "lagoon"), ("project", "sand"), ("org", "tidepool")],
    "the same": [("cluster", "harbor"), ("org", "tidepool"), ("project", "reef")],
}


@pytest.fixture
async def sdk(login: Path) -> AsyncIterator[Any]:
    client = await apolo_sdk.Factory(path=login).get()
    yield client
    await client.close()


@pytest.mark.parametrize("steps", SWITCHES.values(), ids=SWITCHES)
async def test_switching_leads_where_the_sdk_leads(
    steps: list[tuple[str, str]], apolo: Client, sdk: Any, login: Path
) -> None:
    before = (login / "db").read_bytes()
    for what, name in steps:
        getattr(apolo.config, f"switch_{what}")(name)
    assert (login / "db").read_bytes() == before
    for what, name in steps:
        await getattr(sdk.config, f"switch_{what}")(name)
        assert place(sdk.config)
    assert place(apolo.config) == place(sdk.config)


def test_unknown_names_are_refused_with_the_known_ones(apolo: Client) -> None:
    config = apolo.config
    with pytest.raises(c.ConfigError, match=r"no cluster 'moon'; there is dock, harbor"):
        config.switch_cluster("moon")
    with pytest.raises(c.ConfigError, match=r"no org 'x'; there is lagoon, quay, tidepool"):
        config.switch_org("x")
    with pytest.raises(c.ConfigError, match=r"no project 'sand'; there is atoll, reef"):
        config.switch_project("sand")
    with pytest.raises(c.ConfigError, match="no cluster 'moon'"):
        config.get_cluster("moon")
    assert place(config) == ("harbor", "tidepool", "reef")


async def test_a_fetch_learns_what_is_new(platform: Platform, apolo: Client) -> None:
    document = config_document(platform.origin)
    document["clusters"].append({**cluster_document(platform.origin, "bay"), "orgs": []})
    document["clusters"][0]["resource_presets"].pop()
    del document["clusters"][0]["users_url"]
    platform.on_json("GET", f"{API}/config", document)
    await apolo.config.fetch()
    assert list(apolo.config.clusters) == ["harbor", "dock", "bay"]
    assert list(apolo.config.presets) == ["cpu-small"]
    schedule = apolo.config.get_cluster("harbor").energy_schedules["default"]
    assert schedule.periods[0].weekday == 1
    apolo.config.switch_cluster("bay")
    assert place(apolo.config) == ("bay", "default-org", None)
    with pytest.raises(c.ConfigError, match="no project is selected in bay/default-org"):
        _ = apolo.config.project_name_or_raise


async def test_a_fetch_that_is_not_accepted(platform: Platform, apolo: Client) -> None:
    """docs/protocol.md section 1.2: a rejected token is a 200."""
    platform.on_json("GET", f"{API}/config", {"authorized": False})
    with pytest.raises(c.AuthenticationError, match="does not accept the login"):
        await apolo.config.fetch()
    platform.on_json("GET", f"{API}/config", "hello")
    with pytest.raises(c.ProtocolError):
        await apolo.config.fetch()
    assert list(apolo.config.clusters) == ["harbor", "dock"]


async def test_an_unknown_cluster_is_asked_for(platform: Platform, apolo: Client) -> None:
    with pytest.raises(c.ConfigError, match="no cluster 'moon'"):
        await apolo.jobs.get_capacity(cluster_name="moon")
    assert [request.path for request in platform.requests] == [f"{API}/config"]


# Settings.


async def opened(login: Path, cwd: Path) -> tuple[str, str, str | None]:
    async with get(login, environ={}, cwd=cwd) as apolo:
        return place(apolo.config)


async def test_settings_fix_the_place(login: Path, tmp_path: Path) -> None:
    deep = tmp_path / "work" / "deep"
    deep.mkdir(parents=True)
    file = tmp_path / "work" / ".neuro.toml"
    file.write_text('[job]\ncluster-name = "dock"\nlife-span = 5\n[alias.x]\ncmd = "y"\n')
    assert (await opened(login, deep))[0] == "dock"
    other = tmp_path / "work" / ".apolo.toml"
    other.write_text('[job]\norg-name = "lagoon"\nproject-name = "sand"\nfuture = []\n')
    assert await opened(login, deep) == ("harbor", "lagoon", "sand")
    async with get(login, environ={}, cwd=deep) as apolo:
        for what, name in (("org", "tidepool"), ("project", "reef")):
            with pytest.raises(c.ConfigError, match=r"is fixed to \w+ by .*\.apolo\.toml"):
                getattr(apolo.config, f"switch_{what}")(name)
        apolo.config.switch_cluster("dock")
    (deep / ".apolo.toml").write_text("")
    assert await opened(login, deep) == ("harbor", "tidepool", "reef")


async def test_settings_for_all_do_not_choose_a_cluster(login: Path, tmp_path: Path) -> None:
    """docs/protocol.md section 2.10: that belongs to a folder of work."""
    text = '[job]\ncluster-name = "dock"\norg-name = "quay"\nproject-name = "atoll"\n'
    (login / "user.toml").write_text(text)
    assert await opened(login, tmp_path) == ("harbor", "tidepool", "atoll")


@pytest.mark.parametrize("text", ["[job", "job = 5\n", "[job]\ncluster-name = 5\n", "\xff"])
async def test_settings_that_cannot_be_used(text: str, login: Path, tmp_path: Path) -> None:
    (tmp_path / ".apolo.toml").write_bytes(text.encode("latin-1"))
    if "=" in text:
        assert await opened(login, tmp_path) == ("harbor", "tidepool", "reef")
    else:
        with pytest.raises(c.ConfigError, match=r"\.apolo\.toml cannot be read"):
            await opened(login, tmp_path)


# Credits and quota.

ORG = "/admin/v1/clusters/harbor/orgs/tidepool"


async def test_credits_and_quota(platform: Platform, apolo: Client) -> None:
    account = {
        "role": "user",
        "quota": {"total_running_jobs": 5},
        "balance": {"credits": "12.5", "spent_credits": "3"},
    }
    platform.on_json("GET", f"{ORG}/users/mira", account)
    platform.on_json("GET", ORG, {"balance": {"spent_credits": "7"}, "quota": {}})
    mine = await apolo.users.get_account()
    assert mine is not None
    assert (str(mine.balance.credits), str(mine.balance.spent_credits)) == ("12.5", "3")
    assert mine.quota.total_running_jobs == 5
    assert platform.requests[-1].query == (("with_user_info", "false"),)
    whole = await apolo.users.get_org_account()
    assert whole is not None
    assert (whole.balance.credits, whole.quota.total_running_jobs) == (None, None)
    for status in (403, 404):
        platform.on_status("GET", f"{ORG}/users/mira", status)
        assert await apolo.users.get_account() is None
    platform.on_status("GET", ORG, 500)
    with pytest.raises(c.ServerError):
        await apolo.users.get_org_account()


async def test_a_platform_without_credits(platform: Platform, tmp_path: Path) -> None:
    folder = write_login(tmp_path / "l", login_row(platform.origin, admin_url=None))
    async with get(folder, environ={}, cwd=tmp_path) as apolo:
        assert apolo.config.admin_url is None
        assert await apolo.users.get_account() is None
        assert await apolo.users.get_org_account() is None
    assert platform.requests == []


# The clocks.


@pytest.mark.parametrize(
    ("told", "now", "offset"),
    [
        ("Sun, 22 Nov 2026 07:40:00 GMT", 1795333200.25, 0.0),
        ("Sun, 22 Nov 2026 07:41:00 GMT", 1795333200.0, 60.5),
        ("Sun, 22 Nov 2026 07:39:00 GMT", 1795333200.0, -59.5),
        ("yesterday", 1795333200.0, None),
    ],
)
async def test_the_offset_of_the_clocks(
    told: str, now: float, offset: float | None, platform: Platform, login: Path, tmp_path: Path
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({}, headers={"Date": told})

    platform.on("GET", "/monitoring/v1/jobs/capacity", answer)
    async with get(login, environ={}, cwd=tmp_path, clock=lambda: now) as apolo:
        before = apolo.clock_offset
        await apolo.jobs.get_capacity()
        found = apolo.clock_offset
    assert before is None
    assert (None if found is None else found.total_seconds()) == offset
