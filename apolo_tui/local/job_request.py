"""The body of `POST /jobs`, flat and nested (docs/protocol.md section 5.2)."""

from typing import Any
from urllib.parse import unquote, urlsplit

from apolo_tui.local.validation import (
    Check,
    DataError,
    Key,
    array,
    boolean,
    both,
    either,
    enum,
    integer,
    keys,
    mapping,
    null,
    number,
    shell_words,
    string,
)

NAME = r"[a-z](-?[a-z0-9])*"
RESOURCE_NAME = r"[a-z0-9](-?[a-z0-9])*"
USER_NAME = r"[a-z0-9]([-/]?[a-z0-9])*"
THIRTY_DAYS = 2592000
MIN_MEMORY_MB = 16


job_name = string(least=3, most=40, pattern=NAME)
resource_name = string(least=3, most=255, pattern=RESOURCE_NAME)
user_name = string(least=3, most=21, pattern=USER_NAME)


def tag(value: Any) -> str:
    found: str = string(least=1, most=256)(value)
    if any(char.isspace() for char in found):
        raise DataError("value contains whitespace")
    return found


def variable_name(value: Any) -> str:
    found: str = string()(value)
    if "=" in found:
        raise DataError("value contains '='")
    return found


def absolute_path(value: Any) -> str:
    found: str = string()(value)
    if not found.startswith("/"):
        raise DataError("value should be an absolute path")
    return found


def uri(scheme: str, *, least_parts: int, prefix: str = "") -> Check:
    """`scheme://cluster/...` with at least so many path items, the last one beginning so."""

    def check(value: Any) -> str:
        found: str = string()(value)
        if "?" in found or "#" in found:
            raise DataError("query and fragment are not allowed in a URI")
        try:
            parts = urlsplit(found)
            host = parts.hostname
        except ValueError as error:
            raise DataError(f"invalid URI: {error}") from None
        if parts.scheme != scheme:
            raise DataError(f"URI scheme should be '{scheme}'")
        if not host:
            raise DataError("URI should have a cluster name")
        items = [item for item in unquote(parts.path).split("/") if item]
        if ".." in items:
            raise DataError("URI path should not contain '..'")
        if len(items) < least_parts:
            raise DataError(f"URI path should have at least {least_parts} items")
        if not (items[-1] if items else "").startswith(prefix):
            raise DataError(f"URI should end with an id that starts with '{prefix}'")
        return found

    return check


def unique(value: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: set[str] = set()
    for item in value:
        if item["dst_path"] in seen:
            raise DataError(f"destination path '{item['dst_path']}' was encountered multiple times")
        seen.add(item["dst_path"])
    return value


def port(value: Any) -> int:
    found: int = integer(least=0, most=65535)(value)
    return found


http = keys(
    Key("port", port, required=True),
    Key("requires_auth", boolean),
    Key("health_check_path", string()),
)
volumes = both(
    array(
        keys(
            Key("src_storage_uri", uri("storage", least_parts=0), required=True),
            Key("dst_path", absolute_path, required=True),
            Key("read_only", boolean),
        )
    ),
    unique,
)
secret_volumes = both(
    array(
        keys(
            Key("src_secret_uri", uri("secret", least_parts=2), required=True),
            Key("dst_path", absolute_path, required=True),
        )
    ),
    unique,
)
disk_volumes = both(
    array(
        keys(
            Key("src_disk_uri", uri("disk", least_parts=1, prefix="disk-"), required=True),
            Key("dst_path", absolute_path, required=True),
            Key("read_only", boolean),
        )
    ),
    unique,
)
gpu_count = integer(least=0, most=4096)
nested_resources = keys(
    Key("cpu", number(least=0.1), required=True),
    Key("memory", integer(least=MIN_MEMORY_MB << 20, most=2**63 - 1)),
    Key("memory_mb", integer(least=MIN_MEMORY_MB, most=2**43)),
    Key("shm", boolean),
    Key("nvidia_gpu", gpu_count),
    Key("amd_gpu", gpu_count),
    Key("intel_gpu", gpu_count),
    Key("nvidia_gpu_model", string()),
    Key("amd_gpu_model", string()),
    Key("intel_gpu_model", string()),
    Key(
        "nvidia_migs",
        mapping(string(), keys(Key("count", gpu_count, required=True), Key("model", string()))),
    ),
    Key(
        "tpu",
        keys(
            Key("type", string(), required=True),
            Key("software_version", string(), required=True),
        ),
    ),
)


def resources(value: Any) -> dict[str, Any]:
    """The nested form's resources: one of `memory` and `memory_mb`, and no TPU beside GPUs."""
    found: dict[str, Any] = nested_resources(value)
    if "memory" not in found and "memory_mb" not in found:
        raise DataError({"memory": DataError("is required")})
    if "tpu" in found and any(f"{vendor}_gpu" in found for vendor in ("nvidia", "amd", "intel")):
        raise DataError({"tpu": DataError("tpu is not allowed together with GPUs")})
    found.setdefault("memory", found.get("memory_mb", 0) << 20)
    return found


def _container_keys(resource_check: Check, *, required: bool) -> tuple[Key, ...]:
    return (
        Key("image", string(), required=True),
        Key("entrypoint", both(string(), shell_words)),
        Key("command", both(string(), shell_words)),
        Key("working_dir", absolute_path),
        Key("env", mapping(variable_name, string(least=0, blank=True))),
        Key("secret_env", mapping(variable_name, uri("secret", least_parts=2))),
        Key("volumes", volumes),
        Key("secret_volumes", secret_volumes),
        Key("disk_volumes", disk_volumes),
        Key("http", http),
        Key("tty", boolean),
        Key("resources", resource_check, required=required),
    )


def _job_keys(preset: Check) -> tuple[Key, ...]:
    return (
        Key("cluster_name", resource_name),
        Key("org_name", resource_name),
        Key("project_name", resource_name),
        Key("name", either(null, job_name)),
        Key("description", string()),
        Key("tags", array(tag, most=16)),
        Key("preset_name", preset),
        Key("pass_config", boolean),
        Key("wait_for_jobs_quota", boolean),
        Key("privileged", boolean),
        Key("priority", enum("low", "normal", "high")),
        Key("restart_policy", enum("never", "on-failure", "always")),
        Key("schedule_timeout", number(least=1, below=THIRTY_DAYS)),
        Key("max_run_time_minutes", integer(least=1)),
        Key("energy_schedule_name", string()),
        Key("scheduler_enabled", boolean),
        Key("is_preemptible", boolean),
        Key("preemptible_node", boolean),
        Key("is_preemptible_node_required", boolean),
    )


flat_request = keys(
    *_job_keys(either(null, string(least=0, blank=True))),
    *_container_keys(keys(Key("shm", boolean)), required=False),
)
nested_request = keys(
    *_job_keys(string()),
    Key("container", keys(*_container_keys(resources, required=True)), required=True),
)
CONTAINER_KEYS = tuple(
    key.name for key in _container_keys(resources, required=True) if key.name != "resources"
)

set_life_span = keys(Key("max_run_time_minutes", integer(least=1), required=True))
add_life_span = keys(Key("additional_max_run_time_minutes", integer(least=1), required=True))


def life_span_request(value: Any) -> dict[str, Any]:
    """The body of `PUT .../max_run_time_minutes`: exactly one of the two keys (section 5.6)."""
    if isinstance(value, dict) and "additional_max_run_time_minutes" in value:
        found: dict[str, Any] = add_life_span(value)
    else:
        found = set_life_span(value)
    return found


status_request = keys(
    Key(
        "status",
        enum("pending", "suspended", "running", "succeeded", "failed", "cancelled"),
        required=True,
    ),
    Key("reason", string()),
    Key("description", string()),
    Key("exit_code", integer(least=-(2**31))),
)
materialized_request = keys(Key("materialized", boolean, required=True))
drop_progress_request = keys(Key("logs_removed", boolean))
save_request = keys(
    Key("container", keys(Key("image", string(), required=True)), required=True),
)
