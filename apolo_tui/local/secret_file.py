"""Secrets come from a TOML file of the user, because there is no secrets service here.

["local/local/default"]        # cluster/org/project
api-key = "..."
"""

import stat
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit


class MissingSecretsError(Exception):
    """Some of a job's secrets are not there. The text is the platform's own reason."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__("Missing secrets: " + ", ".join(f"'{name}'" for name in sorted(names)))


class SecretFileError(Exception):
    """The file cannot be used; the text says what to do."""


class SecretFile:
    """The file is read when a job starts, so an edit counts at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def resolve(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """The values for `{anything: secret://cluster/org/project/key}`, by the same keys.

        Raises MissingSecretsError, SecretFileError.
        """
        if not wanted:
            return {}
        known = self._read()
        found, missing = {}, []
        for name, uri in wanted.items():
            parts = urlsplit(uri)
            place, _, key = unquote(f"{parts.hostname}{parts.path}").rpartition("/")
            value = known.get(place, {}).get(key)
            if value is None:
                missing.append(key)
            else:
                found[name] = value
        if missing:
            raise MissingSecretsError(missing)
        return found

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            if stat.S_IMODE(self.path.stat().st_mode) & 0o077:
                raise SecretFileError(
                    f"{self.path} can be read by others; run: chmod 600 {self.path}"
                )
            content = tomllib.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SecretFileError(f"{self.path} cannot be read: {error}") from None
        return {
            place.strip("/"): {key: str(value) for key, value in section.items()}
            for place, section in content.items()
            if isinstance(section, dict)
        }
