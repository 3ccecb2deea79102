"""Everything that can go wrong with the platform, as one tree.

    ApoloError
    ├── ConfigError                 the login on disk, or the user's settings
    ├── ClientError                 the platform refused, or cannot be understood
    │   ├── IllegalArgumentError    400 and other refusals of what was asked
    │   │   ├── ConflictError       409: changed meanwhile, or the name is taken
    │   │   └── TooLargeError       413
    │   ├── AuthError
    │   │   ├── AuthenticationError 401: who are you?
    │   │   └── AuthorizationError  403: you may not
    │   ├── ResourceNotFound        404, and the 400 that says "no such job"
    │   │   └── JobNotRunning       the job has no container at present
    │   ├── RateLimited             429
    │   └── ProtocolError           an answer that is not of the protocol
    │       └── NDJSONError         an error line in a stream of JSON lines
    ├── ServerError                 5xx
    │   ├── BadGateway              502
    │   └── ServerNotAvailable      503
    ├── ConnectionFailed            no connection, or one that broke
    │   └── ConnectionTimeout       no answer in time
    └── StdStreamError              an attach or exec session ended with an exit code

Sources: docs/protocol.md sections 4.2 and 11 (pitfalls 20-24). The names are those of the
platform's own SDK where it has one; the SDK's bases are kept beside ours (ValueError).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class ApoloError(Exception):
    """The root of the tree. `str()` is one sentence for the user.

    `title` names the kind of trouble in a few words, `next_step` says what to do about it.
    """

    title: ClassVar[str] = "Something went wrong"
    default_next_step: ClassVar[str] = ""
    transient: ClassVar[bool] = False
    """Whether the same call may well succeed a little later."""

    def __init__(self, message: str = "", *, next_step: str | None = None) -> None:
        super().__init__(message or self.title)
        self.next_step = self.default_next_step if next_step is None else next_step

    @property
    def message(self) -> str:
        return str(self.args[0])


class ConfigError(ApoloError, RuntimeError):
    """The login on disk, the passed config or a setting cannot be used."""

    title = "The configuration cannot be used"
    default_next_step = "Log in again with: apolo login"


@dataclass(frozen=True, slots=True)
class Missing:
    """One permission that a 403 names: an action on a URI (docs/protocol.md section 4.1)."""

    uri: str
    action: str

    def __str__(self) -> str:
        return f"{self.action} on {self.uri}"


class ClientError(ApoloError):
    """The platform answered with a refusal. `status` is the HTTP one, None for a stream's end."""

    title = "The platform refused"

    def __init__(
        self,
        message: str = "",
        *,
        next_step: str | None = None,
        status: int | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.status = status
        self.payload = payload


class IllegalArgumentError(ClientError, ValueError):
    """What was asked for is not acceptable: 400 and the other refusals without a class here."""

    title = "The platform does not accept this"


class ConflictError(IllegalArgumentError):
    """409: somebody else changed the same thing at the same moment."""

    title = "Changed by somebody else meanwhile"
    default_next_step = "Look at it again and repeat."
    transient = True


class TooLargeError(IllegalArgumentError):
    """413: the request is larger than the platform takes (1 MiB of JSON)."""

    title = "Too large for the platform"
    default_next_step = "Make the request smaller: fewer or shorter environment variables."


class AuthError(ClientError):
    """The platform does not know the user, or does not let them."""

    title = "No access"


class AuthenticationError(AuthError):
    """401: no token, or one that is expired or revoked."""

    title = "Not logged in"
    default_next_step = "Log in again with: apolo login"


class AuthorizationError(AuthError):
    """403. `missing` lists the permissions that are lacking, where the platform named them."""

    title = "No access"
    default_next_step = "Ask the owner or an admin of the project for access."

    def __init__(
        self,
        message: str = "",
        *,
        next_step: str | None = None,
        status: int | None = 403,
        payload: Mapping[str, Any] | None = None,
        missing: Sequence[Missing] = (),
    ) -> None:
        super().__init__(message, next_step=next_step, status=status, payload=payload)
        self.missing = tuple(missing)


class ResourceNotFound(ClientError, ValueError):  # noqa: N818 - the SDK's name
    """It is not there, or no longer."""

    title = "Not found"
    default_next_step = "Check the name, the cluster and the project."


class JobNotRunning(ResourceNotFound):
    """The job exists but has no running container to talk to (docs/protocol.md section 4.2)."""

    title = "The job is not running"
    default_next_step = "Wait until it runs, or look at its logs."


class RateLimited(ClientError):  # noqa: N818 - as ResourceNotFound
    """429. `retry_after` is in seconds, None when the platform did not say."""

    title = "Too many requests"
    default_next_step = "Wait a little; the dashboard slows down by itself."
    transient = True

    def __init__(
        self,
        message: str = "",
        *,
        next_step: str | None = None,
        status: int | None = 429,
        payload: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step, status=status, payload=payload)
        self.retry_after = retry_after


class ProtocolError(ClientError):
    """The answer is not of the protocol: not JSON where JSON is due, a frame of a wrong kind."""

    title = "An answer that cannot be understood"
    default_next_step = "Check the platform's URL; a proxy may have answered in its place."


class NDJSONError(ProtocolError, ValueError):
    """A stream of JSON lines ended with an error line (docs/protocol.md section 4.5)."""

    title = "The listing broke off"
    default_next_step = "Refresh; what came before is shown."
    transient = True


class ServerError(ApoloError):
    """5xx: trouble of the platform's own. `status` is the HTTP status."""

    title = "The platform is in trouble"
    default_next_step = "Wait; it is tried again by itself."
    transient = True

    def __init__(
        self,
        message: str = "",
        *,
        next_step: str | None = None,
        status: int | None = 500,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.status = status
        self.payload = payload


class BadGateway(ServerError, ValueError):  # noqa: N818 - the SDK's name
    """502: a proxy could not reach the platform."""

    title = "The platform cannot be reached behind its proxy"


class ServerNotAvailable(ServerError, ValueError):  # noqa: N818 - the SDK's name
    """503: the platform is being restarted, or is overloaded."""

    title = "The platform is not available"


class ConnectionFailed(ApoloError):  # noqa: N818 - what happened, as its siblings
    """No connection could be made, or one broke. `close_code` is that of a WebSocket, if any."""

    title = "No connection to the platform"
    default_next_step = "Check the network; tried again by itself."
    transient = True

    def __init__(
        self, message: str = "", *, next_step: str | None = None, close_code: int | None = None
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.close_code = close_code


class ConnectionTimeout(ConnectionFailed):
    """The platform did not answer in time."""

    title = "The platform does not answer"


class StdStreamError(ApoloError):
    """An attach or exec session ended and told an exit code (docs/protocol.md section 6.4)."""

    title = "The session ended"

    def __init__(self, exit_code: int, message: str = "") -> None:
        super().__init__(message or f"the session ended with exit code {exit_code}", next_step="")
        self.exit_code = exit_code
