"""The state of a feed: how what is on the screen is connected to the platform."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connecting:
    """Being opened, for the first time or again."""


@dataclass(frozen=True, slots=True)
class Live:
    """Open: what is shown is what there is."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """Broken for a reason that may pass; tried again in `delay` seconds."""

    reason: str
    delay: float
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """Over, as it should be: nothing more will come."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Given up: it needs the user."""

    reason: str
    next_step: str = ""


Link = Connecting | Live | Retrying | Ended | Failed
