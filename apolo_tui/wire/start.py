"""The bodies of the requests that start a job (docs/protocol.md section 5.2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from yarl import URL

from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import (
    Container,
    DiskVolume,
    HTTPPort,
    JobPriority,
    JobRestartPolicy,
    Resources,
    SecretFile,
    Volume,
)
from apolo_tui.model.units import whole_minutes


def start_document(
    *,
    image: RemoteImage,
    preset_name: str,
    cluster_name: str,
    org_name: str | None = None,
    project_name: str,
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
) -> dict[str, Any]:
    """The body of `POST {api}/jobs?from_preset`. What is not set is left out: null is refused.

    Raises ValueError for a life span that is not longer than zero.
    """
    document = {
        **container_document(
            image=image,
            entrypoint=entrypoint,
            command=command,
            working_dir=working_dir,
            http=http,
            env=env or {},
            volumes=volumes,
            secret_env=secret_env or {},
            secret_files=secret_files,
            disk_volumes=disk_volumes,
            tty=tty,
        ),
        **job_document(
            cluster_name=cluster_name,
            org_name=org_name,
            project_name=project_name,
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
        ),
        "preset_name": preset_name,
    }
    if shm:
        document["resources"] = {"shm": True}
    return document


def run_document(container: Container, *, scheduler_enabled: bool, **job: Any) -> dict[str, Any]:
    """The body of `POST {api}/jobs`, the older request. `job` is what `job_document` takes."""
    inner = container_document(
        image=container.image,
        entrypoint=container.entrypoint,
        command=container.command,
        working_dir=container.working_dir,
        http=container.http,
        env=container.env,
        volumes=container.volumes,
        secret_env=container.secret_env,
        secret_files=container.secret_files,
        disk_volumes=container.disk_volumes,
        tty=container.tty,
    )
    inner["resources"] = resources_document(container.resources)
    return {
        "container": inner,
        "scheduler_enabled": scheduler_enabled,
        **job_document(**job),
    }


def job_document(
    *,
    cluster_name: str,
    org_name: str | None = None,
    project_name: str,
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
) -> dict[str, Any]:
    """The fields of a job beside its container. `life_span` and `schedule_timeout` in seconds."""
    document: dict[str, Any] = {
        "cluster_name": cluster_name,
        "project_name": project_name,
        "pass_config": pass_config,
    }
    optional = {
        "org_name": org_name,
        "name": name,
        "tags": list(tags),
        "description": description,
        "wait_for_jobs_quota": wait_for_jobs_quota,
        "schedule_timeout": schedule_timeout,
        "max_run_time_minutes": None if life_span is None else whole_minutes(life_span),
        "restart_policy": None
        if restart_policy is JobRestartPolicy.NEVER
        else restart_policy.value,
        "privileged": privileged,
        "priority": None if priority is None else priority.name.lower(),
        "energy_schedule_name": energy_schedule_name,
    }
    document.update({key: value for key, value in optional.items() if value})
    return document


def container_document(
    *,
    image: RemoteImage,
    entrypoint: str | None,
    command: str | None,
    working_dir: str | None,
    http: HTTPPort | None,
    env: Mapping[str, str],
    volumes: Sequence[Volume],
    secret_env: Mapping[str, URL],
    secret_files: Sequence[SecretFile],
    disk_volumes: Sequence[DiskVolume],
    tty: bool,
) -> dict[str, Any]:
    """The fields of a container beside its resources."""
    document: dict[str, Any] = {"image": image.as_docker_url()}
    optional: dict[str, Any] = {
        "entrypoint": entrypoint,
        "command": command,
        "working_dir": working_dir,
        "http": None if http is None else http_document(http),
        "env": dict(env),
        "volumes": [
            {
                "src_storage_uri": str(volume.storage_uri),
                "dst_path": volume.container_path,
                "read_only": volume.read_only,
            }
            for volume in volumes
        ],
        "secret_env": {key: str(uri) for key, uri in secret_env.items()},
        "secret_volumes": [
            {"src_secret_uri": str(file.secret_uri), "dst_path": file.container_path}
            for file in secret_files
        ],
        "disk_volumes": [
            {
                "src_disk_uri": str(volume.disk_uri),
                "dst_path": volume.container_path,
                "read_only": volume.read_only,
            }
            for volume in disk_volumes
        ],
        "tty": tty,
    }
    document.update({key: value for key, value in optional.items() if value})
    return document


def http_document(http: HTTPPort) -> dict[str, Any]:
    document: dict[str, Any] = {"port": http.port, "requires_auth": http.requires_auth}
    if http.health_check_path is not None:
        document["health_check_path"] = http.health_check_path
    return document


def resources_document(resources: Resources) -> dict[str, Any]:
    """Resources as the older request takes them."""
    document: dict[str, Any] = {
        "cpu": resources.cpu,
        "memory": resources.memory,
        "shm": resources.shm,
    }
    optional: dict[str, Any] = {
        "nvidia_gpu": resources.nvidia_gpu,
        "amd_gpu": resources.amd_gpu,
        "intel_gpu": resources.intel_gpu,
        "nvidia_gpu_model": resources.nvidia_gpu_model,
        "amd_gpu_model": resources.amd_gpu_model,
        "intel_gpu_model": resources.intel_gpu_model,
        "nvidia_migs": {
            profile: {"count": count} for profile, count in resources.nvidia_migs.items()
        },
    }
    document.update({key: value for key, value in optional.items() if value})
    if resources.tpu_type:
        document["tpu"] = {
            "type": resources.tpu_type,
            "software_version": resources.tpu_software_version or "",
        }
    return document


def life_span_document(additional_life_span: float) -> dict[str, int]:
    """The body that adds to a life span: seconds, rounded up to whole minutes.

    Raises ValueError for zero or less (docs/protocol.md section 5.6).
    """
    return {"additional_max_run_time_minutes": whole_minutes(additional_life_span)}


def save_document(image: RemoteImage) -> dict[str, Any]:
    """The body that saves a job's container as an image (docs/protocol.md section 6.7)."""
    return {"container": {"image": image.as_docker_url()}}
