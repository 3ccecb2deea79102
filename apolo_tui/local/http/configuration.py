"""`GET /config` (docs/protocol.md section 1.2) and the token endpoint (section 2.6)."""

from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from apolo_tui.local.configuration import GPU, Cluster, EnergySchedule, Pool, Preset, User
from apolo_tui.local.document import decimal_text
from apolo_tui.local.http.bodies import read_body
from apolo_tui.local.http.gate import authenticated
from apolo_tui.local.http.refusal import json_response
from apolo_tui.local.services import SERVICES, Services

MIB = 1 << 20


def auth_document(services: Services) -> dict[str, Any]:
    """The fields that a login needs. There is no browser login here, only tokens."""
    return {
        "auth_url": str(services.url / "authorize"),
        "token_url": str(services.url / "oauth/token"),
        "logout_url": str(services.url / "logout"),
        "client_id": "apolo-tui-local",
        "audience": str(services.url),
        "callback_urls": [f"http://127.0.0.1:{port}" for port in (54540, 54541, 54542)],
        "headless_callback_url": str(services.url / "authorize"),
        "success_redirect_url": str(services.url / "authorize"),
    }


def config_document(services: Services, user: User | None) -> dict[str, Any]:
    if user is None:
        return {"authorized": False, **auth_document(services)}
    configuration = services.configuration
    clusters = configuration.clusters_of(user)
    orgs = {org: None for cluster in clusters for org in configuration.orgs_of(user, cluster)}
    return {
        "authorized": True,
        **auth_document(services),
        "orgs": [{"name": org, "role": "user"} for org in orgs],
        "clusters": [cluster_document(services, user, cluster) for cluster in clusters],
        "projects": [
            {
                "name": project.name,
                "role": role,
                "cluster_name": project.cluster,
                "org_name": project.org,
            }
            for project, role in user.roles.items()
        ],
        "admin_url": str(services.url / "apis/admin/v1"),
        "vcluster_url": "",
    }


def cluster_document(services: Services, user: User, cluster: Cluster) -> dict[str, Any]:
    base = services.url / "clusters" / cluster.name
    return {
        "name": cluster.name,
        "orgs": list(services.configuration.orgs_of(user, cluster)),
        "timezone": cluster.timezone,
        "location": cluster.location,
        "logo_url": str(base / "logo.png"),
        "registry_url": f"https://{cluster.registry_host}",
        "storage_url": str(base / "api/v1/storage"),
        "monitoring_url": str(services.monitoring_url(cluster.name)),
        "users_url": str(base / "api/v1/users"),
        "secrets_url": str(base / "api/v1/secrets"),
        "disks_url": str(base / "api/v1/disk"),
        "buckets_url": str(base / "api/v1/buckets"),
        "grafana_url": str(base / "grafana"),
        "prometheus_url": str(base / "prometheus"),
        "resource_pool_types": [pool_document(pool) for pool in cluster.pools],
        "resource_presets": [preset_document(preset) for preset in cluster.presets],
        "energy_schedules": [schedule_document(one) for one in cluster.energy_schedules],
        "storage_volumes": [{"name": "default", "credits_per_hour_per_gb": "0"}],
        "apps": {"apps_hostname_templates": [], "launchpad_use_subdomain": False},
    }


def preset_document(preset: Preset) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": preset.name,
        "credits_per_hour": decimal_text(preset.credits_per_hour),
        "cpu": preset.cpu,
        "memory": preset.memory,
        "memory_mb": preset.memory // MIB,
        "scheduler_enabled": preset.scheduler_enabled,
        "preemptible_node": preset.preemptible_node,
        "is_preemptible": preset.scheduler_enabled,
        "is_preemptible_node_required": preset.preemptible_node,
        "resource_pool_names": list(preset.pools),
        "available_resource_pool_names": list(preset.pools),
    }
    if preset.gpu is not None:
        document["nvidia_gpu"] = gpu_document(preset.gpu)
    return document


def pool_document(pool: Pool) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": pool.name,
        "min_size": pool.nodes,
        "max_size": pool.nodes,
        "cpu": pool.cpu,
        "available_cpu": pool.cpu,
        "memory": pool.memory,
        "available_memory": pool.memory,
        "disk_size": pool.disk_size,
        "available_disk_size": pool.disk_size,
    }
    if pool.gpu is not None:
        document["nvidia_gpu"] = gpu_document(pool.gpu)
    if pool.is_preemptible:
        document["is_preemptible"] = True
    return document


def gpu_document(gpu: GPU) -> dict[str, Any]:
    document: dict[str, Any] = {"count": gpu.count, "model": gpu.model}
    if gpu.memory is not None:
        document["memory"] = gpu.memory
    return document


def schedule_document(schedule: EnergySchedule) -> dict[str, Any]:
    return {
        "name": schedule.name,
        "periods": [
            {
                "weekday": period.weekday,
                "start_time": period.start.strftime("%H:%M"),
                "end_time": period.end.strftime("%H:%M"),
            }
            for period in schedule.periods
        ],
    }


async def get_config(request: web.Request) -> web.StreamResponse:
    return json_response(config_document(request.app[SERVICES], authenticated(request)))


async def ping(request: web.Request) -> web.StreamResponse:
    return web.Response()


async def login_page(request: web.Request) -> web.StreamResponse:
    """Where a browser login ends up: no page can log in here."""
    return web.Response(
        status=404,
        text="The local platform has no browser login. Run: apolo-tui local env\n",
    )


async def post_token(request: web.Request) -> web.StreamResponse:
    """A new access token for a refresh token, and a new refresh token where they rotate."""
    services = request.app[SERVICES]
    form = dict(parse_qsl((await read_body(request)).decode("utf-8", "replace")))
    if form.get("grant_type") != "refresh_token":
        return json_response({"error": "unsupported_grant_type"}, status=400)
    rotate = services.rotate_refresh_tokens
    user = services.tokens.redeem_refresh(form.get("refresh_token", ""), rotate=rotate)
    if user is None:
        return json_response({"error": "invalid_grant"}, status=403)
    document = {
        "access_token": services.tokens.issue(user, expires_in=services.token_lifetime),
        "expires_in": services.token_lifetime,
        "token_type": "Bearer",
    }
    if rotate:
        document["refresh_token"] = services.tokens.issue_refresh(user)
    return json_response(document)
