"""What a local platform consists of: clusters, pools, presets, projects, users and quotas.

All of it is plain values. `machine.py` makes those of this machine, `example.py` those of the
tests. The JSON of `GET /config` is written by `http/config.py` (docs/protocol.md section 1.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from apolo_tui.local.names import ProjectKey

READ_ROLES = frozenset({"reader", "writer", "manager", "admin"})
WRITE_ROLES = frozenset({"writer", "manager", "admin"})


@dataclass(frozen=True, slots=True)
class GPU:
    """NVIDIA GPUs of a preset (how many it takes) or of a pool's node (how many it has)."""

    count: int
    model: str
    memory: int | None = None
    """Bytes of one GPU."""


@dataclass(frozen=True, slots=True)
class Preset:
    """What a job of this preset takes, and what it costs."""

    name: str
    cpu: float
    """Cores, counted in thousandths."""
    memory: int
    """Bytes; a job above it ends as out of memory."""
    pools: tuple[str, ...]
    credits_per_hour: Decimal = Decimal(0)
    gpu: GPU | None = None
    scheduler_enabled: bool = False
    """Round-robin: may be suspended to let others run."""
    preemptible_node: bool = False


@dataclass(frozen=True, slots=True)
class Pool:
    """A number of equal nodes. `cpu` and `memory` (bytes) are what jobs can have of one node."""

    name: str
    nodes: int
    cpu: float
    memory: int
    gpu: GPU | None = None
    disk_size: int = 0
    is_preemptible: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """A weekly window: `weekday` 1 (Monday) to 7, from `start` to `end`, both inclusive."""

    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class EnergySchedule:
    """When the jobs that name this schedule may run, in the cluster's time zone."""

    name: str
    periods: tuple[Period, ...]

    def open_at(self, when: datetime, zone: ZoneInfo) -> bool:
        local = when.astimezone(zone)
        minute = local.time().replace(second=0, microsecond=0)
        return any(
            period.weekday == local.isoweekday() and period.start <= minute <= period.end
            for period in self.periods
        )

    def next_change(self, when: datetime, zone: ZoneInfo) -> datetime | None:
        """The next moment at which a window begins or has ended."""
        local = when.astimezone(zone)
        moments = []
        for period in self.periods:
            ahead = timedelta(days=(period.weekday - local.isoweekday()) % 7)
            for at, after in ((period.start, timedelta()), (period.end, timedelta(minutes=1))):
                moment = datetime.combine(local.date() + ahead, at, zone) + after
                moments.append(moment if moment > local else moment + timedelta(days=7))
        return min(moments, default=None)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster with its pools and presets; the first preset is the default."""

    name: str
    orgs: tuple[str, ...]
    pools: tuple[Pool, ...]
    presets: tuple[Preset, ...]
    timezone: str = "UTC"
    location: str = "local"
    schedule_timeout: timedelta | None = timedelta(minutes=5)
    """How long a job waits for a place before it fails. None: for ever."""
    allow_priority: bool = True
    allow_privileged: bool = False
    energy_schedules: tuple[EnergySchedule, ...] = (
        EnergySchedule(
            "default", tuple(Period(day, time(0, 0), time(23, 59)) for day in range(1, 8))
        ),
    )

    @property
    def registry_host(self) -> str:
        return f"registry.{self.name}.local"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def preset(self, name: str) -> Preset | None:
        return next((preset for preset in self.presets if preset.name == name), None)

    def energy_schedule(self, name: str) -> EnergySchedule | None:
        return next((one for one in self.energy_schedules if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Quota:
    """What a user or an org may spend and run in one cluster. None: without a limit."""

    credits: Decimal | None = None
    total_running_jobs: int | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A user and the projects that the user has a role in."""

    name: str
    roles: Mapping[ProjectKey, str] = field(default_factory=dict)
    """reader, writer, manager or admin, by project."""

    def can_read(self, project: ProjectKey) -> bool:
        return self.roles.get(project) in READ_ROLES

    def can_write(self, project: ProjectKey) -> bool:
        return self.roles.get(project) in WRITE_ROLES


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole platform. The first user is the one whose token is handed out by default."""

    clusters: tuple[Cluster, ...]
    users: tuple[User, ...]
    user_quotas: Mapping[tuple[str, str, str], Quota] = field(default_factory=dict)
    """By (cluster, org, user)."""
    org_quotas: Mapping[tuple[str, str], Quota] = field(default_factory=dict)
    """By (cluster, org)."""

    def cluster(self, name: str) -> Cluster | None:
        return next((cluster for cluster in self.clusters if cluster.name == name), None)

    def user(self, name: str) -> User | None:
        return next((user for user in self.users if user.name == name), None)

    def clusters_of(self, user: User) -> tuple[Cluster, ...]:
        """The clusters in which the user has a project, in the platform's order."""
        mine = {project.cluster for project in user.roles}
        return tuple(cluster for cluster in self.clusters if cluster.name in mine)

    def orgs_of(self, user: User, cluster: Cluster) -> tuple[str, ...]:
        mine = {project.org for project in user.roles if project.cluster == cluster.name}
        return tuple(org for org in cluster.orgs if org in mine)

    def user_quota(self, cluster: str, org: str, user: str) -> Quota:
        return self.user_quotas.get((cluster, org, user), Quota())

    def org_quota(self, cluster: str, org: str) -> Quota:
        return self.org_quotas.get((cluster, org), Quota())


@dataclass(frozen=True, slots=True)
class Policies:
    """The platform's durations; tests shorten them."""

    life_span_minute: timedelta = timedelta(minutes=1)
    """How long a minute of `max_run_time_minutes` lasts."""
    restart_delays: tuple[timedelta, ...] = tuple(
        timedelta(seconds=seconds) for seconds in (10, 20, 40, 80, 160, 300)
    )
    """The waits before the first, second, ... restart; the last one repeats."""
    restart_reset: timedelta = timedelta(minutes=10)
    """A run that lasted longer starts again with the first delay."""
    preemption_quantum: timedelta = timedelta(hours=1)
    """How long a round-robin job runs before it makes room for a waiting one."""
    stop_grace: timedelta = timedelta(seconds=5)
    """Between SIGTERM and SIGKILL."""
    retention: timedelta = timedelta(days=180)
    """How long finished jobs and their logs are kept."""
    drop_delay: timedelta = timedelta(minutes=1)
    """Between asking for a job to be dropped and its removal."""
    restart_wait: timedelta = timedelta(minutes=10)
    """How long a log stream waits for the next run."""
    telemetry_interval: timedelta = timedelta(seconds=1)
    log_limit: int = 1 << 30
    """Bytes of log kept for each job."""
