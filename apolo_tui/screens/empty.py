"""What an empty list says: why it is empty, and what to press; and the first-run page."""

from typing import TYPE_CHECKING

from apolo_tui.model.link import Connecting, Failed, Retrying
from apolo_tui.widgets.lines import Line

if TYPE_CHECKING:
    from apolo_tui.screens.jobs_page import JobsPage


def placeholder(page: "JobsPage") -> str:
    """Why there are no rows, and what to do."""
    host, listing, jobs = page.host, page.listing, page.jobs
    link = page.link
    if not jobs.jobs:
        if isinstance(link, Failed | Retrying):
            text = f"{link.reason}. {link.next_step}".strip()
            return text[:1].upper() + text[1:]
        if isinstance(link, Connecting) or jobs.loading_history or jobs.as_of is None:
            return "Asking the platform for jobs"
        start = "apolo run starts one"
        if not host.readonly:
            start = f"{host.key_of('jobs.new')} starts one, or apolo run"
        return f"No jobs in {page.context} yet. {start}."
    if listing.view.filter:
        key = host.key_of("jobs.clear")
        more = "" if jobs.history_complete else " among those loaded"
        return f"No job{more} matches /{listing.view.filter}. {key} clears the filter."
    hints = []
    if listing.view.mine:
        hints.append(f"{host.key_of('jobs.mine')} shows everyone's")
    if not listing.view.ended:
        hints.append(f"{host.key_of('jobs.ended')} shows ended ones")
    if listing.view.problems:
        hints.append(f"{host.key_of('jobs.problems')} shows those without problems")
    if listing.digit != "5":
        hints.append("5 shows all")
    return f"No job in this view ({listing.view.name}). {', '.join(hints)}".rstrip(". ") + "."


def welcome(failed: Failed) -> list[Line]:
    """The first run without a login: the three ways on."""
    return [
        [],
        [("  There is no login to the platform yet", "title")],
        [(f"  {failed.reason[:1].upper()}{failed.reason[1:]}", "muted")],
        [],
        [("  1  Log in through a browser, in another terminal:", "")],
        [("       apolo login", "key")],
        [],
        [("  2  With a token and the platform's URL:", "")],
        [("       apolo login-with-token TOKEN URL", "key")],
        [],
        [("  3  Without any account: the local platform runs real processes as jobs", "")],
        [("       apolo-tui --local", "key"), ("   stays, with your own jobs", "muted")],
        [("       apolo-tui --demo ", "key"), ("   a show that leaves nothing behind", "muted")],
        [],
        [
            (
                "  After 1 or 2 this page goes on by itself, or at once with ctrl+r. q leaves.",
                "muted",
            )
        ],
    ]
