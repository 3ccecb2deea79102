"""Boolean query flags of monitoring (docs/protocol.md section 6)."""

from multidict import MultiMapping

from apolo_tui.local.http.refusal import RefusedError

FLAGS = {"0": False, "false": False, "1": True, "true": True}


def flag(query: MultiMapping[str], name: str, *, default: bool) -> bool:
    """Raises RefusedError for anything but 0, 1, false and true in any case."""
    text = query.get(name)
    if text is None:
        return default
    found = FLAGS.get(text.lower())
    if found is None:
        raise RefusedError(
            400, f'"{name}" request parameter can be one of "0", "1", "false", "true"'
        )
    return found
