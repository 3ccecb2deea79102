"""The start form checked while it is typed, and read into a request (docs/protocol.md 5.2, 7.2)."""

import json
import re
import shlex
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from yarl import URL

from apolo_tui.model.config import Preset
from apolo_tui.model.images import Registries
from apolo_tui.model.job import (
    SECRET_ENV,
    DiskVolume,
    HTTPPort,
    JobPriority,
    JobRestartPolicy,
    SecretFile,
    Volume,
)
from apolo_tui.model.start.draft import KEPT, Draft, Field, draft_of
from apolo_tui.model.start.request import StartRequest
from apolo_tui.model.units import parse_duration, whole_minutes
from apolo_tui.model.uris import Place, parse_uri

JOB_NAME = re.compile(r"[a-z](?:-?[a-z0-9])*", re.ASCII)
SHORTEST_NAME, LONGEST_NAME = 3, 40
MOST_TAGS, LONGEST_TAG = 16, 256
ENV_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*", re.ASCII)
LONGEST_SCHEDULE_TIMEOUT = 30 * 86400
MOST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a form is checked against: where the job goes, and what there is."""

    place: Place
    registries: Registries
    presets: Mapping[str, Preset]
    energy_schedules: Collection[str] = ()
    active_names: Collection[str] = ()
    """Names of the project's active jobs, as far as they are known."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The form as read. There is a request exactly when there are no problems."""

    request: StartRequest | None
    problems: Mapping[Field, str] = field(default_factory=dict)
    warnings: Mapping[Field, str] = field(default_factory=dict)
    """What does not stop the request from being sent, but may be refused or regretted."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a form was filled from. A field that is left alone keeps exactly the source's value."""

    request: StartRequest
    draft: Draft

    @classmethod
    def of(cls, request: StartRequest, place: Place) -> "Source":
        return cls(request, draft_of(request, place))


def check(draft: Draft, around: Surroundings, source: Source | None = None) -> Checked:
    """Read the form. Every field is read, so that all problems show at once."""
    return _Reader(draft, around, source).read()


class _Reader:
    def __init__(self, draft: Draft, around: Surroundings, source: Source | None) -> None:
        self._draft = draft
        self._around = around
        self._source = source
        self._changed = frozenset(Field) if source is None else draft.changed(source.draft)
        self._problems: dict[Field, str] = {}
        self._warnings: dict[Field, str] = {}

    def read(self) -> Checked:
        place = self._around.place
        env = self._field(Field.ENV, self._env, ("env", "secret_env"))
        mounts = self._field(
            Field.VOLUMES, self._volumes, ("volumes", "disk_volumes", "secret_files")
        )
        values: dict[str, Any] = {
            "image": self._one(Field.IMAGE, self._image, "image"),
            "preset_name": self._one(Field.PRESET, lambda text: text, "preset_name"),
            "command": self._one(Field.COMMAND, _words, "command"),
            "name": self._one(Field.NAME, self._name, "name"),
            "tags": self._one(Field.TAGS, _tags, "tags"),
            "life_span": self._one(Field.LIFE_SPAN, self._life_span, "life_span"),
            "schedule_timeout": self._one(
                Field.SCHEDULE_TIMEOUT, _schedule_timeout, "schedule_timeout"
            ),
            "entrypoint": self._one(Field.ENTRYPOINT, _words, "entrypoint"),
            "working_dir": self._one(Field.WORKING_DIR, _absolute, "working_dir"),
            "description": self._one(Field.DESCRIPTION, _or_none, "description"),
            "energy_schedule_name": self._one(
                Field.ENERGY_SCHEDULE, _or_none, "energy_schedule_name"
            ),
            "restart_policy": self._one(Field.RESTART, _restart, "restart_policy"),
            "priority": self._one(Field.PRIORITY, _priority, "priority"),
            "http": self._http(),
            "wait_for_jobs_quota": self._draft.wait_for_quota,
            "tty": self._draft.tty,
            "shm": self._draft.shm,
            "pass_config": self._draft.pass_config,
            "privileged": self._draft.privileged,
            "cluster_name": place.cluster_name,
            "org_name": place.org_name,
            "project_name": place.project_name,
            **env,
            **mounts,
        }
        self._together(values)
        request = None if self._problems else StartRequest(**values)
        return Checked(request, self._problems, self._warnings)

    # One field at a time

    def _field(
        self, field: Field, read: Callable[[str], dict[str, Any]], names: tuple[str, ...]
    ) -> dict[str, Any]:
        """The parameters that one field gives; none of them when it cannot be read."""
        if self._source is not None and field not in self._changed:
            return {name: getattr(self._source.request, name) for name in names}
        try:
            return read(str(self._draft.value(field)))
        except ValueError as error:
            self._problems[field] = str(error)
            return {}

    def _one(self, field: Field, read: Callable[[str], Any], name: str) -> Any:
        text: Callable[[str], dict[str, Any]] = lambda value: {name: read(value.strip())}  # noqa: E731
        return self._field(field, text, (name,)).get(name)

    def _image(self, text: str) -> Any:
        if not text:
            raise ValueError("an image is needed: ubuntu:22.04, image:name:tag")
        return self._around.registries.parse(text)

    def _name(self, text: str) -> str | None:
        if not text:
            return None
        if text.startswith("job-"):
            raise ValueError("a name must not begin with job-")
        if not SHORTEST_NAME <= len(text) <= LONGEST_NAME:
            raise ValueError(f"a name has {SHORTEST_NAME} to {LONGEST_NAME} characters")
        if not JOB_NAME.fullmatch(text):
            raise ValueError("a name has a-z, 0-9 and single dashes, and begins with a letter")
        return text

    def _life_span(self, text: str) -> float | None:
        seconds = parse_duration(text).total_seconds() if text else 0.0
        if not seconds:
            return None
        minutes = whole_minutes(seconds)
        if minutes * 60 != seconds:
            self._warnings[Field.LIFE_SPAN] = f"rounded up to {minutes} min"
        return minutes * 60.0

    def _env(self, text: str) -> dict[str, Any]:
        plain: dict[str, str] = {}
        secret: dict[str, URL] = {}
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            name, equals, value = line.strip().partition("=")
            if not equals or not ENV_NAME.fullmatch(name):
                raise ValueError(f"line {number}: write NAME=VALUE")
            if name in plain or name in secret:
                raise ValueError(f"line {number}: {name} is there twice")
            if value.startswith("secret:"):
                secret[name] = self._secret(value, number)
            else:
                plain[name] = self._env_value(name, value, number)
        return {"env": plain, "secret_env": secret}

    def _env_value(self, name: str, value: str, number: int) -> str:
        if value == KEPT and name in SECRET_ENV and self._source is not None:
            return self._source.request.env.get(name, "")
        if not value.startswith('"'):
            return value
        try:
            found = json.loads(value)
        except ValueError:
            found = None
        if not isinstance(found, str):
            raise ValueError(f"line {number}: a value in quotes ends with one, \\n is a new line")
        return found

    def _secret(self, text: str, number: int) -> URL:
        uri = self._uri(text, "secret", number)
        # The platform wants a project and a key below the cluster at the least.
        if text == "secret:" or len([item for item in uri.path.split("/") if item]) < 2:
            raise ValueError(f"line {number}: {text!r} names no secret; write secret:KEY")
        return uri

    def _uri(self, text: str, scheme: str, number: int) -> URL:
        try:
            uri = parse_uri(text, self._around.place, schemes=(scheme,))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        if uri.host != self._around.place.cluster_name:
            raise ValueError(f"line {number}: the job runs on {self._around.place.cluster_name}")
        return uri

    def _volumes(self, text: str) -> dict[str, Any]:
        volumes: list[Volume] = []
        disks: list[DiskVolume] = []
        files: list[SecretFile] = []
        mounted: set[str] = set()
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            scheme, uri, path, read_only = _mount(line.strip(), number)
            if path in mounted:
                raise ValueError(f"line {number}: {path} is there twice")
            mounted.add(path)
            if scheme == "secret":
                files.append(SecretFile(self._secret(uri, number), path))
            elif scheme == "disk":
                disks.append(DiskVolume(self._disk(uri, number), path, read_only))
            else:
                volumes.append(Volume(self._uri(uri, "storage", number), path, read_only))
        return {
            "volumes": tuple(volumes),
            "disk_volumes": tuple(disks),
            "secret_files": tuple(files),
        }

    def _disk(self, text: str, number: int) -> URL:
        uri = self._uri(text, "disk", number)
        if not uri.name.startswith("disk-"):
            raise ValueError(f"line {number}: name the disk by its id, disk-…")
        return uri

    def _http(self) -> HTTPPort | None:
        fields = (Field.HTTP_PORT, Field.HTTP_AUTH, Field.HEALTH_CHECK_PATH)
        if self._source is not None and not self._changed.intersection(fields):
            return self._source.request.http
        draft = self._draft
        text, path = draft.http_port.strip(), draft.health_check_path.strip()
        if path and not path.startswith("/"):
            self._problems[Field.HEALTH_CHECK_PATH] = "a path begins with /"
        if not text or text == "0":
            return None
        if not (text.isascii() and text.isdigit() and int(text) <= MOST_PORT):
            self._problems[Field.HTTP_PORT] = f"a port is a number from 1 to {MOST_PORT}"
            return None
        return HTTPPort(int(text), draft.http_auth, path or None)

    # Fields that depend on one another, or on what there is

    def _together(self, values: Mapping[str, Any]) -> None:
        around, name = self._around, values["preset_name"]
        preset = around.presets.get(name) if name else None
        if not name:
            self._problems[Field.PRESET] = "choose a preset"
        elif preset is None:
            self._problems[Field.PRESET] = f"there is no preset {name!r} on this cluster"
        if values["schedule_timeout"] is not None and preset and preset.scheduler_enabled:
            self._problems[Field.SCHEDULE_TIMEOUT] = f"not with {name}, whose jobs take turns"
        schedule = values["energy_schedule_name"]
        if schedule and schedule not in around.energy_schedules:
            known = ", ".join(sorted(around.energy_schedules)) or "none"
            self._problems[Field.ENERGY_SCHEDULE] = f"there is no such schedule; there is {known}"
        elif schedule and preset and not preset.scheduler_enabled:
            self._problems[Field.ENERGY_SCHEDULE] = f"{name} does not take schedules"
        if not around.place.project_name:
            self._problems[Field.IMAGE] = "no project is selected; choose one with :ctx"
        env = values.get("env", {})
        if values["pass_config"] and SECRET_ENV.intersection(env):
            self._problems[Field.PASS_CONFIG] = "the variables hold a passed config already"
        if values["name"] and values["name"] in around.active_names:
            self._warnings[Field.NAME] = "an active job is called so; the platform will refuse"


def _mount(line: str, number: int) -> tuple[str, str, str, bool]:
    """Scheme, URI, path in the container and whether it is read-only, of one line."""
    parts = line.split(":")
    scheme = parts[0]
    if scheme not in ("storage", "disk", "secret"):
        raise ValueError(f"line {number}: begin with storage:, disk: or secret:")
    read_only = False
    if len(parts) == 4 and scheme != "secret":
        if parts[3] not in ("ro", "rw"):
            raise ValueError(f"line {number}: the mode is ro or rw, not {parts[3]!r}")
        read_only = parts.pop() == "ro"
    if len(parts) != 3:
        shape = f"{scheme}:KEY:/path" if scheme == "secret" else f"{scheme}:PATH:/path:rw"
        raise ValueError(f"line {number}: write {shape}")
    if not parts[2].startswith("/"):
        raise ValueError(f"line {number}: the path in the container begins with /")
    return scheme, f"{parts[0]}:{parts[1]}", parts[2], read_only


def _words(text: str) -> str | None:
    """A command line. The platform splits it by the shell's rules; no shell runs it."""
    try:
        shlex.split(text)
    except ValueError:
        raise ValueError("a quote is not closed") from None
    return text or None


def _tags(text: str) -> tuple[str, ...]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace += ","
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        tags = tuple(dict.fromkeys(lexer))
    except ValueError:
        raise ValueError("a quote is not closed") from None
    if len(tags) > MOST_TAGS:
        raise ValueError(f"at most {MOST_TAGS} tags, not {len(tags)}")
    for tag in tags:
        if not tag or len(tag) > LONGEST_TAG or any(mark.isspace() for mark in tag):
            raise ValueError(f"a tag has 1 to {LONGEST_TAG} characters and no space")
    return tags


def _absolute(text: str) -> str | None:
    if text and not text.startswith("/"):
        raise ValueError("a working directory begins with /")
    return text or None


def _or_none(text: str) -> str | None:
    return text or None


def _schedule_timeout(text: str) -> float | None:
    if not text:
        return None
    seconds = parse_duration(text).total_seconds()
    if not 1 <= seconds < LONGEST_SCHEDULE_TIMEOUT:
        raise ValueError("from 1s to less than 30d; leave it empty for the cluster's default")
    return seconds


def _restart(text: str) -> JobRestartPolicy:
    found = {item.value: item for item in JobRestartPolicy}.get(text)
    if found is None:
        raise ValueError(f"one of {', '.join(JobRestartPolicy)}")
    return found


def _priority(text: str) -> JobPriority | None:
    found = {item.name.lower(): item for item in JobPriority}.get(text)
    if found is None:
        raise ValueError("low, normal or high")
    return None if found is JobPriority.NORMAL else found
