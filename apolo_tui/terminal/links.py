"""OSC 8 hyperlinks."""

from dataclasses import dataclass

URI_LIMIT = 2_083
"""The longest target that is kept, in characters."""


@dataclass(frozen=True, slots=True)
class Link:
    """A hyperlink: its target, and the id that joins the parts of one link."""

    uri: str
    id: str = ""


def parse_link(payload: str) -> Link | None:
    """The link of an `OSC 8` payload (`parameters;uri`); None ends a link."""
    parameters, _, uri = payload.partition(";")
    if not uri or len(uri) > URI_LIMIT:
        return None
    for parameter in parameters.split(":"):
        name, _, value = parameter.partition("=")
        if name == "id":
            return Link(uri, value[:256])
    return Link(uri)
