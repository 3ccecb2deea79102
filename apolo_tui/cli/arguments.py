"""The options that several commands share."""

import argparse
from typing import Any

from apolo_tui import __version__
from apolo_tui.config import THEMES

EPILOG = """commands:
  apolo-tui ps [--json]    the list with telemetry and cost, for scripts
  apolo-tui keys           all keys and commands
  apolo-tui doctor         whether everything needed works here
  apolo-tui local ...      start, stop and look at the local platform
"""

FLAGS = ("theme", "refresh", "readonly", "ascii", "cluster", "org", "project")
"""Options that are settings, by their names there."""


def add_place(parser: argparse.ArgumentParser) -> None:
    """Which platform, and where on it."""
    platform = parser.add_mutually_exclusive_group()
    platform.add_argument(
        "--local",
        action="store_true",
        help="the local platform, which is started if it does not run",
    )
    platform.add_argument(
        "--demo", action="store_true", help="a throw-away platform with jobs to look at"
    )
    parser.add_argument("--cluster", help="the cluster to look at")
    parser.add_argument("--org", help="the organisation")
    parser.add_argument("--project", help="the project")


def dashboard_parser() -> argparse.ArgumentParser:
    """Of `apolo-tui` itself."""
    parser = argparse.ArgumentParser(
        prog="apolo-tui",
        description="A keyboard-driven dashboard for jobs on the Apolo platform.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"apolo-tui {__version__}")
    parser.add_argument(
        "job",
        nargs="?",
        metavar="JOB",
        help="start at this job: its id or name; job:NAME for one named like a command",
    )
    add_place(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--logs", action="store_true", help="open the logs of JOB")
    where.add_argument("--shell", action="store_true", help="open a shell in JOB")
    parser.add_argument("--monitor", action="store_true", help="start with the monitor wall")
    parser.add_argument("--view", metavar="1-9", help="start with this saved view")
    parser.add_argument("--filter", metavar="TEXT", help="start with this filter")
    rights = parser.add_mutually_exclusive_group()
    rights.add_argument(
        "--readonly", action="store_true", default=None, help="nothing can be changed"
    )
    rights.add_argument(
        "--write",
        action="store_false",
        dest="readonly",
        default=None,
        help="changes are allowed, whatever the configuration says",
    )
    parser.add_argument("--theme", metavar="NAME", help=f"one of {', '.join(THEMES)}")
    parser.add_argument("--refresh", metavar="SECONDS", help="time between two refreshes, from 2")
    parser.add_argument("--ascii", action="store_true", default=None, help="draw with ASCII only")
    return parser


def flags_of(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given as options."""
    given = {name: getattr(options, name, None) for name in FLAGS}
    return {name: value for name, value in given.items() if value is not None}
