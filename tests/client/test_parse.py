"""Volumes, variables and images as users write them, beside the SDK's parser."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import apolo_sdk
import pytest
from yarl import URL

from apolo_tui import client as c
from apolo_tui.client import Client, get


@pytest.fixture
async def sdk(login: Path) -> AsyncIterator[Any]:
    client = await apolo_sdk.Factory(path=login).get()
    yield client
    await client.close()


VOLUMES = (
    "storage:data:/data",
    "storage:data:/data:ro",
    "storage:data:/data:rw",
    "storage:/sand/x y:/x",
    "storage://dock/quay/reef/out:/out:ro",
    "storage::/all",
)


async def test_volumes_are_what_the_sdk_makes_of_them(apolo: Client, sdk: Any) -> None:
    for text in VOLUMES:
        mine, theirs = apolo.parse.volume(text), sdk.parse.volume(text)
        assert (mine.storage_uri, mine.container_path, mine.read_only) == (
            theirs.storage_uri,
            theirs.container_path,
            theirs.read_only,
        )
    mixed = [*VOLUMES, "disk:disk-1:/d", "disk:/sand/disk-2:/e:ro", "secret:key:/k"]
    sorted_out, theirs = apolo.parse.volumes(mixed), sdk.parse.volumes(mixed)
    assert [item.storage_uri for item in sorted_out.volumes] == [
        item.storage_uri for item in theirs.volumes
    ]
    assert [
        (item.disk_uri, item.container_path, item.read_only) for item in sorted_out.disk_volumes
    ] == [(item.disk_uri, item.container_path, item.read_only) for item in theirs.disk_volumes]
    assert [(item.secret_uri, item.container_path) for item in sorted_out.secret_files] == [
        (item.secret_uri, item.container_path) for item in theirs.secret_files
    ]


@pytest.mark.parametrize(
    "text",
    [
        "data",
        "storage:data",
        "storage:data:/data:rx",
        "storage:a:b:/c:ro:x",
        "HOME",
        "ALL",
        "secret:key:/k:ro",
        "file:x:/y",
        "storage:~x:/y",
        "storage:a?b:/y",
    ],
)
async def test_what_is_no_volume(text: str, apolo: Client, sdk: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the SDK's texts are its own
        sdk.parse.volumes([text])
    with pytest.raises(c.IllegalArgumentError) as caught:
        apolo.parse.volumes([text])
    assert text.split(":")[0] in str(caught.value)


async def test_variables_are_what_the_sdk_makes_of_them(
    login: Path, tmp_path: Path, sdk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "env"
    file.write_text("\ufeff# a comment\n\n  A=from file\nB=b=c\nKEY=secret:key\n", "utf-8")
    written = ["A=here", "EMPTY=", "LOCAL", "NOWHERE", "S=secret://dock/quay/reef/k"]
    monkeypatch.setenv("LOCAL", "from here")
    async with get(login, environ={"LOCAL": "from here"}, cwd=tmp_path) as apolo:
        mine = apolo.parse.envs(written, [file])
    theirs = sdk.parse.envs(written, [str(file)])
    assert (mine.env, mine.secret_env) == (theirs.env, theirs.secret_env)
    assert mine.env == {
        "A": "here",
        "B": "b=c",
        "EMPTY": "",
        "LOCAL": "from here",
        "NOWHERE": "",
    }
    assert mine.secret_env["KEY"] == URL("secret://harbor/tidepool/reef/key")


def test_a_file_of_variables_that_is_not_there(apolo: Client, tmp_path: Path) -> None:
    with pytest.raises(c.IllegalArgumentError, match="cannot be read"):
        apolo.parse.envs([], [tmp_path / "none"])
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(c.IllegalArgumentError, match="cannot be read"):
        apolo.parse.envs([], [tmp_path / "binary"])


@pytest.mark.parametrize(
    "text",
    [
        "ubuntu",
        "ubuntu:22.04",
        "gcr.io/p/img:v1",
        "image:snap",
        "image:snap:v2",
        "image:/sand/snap:v2",
        "image://harbor/tidepool/reef/a/b:t",
        "image://harbor/reef/snap",
        "image://dock/tidepool/reef/snap",
        "registry.harbor.example.test/tidepool/reef/snap:t",
        "registry.dock.example.test/tidepool/reef/snap",
    ],
)
async def test_images_are_what_the_sdk_makes_of_them(text: str, apolo: Client, sdk: Any) -> None:
    mine, theirs = apolo.parse.remote_image(text), sdk.parse.remote_image(text)
    assert (str(mine), mine.as_docker_url()) == (str(theirs), theirs.as_docker_url())
    assert mine.is_platform == theirs._is_in_apolo_registry


@pytest.mark.parametrize("text", ["", "image:latest", "-x", "image://moon/o/p/x", "a b"])
def test_what_is_no_image(text: str, apolo: Client) -> None:
    with pytest.raises(c.IllegalArgumentError):
        apolo.parse.remote_image(text)


def test_an_image_of_another_cluster(apolo: Client) -> None:
    image = apolo.parse.remote_image("image:snap", cluster_name="dock")
    assert str(image) == "image://dock/tidepool/reef/snap:latest"


def test_uris(apolo: Client) -> None:
    uri = apolo.parse.str_to_uri("job:/sand/x")
    assert uri == URL("job://harbor/tidepool/sand/x")
    assert apolo.parse.uri_to_str(uri) == "job:/sand/x"
    with pytest.raises(c.IllegalArgumentError):
        apolo.parse.str_to_uri("job:x", schemes=("storage",))
