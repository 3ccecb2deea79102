"""Which platform a command works on: the user's login, the local one, or a demonstration."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from apolo_tui.store.platform import Opener

LOGIN = "login"


@dataclass(frozen=True, slots=True)
class Place:
    """A platform before it is opened. `key` tells its remembered things from those of others."""

    opener: Opener
    key: str
    kind: str = ""
    memory: Path | None = None
    """Where what is remembered of it belongs, when that is not the user's own folder."""


@asynccontextmanager
async def chosen(
    *, local: bool, demo: bool, environ: Mapping[str, str], home: Path
) -> AsyncIterator[Place]:
    """The platform that the options name. A demonstration lives as long as the block."""
    from apolo_tui.cli.connect import local_opener, login_opener

    if demo:
        from apolo_tui.cli.local import demo_login

        async with demo_login() as path:
            memory = path.parent / "memory"
            yield Place(login_opener(path, kind="demo", environ={}), "demo", "demo", memory)
    elif local:
        yield Place(local_opener(environ, home), "local", "local")
    else:
        folder = environ.get("APOLO_CONFIG") or environ.get("NEUROMATION_CONFIG") or ""
        yield Place(login_opener(environ=environ), f"{LOGIN} {folder}".strip())
