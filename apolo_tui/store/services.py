"""What the platform does beside listing jobs: start, save, forward, capacity, money."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import JobDescription
from apolo_tui.model.uris import Place

if TYPE_CHECKING:
    from apolo_tui.model.config import Account
    from apolo_tui.model.start.checks import Surroundings


class Starter(Protocol):
    async def start(self, **parameters: Any) -> JobDescription:
        """Start a job: the parameters of `StartRequest.parameters`."""

    async def status(self, job_id: str, /) -> JobDescription: ...


class Step(Protocol):
    """One step of saving: `current` of `total` bytes of a `layer`, where known."""

    @property
    def status(self) -> str: ...
    @property
    def layer(self) -> str: ...
    @property
    def current(self) -> int | None: ...
    @property
    def total(self) -> int | None: ...


class Saver(Protocol):
    async def save(
        self,
        job_id: str,
        image: RemoteImage,
        /,
        *,
        progress: Callable[[Step], None],
        cluster_name: str,
    ) -> None: ...


class OpenForward(Protocol):
    """A local port that listens."""

    @property
    def port(self) -> int: ...
    @property
    def connections(self) -> int: ...
    @property
    def bytes_sent(self) -> int: ...
    @property
    def bytes_received(self) -> int: ...


class Forwarder(Protocol):
    def port_forward(
        self,
        job_id: str,
        local_port: int,
        job_port: int,
        /,
        *,
        cluster_name: str,
        on_error: Callable[[ApoloError], None],
    ) -> AbstractAsyncContextManager[OpenForward]: ...

    async def status(self, job_id: str, /) -> JobDescription: ...


class Capacities(Protocol):
    async def get_capacity(self, *, cluster_name: str | None = None) -> Mapping[str, int]: ...


class Accounts(Protocol):
    """The calls that tell about money."""

    async def me(self) -> str:
        """The user's name."""

    async def get_account(self, *, cluster_name: str, org_name: str) -> "Account | None": ...

    async def get_org_account(self, *, cluster_name: str, org_name: str) -> "Account | None": ...

    def running(
        self, *, owners: Iterable[str], cluster_name: str, org_names: Sequence[str]
    ) -> AbstractAsyncContextManager[AsyncIterator[JobDescription]]:
        """The running jobs of these owners, of everybody's if there are none."""


class Services(Starter, Saver, Forwarder, Capacities, Accounts, Protocol):
    """All of it, on an open connection."""

    def surroundings(self, place: Place) -> "Surroundings":
        """What a start form for this place is checked against, but for the active names."""
