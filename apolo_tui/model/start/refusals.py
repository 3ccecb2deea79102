"""Which field of the start form a refusal of the platform is about (docs/protocol.md 4.1, 4.4)."""

import re
from collections.abc import Sequence

from apolo_tui.model.errors import ApoloError, AuthorizationError, TooLargeError
from apolo_tui.model.start.draft import Field

KEYS = {
    "image": Field.IMAGE,
    "preset_name": Field.PRESET,
    "command": Field.COMMAND,
    "entrypoint": Field.ENTRYPOINT,
    "name": Field.NAME,
    "tags": Field.TAGS,
    "max_run_time_minutes": Field.LIFE_SPAN,
    "env": Field.ENV,
    "secret_env": Field.ENV,
    "volumes": Field.VOLUMES,
    "secret_volumes": Field.VOLUMES,
    "disk_volumes": Field.VOLUMES,
    "http": Field.HTTP_PORT,
    "restart_policy": Field.RESTART,
    "priority": Field.PRIORITY,
    "schedule_timeout": Field.SCHEDULE_TIMEOUT,
    "wait_for_jobs_quota": Field.WAIT_FOR_QUOTA,
    "working_dir": Field.WORKING_DIR,
    "description": Field.DESCRIPTION,
    "energy_schedule_name": Field.ENERGY_SCHEDULE,
    "tty": Field.TTY,
    "resources": Field.SHM,
    "pass_config": Field.PASS_CONFIG,
    "privileged": Field.PRIVILEGED,
}
"""The keys of the request that a validation error names."""

PHRASES: Sequence[tuple[str, Field]] = (
    ("Preset was not found", Field.PRESET),
    ("already exists", Field.NAME),
    ("job name", Field.NAME),
    ("Jobs limit quota exceeded", Field.WAIT_FOR_QUOTA),
    ("does not allow privileged", Field.PRIVILEGED),
    ("specifying job priority", Field.PRIORITY),
    ("Cannot pass config", Field.PASS_CONFIG),
    ("energy schedule", Field.ENERGY_SCHEDULE),
    ("schedule_timeout", Field.SCHEDULE_TIMEOUT),
)
SCHEMES = {
    "image": Field.IMAGE,
    "storage": Field.VOLUMES,
    "disk": Field.VOLUMES,
    "secret": Field.ENV,
}
FIRST_KEY = re.compile(r"\{'(?P<key>\w+)':")


def field_of(error: ApoloError) -> Field | None:
    """The field to show the error at; None when it is about the whole request.

    The text of the platform is shown as it is: this only finds a place for it.
    """
    if isinstance(error, AuthorizationError) and error.missing:
        return SCHEMES.get(error.missing[0].uri.partition(":")[0])
    if isinstance(error, TooLargeError):
        return Field.ENV
    for phrase, field in PHRASES:
        if phrase in error.message:
            return field
    # A container's errors are nested: {'container': {'image': ...}}.
    for found in FIRST_KEY.finditer(error.message):
        if found["key"] in KEYS:
            return KEYS[found["key"]]
    return None
