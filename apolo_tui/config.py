"""The settings of the dashboard: flags, then the environment, then the user's own TOML file.

A fault in the file never stops the program: it is reported with its line, and the default holds.
The file is `$XDG_CONFIG_HOME/apolo-tui/config.toml`; nothing of the `apolo` command is read here
or written.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from apolo_tui.actions import ACTIONS, clashes, key_name, with_keymap
from apolo_tui.model.alert_rules import PARSERS as ALERT_PARSERS
from apolo_tui.model.alert_rules import AlertRules
from apolo_tui.model.units import parse_duration

TERMINAL_MAY: Final = ("bell", "clipboard", "notifications")
THEMES: Final = ("dark", "light", "high-contrast", "colour-blind", "ansi", "mono")
METRICS: Final = ("cpu", "memory", "gpu", "gpu_memory")
ENVIRONMENT_PREFIX: Final = "APOLO_TUI_"
SHORTEST_REFRESH: Final = 2.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """From how many percent on a value is shown as a warning, and as critical."""

    warning: float
    critical: float


@dataclass(frozen=True, slots=True)
class ContextRules:
    """What holds in one context only."""

    theme: str | None = None
    readonly: bool = False
    protected: bool = False
    """Leaving read-only mode asks for the context's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Times in seconds that the user does not set; tests shorten them."""

    selection_delay: float = 0.15
    """How long the cursor rests on a job before its streams are opened."""
    repeat_guard: float = 0.4
    """How long a dialog ignores the key that opened it."""
    quit_window: float = 2.0
    """How long a second ctrl+c quits."""
    reveal: float = 10.0
    """How long masked values are shown."""
    stale: float = 5.0
    """Without a telemetry sample for this long, the values are stale."""
    reconnect: float = 15.0
    """Without a telemetry sample for this long, the socket is opened again."""
    sampling: float = 12.0
    """How long a job that is sampled in turn keeps its socket at most."""
    resort: float = 5.0
    """The least time between two re-sorts by a live column."""
    key_rest: float = 2.0
    """No re-sort by itself for this long after a key."""
    jobs_stale: float = 10.0
    """A list older than this (or than two refreshes) is shown as stale."""
    forward_health: float = 5.0
    """How often the job of a forwarded port is looked at."""
    alert_look: float = 5.0
    """How often the alerts look at the clock, which may have jumped."""
    wall_page: float = 20.0
    """How long a page of the monitor wall stays."""
    unfocused_factor: float = 3.0
    """How much slower an unfocused terminal polls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user chose."""

    theme: str = "dark"
    refresh: float = 5.0
    """Seconds between two polls of the list."""
    readonly: bool = False
    ascii: bool = False
    keep_filter: bool = True
    reduced_motion: bool = False
    telemetry_sockets: int = 8
    kill_delay: float = 5.0
    """Seconds in which a kill can be taken back; 0 sends it at once."""
    terminal_allow: tuple[str, ...] = ()
    """What a program in an embedded terminal may do outside of it: some of TERMINAL_MAY."""
    columns: str = ""
    """Columns of the list in apolo's `ps-format`; empty for the built-in ones."""
    cluster: str | None = None
    org: str | None = None
    project: str | None = None
    thresholds: Mapping[str, Threshold] = field(
        default_factory=lambda: {
            "cpu": Threshold(101, 101),
            "memory": Threshold(75, 90),
            "gpu": Threshold(101, 101),
            "gpu_memory": Threshold(85, 95),
        }
    )
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contexts: Mapping[str, ContextRules] = field(default_factory=dict)
    alerts: AlertRules = field(default_factory=AlertRules)
    timings: Timings = field(default_factory=Timings)

    def rules(self, context: str) -> ContextRules:
        """The rules of `cluster/org/project`: of its longest prefix that has some."""
        parts = context.split("/")
        for length in range(len(parts), 0, -1):
            found = self.contexts.get("/".join(parts[:length]))
            if found is not None:
                return found
        return ContextRules()


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of the configuration. `line` is None for flags and the environment."""

    text: str
    source: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.source}:{self.line}" if self.line else self.source
        return f"{where}: {self.text}"


@dataclass(frozen=True, slots=True)
class Loaded:
    settings: Settings
    problems: tuple[Problem, ...]


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"1", "true", "yes", "on"}:
        return True
    if isinstance(value, str) and value.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError(f"must be true or false, not {value!r}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text in quotes, not {value!r}")
    return value


def _theme(value: Any) -> str:
    if value not in THEMES:
        raise ValueError(f"must be one of {', '.join(THEMES)}, not {value!r}")
    return str(value)


def _seconds(value: Any, least: float) -> float:
    if isinstance(value, bool):
        raise ValueError(f"must be a number of seconds, not {value!r}")
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        try:
            seconds = parse_duration(str(value)).total_seconds()
        except ValueError:
            raise ValueError(f"must be a number of seconds, not {value!r}") from None
    if not least <= seconds < 86400:
        raise ValueError(f"must be from {least:g} seconds to a day, not {value!r}")
    return seconds


def _refresh(value: Any) -> float:
    return _seconds(value, SHORTEST_REFRESH)


def _kill_delay(value: Any) -> float:
    return _seconds(value, 0)


def _sockets(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = 0
    if isinstance(value, bool | float) or not 1 <= number <= 64:
        raise ValueError(f"must be a whole number from 1 to 64, not {value!r}")
    return number


def _terminal_allow(value: Any) -> tuple[str, ...]:
    words = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(words, list) or not set(words) <= set(TERMINAL_MAY):
        raise ValueError(f"must be a list of some of {', '.join(TERMINAL_MAY)}, not {value!r}")
    return tuple(words)


PLAIN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "theme": _theme,
    "refresh": _refresh,
    "readonly": _boolean,
    "ascii": _boolean,
    "keep_filter": _boolean,
    "reduced_motion": _boolean,
    "telemetry_sockets": _sockets,
    "kill_delay": _kill_delay,
    "columns": _text,
    "terminal_allow": _terminal_allow,
    "cluster": _text,
    "org": _text,
    "project": _text,
}
"""The settings with one value each: in the file, the environment and the flags alike."""

TABLES: Final = ("keys", "thresholds", "context", "alerts")


def load(
    path: Path, *, environ: Mapping[str, str], flags: Mapping[str, object] | None = None
) -> Loaded:
    """The settings, and all faults found on the way. `flags` holds only those that were given."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    document, text = _read(path, problems)
    values.update(_from_file(document, Lines(text), str(path), problems))
    for name, parse in PLAIN.items():
        variable = ENVIRONMENT_PREFIX + name.upper()
        if variable in environ:
            _take(values, name, parse, environ[variable], variable, None, problems)
    for name, value in (flags or {}).items():
        option = "--" + name.replace("_", "-")
        _take(values, name, PLAIN[name], value, option, None, problems)
    return Loaded(Settings(**values), tuple(problems))


def _take(
    values: dict[str, Any],
    name: str,
    parse: Callable[[Any], Any],
    value: Any,
    source: str,
    line: int | None,
    problems: list[Problem],
) -> None:
    try:
        values[name] = parse(value)
    except ValueError as error:
        problems.append(Problem(f"{name} {error}", source, line))


def _read(path: Path, problems: list[Problem]) -> tuple[dict[str, Any], str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, ""
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(f"cannot be read: {error}", str(path)))
        return {}, ""
    import tomllib

    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else None
        message = re.sub(r" \(at .*\)$", "", str(error))
        problems.append(Problem(f"is not valid TOML: {message}", str(path), line))
        return {}, ""


def _from_file(
    document: Mapping[str, Any], lines: "Lines", source: str, problems: list[Problem]
) -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        parse = PLAIN.get(name)
        if parse is not None:
            found: dict[str, Any] = {}
            _take(found, name, parse, value, source, lines.of(name), problems)
            yield from found.items()
        elif name not in TABLES:
            known = ", ".join((*PLAIN, *TABLES))
            text = f"{name} is not a setting; there are {known}"
            problems.append(Problem(text, source, lines.of(name)))
        elif not isinstance(value, dict):
            problems.append(Problem(f"{name} must be a table: [{name}]", source, lines.of(name)))
    tables = {name: document.get(name) for name in TABLES}
    if isinstance(tables["keys"], dict):
        yield "keys", dict(_keys(tables["keys"], lines, source, problems))
    if isinstance(tables["thresholds"], dict):
        yield "thresholds", _thresholds(tables["thresholds"], lines, source, problems)
    if isinstance(tables["context"], dict):
        yield "contexts", dict(_contexts(tables["context"], lines, source, problems))
    if isinstance(tables["alerts"], dict):
        yield "alerts", _alerts(tables["alerts"], lines, source, problems)


def _keys(
    table: Mapping[str, Any], lines: "Lines", source: str, problems: list[Problem]
) -> dict[str, tuple[str, ...]]:
    chosen: dict[str, tuple[str, ...]] = {}
    for name, value in _flat(table):
        line = lines.of("keys", *name.split(".")) or lines.of("keys", name)
        written = value if isinstance(value, list) else [value]
        if name not in ACTIONS:
            text = f"{name} is not an action; apolo-tui keys lists them"
            problems.append(Problem(text, source, line))
            continue
        try:
            keys = tuple(key_name(_text(key)) for key in written)
        except ValueError as error:
            problems.append(Problem(f"{name}: {error}", source, line))
            continue
        new = clashes(with_keymap({**chosen, name: keys}).values())
        if new:
            problems.append(Problem(f"{new[0]}; the default holds", source, line))
            continue
        chosen[name] = keys
    return chosen


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """`[keys] jobs.kill = "ctrl+x"` is a nested table to TOML; quoted it is not. Both will do."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _thresholds(
    table: Mapping[str, Any], lines: "Lines", source: str, problems: list[Problem]
) -> dict[str, Threshold]:
    chosen = dict(Settings().thresholds)
    for name, value in table.items():
        line = lines.of("thresholds", name)
        if name not in METRICS:
            text = f"{name} is not a metric; there are {', '.join(METRICS)}"
            problems.append(Problem(text, source, line))
            continue
        numbers = value if isinstance(value, list) else []
        good = len(numbers) == 2 and all(type(number) in (int, float) for number in numbers)
        if not good or not 0 <= numbers[0] <= numbers[1]:
            text = f"{name} must be two percentages, the smaller first: [75, 90]"
            problems.append(Problem(text, source, line))
            continue
        chosen[name] = Threshold(float(numbers[0]), float(numbers[1]))
    return chosen


def _contexts(
    table: Mapping[str, Any], lines: "Lines", source: str, problems: list[Problem]
) -> dict[str, ContextRules]:
    parsers: dict[str, Callable[[Any], Any]] = {
        "theme": _theme,
        "readonly": _boolean,
        "protected": _boolean,
    }
    chosen: dict[str, ContextRules] = {}
    for context, rules in table.items():
        if not isinstance(rules, dict):
            text = f'{context} must be a table: [context."{context}"]'
            problems.append(Problem(text, source, lines.of("context", context)))
            continue
        values: dict[str, Any] = {}
        for name, value in rules.items():
            line = lines.of("context", context, name)
            if name not in parsers:
                text = f"{name} is not a rule of a context; there are {', '.join(parsers)}"
                problems.append(Problem(text, source, line))
                continue
            _take(values, name, parsers[name], value, source, line, problems)
        chosen[context] = ContextRules(**values)
    return chosen


def _alerts(
    table: Mapping[str, Any], lines: "Lines", source: str, problems: list[Problem]
) -> AlertRules:
    values: dict[str, Any] = {}
    for name, value in table.items():
        line = lines.of("alerts", name)
        parse = ALERT_PARSERS.get(name)
        if parse is None:
            text = f"{name} is not a rule of alerts; there are {', '.join(ALERT_PARSERS)}"
            problems.append(Problem(text, source, line))
            continue
        _take(values, name, parse, value, source, line, problems)
    return AlertRules(**values)


class Lines:
    """On which line of a TOML text a key stands; the parser of the standard library forgets it."""

    HEADER = re.compile(r"\s*\[\[?\s*(?P<path>[^\]]+?)\s*\]\]?\s*(?:#.*)?$")
    KEY = re.compile(
        r"""\s*(?P<path>(?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*="""
    )
    PART = re.compile(r'"([^"]*)"|\'([^\']*)\'|([\w-]+)')

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        for number, line in enumerate(text.splitlines(), 1):
            if header := self.HEADER.match(line):
                table = self._parts(header["path"])
                self._lines.setdefault(table, number)
            elif key := self.KEY.match(line):
                self._lines.setdefault(table + self._parts(key["path"]), number)

    def of(self, *path: str) -> int | None:
        return self._lines.get(path)

    def _parts(self, path: str) -> tuple[str, ...]:
        return tuple(a or b or c for a, b, c in self.PART.findall(path))


def config_path(environ: Mapping[str, str], home: Path) -> Path:
    """The user's own file."""
    return _xdg(environ, "XDG_CONFIG_HOME", home / ".config") / "config.toml"


def state_folder(environ: Mapping[str, str], home: Path) -> Path:
    """Logs, reports, the audit log and what the dashboard remembers."""
    return _xdg(environ, "XDG_STATE_HOME", home / ".local" / "state")


def cache_folder(environ: Mapping[str, str], home: Path) -> Path:
    """What can be fetched again: the list for the first paint."""
    return _xdg(environ, "XDG_CACHE_HOME", home / ".cache")


def _xdg(environ: Mapping[str, str], name: str, default: Path) -> Path:
    """An XDG folder of ours. A relative path in the variable is void, as the standard says."""
    value = Path(environ.get(name, ""))
    return (value if value.is_absolute() else default) / "apolo-tui"


def with_timings(settings: Settings, **changes: float) -> Settings:
    """The same settings with other times."""
    known = {item.name for item in fields(Timings)}
    if unknown := set(changes) - known:
        raise ValueError(f"no such timing: {', '.join(sorted(unknown))}")
    return replace(settings, timings=replace(settings.timings, **changes))
