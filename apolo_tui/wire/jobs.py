"""A job's JSON -> JobDescription, quickly for a list and in full when it is asked for.

`JobDecoder.decode` reads, in one pass of a compiled decoder, only what every list is read for;
the other attributes are read from the kept bytes when somebody asks. Whatever does not fit the
expected types is read again key by key, so that one odd job costs nobody the list (docs/protocol.md
sections 5.3 and 11, pitfalls 1-7).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from sys import intern
from typing import Any

import msgspec

from apolo_tui.model.errors import ProtocolError
from apolo_tui.model.images import Registries
from apolo_tui.model.job import (
    Container,
    DiskVolume,
    HTTPPort,
    JobDescription,
    JobDescriptionInternal,
    JobPriority,
    JobRestartPolicy,
    JobStatus,
    JobStatusHistory,
    JobStatusItem,
    Late,
    Resources,
    SecretFile,
    Volume,
)
from apolo_tui.model.units import MIB
from apolo_tui.wire import lenient

STATUSES = {status.value: status for status in JobStatus}
POLICIES = {policy.value: policy for policy in JobRestartPolicy}
PRIORITIES = {priority.name.lower(): priority for priority in JobPriority}


class Birth(msgspec.Struct, gc=False):
    """Of the history, when it began."""

    created_at: datetime


class Row(msgspec.Struct, gc=False):
    """What every listing is read for. All else of the line is passed over, which is fast."""

    id: str
    owner: str
    status: str
    history: Birth
    name: str | None = None
    preset_name: str | None = None
    max_run_time_minutes: int | None = None


class HistoryHead(msgspec.Struct, gc=False):
    """The history without the transitions."""

    created_at: datetime
    status: str
    reason: str | None = None
    description: str | None = None
    restarts: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    run_time_seconds: float | None = None
    exit_code: int | None = None


class JobHead(msgspec.Struct):
    """What a list shows beside, in the types that today's platform sends."""

    cluster_name: str
    status: str
    project_name: str
    org_name: str | None = None
    total_price_credits: str | None = None
    price_credits_per_hour: str | None = None


class HistoryOnly(msgspec.Struct):
    """The history, for an order by when or how jobs ended."""

    history: HistoryHead


class Death(msgspec.Struct):
    """Of the history, when it ended."""

    finished_at: datetime | None = None


class DeathOnly(msgspec.Struct):
    """When the job ended, for what shows the last day."""

    history: Death


class TagsOnly(msgspec.Struct):
    """The tags, for a filter that looks for a word in every job."""

    tags: list[str] | None = None


class Image(msgspec.Struct):
    """Of the container, what it runs."""

    image: str


class ImageOnly(msgspec.Struct):
    """The image, for an order by it."""

    container: Image


class PriorityOnly(msgspec.Struct):
    """The priority, for an order by it."""

    priority: str


ROW = msgspec.json.Decoder(Row)
HEAD = msgspec.json.Decoder(JobHead)
HISTORY = msgspec.json.Decoder(HistoryOnly)
DEATH = msgspec.json.Decoder(DeathOnly)
TAGS = msgspec.json.Decoder(TagsOnly)
IMAGE = msgspec.json.Decoder(ImageOnly)
PRIORITY = msgspec.json.Decoder(PriorityOnly)
ANY = msgspec.json.Decoder()
KEPT_NAMES = 4096
"""Texts that many jobs have alike and that are kept once."""

new = object.__new__
fill = object.__setattr__
# Filling a slot through its descriptor skips the look-up that `object.__setattr__` makes.
fill_late = Late.__dict__["_late"].__set__
fill_source = Late.__dict__["_source"].__set__
fill_raw = JobDescription.__dict__["raw"].__set__
fill_id = JobDescription.__dict__["id"].__set__
fill_owner = JobDescription.__dict__["owner"].__set__
fill_status = JobDescription.__dict__["status"].__set__
fill_name = JobDescription.__dict__["name"].__set__
fill_preset = JobDescription.__dict__["preset_name"].__set__
fill_life_span = JobDescription.__dict__["life_span"].__set__
fill_created = JobDescription.__dict__["created_at"].__set__


class JobDecoder:
    """Turns the JSON of jobs into values. `registries` tells the platform's images from others."""

    __slots__ = ("_fill_rest", "_fills", "_images", "_registries", "_tags")

    def __init__(self, registries: Registries) -> None:
        self._registries = registries
        self._fill_rest = self.fill_rest
        self._images: dict[str, tuple[str, str]] = {}
        self._tags: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._fills: dict[str, Callable[[JobDescription], None]] = {
            "raw": fill_raw_of,
            "history": fill_history,
            "finished_at": fill_finished,
            "tags": self._fill_tags,
            "image_names": self._fill_image_names,
            "priority": fill_priority,
            **dict.fromkeys(LISTED, fill_listed),
        }

    def decode(self, raw: bytes | memoryview) -> JobDescription:
        """A job from its JSON object. A view is copied when the job's `raw` is first asked for.

        Raises ProtocolError for what is not a JSON object with an `id`.
        """
        try:
            row = ROW.decode(raw)
        except lenient.NOT_JSON:
            return self.decode_odd(bytes(raw))
        created_at = row.history.created_at
        status = STATUSES.get(row.status)
        if created_at.tzinfo is None or status is None:
            return self.decode_odd(bytes(raw))
        job = new(JobDescription)
        minutes = row.max_run_time_minutes
        fill_late(job, self._fill_rest)
        fill_source(job, raw)
        fill_id(job, row.id)
        fill_owner(job, row.owner)
        fill_status(job, status)
        fill_name(job, row.name or None)
        fill_preset(job, row.preset_name or None)
        fill_life_span(job, None if minutes is None else minutes * 60.0)
        fill_created(job, created_at)
        return job

    def decode_odd(self, raw: bytes) -> JobDescription:
        """The same, key by key: nothing but a missing `id` is an error."""
        try:
            document = document_of(raw)
        except lenient.NOT_JSON as error:
            raise ProtocolError(f"a job that is not JSON: {error}") from None
        if not isinstance(document, dict) or not lenient.optional_text(document.get("id")):
            raise ProtocolError("a job without an id")
        return job_of(document, self._registries, raw)

    def fill_rest(self, job: JobDescription, name: str) -> None:
        """Fill slots that `decode` left empty: what a list looks at alone, else all of them."""
        fill_some = self._fills.get(name)
        if fill_some is not None:
            try:
                fill_some(job)
            except lenient.NOT_JSON:
                pass  # of other types than today's platform sends
            else:
                return
        whole = job_of(document_of(job.raw), self._registries, job.raw)
        for slot in JobDescription.__slots__:
            fill(job, slot, getattr(whole, slot))

    def _fill_tags(self, job: JobDescription) -> None:
        tags = tuple(TAGS.decode(job._source).tags or ())
        fill(job, "tags", _kept(self._tags, tags, tags))

    def _fill_image_names(self, job: JobDescription) -> None:
        image = IMAGE.decode(job._source).container.image
        names = self._images.get(image)
        if names is None:
            names = _kept(self._images, image, (str(self._registries.read(image)), image))
        fill(job, "image_names", names)


def _kept(among: dict[Any, Any], key: Any, value: Any) -> Any:
    """The value that is kept by this key, or else this one, which is kept while there is room."""
    return among.setdefault(key, value) if len(among) < KEPT_NAMES else among.get(key, value)


def fill_raw_of(job: JobDescription) -> None:
    """The bytes of the job alone: the chunk that it came in is not held any more."""
    raw = bytes(job._source)
    fill_raw(job, raw)
    fill_source(job, raw)


def fill_history(job: JobDescription) -> None:
    fill(job, "history", history_of_head(HISTORY.decode(job._source).history, job._source))


def fill_finished(job: JobDescription) -> None:
    fill(job, "finished_at", _in_utc(DEATH.decode(job._source).history.finished_at))


def fill_priority(job: JobDescription) -> None:
    text = PRIORITY.decode(job._source).priority
    fill(job, "priority", PRIORITIES.get(text, JobPriority.NORMAL))


def fill_listed(job: JobDescription) -> None:
    head = HEAD.decode(job._source)
    for slot, listed in LISTED.items():
        fill(job, slot, listed(head))


def document_of(raw: bytes | memoryview) -> Any:
    """The decoded JSON; a broken character in it is no reason to lose the job."""
    try:
        return ANY.decode(raw)
    except lenient.NOT_JSON:
        return ANY.decode(bytes(raw).decode("utf-8", "replace"))


def history_of_head(found: HistoryHead, source: bytes | memoryview) -> JobStatusHistory:
    """The history, its transitions left for later."""
    history = new(JobStatusHistory)
    fill_late(history, fill_transitions)
    fill_source(history, source)
    fill(history, "status", STATUSES.get(found.status, JobStatus.UNKNOWN))
    fill(history, "reason", intern(found.reason or ""))
    fill(history, "description", found.description or "")
    fill(history, "restarts", found.restarts)
    fill(history, "created_at", found.created_at)
    fill(history, "started_at", _in_utc(found.started_at))
    fill(history, "finished_at", _in_utc(found.finished_at))
    fill(history, "run_time_seconds", found.run_time_seconds)
    fill(history, "exit_code", found.exit_code)
    return history


def fill_transitions(history: JobStatusHistory, name: str) -> None:
    """Fill the one slot that `history_of_head` left empty."""
    fill(history, name, transitions_of(document_of(history._source).get("statuses")))


LISTED: Mapping[str, Callable[[JobHead], Any]] = {
    "cluster_name": lambda head: intern(head.cluster_name),
    "org_name": lambda head: intern(head.org_name) if head.org_name else None,
    "project_name": lambda head: intern(head.project_name),
    "status_text": lambda head: intern(head.status),
    "total_price_credits": lambda head: lenient.decimal(head.total_price_credits),
    "price_credits_per_hour": lambda head: lenient.decimal(head.price_credits_per_hour),
}


def _in_utc(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time


def job_of(document: Mapping[str, Any], registries: Registries, raw: bytes = b"") -> JobDescription:
    """A job from its decoded JSON object, whatever that lacks or holds beside."""
    get = document.get
    history = history_of(document)
    status_text = lenient.text(get("status")) or lenient.text(
        lenient.mapping(get("history")).get("status")
    )
    owner = lenient.text(get("owner"))
    policy_text = lenient.text(get("restart_policy"))
    priority_text = lenient.text(get("priority"))
    minutes = lenient.number(get("max_run_time_minutes"))
    return JobDescription(
        id=lenient.text(get("id")),
        owner=owner,
        cluster_name=lenient.text(get("cluster_name")),
        org_name=lenient.optional_text(get("org_name")),
        # Jobs from before projects belong to their owner's own.
        project_name=lenient.text(get("project_name"), owner),
        namespace=lenient.text(get("namespace")),
        status=STATUSES.get(status_text, JobStatus.UNKNOWN),
        status_text=status_text,
        history=history,
        container=container_of(lenient.mapping(get("container")), registries),
        scheduler_enabled=_either(document, "scheduler_enabled", "is_preemptible"),
        preemptible_node=_either(document, "preemptible_node", "is_preemptible_node_required"),
        pass_config=lenient.flag(get("pass_config")),
        privileged=lenient.flag(get("privileged")),
        name=lenient.optional_text(get("name")),
        tags=lenient.texts(get("tags")),
        description=lenient.optional_text(get("description")),
        http_url=lenient.url(get("http_url_named")) or lenient.url(get("http_url")),
        internal_hostname=lenient.optional_text(get("internal_hostname")),
        internal_hostname_named=lenient.optional_text(get("internal_hostname_named")),
        life_span=None if minutes is None else minutes * 60.0,
        schedule_timeout=lenient.number(get("schedule_timeout")),
        restart_policy=POLICIES.get(policy_text, JobRestartPolicy.NEVER),
        restart_policy_text=policy_text,
        priority=PRIORITIES.get(priority_text, JobPriority.NORMAL),
        priority_text=priority_text,
        preset_name=lenient.optional_text(get("preset_name")),
        energy_schedule_name=lenient.optional_text(get("energy_schedule_name")),
        uri=lenient.url(get("uri")),
        org_project_hash=lenient.optional_text(get("org_project_hash")),
        total_price_credits=lenient.decimal(get("total_price_credits")),
        price_credits_per_hour=lenient.decimal(get("price_credits_per_hour")),
        _internal=JobDescriptionInternal(
            materialized=lenient.flag(get("materialized")),
            being_dropped=lenient.flag(get("being_dropped")),
            logs_removed=lenient.flag(get("logs_removed")),
        ),
        raw=raw,
    )


def _either(document: Mapping[str, Any], name: str, alias: str) -> bool:
    return lenient.flag(document.get(name), lenient.flag(document.get(alias)))


def history_of(document: Mapping[str, Any]) -> JobStatusHistory:
    """The history of a decoded job."""
    found = lenient.mapping(document.get("history"))
    get = found.get
    transitions = transitions_of(document.get("statuses"))
    status_text = lenient.text(get("status")) or lenient.text(document.get("status"))
    created_at = lenient.time(get("created_at"))
    if created_at is None and transitions:
        created_at = transitions[0].transition_time
    return JobStatusHistory(
        status=STATUSES.get(status_text, JobStatus.UNKNOWN),
        reason=lenient.text(get("reason")),
        description=lenient.text(get("description")),
        restarts=lenient.integer(get("restarts")) or 0,
        created_at=created_at,
        started_at=lenient.time(get("started_at")),
        finished_at=lenient.time(get("finished_at")),
        run_time_seconds=lenient.number(get("run_time_seconds")),
        exit_code=lenient.integer(get("exit_code")),
        transitions=transitions,
    )


def transitions_of(value: Any) -> tuple[JobStatusItem, ...]:
    """The transitions, oldest first, as the platform lists them."""
    return tuple(
        JobStatusItem(
            status=STATUSES.get(lenient.text(item.get("status")), JobStatus.UNKNOWN),
            status_text=lenient.text(item.get("status")),
            transition_time=lenient.time(item.get("transition_time")),
            reason=lenient.text(item.get("reason")),
            description=lenient.text(item.get("description")),
            exit_code=lenient.integer(item.get("exit_code")),
        )
        for item in lenient.sequence(value)
        if isinstance(item, dict)
    )


def container_of(found: Mapping[str, Any], registries: Registries) -> Container:
    """The container of a decoded job."""
    get = found.get
    image = lenient.text(get("image"))
    env = lenient.mapping(get("env"))
    secret_env = lenient.mapping(get("secret_env"))
    return Container(
        image=registries.read(image),
        image_str=image,
        resources=resources_of(lenient.mapping(get("resources"))),
        entrypoint=lenient.optional_text(get("entrypoint")),
        command=lenient.optional_text(get("command")),
        working_dir=lenient.optional_text(get("working_dir")),
        http=_http_of(get("http")),
        env={name: value for name, value in env.items() if isinstance(value, str)},
        volumes=[
            Volume(
                storage_uri=lenient.url(item.get("src_storage_uri")),
                container_path=lenient.text(item.get("dst_path")),
                read_only=lenient.flag(item.get("read_only"), True),
            )
            for item in _objects(get("volumes"))
        ],
        secret_env={name: lenient.url(value) for name, value in secret_env.items()},
        secret_files=[
            SecretFile(
                secret_uri=lenient.url(item.get("src_secret_uri")),
                container_path=lenient.text(item.get("dst_path")),
            )
            for item in _objects(get("secret_volumes"))
        ],
        disk_volumes=[
            DiskVolume(
                disk_uri=lenient.url(item.get("src_disk_uri")),
                container_path=lenient.text(item.get("dst_path")),
                read_only=lenient.flag(item.get("read_only"), True),
            )
            for item in _objects(get("disk_volumes"))
        ],
        tty=lenient.flag(get("tty")),
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in lenient.sequence(value) if isinstance(item, dict)]


def _http_of(value: Any) -> HTTPPort | None:
    if not isinstance(value, dict):
        return None
    port = lenient.integer(value.get("port"))
    if port is None:
        return None
    return HTTPPort(
        port=port,
        requires_auth=lenient.flag(value.get("requires_auth")),
        health_check_path=lenient.optional_text(value.get("health_check_path")),
    )


def resources_of(found: Mapping[str, Any]) -> Resources:
    """The resources of a decoded container; older platforms send `memory_mb` alone."""
    get = found.get
    memory = lenient.integer(get("memory"))
    if memory is None:
        memory = (lenient.integer(get("memory_mb")) or 0) * MIB
    tpu = lenient.mapping(get("tpu"))
    migs = {
        profile: lenient.integer(lenient.mapping(mig).get("count")) or 0
        for profile, mig in lenient.mapping(get("nvidia_migs")).items()
    }
    return Resources(
        memory=memory,
        cpu=lenient.number(get("cpu")) or 0.0,
        nvidia_gpu=lenient.integer(get("nvidia_gpu")),
        amd_gpu=lenient.integer(get("amd_gpu")),
        intel_gpu=lenient.integer(get("intel_gpu")),
        nvidia_gpu_model=lenient.optional_text(get("nvidia_gpu_model")),
        amd_gpu_model=lenient.optional_text(get("amd_gpu_model")),
        intel_gpu_model=lenient.optional_text(get("intel_gpu_model")),
        shm=lenient.flag(get("shm"), True),
        tpu_type=lenient.optional_text(tpu.get("type")),
        tpu_software_version=lenient.optional_text(tpu.get("software_version")),
        nvidia_migs=migs,
    )
