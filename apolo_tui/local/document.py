"""A job's record as the JSON of docs/protocol.md section 5.3."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from apolo_tui.local.names import namespace, org_project_hash
from apolo_tui.local.record import JobRecord, Transition


def job_document(record: JobRecord, now: datetime) -> dict[str, Any]:
    """The whole object; keys without a value are left out, as the platform does."""
    project = record.project
    space = namespace(project.org, project.name)
    digest = org_project_hash(project.org, project.name)
    document: dict[str, Any] = {
        "id": record.id,
        "owner": record.owner,
        "namespace": space,
        "cluster_name": project.cluster,
        "org_name": project.org,
        "project_name": project.name,
        "org_project_hash": digest,
        "uri": record.uri,
        "tags": list(record.tags),
        "status": record.status,
        "statuses": [_transition(one) for one in record.transitions],
        "history": _history(record, now),
        "container": dict(record.container),
        "internal_hostname": f"{record.id}.{space}",
        "scheduler_enabled": record.scheduler_enabled,
        "preemptible_node": record.preemptible_node,
        "is_preemptible": record.scheduler_enabled,
        "is_preemptible_node_required": record.preemptible_node,
        "pass_config": record.pass_config,
        "privileged": record.privileged,
        "restart_policy": record.restart_policy,
        "priority": record.priority,
        "materialized": record.materialized,
        "being_dropped": record.being_dropped,
        "logs_removed": record.logs_removed,
        "total_price_credits": decimal_text(record.price(now)),
        "price_credits_per_hour": decimal_text(record.price_per_hour),
    }
    http = record.container.get("http")
    optional = {
        "name": record.name,
        "description": record.description,
        "preset_name": record.preset_name,
        "schedule_timeout": record.schedule_timeout,
        "max_run_time_minutes": record.max_run_time_minutes,
        "energy_schedule_name": record.energy_schedule_name,
        # There is no ingress here: the job's port is this machine's port.
        "http_url": None if http is None else f"http://127.0.0.1:{http['port']}",
        "internal_hostname_named": (
            None if record.name is None else f"{record.name}--{digest}.{space}"
        ),
    }
    document.update({key: value for key, value in optional.items() if value is not None})
    return document


def time_text(when: datetime) -> str:
    """ISO 8601 in UTC with `+00:00`."""
    return when.astimezone(UTC).isoformat()


def decimal_text(value: Decimal) -> str:
    return str(value)


def _transition(transition: Transition) -> dict[str, Any]:
    document: dict[str, Any] = {
        "status": transition.status,
        "transition_time": time_text(transition.time),
        "reason": transition.reason,
        "description": transition.description,
    }
    if transition.exit_code is not None:
        document["exit_code"] = transition.exit_code
    return document


def _history(record: JobRecord, now: datetime) -> dict[str, Any]:
    last = record.last
    history: dict[str, Any] = {
        "status": last.status,
        "reason": last.reason,
        "description": last.description,
        "created_at": time_text(record.created_at),
        "run_time_seconds": record.run_time(now).total_seconds(),
        "restarts": record.restarts,
    }
    if record.started_at is not None:
        history["started_at"] = time_text(record.started_at)
    if record.finished_at is not None:
        history["finished_at"] = time_text(record.finished_at)
        if last.exit_code is not None:
            history["exit_code"] = last.exit_code
    return history
