"""Volumes, variables and images as the user writes them (docs/protocol.md sections 7.2 and 7.3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from yarl import URL

from apolo_tui.client.config import Config
from apolo_tui.client.placement import refusing
from apolo_tui.model.errors import IllegalArgumentError
from apolo_tui.model.images import Registries, RemoteImage
from apolo_tui.model.job import DiskVolume, SecretFile, Volume
from apolo_tui.model.uris import SCHEMES, Place, parse_uri, shorten_uri

MODES = {"ro": True, "rw": False}
REFUSED = ("HOME", "ALL")
"""Volumes of the past."""


@dataclass(frozen=True, slots=True)
class VolumeParseResult:
    """What is mounted, by kind, each in the order in which it was written."""

    volumes: Sequence[Volume]
    secret_files: Sequence[SecretFile]
    disk_volumes: Sequence[DiskVolume]


@dataclass(frozen=True, slots=True)
class EnvParseResult:
    """Plain variables, and those whose value is a secret of the platform."""

    env: Mapping[str, str]
    secret_env: Mapping[str, URL]


class Parse:
    """Texts of a command line to values, by the current cluster, org and project.

    `environ` is where a variable without a value gets it from. Everything raises
    IllegalArgumentError, with a text for the user, for what cannot be understood.
    """

    def __init__(self, config: Config, environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ

    def volume(self, text: str, cluster_name: str | None = None) -> Volume:
        """`storage:PATH:/mnt[:ro|:rw]`; read and write by default."""
        uri, path, read_only = _three(text, with_mode=True)
        return Volume(self._uri(uri, "storage", cluster_name), path, read_only)

    def volumes(self, texts: Sequence[str], cluster_name: str | None = None) -> VolumeParseResult:
        """Folders of the storage, `disk:ID:/mnt[:ro|:rw]` and `secret:KEY:/file`, mixed."""
        volumes, secrets, disks = [], [], []
        for text in texts:
            if text in REFUSED:
                raise IllegalArgumentError(f"the volume {text} is of the past: name a folder")
            if text.startswith("secret:"):
                uri, path, _ = _three(text, with_mode=False)
                secrets.append(SecretFile(self._uri(uri, "secret", cluster_name), path))
            elif text.startswith("disk:"):
                uri, path, read_only = _three(text, with_mode=True)
                disks.append(DiskVolume(self._uri(uri, "disk", cluster_name), path, read_only))
            else:
                volumes.append(self.volume(text, cluster_name))
        return VolumeParseResult(volumes, secrets, disks)

    def envs(
        self,
        env: Sequence[str],
        env_file: Sequence[Path | str] = (),
        cluster_name: str | None = None,
    ) -> EnvParseResult:
        """`NAME=VALUE`, or `NAME` alone to take it from here; values `secret:KEY` are secrets.

        Files are read first, so that what is written here wins.
        """
        found: dict[str, str] = {}
        for line in (*(line for file in env_file for line in _lines(Path(file))), *env):
            name, given, value = line.partition("=")
            found[name] = value if given else self._environ.get(name, "")
        secret = {
            name: self._uri(value, "secret", cluster_name)
            for name, value in found.items()
            if value.startswith("secret:")
        }
        plain = {name: value for name, value in found.items() if name not in secret}
        return EnvParseResult(plain, secret)

    def remote_image(self, text: str, *, cluster_name: str | None = None) -> RemoteImage:
        """An image of the platform's registry (`image:NAME:TAG`) or of any other."""
        known = self._config.registries
        with refusing():
            return Registries(known.hosts, self._place(cluster_name)).parse(text)

    def str_to_uri(self, text: str, *, schemes: tuple[str, ...] = SCHEMES) -> URL:
        """A short or full URI of the platform in full."""
        with refusing():
            return parse_uri(text, self._config.place, schemes=schemes)

    def uri_to_str(self, uri: URL) -> str:
        """The shortest form of a URI that means the same here."""
        return shorten_uri(uri, self._config.place)

    def _uri(self, text: str, scheme: str, cluster_name: str | None) -> URL:
        with refusing():
            return parse_uri(text, self._place(cluster_name), schemes=(scheme,))

    def _place(self, cluster_name: str | None) -> Place:
        place = self._config.place
        return replace(place, cluster_name=cluster_name) if cluster_name else place


def _three(text: str, *, with_mode: bool) -> tuple[str, str, bool]:
    """The URI, the path in the container, and whether it is read-only."""
    parts = text.split(":")
    read_only = False
    if with_mode and len(parts) == 4:
        mode = parts.pop()
        if mode not in MODES:
            raise IllegalArgumentError(f"{text!r} ends in {mode!r}; it is ro or rw")
        read_only = MODES[mode]
    if len(parts) != 3:
        form = "SCHEME:PATH:/MOUNT[:ro|:rw]" if with_mode else "secret:KEY:/FILE"
        raise IllegalArgumentError(f"{text!r} is not a volume; write it like {form}")
    return f"{parts[0]}:{parts[1]}", parts[2], read_only


def _lines(file: Path) -> Iterator[str]:
    """The lines of a file of variables, without comments and blank lines."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise IllegalArgumentError(f"{file} cannot be read: {error}") from error
    for line in text.splitlines():
        line = line.lstrip()
        if line and not line.startswith("#"):
            yield line
