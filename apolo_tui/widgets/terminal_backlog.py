"""Whether the user's terminal takes what is written to it, or is behind (a slow SSH line)."""

from textual.app import App


def terminal_is_behind(app: App[object]) -> bool:
    """True while frames wait to be written.

    Textual's queue of frames is no part of its public interface; without it the answer is False.
    When it is full, Textual waits in the event loop.
    """
    thread = getattr(getattr(app, "_driver", None), "_writer_thread", None)
    queue = getattr(thread, "_queue", None)
    size = getattr(queue, "qsize", None)
    return size is not None and bool(size())
