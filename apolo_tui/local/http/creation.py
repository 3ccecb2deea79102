"""`POST /jobs`: from a checked body to an accepted job (docs/protocol.md section 5.2)."""

import base64
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

from apolo_tui.local.accounts import QuotaError
from apolo_tui.local.configuration import Cluster, Preset, User
from apolo_tui.local.document import job_document
from apolo_tui.local.http.bodies import read_json
from apolo_tui.local.http.gate import user_of
from apolo_tui.local.http.refusal import RefusedError, json_response
from apolo_tui.local.job_request import CONTAINER_KEYS, flat_request, nested_request
from apolo_tui.local.names import ProjectKey, new_job_id
from apolo_tui.local.record import JobRecord
from apolo_tui.local.services import SERVICES, Services

ACCEPTED = 202
MIB = 1 << 20
PASSED_CONFIG = "NEURO_PASSED_CONFIG"


async def post_job(request: web.Request) -> web.StreamResponse:
    services, user = request.app[SERVICES], user_of(request)
    flat = "from_preset" in request.query
    check = flat_request if flat else nested_request
    body: dict[str, Any] = check(await read_json(request))
    record = requested(services, user, body, flat=flat)
    try:
        services.engine.accept(record)
    except QuotaError as error:
        raise RefusedError(400, str(error)) from None
    return json_response(job_document(record, services.now()), status=ACCEPTED)


def requested(services: Services, user: User, body: dict[str, Any], *, flat: bool) -> JobRecord:
    """The job that the body asks for, not accepted yet. Raises RefusedError."""
    cluster, project = _place(services, user, body)
    _check_cluster_rules(cluster, body)
    _check_name(services, project, body.get("name"))
    preset = _preset(cluster, body, flat=flat)
    source = body if flat else body["container"]
    _check_secrets(cluster, source)
    scheduler = body.get("scheduler_enabled", body.get("is_preemptible", False))
    preemptible = body.get("preemptible_node", body.get("is_preemptible_node_required", False))
    if flat and preset is not None:
        scheduler, preemptible = preset.scheduler_enabled, preset.preemptible_node
    _check_scheduling(cluster, body, scheduler=scheduler)
    container = container_document(source, _resources(source, preset, flat=flat))
    if body.get("pass_config", False):
        _pass_config(services, user, project, container)
    return JobRecord(
        id=new_job_id(),
        owner=user.name,
        project=project,
        created_at=services.now(),
        container=container,
        preset_name=preset.name if flat and preset is not None else body.get("preset_name"),
        name=body.get("name"),
        description=body.get("description"),
        tags=tuple(sorted(set(body.get("tags", ())))),
        pass_config=body.get("pass_config", False),
        privileged=body.get("privileged", False),
        wait_for_jobs_quota=body.get("wait_for_jobs_quota", False),
        priority=body.get("priority", "normal"),
        restart_policy=body.get("restart_policy", "never"),
        schedule_timeout=body.get("schedule_timeout"),
        max_run_time_minutes=body.get("max_run_time_minutes"),
        energy_schedule_name=body.get("energy_schedule_name"),
        scheduler_enabled=scheduler,
        preemptible_node=preemptible,
        price_per_hour=preset.credits_per_hour if preset is not None else Decimal(0),
    )


def _place(services: Services, user: User, body: dict[str, Any]) -> tuple[Cluster, ProjectKey]:
    configuration = services.configuration
    clusters = configuration.clusters_of(user)
    if not clusters:
        raise RefusedError(403, "No clusters")
    name = body.get("cluster_name", clusters[0].name)
    cluster = next((one for one in clusters if one.name == name), None)
    refusal = "User is not allowed to submit jobs to the specified cluster"
    if cluster is None:
        raise RefusedError(403, refusal)
    orgs = configuration.orgs_of(user, cluster)
    org = body.get("org_name", orgs[0])
    if org not in orgs:
        raise RefusedError(403, f"{refusal} as a member of given organization")
    project = ProjectKey(name, org, body.get("project_name", user.name))
    if not user.can_write(project):
        raise RefusedError(403, {"missing": [{"uri": project.uri, "action": "write"}]})
    return cluster, project


def _check_cluster_rules(cluster: Cluster, body: dict[str, Any]) -> None:
    if body.get("privileged", False) and not cluster.allow_privileged:
        raise RefusedError(400, f"Cluster {cluster.name} does not allow privileged jobs")
    if body.get("priority", "normal") != "normal" and not cluster.allow_priority:
        raise RefusedError(400, f"Cluster {cluster.name} does not allow specifying job priority")


def _check_name(services: Services, project: ProjectKey, name: str | None) -> None:
    if name is None:
        return
    if name.startswith("job-"):
        raise RefusedError(400, "Failed to create job: job name cannot start with 'job-' prefix.")
    for job in services.engine.live.values():
        record = job.record
        if record.name == name and record.project.name == project.name and not record.final:
            raise RefusedError(
                400,
                f"Failed to create job: job with name '{name}' and project '{project.name}' "
                f"already exists: '{record.id}'",
            )


def _preset(cluster: Cluster, body: dict[str, Any], *, flat: bool) -> Preset | None:
    name = body.get("preset_name")
    if flat and not name:
        return cluster.presets[0]
    preset = cluster.preset(name) if name else None
    if flat and preset is None:
        raise RefusedError(400, "Preset was not found")
    return preset


def _check_scheduling(cluster: Cluster, body: dict[str, Any], *, scheduler: bool) -> None:
    if scheduler and "schedule_timeout" in body:
        raise RefusedError(400, "schedule_timeout is not allowed for jobs with enabled scheduler")
    energy = body.get("energy_schedule_name")
    if energy is None:
        return
    if not scheduler:
        raise RefusedError(
            400, "energy_schedule_name is only allowed for jobs with enabled scheduler"
        )
    if cluster.energy_schedule(energy) is None:
        raise RefusedError(400, f"Cluster {cluster.name} has no energy schedule '{energy}'")


def _check_secrets(cluster: Cluster, source: dict[str, Any]) -> None:
    uris = [*source.get("secret_env", {}).values()]
    uris += [volume["src_secret_uri"] for volume in source.get("secret_volumes", ())]
    for uri in uris:
        if not uri.startswith(f"secret://{cluster.name}/"):
            raise RefusedError(400, f"Invalid secret URI {uri}: the cluster must be {cluster.name}")


def _resources(source: dict[str, Any], preset: Preset | None, *, flat: bool) -> dict[str, Any]:
    """The resources as they are told: of the preset, or as they were sent."""
    if not flat:
        sent = dict(source["resources"])
        return {**sent, "memory_mb": sent["memory"] // MIB}
    assert preset is not None
    resources: dict[str, Any] = {
        "cpu": preset.cpu,
        "memory": preset.memory,
        "memory_mb": preset.memory // MIB,
    }
    if preset.gpu is not None:
        resources["nvidia_gpu"] = preset.gpu.count
        resources["nvidia_gpu_model"] = preset.gpu.model
    if "shm" in source.get("resources", {}):
        resources["shm"] = source["resources"]["shm"]
    return resources


def container_document(source: dict[str, Any], resources: dict[str, Any]) -> dict[str, Any]:
    """The container as section 5.3 tells it, with the server's defaults filled in."""
    document = {key: source[key] for key in CONTAINER_KEYS if source.get(key)}
    document["env"] = dict(source.get("env", {}))
    document["volumes"] = [_mounted(volume) for volume in source.get("volumes", ())]
    if "disk_volumes" in document:
        document["disk_volumes"] = [_mounted(volume) for volume in source["disk_volumes"]]
    if "http" in source:
        document["http"] = {"health_check_path": "/", "requires_auth": False, **source["http"]}
    document["resources"] = resources
    return document


def _mounted(volume: dict[str, Any]) -> dict[str, Any]:
    return {"read_only": True, **volume}


def _pass_config(
    services: Services, user: User, project: ProjectKey, container: dict[str, Any]
) -> None:
    if PASSED_CONFIG in container["env"]:
        raise RefusedError(400, f"Cannot pass config: ENV '{PASSED_CONFIG}' already specified")
    passed = {
        "token": services.tokens.issue(user.name),
        "cluster": project.cluster,
        "org_name": project.org,
        "project_name": project.name,
        "url": str(services.api_url),
    }
    container["env"][PASSED_CONFIG] = base64.b64encode(msgspec.json.encode(passed)).decode()
