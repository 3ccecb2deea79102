"""What the platform offers: clusters, presets, pools, projects (docs/protocol.md section 1.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal

from yarl import URL


@dataclass(frozen=True, slots=True)
class GPU:
    """GPUs of one vendor or MIG profile."""

    count: int
    model: str | None = None
    memory: int | None = None
    """Bytes of one GPU."""


@dataclass(frozen=True, slots=True)
class TPU:
    type: str
    software_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named set of resources with a price."""

    name: str
    credits_per_hour: Decimal
    cpu: float
    """Cores."""
    memory: int
    """Bytes."""
    nvidia_gpu: GPU | None = None
    amd_gpu: GPU | None = None
    intel_gpu: GPU | None = None
    nvidia_migs: Mapping[str, GPU] = field(default_factory=dict)
    tpu: TPU | None = None
    scheduler_enabled: bool = False
    """Jobs take turns: one may be suspended for another."""
    preemptible_node: bool = False
    resource_pool_names: Sequence[str] = ()
    available_resource_pool_names: Sequence[str] = ()

    @property
    def gpu(self) -> GPU | None:
        """The GPUs of the first vendor that has any."""
        return self.nvidia_gpu or self.amd_gpu or self.intel_gpu

    @property
    def gpu_memory(self) -> int | None:
        """Bytes over all GPUs; None without GPUs, or when the platform does not say."""
        gpu = self.gpu
        return None if gpu is None or gpu.memory is None else gpu.memory * gpu.count


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePool:
    """A pool of nodes of one kind."""

    name: str
    min_size: int = 0
    max_size: int = 0
    idle_size: int = 0
    cpu: float = 0.0
    available_cpu: float | None = None
    memory: int = 0
    available_memory: int | None = None
    disk_size: int = 0
    available_disk_size: int | None = None
    nvidia_gpu: GPU | None = None
    amd_gpu: GPU | None = None
    intel_gpu: GPU | None = None
    nvidia_migs: Mapping[str, GPU] = field(default_factory=dict)
    is_preemptible: bool = False


@dataclass(frozen=True, slots=True)
class EnergyPeriod:
    weekday: int
    """1 is Monday."""
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class EnergySchedule:
    """When energy is cheap: jobs with this schedule run then."""

    name: str
    periods: Sequence[EnergyPeriod] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """A project is known by its cluster, org and name together."""

    cluster_name: str
    org_name: str
    name: str
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster and where its services are. URLs that the platform does not offer are empty."""

    name: str
    orgs: Sequence[str] = ()
    monitoring_url: URL
    registry_url: URL
    storage_url: URL
    users_url: URL
    secrets_url: URL
    disks_url: URL
    buckets_url: URL
    presets: Mapping[str, Preset] = field(default_factory=dict)
    resource_pools: Mapping[str, ResourcePool] = field(default_factory=dict)
    energy_schedules: Mapping[str, EnergySchedule] = field(default_factory=dict)
    timezone: str = "UTC"
    location: str = ""

    @property
    def registry_host(self) -> str:
        """Host of the registry, with its port where the URL names one."""
        port = self.registry_url.explicit_port
        host = self.registry_url.host or ""
        return f"{host}:{port}" if port else host


@dataclass(frozen=True, slots=True)
class AuthConfig:
    """Where and how to log in, and to refresh a token."""

    auth_url: URL
    token_url: URL
    logout_url: URL
    client_id: str
    audience: str
    headless_callback_url: URL
    callback_urls: Sequence[URL] = ()
    success_redirect_url: URL | None = None


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """All that `GET {api}/config` tells."""

    authorized: bool
    auth: AuthConfig | None
    """None when the platform has no log-in service."""
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    projects: Sequence[Project] = ()
    admin_url: URL | None = None
    vcluster_url: URL | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """Credits of a user or an org (docs/protocol.md section A.5)."""

    credits: Decimal | None
    """What is left; None for no limit."""
    spent_credits: Decimal


@dataclass(frozen=True, slots=True)
class Quota:
    total_running_jobs: int | None = None
    """None for no limit."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a user, or an org, has in a cluster."""

    balance: Balance
    quota: Quota
    role: str = ""
