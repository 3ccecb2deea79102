"""Background platforms that end with the test, or with the tests of a module."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.e2e.background import apolo_tui


@pytest.fixture
def background(home: Path) -> Iterator[None]:
    """`apolo-tui local` in a home of its own; nothing of it is left at the end."""
    apolo_tui("local", "start")
    try:
        yield
    finally:
        apolo_tui("local", "stop", "--kill", check=False)


@pytest.fixture(scope="module")
def platform_environ(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a background platform that all tests of a module share."""
    folder = tmp_path_factory.mktemp("shared-home")
    places = {
        "HOME": folder,
        "XDG_CONFIG_HOME": folder / ".config",
        "XDG_DATA_HOME": folder / ".local/share",
        "XDG_STATE_HOME": folder / ".local/state",
        "XDG_CACHE_HOME": folder / ".cache",
        "XDG_RUNTIME_DIR": folder / ".run",
    }
    places["XDG_RUNTIME_DIR"].mkdir(mode=0o700)
    environ = {name: str(path) for name, path in places.items()} | {"TZ": "UTC"}
    with patch.dict(os.environ, environ):
        apolo_tui("local", "start")
    try:
        yield environ
    finally:
        with patch.dict(os.environ, environ):
            apolo_tui("local", "stop", "--kill", check=False)


@pytest.fixture
def shared_background(
    home: Path, platform_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform of the module, for a test that does not mind the jobs of others."""
    for name, value in platform_environ.items():
        monkeypatch.setenv(name, value)
