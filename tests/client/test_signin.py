"""Logging in with a token or a passed config."""

import base64
from pathlib import Path

import pytest

from apolo_tui import client as c
from apolo_tui.client import get, login_with_passed_config, login_with_token
from tests.client.logins import TABLE, make_token, passed, read_row, schema
from tests.client.scripted import API, Platform, config_document


async def test_a_login_has_the_layout_that_the_command_compares(
    platform: Platform, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "login"
    token = make_token()
    await login_with_token(token, url=platform.api, path=folder, clock=lambda: 1000.0)
    assert schema(folder) == {"main": TABLE}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "db").stat().st_mode & 0o777 == 0o600
    row = read_row(folder)
    assert row["token"] == token
    assert row["expiration_time"] == 1000.0 + 0.75 * 3 * 365 * 86400
    assert row["refresh_token"] == ""
    assert (row["cluster_name"], row["org_name"], row["project_name"]) == (
        "harbor",
        "tidepool",
        "atoll",
    )
    assert platform.requests[-1].headers["Authorization"] == f"Bearer {token}"
    assert [request.path for request in platform.requests] == [f"{API}/config"]
    async with get(folder, environ={}, cwd=tmp_path) as client:
        assert list(client.config.clusters) == ["harbor", "dock"]
        assert client.config.presets["gpu-small"].gpu is not None
    assert len(platform.requests) == 1


async def test_the_first_cluster_and_org_of_the_platform_are_taken(
    platform: Platform, tmp_path: Path
) -> None:
    document = config_document(platform.origin)
    document["clusters"][0]["orgs"] = []
    platform.on_json("GET", f"{API}/config", document)
    await login_with_token(make_token(), url=platform.api, path=tmp_path / "l")
    row = read_row(tmp_path / "l")
    assert (row["cluster_name"], row["org_name"], row["project_name"]) == (
        "harbor",
        "default-org",
        None,
    )


async def test_a_passed_config_chooses(platform: Platform, tmp_path: Path) -> None:
    text = passed(make_token(), platform.api, org_name="lagoon", project_name="sand")
    environ = {"NEURO_PASSED_CONFIG": text, "APOLO_CONFIG": str(tmp_path / "env")}
    await login_with_passed_config(environ=environ)
    row = read_row(tmp_path / "env")
    assert (row["cluster_name"], row["org_name"], row["project_name"]) == (
        "harbor",
        "lagoon",
        "sand",
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"cluster": "moon"}, "no cluster 'moon'"),
        ({"org_name": "quay"}, "has no org 'quay'"),
        ({"project_name": "sand"}, "no project 'sand'"),
    ],
)
async def test_names_that_are_not_there_are_refused(
    more: dict[str, str], said: str, platform: Platform, tmp_path: Path
) -> None:
    with pytest.raises(c.ConfigError, match=said):
        await login_with_passed_config(
            passed(make_token(), platform.api, **more), path=tmp_path / "l"
        )
    assert not (tmp_path / "l").exists()


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "", make_token("")])
async def test_a_token_must_name_a_user(token: str, platform: Platform, tmp_path: Path) -> None:
    """The `apolo` command could not be used with it (docs/protocol.md section 12)."""
    with pytest.raises(c.ConfigError, match="does not say who"):
        await login_with_token(token, url=platform.api, path=tmp_path / "l")
    assert platform.requests == []


async def test_a_token_that_is_not_accepted(platform: Platform, tmp_path: Path) -> None:
    platform.on_json("GET", f"{API}/config", {"authorized": False})
    with pytest.raises(c.AuthenticationError, match="does not accept"):
        await login_with_token(make_token(), url=platform.api, path=tmp_path / "l")
    document = {**config_document(platform.origin), "clusters": []}
    platform.on_json("GET", f"{API}/config", document)
    with pytest.raises(c.ConfigError, match="no cluster"):
        await login_with_token(make_token(), url=platform.api, path=tmp_path / "l")
    platform.on_json("GET", f"{API}/config", [])
    with pytest.raises(c.ProtocolError):
        await login_with_token(make_token(), url=platform.api, path=tmp_path / "l")
    assert not (tmp_path / "l").exists()


async def test_a_folder_that_cannot_be_written(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(c.ConfigError, match="cannot be written"):
        await login_with_token(make_token(), url=platform.api, path=tmp_path / "file" / "x")


async def test_a_malformed_passed_config_is_not_told(tmp_path: Path) -> None:
    secret = base64.b64encode(b'{"token": "s3cret"}').decode()
    for text in (secret, "s3cret", base64.b64encode(b"[]").decode()):
        with pytest.raises(c.ConfigError) as caught:
            await login_with_passed_config(text, path=tmp_path / "l")
        assert "malformed" in str(caught.value)
        assert text not in f"{caught.value} {caught.value.next_step}"
    with pytest.raises(c.ConfigError, match="APOLO_PASSED_CONFIG"):
        await login_with_passed_config(path=tmp_path / "l", environ={})
