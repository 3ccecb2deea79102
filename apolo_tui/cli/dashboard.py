"""`apolo-tui`: the dashboard itself."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from apolo_tui.cli.arguments import dashboard_parser, flags_of
from apolo_tui.config import Loaded, cache_folder, config_path, load, state_folder

if TYPE_CHECKING:
    from apolo_tui.app import ApoloApp
    from apolo_tui.model.job import JobDescription
    from apolo_tui.screens.main import Start

NO_TERMINAL = 2
SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str], *, environ: Mapping[str, str], home: Path) -> int:
    """Run the dashboard until the user leaves. Returns the exit code."""
    options = dashboard_parser().parse_args(arguments)
    loaded = load(config_path(environ, home), environ=environ, flags=flags_of(options))
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        from apolo_tui.cli import ps

        print("apolo-tui needs a terminal; this is what apolo-tui ps prints", file=sys.stderr)
        ps.run(options, loaded.settings, environ=environ, home=home, within=4.0)
        return NO_TERMINAL
    log_to(state_folder(environ, home))
    return Run(loaded, environ=environ, home=home).go(
        local=options.local,
        demo=options.demo,
        job=options.job or "",
        logs=options.logs,
        shell=options.shell,
        view=options.view or "",
        text=options.filter or "",
        monitor=options.monitor,
    )


def log_to(folder: Path) -> None:
    """Log into a file: the terminal belongs to the screen."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / "apolo-tui.log"
        path.touch(mode=0o600)
        handler: logging.Handler = logging.FileHandler(path, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


class Run:
    """One run: the store, the app, and what happens when it ends in an unexpected way."""

    def __init__(self, loaded: Loaded, *, environ: Mapping[str, str], home: Path) -> None:
        self._loaded = loaded
        self._environ = environ
        self._home = home
        self._state_folder = state_folder(environ, home)
        self._struck: signal.Signals | None = None
        self._events: list[str] = []

    def go(
        self,
        *,
        local: bool,
        demo: bool,
        job: str,
        logs: bool,
        shell: bool,
        view: str,
        text: str,
        monitor: bool = False,
    ) -> int:
        # Nearly all that is imported stays: a sixth of the time was spent on looking for rubbish.
        # The app collects again after its first frame.
        gc.disable()
        from apolo_tui.screens.main import Start

        start = Start(job=job, logs=logs, shell=shell, view=view, filter=text, monitor=monitor)
        failure: BaseException | None = None
        code = 1
        try:
            code = asyncio.run(self._run(local=local, demo=demo, start=start))
        except Exception as error:  # noqa: BLE001 - the last stop: reported below
            failure = error
        finally:
            gc.enable()
        if failure is None and self._struck is None:
            return code
        return self._end(failure)

    def _end(self, failure: BaseException | None) -> int:
        """Leave a report and say where it is."""
        from apolo_tui.cli import report

        struck = self._struck
        reason = struck.name if struck is not None else report.name_of(failure)
        text = report.describe(reason, failure, self._events)
        path = report.write(self._state_folder / "reports", text)
        where = f" A report without secrets is in {path}" if path is not None else ""
        with suppress(OSError):
            print(f"apolo-tui ended: {reason}.{where}", file=sys.stderr)
        return 128 + struck if struck is not None else 1

    async def _run(self, *, local: bool, demo: bool, start: "Start") -> int:
        from apolo_tui.app import ApoloApp
        from apolo_tui.cli.environment import as_given
        from apolo_tui.cli.place import chosen
        from apolo_tui.store.snapshot import Snapshots
        from apolo_tui.store.state import State
        from apolo_tui.store.workspace import Workspace
        from apolo_tui.widgets.sparkline import marks_of

        environ, settings = self._environ, self._loaded.settings
        async with chosen(local=local, demo=demo, environ=environ, home=self._home) as place:
            memory = place.memory or self._state_folder
            snapshots = None
            if not demo:
                snapshots = Snapshots(cache_folder(environ, self._home), decode=decode)
            workspace = Workspace(
                place.opener,
                settings,
                platform_key=place.key,
                state=State(memory / "state.json"),
                snapshots=snapshots,
                audit=memory / "audit.log",
            )
            try:
                async with workspace:
                    app = ApoloApp(
                        workspace,
                        problems=self._loaded.problems,
                        environ=environ,
                        state_folder=self._state_folder,
                        start=start,
                        marks=marks_of(as_given(environ), encoding=sys.stdout.encoding),
                        no_color=bool(environ.get("NO_COLOR")),
                    )
                    self._watch_signals(app)
                    result = await app.run_async()
                    if app.failure is not None:
                        raise app.failure
                    return result if isinstance(result, int) else 0
            finally:
                self._events = [event.text for event in list(workspace.events)[-20:]]

    def _watch_signals(self, app: "ApoloApp") -> None:
        """Leave properly when the terminal goes or the system asks."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, partial(self._strike, app, number))

    def _strike(self, app: "ApoloApp", number: signal.Signals) -> None:
        self._struck = signal.Signals(number)
        app.exit(128 + number)


@cache
def decoder() -> Callable[[bytes], "JobDescription"]:
    """Reads a job's JSON of the last session. Imported only when there is a list to show."""
    from apolo_tui.model.images import Registries
    from apolo_tui.model.uris import Place
    from apolo_tui.wire.jobs import JobDecoder

    return JobDecoder(Registries({}, Place("", None, None))).decode


def decode(raw: bytes) -> "JobDescription":
    """A job's JSON of the last session -> the job."""
    return decoder()(raw)
