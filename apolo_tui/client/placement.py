"""Short URIs of what a job uses, written out in full (docs/protocol.md section 7.1)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from yarl import URL

from apolo_tui.model.errors import ApoloError, IllegalArgumentError
from apolo_tui.model.job import Container, DiskVolume, SecretFile, Volume
from apolo_tui.model.uris import Place, normalize_uri


@contextmanager
def refusing() -> Iterator[None]:
    """A ValueError of the block becomes an IllegalArgumentError with the same text."""
    try:
        yield
    except ApoloError:
        raise
    except ValueError as error:
        raise IllegalArgumentError(str(error)) from error


def full_uri(uri: URL, scheme: str, place: Place) -> URL:
    """Raises ValueError for another scheme, and for what cannot be written out."""
    if uri.scheme != scheme:
        raise ValueError(f"{str(uri)!r} is not a {scheme}: URI")
    return normalize_uri(uri, place)


def full_volumes(volumes: Sequence[Volume], place: Place) -> list[Volume]:
    return [
        replace(volume, storage_uri=full_uri(volume.storage_uri, "storage", place))
        for volume in volumes
    ]


def full_disks(disks: Sequence[DiskVolume], place: Place) -> list[DiskVolume]:
    return [replace(disk, disk_uri=full_uri(disk.disk_uri, "disk", place)) for disk in disks]


def full_files(files: Sequence[SecretFile], place: Place) -> list[SecretFile]:
    return [replace(file, secret_uri=full_uri(file.secret_uri, "secret", place)) for file in files]


def full_secrets(secrets: Mapping[str, URL], place: Place) -> dict[str, URL]:
    return {name: full_uri(uri, "secret", place) for name, uri in secrets.items()}


def full_container(container: Container, place: Place) -> Container:
    return replace(
        container,
        volumes=full_volumes(container.volumes, place),
        secret_env=full_secrets(container.secret_env, place),
        secret_files=full_files(container.secret_files, place),
        disk_volumes=full_disks(container.disk_volumes, place),
    )
