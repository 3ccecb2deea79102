"""The jobs of the platform: list, look at, start, stop.

docs/protocol.md sections 5, 6.1, 6.5, 6.7 and 8.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from typing import Any

from yarl import URL

from apolo_tui.client.listing import read_jobs
from apolo_tui.client.placement import (
    full_container,
    full_disks,
    full_files,
    full_secrets,
    full_volumes,
    refusing,
)
from apolo_tui.client.resolution import JobAddress, read_name
from apolo_tui.client.saving import SaveProgress, follow_save
from apolo_tui.client.streams import Streams
from apolo_tui.model.errors import (
    ConnectionFailed,
    IllegalArgumentError,
    ProtocolError,
    ResourceNotFound,
    ServerError,
)
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import (
    Container,
    DiskVolume,
    HTTPPort,
    JobDescription,
    JobPriority,
    JobRestartPolicy,
    JobStatus,
    SecretFile,
    Volume,
)
from apolo_tui.model.uris import Place, is_job_id
from apolo_tui.wire import lenient
from apolo_tui.wire.listing import NDJSON, list_query
from apolo_tui.wire.start import life_span_document, run_document, save_document, start_document

ALL_ORGS: tuple[None, ...] = (None,)
"""For `org_names` of `Jobs.list`: the jobs of all orgs."""

LOOK_FIRST = "Look whether the job was started before you start it again."


class Jobs(Streams):
    """The jobs that a user may see and start. Every call raises the errors of `ApoloError`.

    Calls that name a job take its id; `resolve` turns names and URIs into ids.
    """

    @asynccontextmanager
    async def list(
        self,
        *,
        statuses: Iterable[JobStatus] = (),
        name: str | None = None,
        tags: Sequence[str] = (),
        owners: Iterable[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        reverse: bool = False,
        limit: int | None = None,
        cluster_name: str | None = None,
        org_names: Iterable[str | None] = (),
        project_names: Iterable[str] = (),
        _materialized: bool | None = None,
        _being_dropped: bool | None = False,
        _logs_removed: bool | None = False,
    ) -> AsyncIterator[AsyncIterator[JobDescription]]:
        """Jobs by creation, the earliest first unless `reverse` (docs/protocol.md section 5.4).

        `statuses` and `owners` are alternatives, all of `tags` must be there; empty filters are
        none. `since` and `until` are inclusive bounds of the creation, local time when naive.
        `cluster_name` None is the current cluster, no `org_names` the current org, ALL_ORGS every
        org.

        The iteration raises NDJSONError or ConnectionFailed when the list breaks off; what came
        before has been given by then. A job that cannot be read is left out.
        """
        await self._config.settle()
        orgs = [*org_names] or [self._config.org_name]
        query = list_query(
            statuses=statuses,
            name=name,
            tags=tags,
            owners=owners,
            cluster_name=cluster_name or self._config.cluster_name,
            org_names=[org for org in orgs if org is not None],
            project_names=project_names,
            since=since,
            until=until,
            reverse=reverse,
            limit=limit,
            materialized=_materialized,
            being_dropped=_being_dropped,
            logs_removed=_logs_removed,
        )
        async with (
            self._core.stream(
                "GET", self._config.api_url / "jobs", params=query, headers={"Accept": NDJSON}
            ) as response,
            aclosing(read_jobs(self._core, response, self._decoder)) as jobs,
        ):
            yield jobs

    async def resolve(self, name_or_uri: str) -> JobAddress:
        """The id and the cluster of a job from its id, name or `job:` URI.

        An id costs no request. Of several jobs of one name an active one is taken before those
        that ended, and of these the newest. Raises ResourceNotFound when there is none.
        """
        await self._config.settle()
        wanted = read_name(name_or_uri, self._config.place)
        place = wanted.place
        if is_job_id(wanted.name):
            return JobAddress(wanted.name, place.cluster_name)
        if wanted.possible:
            for statuses in (JobStatus.active_items(), JobStatus.finished_items()):
                async with self.list(
                    statuses=statuses,
                    name=wanted.name,
                    cluster_name=place.cluster_name,
                    org_names=(place.org_name,),
                    project_names=(place.project_name,) if place.project_name else (),
                    reverse=True,
                    limit=1,
                ) as jobs:
                    async for job in jobs:
                        return JobAddress(job.id, job.cluster_name or place.cluster_name)
        raise ResourceNotFound(f"there is no job {wanted}")

    async def start(
        self,
        *,
        image: RemoteImage,
        preset_name: str,
        cluster_name: str | None = None,
        org_name: str | None = None,
        entrypoint: str | None = None,
        command: str | None = None,
        working_dir: str | None = None,
        http: HTTPPort | None = None,
        env: Mapping[str, str] | None = None,
        volumes: Sequence[Volume] = (),
        secret_env: Mapping[str, URL] | None = None,
        secret_files: Sequence[SecretFile] = (),
        disk_volumes: Sequence[DiskVolume] = (),
        tty: bool = False,
        shm: bool = False,
        name: str | None = None,
        tags: Sequence[str] = (),
        description: str | None = None,
        pass_config: bool = False,
        wait_for_jobs_quota: bool = False,
        schedule_timeout: float | None = None,
        restart_policy: JobRestartPolicy = JobRestartPolicy.NEVER,
        life_span: float | None = None,
        privileged: bool = False,
        priority: JobPriority | None = None,
        energy_schedule_name: str | None = None,
        project_name: str | None = None,
    ) -> JobDescription:
        """Start a job with the resources of a preset (docs/protocol.md section 5.2).

        `life_span` is in seconds, rounded up to whole minutes, None for no limit;
        `schedule_timeout` is in seconds. Short URIs belong to the current cluster, org and
        project. Asked once only: when the answer is lost the error says to look first.
        """
        await self._config.settle()
        place = self._place(cluster_name, org_name, project_name)
        here = self._config.place
        with refusing():
            document = start_document(
                image=image,
                preset_name=preset_name,
                cluster_name=place.cluster_name,
                org_name=place.org_name,
                project_name=place.project_name or "",
                entrypoint=entrypoint,
                command=command,
                working_dir=working_dir,
                http=http,
                env=env,
                volumes=full_volumes(volumes, here),
                secret_env=full_secrets(secret_env or {}, here),
                secret_files=full_files(secret_files, here),
                disk_volumes=full_disks(disk_volumes, here),
                tty=tty,
                shm=shm,
                name=name,
                tags=tags,
                description=description,
                pass_config=pass_config,
                wait_for_jobs_quota=wait_for_jobs_quota,
                schedule_timeout=schedule_timeout,
                restart_policy=restart_policy,
                life_span=life_span,
                privileged=privileged,
                priority=priority,
                energy_schedule_name=energy_schedule_name,
            )
        return await self._create(
            (self._config.api_url / "jobs").with_query("from_preset"), document
        )

    async def run(
        self,
        container: Container,
        *,
        name: str | None = None,
        tags: Sequence[str] = (),
        description: str | None = None,
        scheduler_enabled: bool = False,
        pass_config: bool = False,
        wait_for_jobs_quota: bool = False,
        schedule_timeout: float | None = None,
        restart_policy: JobRestartPolicy = JobRestartPolicy.NEVER,
        life_span: float | None = None,
        org_name: str | None = None,
        priority: JobPriority | None = None,
        project_name: str | None = None,
        is_preemptible: bool = False,
    ) -> JobDescription:
        """Start a job with resources of its own, by the request that `start` has replaced.

        `is_preemptible` is the old name of `scheduler_enabled`. All else as in `start`.
        """
        await self._config.settle()
        place = self._place(None, org_name, project_name)
        with refusing():
            document = run_document(
                full_container(container, self._config.place),
                scheduler_enabled=scheduler_enabled or is_preemptible,
                cluster_name=place.cluster_name,
                org_name=place.org_name,
                project_name=place.project_name or "",
                name=name,
                tags=tags,
                description=description,
                pass_config=pass_config,
                wait_for_jobs_quota=wait_for_jobs_quota,
                schedule_timeout=schedule_timeout,
                restart_policy=restart_policy,
                life_span=life_span,
                priority=priority,
            )
        return await self._create(self._config.api_url / "jobs", document)

    async def kill(self, id: str) -> None:
        """Cancel a job; one that has ended stays as it is (docs/protocol.md section 5.5).

        Raises ResourceNotFound when there is none.
        """
        await self._core.call("DELETE", self._job(id))

    async def send_signal(self, id: str, *, cluster_name: str | None = None) -> None:
        """Send SIGKILL to a job's process (docs/protocol.md section 6.5).

        The job ends as failed with exit code 137, or starts anew if its restart policy says so:
        `kill` is what cancels a job. Raises JobNotRunning.
        """
        await self._core.call("POST", await self._monitoring(cluster_name, id, "kill"))

    async def bump_life_span(self, id: str, additional_life_span: float) -> None:
        """Let a job run longer: `additional_life_span` in seconds, rounded up to whole minutes.

        A job without a limit is refused, with IllegalArgumentError as for zero and less: the
        platform would give it a limit that counts from its start, and could end it at once
        (docs/protocol.md section 5.6). This look costs a request.
        """
        with refusing():
            document = life_span_document(additional_life_span)
        job = await self.status(id)
        if job.life_span is None:
            raise IllegalArgumentError(
                f"the job {id} has no limit to its life span; adding to it would set one",
                next_step="Leave it: it runs until it ends or is killed.",
            )
        await self._core.call("PUT", self._job(id, "max_run_time_minutes"), json=document)

    async def get_capacity(self, *, cluster_name: str | None = None) -> Mapping[str, int]:
        """How many more jobs of each preset could start now, about (docs/protocol.md 6.1)."""
        cluster = await self._config.find_cluster(cluster_name)
        told = lenient.mapping(
            await self._core.document("GET", cluster.monitoring_url / "capacity")
        )
        counts = {preset: lenient.integer(count) for preset, count in told.items()}
        return {preset: count for preset, count in counts.items() if count is not None}

    async def save(
        self,
        id: str,
        image: RemoteImage,
        *,
        progress: Callable[[SaveProgress], None] | None = None,
        cluster_name: str | None = None,
    ) -> None:
        """Save a running job's container as an image of the platform (docs/protocol.md 6.7).

        `progress` is called with each step. Raises JobNotRunning, IllegalArgumentError for an
        image of another registry, and ClientError with what else the platform says.
        """
        if not image.is_platform:
            raise IllegalArgumentError(
                f"{image} is not in the platform's registry",
                next_step="Write it like image:NAME:TAG",
            )
        url = await self._monitoring(cluster_name, id, "save")
        async with self._core.stream(
            "POST", url, json=save_document(image), may_pause=True
        ) as response:
            await follow_save(self._core, response, progress)

    async def _create(self, url: URL, document: Mapping[str, Any]) -> JobDescription:
        try:
            raw = await self._core.call("POST", url, json=document)
        except (ConnectionFailed, ServerError) as error:
            error.next_step = LOOK_FIRST
            raise
        try:
            return self._decoder.decode(raw)
        except ProtocolError as error:
            error.next_step = LOOK_FIRST
            raise

    def _place(self, cluster: str | None, org: str | None, project: str | None) -> Place:
        """Where a new job belongs. Raises ConfigError when no project is selected."""
        config = self._config
        return Place(
            cluster or config.cluster_name,
            org or config.org_name,
            project or config.project_name_or_raise,
        )
