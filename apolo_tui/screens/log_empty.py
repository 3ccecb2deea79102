"""Why a log has no lines, in words. Pure."""

from datetime import datetime

from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Connecting, Failed, Retrying
from apolo_tui.store.log_window import LOOK_BACK
from apolo_tui.store.logs import LogState
from apolo_tui.widgets.figures import span


def explain(state: LogState, now: datetime) -> tuple[str, ...]:
    """Lines for an empty log: what is the matter, since when, and what to do."""
    job, link = state.job, state.link
    if isinstance(link, Failed):
        return tuple(line for line in (f"No log: {link.reason}", link.next_step) if line)
    if isinstance(link, Retrying):
        return (
            f"No log yet: {link.reason}",
            f"It is tried again in {max(1, round(link.delay))} s; F5 tries at once.",
        )
    if job is None:
        return ("Looking for the job…",)
    if job.logs_removed or job.being_dropped:
        return (
            "The platform has dropped the logs of this job.",
            "It keeps them for a limited time after the end.",
        )
    if job.status.is_pending:
        return _waiting(job, now)
    if isinstance(link, Connecting) or not state.caught_up:
        return ("Reading the log…",)
    if state.paused:
        return ("Paused; P goes on.",)
    if state.window is LOOK_BACK[0]:
        ended = job.status.is_finished
        nothing = (
            "Nothing after its end." if ended else "Nothing since now. New lines show up here."
        )
        return (nothing, "9 shows all there is.")
    if not state.whole:
        where = "before its end" if job.status.is_finished else "until now"
        nothing = f"No output in the last {state.window.label} {where}."
        return (nothing, *_outcome(job), "9 shows all there is.")
    if job.status.is_finished:
        return ("The job has printed nothing.", *_outcome(job))
    since = f" The job runs for {_since(job, now)}." if job.history.started_at else ""
    return (f"No output yet.{since}", "New lines show up here.")


def _since(job: JobDescription, now: datetime) -> str:
    began = job.history.changed_at or job.created_at
    return span(max(0.0, (now - began).total_seconds())) if began is not None else "some time"


def _waiting(job: JobDescription, now: datetime) -> tuple[str, ...]:
    """`Pulling 40s`, and what the platform says about it."""
    reason = job.history.reason or job.status_text or job.status.value.capitalize()
    lines = [f"{reason} {_since(job, now)}", job.history.description]
    if job.status.value == "suspended":
        lines.append("It goes on when its turn comes; the log goes on here.")
    else:
        lines.append("The log begins here when the job runs.")
    return tuple(line for line in lines if line)


def _outcome(job: JobDescription) -> tuple[str, ...]:
    """How a finished job ended, unless it ended well."""
    history = job.history
    if not job.status.is_finished or job.status.value == "succeeded":
        return ()
    code = f", exit code {history.exit_code}" if history.exit_code is not None else ""
    reason = f": {history.reason}" if history.reason else ""
    return (f"It {job.status.value}{reason}{code}. {history.description}".rstrip(),)
