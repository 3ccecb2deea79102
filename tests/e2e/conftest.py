"""A background platform that ends with the test."""

from collections.abc import Iterator
from pathlib import Path

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
