"""The async client of the platform.

    from apolo_tui import client

    async with client.get() as apolo:
        async with apolo.jobs.list() as jobs:
            async for job in jobs:
                print(job.id, job.status)

See docs/client.md. The names are loaded when they are first asked for, so that a value or an
error class costs no HTTP library.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apolo_tui.client.client import Client, get
    from apolo_tui.client.config import Config
    from apolo_tui.client.forward import PortForward
    from apolo_tui.client.jobs import ALL_ORGS, Jobs
    from apolo_tui.client.login import DEFAULT_API_URL
    from apolo_tui.client.parse import EnvParseResult, Parse, VolumeParseResult
    from apolo_tui.client.resolution import JobAddress
    from apolo_tui.client.saving import SaveProgress
    from apolo_tui.client.signin import login_with_passed_config, login_with_token
    from apolo_tui.client.stdio import StdStream
    from apolo_tui.client.streams import LogStream, TelemetryStream
    from apolo_tui.client.users import Users
    from apolo_tui.client.websocket import Closed
    from apolo_tui.model.config import (
        GPU,
        TPU,
        Account,
        Balance,
        Cluster,
        EnergyPeriod,
        EnergySchedule,
        Preset,
        Project,
        Quota,
        ResourcePool,
    )
    from apolo_tui.model.errors import (
        ApoloError,
        AuthenticationError,
        AuthError,
        AuthorizationError,
        BadGateway,
        ClientError,
        ConfigError,
        ConflictError,
        ConnectionFailed,
        ConnectionTimeout,
        IllegalArgumentError,
        JobNotRunning,
        Missing,
        NDJSONError,
        ProtocolError,
        RateLimited,
        ResourceNotFound,
        ServerError,
        ServerNotAvailable,
        StdStreamError,
        TooLargeError,
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
        JobStatusHistory,
        JobStatusItem,
        Message,
        Resources,
        SecretFile,
        Volume,
    )
    from apolo_tui.model.telemetry import JobTelemetry

__all__ = [
    "ALL_ORGS",
    "DEFAULT_API_URL",
    "GPU",
    "TPU",
    "Account",
    "ApoloError",
    "AuthError",
    "AuthenticationError",
    "AuthorizationError",
    "BadGateway",
    "Balance",
    "Client",
    "ClientError",
    "Closed",
    "Cluster",
    "Config",
    "ConfigError",
    "ConflictError",
    "ConnectionFailed",
    "ConnectionTimeout",
    "Container",
    "DiskVolume",
    "EnergyPeriod",
    "EnergySchedule",
    "EnvParseResult",
    "HTTPPort",
    "IllegalArgumentError",
    "JobAddress",
    "JobDescription",
    "JobNotRunning",
    "JobPriority",
    "JobRestartPolicy",
    "JobStatus",
    "JobStatusHistory",
    "JobStatusItem",
    "JobTelemetry",
    "Jobs",
    "LogStream",
    "Message",
    "Missing",
    "NDJSONError",
    "Parse",
    "PortForward",
    "Preset",
    "Project",
    "ProtocolError",
    "Quota",
    "RateLimited",
    "RemoteImage",
    "ResourceNotFound",
    "ResourcePool",
    "Resources",
    "SaveProgress",
    "SecretFile",
    "ServerError",
    "ServerNotAvailable",
    "StdStream",
    "StdStreamError",
    "TelemetryStream",
    "TooLargeError",
    "Users",
    "Volume",
    "VolumeParseResult",
    "get",
    "login_with_passed_config",
    "login_with_token",
]

_MODULES = {
    "apolo_tui.client.client": (
        "Client",
        "get",
    ),
    "apolo_tui.client.config": ("Config",),
    "apolo_tui.client.forward": ("PortForward",),
    "apolo_tui.client.jobs": (
        "ALL_ORGS",
        "Jobs",
    ),
    "apolo_tui.client.login": ("DEFAULT_API_URL",),
    "apolo_tui.client.parse": (
        "EnvParseResult",
        "Parse",
        "VolumeParseResult",
    ),
    "apolo_tui.client.resolution": ("JobAddress",),
    "apolo_tui.client.saving": ("SaveProgress",),
    "apolo_tui.client.signin": (
        "login_with_passed_config",
        "login_with_token",
    ),
    "apolo_tui.client.stdio": ("StdStream",),
    "apolo_tui.client.streams": (
        "LogStream",
        "TelemetryStream",
    ),
    "apolo_tui.client.users": ("Users",),
    "apolo_tui.client.websocket": ("Closed",),
    "apolo_tui.model.config": (
        "GPU",
        "TPU",
        "Account",
        "Balance",
        "Cluster",
        "EnergyPeriod",
        "EnergySchedule",
        "Preset",
        "Project",
        "Quota",
        "ResourcePool",
    ),
    "apolo_tui.model.errors": (
        "ApoloError",
        "AuthenticationError",
        "AuthError",
        "AuthorizationError",
        "BadGateway",
        "ClientError",
        "ConfigError",
        "ConflictError",
        "ConnectionFailed",
        "ConnectionTimeout",
        "IllegalArgumentError",
        "JobNotRunning",
        "Missing",
        "NDJSONError",
        "ProtocolError",
        "RateLimited",
        "ResourceNotFound",
        "ServerError",
        "ServerNotAvailable",
        "StdStreamError",
        "TooLargeError",
    ),
    "apolo_tui.model.images": ("RemoteImage",),
    "apolo_tui.model.job": (
        "Container",
        "DiskVolume",
        "HTTPPort",
        "JobDescription",
        "JobPriority",
        "JobRestartPolicy",
        "JobStatus",
        "JobStatusHistory",
        "JobStatusItem",
        "Message",
        "Resources",
        "SecretFile",
        "Volume",
    ),
    "apolo_tui.model.telemetry": ("JobTelemetry",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
