"""`GET {api}/config`, its copy in the login on disk, and accounts <-> values.

Sources: docs/protocol.md sections 1.2 (the answer), 2.3 (the copy, whose clusters have other key
names) and A.5 (accounts).
"""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from yarl import URL

from apolo_tui.model.config import (
    GPU,
    TPU,
    Account,
    AuthConfig,
    Balance,
    Cluster,
    EnergyPeriod,
    EnergySchedule,
    Preset,
    Project,
    Quota,
    ResourcePool,
    ServerConfig,
)
from apolo_tui.model.units import MIB
from apolo_tui.wire import lenient

CLUSTER_URLS = (
    "registry_url",
    "storage_url",
    "users_url",
    "monitoring_url",
    "secrets_url",
    "disks_url",
    "buckets_url",
)


def server_config_of(document: Mapping[str, Any]) -> ServerConfig:
    """The answer of `GET {api}/config`, authorised or not."""
    get = document.get
    return ServerConfig(
        authorized=lenient.flag(get("authorized")),
        auth=auth_of(document) if "token_url" in document else None,
        clusters=clusters_of(get("clusters")),
        projects=projects_of(get("projects")),
        admin_url=lenient.url(get("admin_url")) or None,
        vcluster_url=lenient.url(get("vcluster_url")) or None,
    )


def auth_of(document: Mapping[str, Any]) -> AuthConfig:
    """The fields about logging in, of either format."""
    get = document.get
    return AuthConfig(
        auth_url=lenient.url(get("auth_url")),
        token_url=lenient.url(get("token_url")),
        logout_url=lenient.url(get("logout_url")),
        client_id=lenient.text(get("client_id")),
        audience=lenient.text(get("audience")),
        headless_callback_url=lenient.url(get("headless_callback_url")),
        callback_urls=tuple(URL(item) for item in lenient.texts(get("callback_urls"))),
        success_redirect_url=lenient.url(get("success_redirect_url")) or None,
    )


def auth_document(auth: AuthConfig) -> dict[str, Any]:
    """The column `auth_config` of a login on disk."""
    return {
        "auth_url": str(auth.auth_url),
        "token_url": str(auth.token_url),
        "logout_url": str(auth.logout_url),
        "client_id": auth.client_id,
        "audience": auth.audience,
        "headless_callback_url": str(auth.headless_callback_url),
        "success_redirect_url": None
        if auth.success_redirect_url is None
        else str(auth.success_redirect_url),
        "callback_urls": [str(url) for url in auth.callback_urls],
    }


def projects_of(value: Any) -> tuple[Project, ...]:
    """The projects; those without an org are of a time before orgs and are left out."""
    return tuple(
        Project(
            cluster_name=lenient.text(item.get("cluster_name")),
            org_name=lenient.text(item.get("org_name")),
            name=lenient.text(item.get("name")),
            role=lenient.text(item.get("role")),
        )
        for item in lenient.sequence(value)
        if isinstance(item, dict) and item.get("name") and item.get("org_name")
    )


def projects_document(projects: tuple[Project, ...]) -> list[dict[str, Any]]:
    """The column `projects` of a login on disk."""
    return [
        {
            "name": project.name,
            "cluster_name": project.cluster_name,
            "org_name": project.org_name,
            "role": project.role,
        }
        for project in projects
    ]


def clusters_of(value: Any) -> dict[str, Cluster]:
    """Clusters by name, in the platform's order, of either format."""
    found = {}
    for item in lenient.sequence(value):
        if isinstance(item, dict) and lenient.optional_text(item.get("name")):
            cluster = cluster_of(item)
            found[cluster.name] = cluster
    return found


def cluster_of(document: Mapping[str, Any]) -> Cluster:
    get = document.get
    presets = [preset_of(item) for item in _objects(get("resource_presets") or get("presets"))]
    pools = [
        pool_of(item) for item in _objects(get("resource_pool_types") or get("resource_pools"))
    ]
    schedules = [schedule_of(item) for item in _objects(get("energy_schedules"))]
    return Cluster(
        name=lenient.text(get("name")),
        orgs=lenient.texts(get("orgs")),
        monitoring_url=lenient.url(get("monitoring_url")),
        registry_url=lenient.url(get("registry_url")),
        storage_url=lenient.url(get("storage_url")),
        users_url=lenient.url(get("users_url")),
        secrets_url=lenient.url(get("secrets_url")),
        disks_url=lenient.url(get("disks_url")),
        buckets_url=lenient.url(get("buckets_url")),
        presets={preset.name: preset for preset in presets},
        resource_pools={pool.name: pool for pool in pools},
        energy_schedules={schedule.name: schedule for schedule in schedules},
        timezone=lenient.text(get("timezone"), "UTC"),
        location=lenient.text(get("location")),
    )


def cluster_document(cluster: Cluster) -> dict[str, Any]:
    """An element of the column `clusters` of a login on disk."""
    urls = {key: str(getattr(cluster, key)) for key in CLUSTER_URLS}
    return {
        "name": cluster.name,
        "orgs": list(cluster.orgs),
        **urls,
        "resource_pools": [pool_document(pool) for pool in cluster.resource_pools.values()],
        "presets": [preset_document(preset) for preset in cluster.presets.values()],
        "apps": {"apps_hostname_templates": [], "launchpad_use_subdomain": False},
    }


def preset_of(document: Mapping[str, Any]) -> Preset:
    get = document.get
    tpu = lenient.mapping(get("tpu"))
    return Preset(
        name=lenient.text(get("name")),
        credits_per_hour=lenient.decimal(get("credits_per_hour")) or Decimal(0),
        cpu=lenient.number(get("cpu")) or 0.0,
        memory=memory_of(document),
        nvidia_gpu=gpu_of(document, "nvidia_gpu"),
        amd_gpu=gpu_of(document, "amd_gpu"),
        intel_gpu=gpu_of(document, "intel_gpu"),
        nvidia_migs=migs_of(get("nvidia_migs")),
        tpu=TPU(lenient.text(tpu.get("type")), lenient.text(tpu.get("software_version")))
        if tpu
        else None,
        scheduler_enabled=lenient.flag(
            get("scheduler_enabled"), lenient.flag(get("is_preemptible"))
        ),
        preemptible_node=lenient.flag(
            get("preemptible_node"), lenient.flag(get("is_preemptible_node_required"))
        ),
        resource_pool_names=lenient.texts(get("resource_pool_names")),
        available_resource_pool_names=lenient.texts(get("available_resource_pool_names")),
    )


def preset_document(preset: Preset) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": preset.name,
        "credits_per_hour": str(preset.credits_per_hour),
        "cpu": preset.cpu,
        "memory": preset.memory,
        "scheduler_enabled": preset.scheduler_enabled,
        "preemptible_node": preset.preemptible_node,
        "resource_pool_names": list(preset.resource_pool_names),
        "available_resource_pool_names": list(preset.available_resource_pool_names),
        **gpus_document(preset),
    }
    if preset.tpu is not None:
        document["tpu"] = {
            "type": preset.tpu.type,
            "software_version": preset.tpu.software_version,
        }
    return document


def pool_of(document: Mapping[str, Any]) -> ResourcePool:
    get = document.get
    return ResourcePool(
        name=lenient.text(get("name")),
        min_size=lenient.integer(get("min_size")) or 0,
        max_size=lenient.integer(get("max_size")) or 0,
        idle_size=lenient.integer(get("idle_size")) or 0,
        cpu=lenient.number(get("cpu")) or 0.0,
        available_cpu=lenient.number(get("available_cpu")),
        memory=memory_of(document),
        available_memory=lenient.integer(get("available_memory")),
        disk_size=lenient.integer(get("disk_size")) or 0,
        available_disk_size=lenient.integer(get("available_disk_size")),
        nvidia_gpu=gpu_of(document, "nvidia_gpu"),
        amd_gpu=gpu_of(document, "amd_gpu"),
        intel_gpu=gpu_of(document, "intel_gpu"),
        nvidia_migs=migs_of(get("nvidia_migs")),
        is_preemptible=lenient.flag(get("is_preemptible")),
    )


def pool_document(pool: ResourcePool) -> dict[str, Any]:
    return {
        "name": pool.name,
        "min_size": pool.min_size,
        "max_size": pool.max_size,
        "cpu": pool.cpu,
        "memory": pool.memory,
        "disk_size": pool.disk_size,
        "is_preemptible": pool.is_preemptible,
        **gpus_document(pool),
    }


def memory_of(document: Mapping[str, Any]) -> int:
    """Bytes; older platforms tell MiB alone."""
    memory = lenient.integer(document.get("memory"))
    if memory is None:
        memory = (lenient.integer(document.get("memory_mb")) or 0) * MIB
    return memory


def gpu_of(document: Mapping[str, Any], key: str) -> GPU | None:
    """GPUs of a vendor; old logins hold a plain count with the model beside it."""
    value = document.get(key)
    if isinstance(value, dict):
        return _gpu(value)
    count = lenient.integer(value)
    return GPU(count, lenient.optional_text(document.get(f"{key}_model"))) if count else None


def _gpu(document: Mapping[str, Any]) -> GPU | None:
    count = lenient.integer(document.get("count"))
    if not count:
        return None
    return GPU(
        count,
        lenient.optional_text(document.get("model")),
        lenient.integer(document.get("memory")),
    )


def migs_of(value: Any) -> dict[str, GPU]:
    found = {
        profile: _gpu(item)
        for profile, item in lenient.mapping(value).items()
        if isinstance(item, dict)
    }
    return {profile: gpu for profile, gpu in found.items() if gpu is not None}


def gpus_document(owner: Preset | ResourcePool) -> dict[str, Any]:
    """The GPU keys of a preset or a pool; a vendor without GPUs has none."""
    vendors = {
        "nvidia_gpu": owner.nvidia_gpu,
        "amd_gpu": owner.amd_gpu,
        "intel_gpu": owner.intel_gpu,
    }
    document: dict[str, Any] = {key: _gpu_document(gpu) for key, gpu in vendors.items() if gpu}
    if owner.nvidia_migs:
        document["nvidia_migs"] = {
            profile: _gpu_document(gpu) for profile, gpu in owner.nvidia_migs.items()
        }
    return document


def _gpu_document(gpu: GPU) -> dict[str, Any]:
    return {"count": gpu.count, "model": gpu.model, "memory": gpu.memory}


def schedule_of(document: Mapping[str, Any]) -> EnergySchedule:
    periods = []
    for item in _objects(document.get("periods")):
        weekday = lenient.integer(item.get("weekday"))
        start, end = _clock(item.get("start_time")), _clock(item.get("end_time"))
        if weekday is not None and start is not None and end is not None:
            periods.append(EnergyPeriod(weekday, start, end))
    return EnergySchedule(lenient.text(document.get("name")), tuple(periods))


def _clock(value: Any) -> time | None:
    try:
        return time.fromisoformat(lenient.text(value))
    except ValueError:
        return None


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in lenient.sequence(value) if isinstance(item, dict)]


def account_of(document: Mapping[str, Any]) -> Account:
    """A user's or an org's credits and quota (docs/protocol.md section A.5)."""
    balance = lenient.mapping(document.get("balance"))
    quota = lenient.mapping(document.get("quota"))
    return Account(
        balance=Balance(
            credits=lenient.decimal(balance.get("credits")),
            spent_credits=lenient.decimal(balance.get("spent_credits")) or Decimal(0),
        ),
        quota=Quota(lenient.integer(quota.get("total_running_jobs"))),
        role=lenient.text(document.get("role")),
    )
