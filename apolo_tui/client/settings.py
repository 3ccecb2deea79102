"""The user's own settings beside the login: `user.toml` and `.apolo.toml`.

docs/protocol.md section 2.10. Only what concerns the current cluster, org and project is used;
unknown keys are passed over.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apolo_tui.model.errors import ConfigError

LOCAL_NAMES = (".apolo.toml", ".neuro.toml")


@dataclass(frozen=True, slots=True)
class Overrides:
    """Names that settings put in the place of the login's; None where they do not."""

    cluster_name: str | None = None
    org_name: str | None = None
    project_name: str | None = None
    file: Path | None = None
    """Where they are from, for messages."""


def read_overrides(folder: Path | None, cwd: Path) -> Overrides:
    """The section `[job]` of the settings file nearest to `cwd`, over that of the login's folder.

    Raises ConfigError for a file that is not TOML.
    """
    everywhere = _job_section(folder / "user.toml") if folder is not None else {}
    file = nearest_file(cwd)
    here = {} if file is None else _job_section(file)
    merged = {**everywhere, **here}
    return Overrides(
        # A cluster and an org belong to one folder of work, not to the user.
        cluster_name=_name(here, "cluster-name"),
        org_name=_name(here, "org-name"),
        project_name=_name(merged, "project-name"),
        file=file,
    )


def nearest_file(cwd: Path) -> Path | None:
    """The first settings file from `cwd` upwards; the root of the file system is not searched."""
    for folder in (cwd, *cwd.parents)[: len(cwd.parents)]:
        for name in LOCAL_NAMES:
            if (folder / name).is_file():
                return folder / name
    return None


def _job_section(file: Path) -> Mapping[str, Any]:
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{file} cannot be read: {error}", next_step="Correct the file, or remove it."
        ) from error
    section = document.get("job")
    return section if isinstance(section, dict) else {}


def _name(section: Mapping[str, Any], key: str) -> str | None:
    value = section.get(key)
    return value if isinstance(value, str) and value else None
