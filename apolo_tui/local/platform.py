"""A local platform within the caller's event loop.

async with serve() as platform:
    ...  # platform.url, platform.token
"""

import logging
import tempfile
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

from yarl import URL

from apolo_tui.local.clock import Clock, wall_clock
from apolo_tui.local.configuration import Cluster, Configuration, Policies, User
from apolo_tui.local.database import Database
from apolo_tui.local.engine import Engine
from apolo_tui.local.example import two_clusters
from apolo_tui.local.faults import Faults
from apolo_tui.local.gpus import GPUs, NoGPUs
from apolo_tui.local.http.configuration import config_document
from apolo_tui.local.http.connections import Door, bind, listening
from apolo_tui.local.http.routes import application
from apolo_tui.local.keeper.inprocess import open_keeper
from apolo_tui.local.keeper_line import KeeperOpener
from apolo_tui.local.login import write_login
from apolo_tui.local.names import ProjectKey
from apolo_tui.local.record import JobRecord
from apolo_tui.local.secret_file import SecretFile
from apolo_tui.local.services import Call, Services, Traffic
from apolo_tui.local.staging import Phases
from apolo_tui.local.telemetry import Telemetry
from apolo_tui.local.tokens import Tokens, signing_key

log = logging.getLogger(__name__)

TOKEN_LIFETIME = 24 * 3600.0


class Platform:
    """A running platform, for those who set it up: tests, the demonstration, the background."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.services = services
        self.folder = folder

    @property
    def url(self) -> URL:
        """The API's base, `http://127.0.0.1:<port>/api/v1`."""
        return self.services.api_url

    @property
    def users(self) -> tuple[User, ...]:
        return self.services.configuration.users

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        return self.services.configuration.clusters

    @property
    def token(self) -> str:
        """A token of the first user."""
        return self.token_for(self.users[0].name)

    def token_for(self, user: str, *, expires_in: float | None = None) -> str:
        """A token of a user; `expires_in` in seconds, None for one that stays valid."""
        if self.services.configuration.user(user) is None:
            raise ValueError(f"there is no user {user!r}")
        return self.services.tokens.issue(user, expires_in=expires_in)

    def expire_tokens(self) -> None:
        """All tokens given out so far are refused from now on; refresh tokens stay good."""
        self.services.tokens.expire_all()

    @property
    def faults(self) -> Faults:
        return self.services.faults

    @property
    def phases(self) -> Phases | None:
        """What jobs go through between their place and their process; see `staging.Phases`."""
        return self.services.engine.lifecycle.phases

    @phases.setter
    def phases(self, phases: Phases | None) -> None:
        self.services.engine.lifecycle.phases = phases

    @property
    def calls(self) -> deque[Call]:
        """The last requests, oldest first."""
        return self.services.traffic.calls

    @property
    def sockets(self) -> Counter[str]:
        """How many streams are open, by operation."""
        return self.services.traffic.sockets

    @property
    def most_sockets(self) -> Counter[str]:
        """The most streams that were open at once, by operation."""
        return self.services.traffic.most_sockets

    def cut(self, operation: str, *, job_id: str | None = None) -> int:
        """Break the open websockets of an operation, of one job or of all. Returns how many."""
        struck = [
            stream
            for stream in list(self.services.streams)
            if stream.operation == operation and job_id in (None, stream.job_id)
        ]
        for stream in struck:
            stream.abort()
        return len(struck)

    def record(self, job_id: str) -> JobRecord:
        """What the platform knows of a job. Raises KeyError."""
        record = self.services.engine.record(job_id)
        if record is None:
            raise KeyError(job_id)
        return record

    @property
    def secrets_path(self) -> Path:
        return self.folder / "secrets.toml"

    def login_folder(
        self,
        path: Path,
        *,
        user: str | None = None,
        project: ProjectKey | None = None,
        expires_in: float | None = None,
        refreshable: bool = False,
    ) -> Path:
        """Write a login like that of `apolo login` to the folder `path`, and return it.

        `expires_in` (seconds) is when token and login expire; None for in three years.
        """
        services = self.services
        owner = self.users[0] if user is None else services.configuration.user(user)
        if owner is None:
            raise ValueError(f"there is no user {user!r}")
        place = min(owner.roles, key=self._order) if project is None else project
        now = services.now()
        lifetime = timedelta(days=3 * 365) if expires_in is None else timedelta(seconds=expires_in)
        write_login(
            path,
            url=str(self.url),
            token=services.tokens.issue(owner.name, expires_in=expires_in),
            expires=(now + lifetime).timestamp(),
            refresh_token=services.tokens.issue_refresh(owner.name) if refreshable else "",
            config=config_document(services, owner),
            project=place.name,
            cluster=place.cluster,
            org=place.org,
            now=now.timestamp(),
        )
        return path

    def _order(self, project: ProjectKey) -> tuple[int, int, str]:
        """The order in which a login chooses: the first cluster, its first org, by name."""
        clusters: Sequence[str] = [cluster.name for cluster in self.clusters]
        cluster = self.clusters[clusters.index(project.cluster)]
        return clusters.index(project.cluster), cluster.orgs.index(project.org), project.name


@asynccontextmanager
async def serve(
    *,
    port: int = 0,
    folder: Path | None = None,
    configuration: Configuration | None = None,
    policies: Policies | None = None,
    phases: Phases | None = None,
    keepers: KeeperOpener | None = None,
    gpus: GPUs | None = None,
    now: Clock = wall_clock,
    token_lifetime: float = TOKEN_LIFETIME,
    rotate_refresh_tokens: bool = False,
    door: Door | None = None,
) -> AsyncIterator[Platform]:
    """A platform on 127.0.0.1 that ends with the block.

    Without `folder` everything is in a temporary one. Without `configuration` it is that of
    `example.two_clusters`. Without `keepers` the jobs' processes end with the block; with them
    they go on in the keeper that is opened. `port` 0 takes a free one; OSError when it is taken.
    """
    async with AsyncExitStack() as stack:
        if folder is None:
            # The keeper's sockets need short paths.
            temporary = tempfile.TemporaryDirectory(prefix="apolo-tui-")
            folder = Path(stack.enter_context(temporary))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        policies = policies or Policies()
        configuration = configuration or two_clusters()
        sock = stack.enter_context(closing(bind(port)))
        database = stack.enter_context(closing(Database(folder / "platform.sqlite")))
        tokens = Tokens(signing_key(folder / "token.key"), now)
        place = folder / "keeper"
        engine = Engine(
            configuration=configuration,
            policies=policies,
            database=database,
            secrets=SecretFile(folder / "secrets.toml"),
            keepers=keepers or (lambda: open_keeper(place, log_limit=policies.log_limit)),
            now=now,
            phases=phases,
        )

        async def tree(job_id: str) -> Sequence[int]:
            return await (await engine.keeper()).tree(job_id)

        telemetry = Telemetry(
            tree=tree,
            gpus=gpus or NoGPUs(),
            job_gpus=lambda job_id: services.job_gpus(job_id),
            interval=policies.telemetry_interval.total_seconds(),
        )
        services = Services(
            configuration=configuration,
            policies=policies,
            database=database,
            engine=engine,
            tokens=tokens,
            faults=Faults(),
            telemetry=telemetry,
            traffic=Traffic(now),
            now=now,
            url=URL.build(scheme="http", host="127.0.0.1", port=sock.getsockname()[1]),
            token_lifetime=token_lifetime,
            rotate_refresh_tokens=rotate_refresh_tokens,
        )
        await stack.enter_async_context(engine.run())
        stack.push_async_callback(telemetry.close)
        await stack.enter_async_context(listening(application(services), sock, door or Door()))
        yield Platform(services, folder)
