"""The embedded local platform: the server, and the keeper of the jobs' processes.

The names are loaded when they are asked for: the server needs aiohttp, which is slow to import.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apolo_tui.local.configuration import (
        GPU,
        Cluster,
        Configuration,
        Policies,
        Pool,
        Preset,
        Quota,
        User,
    )
    from apolo_tui.local.names import ProjectKey
    from apolo_tui.local.platform import Platform, serve
    from apolo_tui.local.staging import Staging, StartError

__all__ = [
    "GPU",
    "Cluster",
    "Configuration",
    "Platform",
    "Policies",
    "Pool",
    "Preset",
    "ProjectKey",
    "Quota",
    "Staging",
    "StartError",
    "User",
    "serve",
]

_HOMES = {
    "apolo_tui.local.configuration": (
        "GPU",
        "Cluster",
        "Configuration",
        "Policies",
        "Pool",
        "Preset",
        "Quota",
        "User",
    ),
    "apolo_tui.local.staging": ("Staging", "StartError"),
    "apolo_tui.local.names": ("ProjectKey",),
    "apolo_tui.local.platform": ("Platform", "serve"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
