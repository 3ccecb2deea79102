"""A job and its parts, named as in the Jobs API reference (docs/protocol.md sections 5.3, 10)."""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from yarl import URL

from apolo_tui.model.images import RemoteImage
from apolo_tui.model.units import MIB

NO_URL = URL()


class JobStatus(enum.StrEnum):
    """The state of a job (docs/protocol.md section 5.8)."""

    PENDING = "pending"
    SUSPENDED = "suspended"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_pending(self) -> bool:
        """Waiting to run: pending or suspended."""
        return self in (JobStatus.PENDING, JobStatus.SUSPENDED)

    @property
    def is_running(self) -> bool:
        return self is JobStatus.RUNNING

    @property
    def is_finished(self) -> bool:
        return self in (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)

    @classmethod
    def items(cls) -> set["JobStatus"]:
        """All but UNKNOWN."""
        return {item for item in cls if item is not cls.UNKNOWN}

    @classmethod
    def active_items(cls) -> set["JobStatus"]:
        """Those that are not final."""
        return {item for item in cls.items() if not item.is_finished}

    @classmethod
    def finished_items(cls) -> set["JobStatus"]:
        """The final ones."""
        return {item for item in cls.items() if item.is_finished}


class JobRestartPolicy(enum.StrEnum):
    """What happens when the job's process ends."""

    NEVER = "never"
    ON_FAILURE = "on-failure"
    ALWAYS = "always"


class JobPriority(enum.IntEnum):
    """Who starts first. Only the names go over the wire."""

    LOW = 1
    NORMAL = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Resources:
    """What a container is given. GPU counts are None where there is none of that vendor."""

    memory: int
    """Bytes."""
    cpu: float
    """Cores; fractions are allowed."""
    nvidia_gpu: int | None = None
    amd_gpu: int | None = None
    intel_gpu: int | None = None
    nvidia_gpu_model: str | None = None
    amd_gpu_model: str | None = None
    intel_gpu_model: str | None = None
    shm: bool = True
    tpu_type: str | None = None
    tpu_software_version: str | None = None
    nvidia_migs: Mapping[str, int] = field(default_factory=dict)
    """MIG profile -> count."""

    @property
    def memory_mb(self) -> int:
        """Memory in MiB, rounded down."""
        return self.memory // MIB

    @property
    def gpu(self) -> int | None:
        """The number of GPUs of the first vendor that has any; None without GPUs."""
        return self.nvidia_gpu or self.amd_gpu or self.intel_gpu or None

    @property
    def gpu_model(self) -> str | None:
        """The model that belongs to `gpu`."""
        if self.nvidia_gpu:
            return self.nvidia_gpu_model
        if self.amd_gpu:
            return self.amd_gpu_model
        return self.intel_gpu_model if self.intel_gpu else None


@dataclass(frozen=True, slots=True)
class HTTPPort:
    """A port of the container that the platform exposes over HTTP."""

    port: int
    requires_auth: bool = True
    health_check_path: str | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """A folder of the platform's storage in the container."""

    storage_uri: URL
    container_path: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A secret as a file in the container."""

    secret_uri: URL
    container_path: str


@dataclass(frozen=True, slots=True)
class DiskVolume:
    """A disk in the container."""

    disk_uri: URL
    container_path: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """What a job runs."""

    image: RemoteImage
    resources: Resources
    entrypoint: str | None = None
    command: str | None = None
    working_dir: str | None = None
    http: HTTPPort | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    volumes: Sequence[Volume] = field(default_factory=list)
    secret_env: Mapping[str, URL] = field(default_factory=dict)
    secret_files: Sequence[SecretFile] = field(default_factory=list)
    disk_volumes: Sequence[DiskVolume] = field(default_factory=list)
    tty: bool = False
    image_str: str = ""
    """The image exactly as the wire has it; empty in a container made by hand."""


@dataclass(frozen=True, slots=True)
class JobStatusItem:
    """One transition of a job's status."""

    status: JobStatus
    transition_time: datetime | None
    """None only when the platform sent none that can be read."""
    reason: str = ""
    description: str = ""
    exit_code: int | None = None
    status_text: str = ""
    """The status in the wire's words, also where it is not one of JobStatus."""


class Late:
    """A value whose rarely used attributes are decoded when they are first asked for.

    A slot that was left empty is asked of `_late`, a decoder that was handed in together with the
    `_source` that it reads from; it fills that slot, and others that it came by. A reader sees no
    difference: `dataclasses` functions, equality and `repr` take the whole value. A value made by
    hand has every slot filled.
    """

    __slots__ = ("_late", "_source")
    _late: Callable[[Any, str], None]
    _source: Any

    def __getattr__(self, name: str) -> Any:
        # Python comes here only for an empty slot or a name that does not exist.
        if name in Late.__slots__ or name.startswith("__") or not hasattr(type(self), name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._late(self, name)
        return object.__getattribute__(self, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatusHistory(Late):
    """How a job came to its present status."""

    status: JobStatus
    reason: str = ""
    description: str = ""
    restarts: int = 0
    """The number of restarts, as the platform counts them (approximate)."""
    created_at: datetime | None = None
    started_at: datetime | None = None
    """When it first ran; for a job that never ran, when it ended."""
    finished_at: datetime | None = None
    run_time_seconds: float | None = None
    """Seconds spent running, up to the moment when the platform answered."""
    exit_code: int | None = None
    transitions: Sequence[JobStatusItem] = ()
    """All of them, oldest first."""

    @property
    def changed_at(self) -> datetime | None:
        """When the present status began: the last transition, or else the creation."""
        if self.status.is_finished and self.finished_at is not None:
            return self.finished_at
        if self.transitions and self.transitions[-1].transition_time is not None:
            return self.transitions[-1].transition_time
        return self.created_at


@dataclass(frozen=True, slots=True)
class JobDescriptionInternal:
    """What the platform keeps for itself."""

    materialized: bool = False
    """Its pod exists in the cluster."""
    being_dropped: bool = False
    logs_removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDescription(Late):
    """A job. One that comes from the wire decodes what a list does not show when it is asked for.

    Fields that the wire lacks have the value that the reference names, or else None; an unknown
    status, priority or restart policy keeps its own words in `status_text`, `priority_text` and
    `restart_policy_text` (docs/protocol.md sections 10 and 11).
    """

    id: str
    owner: str
    cluster_name: str
    status: JobStatus
    history: JobStatusHistory
    container: Container
    org_name: str | None = None
    project_name: str = ""
    namespace: str = ""
    scheduler_enabled: bool = False
    """Round-robin scheduling: it may be suspended to let others run."""
    preemptible_node: bool = False
    pass_config: bool = False
    privileged: bool = False
    name: str | None = None
    tags: Sequence[str] = ()
    description: str | None = None
    http_url: URL = NO_URL
    internal_hostname: str | None = None
    internal_hostname_named: str | None = None
    life_span: float | None = None
    """Seconds of running time after which the platform ends it; None for no limit."""
    schedule_timeout: float | None = None
    """Seconds."""
    restart_policy: JobRestartPolicy = JobRestartPolicy.NEVER
    priority: JobPriority = JobPriority.NORMAL
    preset_name: str | None = None
    energy_schedule_name: str | None = None
    uri: URL = NO_URL
    org_project_hash: str | None = None
    total_price_credits: Decimal | None = None
    """Credits spent so far; None when the platform does not say."""
    price_credits_per_hour: Decimal | None = None
    status_text: str = ""
    restart_policy_text: str = ""
    priority_text: str = ""
    _internal: JobDescriptionInternal = JobDescriptionInternal()
    raw: bytes = field(default=b"", repr=False, compare=False)
    """The JSON object as the platform sent it; empty for a job made by hand."""
    created_at: datetime | None = field(init=False, repr=False, compare=False)
    """The same as `history.created_at`, at hand without decoding the history."""
    finished_at: datetime | None = field(init=False, repr=False, compare=False)
    """The same as `history.finished_at`, likewise."""
    image_names: tuple[str, str] = field(init=False, repr=False, compare=False)
    """The image as we write it and as the wire does, at hand without decoding the container."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_at", self.history.created_at)
        object.__setattr__(self, "finished_at", self.history.finished_at)
        names = str(self.container.image), self.container.image_str
        object.__setattr__(self, "image_names", names)

    @property
    def ssh_server(self) -> URL:
        """Always empty: the platform has no SSH servers any more."""
        return NO_URL

    @property
    def materialized(self) -> bool:
        """Its pod exists in the cluster."""
        return self._internal.materialized

    @property
    def being_dropped(self) -> bool:
        """The platform is removing it, after the retention time."""
        return self._internal.being_dropped

    @property
    def logs_removed(self) -> bool:
        return self._internal.logs_removed


@dataclass(frozen=True, slots=True)
class Message:
    """A chunk of output of a session."""

    fileno: int
    """1 for stdout, 2 for stderr."""
    data: bytes


SECRET_ENV = frozenset({"APOLO_PASSED_CONFIG", "NEURO_PASSED_CONFIG"})
"""Variables that hold a live token (docs/protocol.md section 11, pitfall 41): never shown."""
