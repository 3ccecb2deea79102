"""`apolo-tui doctor`: whether everything that the dashboard needs works here."""

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from apolo_tui.cli.arguments import add_place, flags_of
from apolo_tui.config import Loaded, config_path, load, state_folder
from apolo_tui.model.errors import ApoloError, ResourceNotFound
from apolo_tui.model.job import JobStatus
from apolo_tui.store.platform import Platform

NO_SUCH_JOB = "job-00000000-0000-0000-0000-000000000000"
WITHIN = 10.0
"""Seconds for each question to the platform."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the result. `ok` None: it cannot be told from here."""

    name: str
    ok: bool | None
    text: str

    def __str__(self) -> str:
        word = "note" if self.ok is None else "ok" if self.ok else "fail"
        return f"{word:<5} {self.name:<12} {self.text}"


def main(arguments: Sequence[str], *, environ: Mapping[str, str], home: Path) -> int:
    """Print a line for each check. Returns 1 when one failed."""
    parser = argparse.ArgumentParser(
        prog="apolo-tui doctor", description="Check terminal, login, platform and clipboard."
    )
    add_place(parser)
    options = parser.parse_args(arguments)
    loaded = load(config_path(environ, home), environ=environ, flags=flags_of(options))
    failed = False
    for check in [*local_checks(loaded, environ, home)]:
        print(check)
        failed |= check.ok is False
    return asyncio.run(_platform(options, loaded, environ, home)) or int(failed)


async def _platform(
    options: argparse.Namespace, loaded: Loaded, environ: Mapping[str, str], home: Path
) -> int:
    from apolo_tui.cli.place import chosen

    failed = False
    async with chosen(local=options.local, demo=options.demo, environ=environ, home=home) as place:
        try:
            async with place.opener() as platform:
                who = platform.user or "somebody"
                settings = loaded.settings
                context = platform.resolve(settings.cluster, settings.org, settings.project)
                print(Check("login", True, f"{who} at {context}"))
                async for check in platform_checks(platform, context.cluster):
                    print(check)
                    failed |= check.ok is False
        except ApoloError as error:
            print(Check("login", False, f"{error.message}. {error.next_step}"))
            failed = True
    return int(failed)


def local_checks(loaded: Loaded, environ: Mapping[str, str], home: Path) -> Iterator[Check]:
    """What can be told without the platform."""
    from apolo_tui.cli.environment import as_given
    from apolo_tui.widgets.sparkline import marks_of

    term = environ.get("TERM", "")
    size = shutil.get_terminal_size((0, 0))
    if sys.stdout.isatty():
        small = f"; {size.columns}x{size.lines} is tight, 80x24 shows all"
        text = f"{term or 'TERM is not set'}, {size.columns}x{size.lines}"
        tight = size.columns < 80 or size.lines < 24
        yield Check("terminal", bool(term) and term != "dumb", text + (small if tight else ""))
    else:
        yield Check("terminal", None, "no terminal here; the dashboard needs one")
    deep = environ.get("COLORTERM") in ("truecolor", "24bit")
    yield Check("colours", True, "16 million" if deep else "256 or fewer; COLORTERM is not set")
    marks = marks_of(as_given(environ), encoding=sys.stdout.encoding)
    hint = "; set LANG to a UTF-8 locale for more" if marks.value == "ascii" else ""
    yield Check("characters", True, f"{marks.value}{hint}")
    if environ.get("TMUX"):
        text = "inside tmux: set -g set-clipboard on, and allow-passthrough on"
        yield Check("clipboard", None, text)
    else:
        yield Check(
            "clipboard", None, "by OSC 52; whether the terminal takes it shows a copy with c"
        )
    problems = "; ".join(str(problem) for problem in loaded.problems)
    yield Check("config", not problems, problems or str(config_path(environ, home)))
    folder = state_folder(environ, home)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    yield Check("state", writable, str(folder) if writable else f"{folder} cannot be written")


async def platform_checks(platform: Platform, cluster: str) -> AsyncIterator[Check]:
    """What only the platform can tell."""
    try:
        async with asyncio.timeout(WITHIN):
            await platform.learn_contexts()
        yield Check("platform", True, f"{len(platform.contexts())} projects")
    except (ApoloError, TimeoutError) as error:
        yield Check("platform", False, str(error) or f"no answer within {WITHIN:g} s")
        return
    offset = platform.clock_offset
    good = abs(offset) < 60
    yield Check("clock", good or None, f"{abs(offset):.0f} s {'ahead' if offset > 0 else 'behind'}")
    try:
        async with (
            asyncio.timeout(WITHIN),
            platform.jobs.list(
                statuses=JobStatus.active_items(), limit=1, cluster_name=cluster
            ) as jobs,
        ):
            count = len([job async for job in jobs])
        yield Check("jobs", True, "the list answers" + ("" if count else ", and is empty"))
    except (ApoloError, TimeoutError) as error:
        yield Check("jobs", False, str(error) or f"no answer within {WITHIN:g} s")
    yield await _websocket(platform, cluster)


async def _websocket(platform: Platform, cluster: str) -> Check:
    """A stream of a job that does not exist: the platform itself has to refuse it."""
    try:
        async with (
            asyncio.timeout(WITHIN),
            platform.jobs.top(NO_SUCH_JOB, cluster_name=cluster) as samples,
        ):
            async for _ in samples:
                break
    except ResourceNotFound:
        return Check("websockets", True, "they come through")
    except (ApoloError, TimeoutError) as error:
        return Check("websockets", False, str(error) or f"no answer within {WITHIN:g} s")
    return Check("websockets", True, "they come through")
