"""Every user action, declared once.

From this registry come the key bindings, the footer, the help, the palette, the commands of the
`:` line, the user's keymap, read-only mode and the key table of the README. It knows no Textual:
`keys` are Textual's key names, `call` is what a screen's `action_...` method is called.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import Final


class Scope(StrEnum):
    """Where an action is at home. The nearest scope to the focus wins a key."""

    APP = "app"
    """Everywhere, except in an embedded terminal."""
    JOBS = "jobs"
    """The main screen: the list and the detail beside it."""
    TABLE = "table"
    """Moving about in any table."""
    PAGE = "page"
    """Any page that was opened over the main screen."""
    CHART = "chart"
    COMPARE = "compare"
    LOGS = "logs"
    START = "start"
    """The form that starts a job."""
    STARTED = "started"
    """A job on its way to running."""
    FORWARDS = "forwards"
    CAPACITY = "capacity"
    ALERTS = "alerts"
    WALL = "wall"
    """The monitor wall."""
    DIALOG = "dialog"


TITLES: Final[Mapping[Scope, str]] = {
    Scope.APP: "Everywhere",
    Scope.JOBS: "Jobs and detail",
    Scope.TABLE: "Tables",
    Scope.PAGE: "Pages",
    Scope.CHART: "Chart",
    Scope.COMPARE: "Compare",
    Scope.LOGS: "Logs",
    Scope.START: "Start and rerun",
    Scope.STARTED: "Starting",
    Scope.FORWARDS: "Forwards",
    Scope.CAPACITY: "Capacity",
    Scope.ALERTS: "Alerts",
    Scope.WALL: "Monitor wall",
    Scope.DIALOG: "Dialogs",
}

TOGETHER: Final[Mapping[Scope, frozenset[Scope]]] = {
    Scope.APP: frozenset(
        {
            *(Scope.JOBS, Scope.TABLE, Scope.PAGE, Scope.CHART, Scope.COMPARE, Scope.START),
            *(Scope.STARTED, Scope.FORWARDS, Scope.CAPACITY, Scope.ALERTS, Scope.WALL),
        }
    ),
    Scope.JOBS: frozenset({Scope.TABLE}),
    Scope.PAGE: frozenset(
        {
            *(Scope.TABLE, Scope.CHART, Scope.COMPARE, Scope.START, Scope.STARTED),
            *(Scope.FORWARDS, Scope.CAPACITY, Scope.ALERTS, Scope.WALL),
        }
    ),
    Scope.TABLE: frozenset({Scope.FORWARDS, Scope.CAPACITY, Scope.ALERTS}),
}
"""Scopes that are active side by side without one being meant to hide the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that the user can do."""

    id: str
    """`scope.name`: the name in the keymap of the configuration."""
    keys: tuple[str, ...] = ()
    """Textual's key names; none for what only the palette and the `:` line offer."""
    label: str
    """A word or two, for the footer and the menus."""
    help: str
    """One sentence, for the help and the palette."""
    footer: bool = False
    """Among the few that the footer shows."""
    writes: bool = False
    """It changes something on the platform or sends something into a job: gone when read-only."""
    call: str = ""
    """The method without `action_`, with its arguments; the id's last part if empty."""
    command: str = ""
    """Its name on the `:` line; its own name with dashes if empty."""
    argument: str = ""
    """What the command takes, in words, for example `CONTEXT`; empty when it takes nothing."""
    applies: str = ""
    """For the action menu of a job: `running`, `active`, `ended`, `http`, `restarts`, or `any`."""
    listed: bool = True
    """Whether the palette and the `:` line offer it."""

    @property
    def scope(self) -> Scope:
        return Scope(self.id.partition(".")[0])

    @property
    def name(self) -> str:
        return self.id.partition(".")[2]

    @property
    def method(self) -> str:
        """The method's name without `action_` and without arguments."""
        return self.invocation.partition("(")[0]

    @property
    def invocation(self) -> str:
        return self.call or self.name

    @property
    def command_name(self) -> str:
        return self.command or self.name.replace("_", "-")


def _app() -> Iterator[Action]:
    yield Action(
        id="app.help",
        keys=("question_mark", "f1"),
        label="help",
        help="Show the keys that work here.",
        footer=True,
    )
    yield Action(
        id="app.command_line",
        keys=("colon",),
        label="cmd",
        help="Type a command; tab completes, ↑ recalls.",
        footer=True,
        listed=False,
    )
    yield Action(
        id="app.palette",
        keys=("ctrl+p",),
        call="command_palette",
        label="Palette",
        help="Search all actions.",
        listed=False,
    )
    yield Action(
        id="app.quit",
        keys=("ctrl+q",),
        call="quit_guarded",
        command="quit",
        label="quit",
        help="Leave the dashboard; jobs go on.",
    )
    yield Action(
        id="app.interrupt",
        keys=("ctrl+c",),
        label="Copy or quit",
        help="Copy the selected text; with none, twice leaves the dashboard.",
        listed=False,
    )
    yield Action(
        id="app.suspend",
        keys=("ctrl+z",),
        call="suspend_process",
        label="Suspend",
        help="Back to the shell that started the dashboard; fg returns.",
    )
    yield Action(
        id="app.refresh",
        keys=("ctrl+r", "f5"),
        label="Refresh",
        help="Ask the platform now, reconnect what is broken, and draw the screen anew.",
    )
    yield Action(
        id="app.pause",
        keys=("P",),
        label="Pause",
        help="Stop refreshing, and go on again.",
    )
    yield Action(
        id="app.mouse",
        keys=("f2",),
        label="Mouse",
        help="Leave the mouse to the terminal, to select text, and take it back.",
    )
    yield Action(
        id="app.focus_next",
        keys=("tab",),
        label="Next pane",
        help="Focus the next pane.",
        listed=False,
    )
    yield Action(
        id="app.focus_previous",
        keys=("shift+tab",),
        label="Previous pane",
        help="Focus the previous pane.",
        listed=False,
    )
    yield Action(
        id="app.context",
        command="ctx",
        argument="CLUSTER/ORG/PROJECT",
        label="Context",
        help="Look at another cluster, organisation or project.",
    )
    yield Action(
        id="app.previous_context",
        keys=("minus",),
        label="Previous context",
        help="Return to the context before this one.",
    )
    yield Action(
        id="app.theme",
        argument="THEME",
        label="Theme",
        help="Change the colours.",
    )
    yield Action(
        id="app.readonly",
        command="ro",
        label="Read-only",
        help="Take away every key that changes something.",
    )
    yield Action(
        id="app.readwrite",
        command="rw",
        label="Read and write",
        help="Allow changes again; a protected context asks for its name.",
    )
    yield Action(
        id="app.events",
        label="Events",
        help="What was done and said in this session, with the apolo commands.",
    )


def _jobs() -> Iterator[Action]:
    yield Action(
        id="jobs.filter",
        keys=("slash",),
        label="filter",
        help="Show only matching jobs: text, !text, -f fuzzy, status:failed gpu:<5 left:<1h …",
        footer=True,
        argument="EXPRESSION",
    )
    yield Action(
        id="jobs.open",
        keys=("enter",),
        label="open",
        help="Show the detail of the job over the whole screen.",
        footer=True,
        applies="any",
    )
    yield Action(
        id="jobs.logs",
        keys=("l",),
        label="logs",
        help="Read the logs of the job.",
        footer=True,
        applies="any",
    )
    yield Action(
        id="jobs.shell",
        keys=("s",),
        label="shell",
        help="Open a shell inside the job.",
        footer=True,
        writes=True,
        applies="running",
    )
    yield Action(
        id="jobs.attach",
        keys=("a",),
        label="attach",
        help="Attach to the job's main process.",
        writes=True,
        applies="running",
    )
    yield Action(
        id="jobs.bump",
        keys=("plus",),
        label="bump",
        help="Give the job, or the marked ones, more time.",
        footer=True,
        writes=True,
        argument="TIME",
        applies="active",
    )
    yield Action(
        id="jobs.kill",
        keys=("K",),
        label="kill",
        help="Kill the job, or the marked ones; asks first.",
        footer=True,
        writes=True,
        applies="active",
    )
    yield Action(
        id="jobs.undo",
        keys=("U",),
        label="Undo kill",
        help="Take back a kill that has not been sent yet.",
    )
    yield Action(
        id="jobs.restart_container",
        label="Restart container",
        help="Kill the container; the restart policy starts a new one. The job lives on.",
        writes=True,
        applies="restarts",
    )
    yield Action(
        id="jobs.rerun",
        keys=("r",),
        label="rerun",
        help="Start the job again, in a form that shows what is changed.",
        footer=True,
        writes=True,
        applies="any",
    )
    yield Action(
        id="jobs.new",
        keys=("n",),
        label="new",
        help="Start a new job.",
        footer=True,
        writes=True,
    )
    yield Action(
        id="jobs.forward",
        keys=("F",),
        label="Forward",
        help="Lead a local port to a port of the job.",
        writes=True,
        applies="running",
    )
    yield Action(
        id="jobs.forwards",
        keys=("f",),
        label="Forwards",
        help="List the forwarded ports: state, connections, bytes.",
    )
    yield Action(
        id="jobs.save_image",
        label="Save image",
        help="Save the job's container as an image, in the background.",
        writes=True,
        argument="IMAGE",
        applies="running",
    )
    yield Action(
        id="jobs.capacity",
        keys=("C",),
        label="Capacity",
        help="What is free of each preset, what it costs, and its last hour.",
    )
    yield Action(
        id="jobs.monitor",
        keys=("m",),
        label="monitor",
        help="Show the running jobs on a wall of cards, for a spare screen.",
        footer=True,
    )
    yield Action(
        id="jobs.alerts",
        keys=("A",),
        label="Alerts",
        help="List what happened: started, finished, failed, about to end.",
    )
    yield Action(
        id="jobs.snooze",
        keys=("Z",),
        label="Snooze",
        help="Announce nothing about this job for an hour; the list of alerts goes on.",
        applies="active",
    )
    yield Action(
        id="jobs.menu",
        keys=("x",),
        label="Actions",
        help="List what can be done with this job.",
    )
    yield Action(
        id="jobs.spec",
        keys=("y",),
        label="Spec",
        help="Show how the job was started; again switches YAML and JSON.",
        applies="any",
    )
    yield Action(
        id="jobs.reveal",
        keys=("X",),
        label="Reveal",
        help="Show masked values for ten seconds.",
    )
    yield Action(
        id="jobs.chart",
        keys=("M",),
        label="Chart",
        help="Show the telemetry of the job as a large chart.",
        applies="running",
    )
    yield Action(
        id="jobs.compare",
        keys=("D",),
        label="Compare",
        help="Compare the two marked jobs.",
    )
    yield Action(
        id="jobs.runs",
        keys=("H",),
        label="Runs",
        help="List the other runs with the same name.",
        applies="any",
    )
    yield Action(
        id="jobs.copy",
        keys=("c",),
        label="Copy",
        help="Copy the id, name, URI, URL, image or command; twice repeats the last choice.",
        applies="any",
    )
    yield Action(
        id="jobs.browse",
        keys=("b",),
        label="Browse",
        help="Open the job's URL in a browser.",
        applies="http",
    )
    yield Action(
        id="jobs.clear",
        keys=("escape",),
        label="Clear",
        help="Leave the zoom, or clear the filter.",
        listed=False,
    )
    yield Action(
        id="jobs.leave",
        keys=("q",),
        label="quit",
        help="Back to the list; from there, leave the dashboard.",
        footer=True,
        listed=False,
    )
    yield Action(
        id="jobs.ended",
        keys=("e",),
        label="Ended",
        help="Show ended jobs, or hide them.",
    )
    yield Action(
        id="jobs.mine",
        keys=("u",),
        label="Mine",
        help="Only my jobs, or everyone's.",
    )
    yield Action(
        id="jobs.problems",
        keys=("exclamation_mark",),
        label="Problems",
        help="Only jobs that need attention.",
    )
    yield Action(
        id="jobs.width",
        keys=("w",),
        label="Width",
        help="More or fewer columns: compact, normal, wide.",
    )
    yield Action(
        id="jobs.columns",
        argument="FORMAT",
        label="Columns",
        help="Choose the columns, in apolo's format: {id;max=8} name status.",
    )
    yield Action(
        id="jobs.sort_left",
        keys=("less_than_sign",),
        label="Sort left",
        help="Sort by the column to the left.",
    )
    yield Action(
        id="jobs.sort_right",
        keys=("greater_than_sign",),
        label="Sort right",
        help="Sort by the column to the right.",
    )
    yield Action(
        id="jobs.sort_invert",
        keys=("i",),
        label="Invert",
        help="Turn the order around.",
    )
    yield Action(
        id="jobs.sort",
        argument="COLUMN",
        label="Sort",
        help="Sort by this column.",
    )
    for number in range(1, 10):
        yield Action(
            id=f"jobs.view_{number}",
            keys=(str(number),),
            call=f"view({number})",
            label=f"View {number}",
            help=f"Switch to saved view {number}.",
            listed=False,
        )
    yield Action(
        id="jobs.save",
        argument="NAME",
        label="Save view",
        help="Keep filter, order and columns under a name, on the next free digit.",
    )
    yield Action(
        id="jobs.group",
        argument="tag|owner|preset|name|off",
        label="Group",
        help="Group the list, with subtotals.",
    )
    yield Action(
        id="jobs.mark",
        keys=("space",),
        label="Mark",
        help="Mark the job, or unmark it.",
    )
    yield Action(
        id="jobs.mark_range",
        keys=("ctrl+at", "ctrl+space"),
        label="Mark range",
        help="Mark from the last mark to here.",
    )
    yield Action(
        id="jobs.mark_all",
        keys=("asterisk",),
        label="Mark all",
        help="Mark every job that is shown.",
    )
    yield Action(
        id="jobs.unmark",
        keys=("ctrl+backslash",),
        label="Unmark",
        help="Clear all marks.",
    )
    yield Action(
        id="jobs.next_tab",
        keys=("right_square_bracket",),
        label="Next tab",
        help="The next tab of the detail.",
    )
    yield Action(
        id="jobs.previous_tab",
        keys=("left_square_bracket",),
        label="Previous tab",
        help="The previous tab of the detail.",
    )
    yield Action(
        id="jobs.zoom",
        keys=("z",),
        label="Zoom",
        help="Give the focused pane the whole screen, or take it back.",
    )
    yield Action(
        id="jobs.focus_list",
        keys=("h",),
        label="List",
        help="Focus the list.",
        listed=False,
    )
    yield Action(
        id="jobs.focus_terminal",
        keys=("t",),
        label="Terminal",
        help="Focus the open terminal.",
        writes=True,
    )
    yield Action(
        id="jobs.narrower",
        keys=("ctrl+left",),
        label="Narrower",
        help="Give the list less room.",
    )
    yield Action(
        id="jobs.wider",
        keys=("ctrl+right",),
        label="Wider",
        help="Give the list more room.",
    )
    yield Action(
        id="jobs.window_shorter",
        keys=("comma",),
        label="Shorter window",
        help="Show a shorter time in the telemetry strip.",
    )
    yield Action(
        id="jobs.window_longer",
        keys=("full_stop",),
        label="Longer window",
        help="Show a longer time in the telemetry strip.",
    )


def _tables() -> Iterator[Action]:
    moves = (
        ("cursor_down", ("j", "down"), "Down", "The next row."),
        ("cursor_up", ("k", "up"), "Up", "The row above."),
        ("page_down", ("pagedown",), "Page down", "A page down."),
        ("page_up", ("pageup",), "Page up", "A page up."),
        ("half_page_down", ("ctrl+d",), "Half a page down", "Half a page down."),
        ("half_page_up", ("ctrl+u",), "Half a page up", "Half a page up."),
        ("first", ("g", "home"), "First", "The first row."),
        ("last", ("G", "end"), "Last", "The last row; loads older jobs when there are some."),
        ("pan_left", ("shift+left",), "Pan left", "Columns further left; the name stays."),
        ("pan_right", ("shift+right",), "Pan right", "Columns further right; the name stays."),
    )
    for name, keys, label, text in moves:
        yield Action(id=f"table.{name}", keys=keys, label=label, help=text, listed=False)


def _pages() -> Iterator[Action]:
    yield Action(
        id="page.back",
        keys=("escape", "q"),
        label="back",
        help="Back to where you came from.",
        footer=True,
        listed=False,
    )
    yield Action(
        id="chart.window_shorter",
        keys=("comma",),
        label="Shorter",
        help="A shorter window.",
        footer=True,
    )
    yield Action(
        id="chart.window_longer",
        keys=("full_stop",),
        label="Longer",
        help="A longer window.",
        footer=True,
    )
    yield Action(
        id="chart.cursor_left",
        keys=("left",),
        label="Earlier",
        help="Read the values of an earlier moment.",
        footer=True,
    )
    yield Action(
        id="chart.cursor_right",
        keys=("right",),
        label="Later",
        help="Read the values of a later moment.",
        footer=True,
    )
    yield Action(
        id="chart.metric",
        keys=("right_square_bracket", "space"),
        label="Metric",
        help="The next metric.",
        footer=True,
    )
    yield Action(
        id="chart.previous_metric",
        keys=("left_square_bracket",),
        label="Previous metric",
        help="The metric before.",
    )
    yield Action(
        id="compare.swap",
        keys=("x",),
        label="Swap",
        help="Exchange A and B.",
        footer=True,
    )
    yield Action(
        id="compare.align",
        keys=("a",),
        label="Align",
        help="Align the two jobs by their start, or by the clock.",
        footer=True,
    )


def _logs() -> Iterator[Action]:
    yield Action(
        id="logs.follow",
        keys=("s",),
        label="follow",
        help="Follow the end, or stop.",
        footer=True,
    )
    yield Action(
        id="logs.search",
        keys=("slash",),
        label="search",
        help="Search; !text inverts, ↑ recalls.",
        footer=True,
        argument="TEXT",
    )
    yield Action(
        id="logs.next_match",
        keys=("n",),
        label="next",
        help="The next match.",
        footer=True,
    )
    yield Action(id="logs.previous_match", keys=("N",), label="Previous", help="The match before.")
    yield Action(
        id="logs.only_matches",
        keys=("x",),
        label="only",
        help="Show only the lines that match, or all.",
        footer=True,
    )
    yield Action(
        id="logs.invert",
        keys=("exclamation_mark",),
        label="Invert",
        help="Lines that do not match in place of those that do.",
    )
    yield Action(id="logs.next_error", keys=("e",), label="error", help="The next error.")
    yield Action(
        id="logs.previous_error", keys=("E",), label="Error before", help="The error before."
    )
    yield Action(
        id="logs.raw",
        keys=("R",),
        label="Raw",
        help="Every progress tick and every byte as it came, or tidied up.",
    )
    yield Action(id="logs.pretty", keys=("p",), label="Pretty", help="Spread JSON out, or not.")
    yield Action(
        id="logs.wrap", keys=("w",), label="wrap", help="Wrap long lines, or not.", footer=True
    )
    yield Action(
        id="logs.times",
        keys=("t",),
        label="time",
        help="Time of each line: none, time, full, ago.",
        footer=True,
    )
    yield Action(id="logs.mark", keys=("m",), label="Mark", help="Mark one end of a block.")
    yield Action(
        id="logs.copy", keys=("c",), label="copy", help="Copy the line or the block.", footer=True
    )
    yield Action(
        id="logs.save",
        keys=("ctrl+s",),
        label="save",
        help="Write the lines that are shown to a file.",
        footer=True,
    )
    yield Action(
        id="logs.download",
        keys=("S",),
        label="Download",
        help="Write the whole log to a file, in the background.",
    )
    yield Action(id="logs.pager", keys=("v",), label="Pager", help="Read it in $PAGER.")
    yield Action(id="logs.pause", keys=("P",), label="Pause", help="Pause the stream.")
    yield Action(
        id="logs.next_part",
        keys=("right_curly_bracket",),
        label="Next part",
        help="To the next container's part.",
    )
    yield Action(
        id="logs.previous_part",
        keys=("left_curly_bracket",),
        label="Previous part",
        help="To the part of the container before.",
    )
    yield Action(
        id="logs.zoom_line",
        keys=("enter",),
        label="Zoom line",
        help="Show the line under the cursor in full.",
    )
    yield Action(
        id="logs.pan_left",
        keys=("left",),
        label="Pan left",
        help="The left part of long lines.",
        listed=False,
    )
    yield Action(
        id="logs.pan_right",
        keys=("right",),
        label="Pan right",
        help="The right part of long lines.",
        listed=False,
    )
    yield Action(
        id="logs.page_down",
        keys=("space",),
        label="Page down",
        help="A page down.",
        listed=False,
    )
    yield Action(
        id="logs.copy_selection",
        keys=("ctrl+c",),
        label="Copy selection",
        help="Copy what the mouse selected.",
        listed=False,
    )
    yield Action(
        id="logs.clear_search",
        keys=("escape",),
        label="Clear",
        help="End the search, forget the block.",
    )
    yield Action(
        id="logs.plain_search",
        keys=("alt+r",),
        label="Expressions",
        help="Search for plain text, or for regular expressions.",
    )
    spans = ("now", "1m", "5m", "15m", "30m", "1h", "3h", "12h", "1d", "all")
    for digit, span in enumerate(spans):
        yield Action(
            id=f"logs.since_{span}",
            keys=(str(digit),),
            call=f"since({span!r})",
            label="all" if span == "all" else f"since {span}",
            help=f"Look back: {span}.",
            listed=False,
            footer=span == "all",
        )


def _starting() -> Iterator[Action]:
    yield Action(
        id="start.submit",
        keys=("ctrl+s", "f9"),
        label="start",
        help="Send the form to the platform.",
        footer=True,
        writes=True,
        listed=False,
    )
    yield Action(
        id="start.advanced",
        keys=("f6",),
        label="all options",
        help="Show the options that are rarely needed, or hide them.",
        footer=True,
    )
    yield Action(
        id="start.order",
        keys=("f7",),
        label="order",
        help="Order the presets: would start now, free, price, size.",
        footer=True,
    )
    yield Action(
        id="start.copy_command",
        keys=("f8",),
        label="copy command",
        help="Copy the apolo run command that starts the same job.",
        footer=True,
    )
    yield Action(
        id="started.logs",
        keys=("l",),
        label="logs",
        help="Read the logs of the new job.",
        footer=True,
    )
    yield Action(
        id="started.shell",
        keys=("s",),
        label="shell",
        help="Open a shell in the new job.",
        footer=True,
        writes=True,
    )
    yield Action(
        id="started.forward",
        keys=("F",),
        label="forward",
        help="Lead a local port to the new job.",
        footer=True,
        writes=True,
    )


def _forwards() -> Iterator[Action]:
    yield Action(
        id="forwards.reopen",
        keys=("enter",),
        label="open",
        help="Open a remembered forward again.",
        footer=True,
        writes=True,
    )
    yield Action(
        id="forwards.copy",
        keys=("c",),
        label="copy",
        help="Copy the local address.",
        footer=True,
    )
    yield Action(
        id="forwards.browse",
        keys=("b",),
        label="browse",
        help="Open the local address in a browser.",
        footer=True,
    )
    yield Action(
        id="forwards.close",
        keys=("K",),
        label="close",
        help="Close the local port, or forget the remembered one.",
        footer=True,
    )


def _wall() -> Iterator[Action]:
    yield Action(
        id="capacity.new",
        keys=("n",),
        label="new job",
        help="Start a job with this preset.",
        footer=True,
        writes=True,
    )
    yield Action(
        id="capacity.order",
        keys=("o",),
        label="order",
        help="Order by what would start now, by free slots, by price, by size.",
        footer=True,
    )
    yield Action(
        id="alerts.go",
        keys=("enter",),
        label="go to job",
        help="Back to the list, to this job.",
        footer=True,
    )
    yield Action(
        id="alerts.bump",
        keys=("plus",),
        label="bump",
        help="Give the job of this alert more time.",
        footer=True,
        writes=True,
    )
    yield Action(
        id="alerts.snooze",
        keys=("Z",),
        label="snooze 1h",
        help="Announce nothing about this job for an hour.",
        footer=True,
    )
    yield Action(
        id="alerts.mute_job",
        keys=("J",),
        label="mute job",
        help="Announce nothing about this job any more, or do so again.",
        footer=True,
    )
    yield Action(
        id="alerts.mute_rule",
        keys=("R",),
        label="mute kind",
        help="Announce no alert of this kind any more, or do so again.",
        footer=True,
    )
    yield Action(
        id="wall.page_next",
        keys=("right",),
        label="page",
        help="The next page.",
        footer=True,
    )
    yield Action(
        id="wall.page_previous",
        keys=("left",),
        label="page before",
        help="The page before.",
    )
    yield Action(
        id="wall.hold",
        keys=("space",),
        label="hold",
        help="Stay on this page, or go on.",
        footer=True,
    )


def _dialogs() -> Iterator[Action]:
    yield Action(
        id="dialog.cancel",
        keys=("escape", "n"),
        label="cancel",
        help="Leave everything as it is.",
        footer=True,
        listed=False,
    )
    yield Action(
        id="dialog.confirm",
        keys=("y",),
        label="yes",
        help="Do it.",
        footer=True,
        listed=False,
    )
    yield Action(
        id="dialog.now",
        keys=("exclamation_mark",),
        label="at once",
        help="Do it at once, without the time to undo.",
        listed=False,
    )
    yield Action(
        id="dialog.copy_command",
        keys=("c",),
        label="copy command",
        help="Copy the equivalent apolo command.",
        listed=False,
    )


ACTIONS: Final[Mapping[str, Action]] = {
    action.id: action
    for group in (_app, _jobs, _tables, _pages, _logs, _starting, _forwards, _wall, _dialogs)
    for action in group()
}
"""All actions by id, in the order in which the help lists them."""


def in_scope(scope: Scope) -> Iterator[Action]:
    """The actions that are at home in `scope`."""
    return (action for action in ACTIONS.values() if action.scope is scope)


def commands(scopes: Iterable[Scope]) -> dict[str, Action]:
    """The commands of the `:` line by name, for what is on screen; the first scope wins a name."""
    found: dict[str, Action] = {}
    for scope in scopes:
        for action in in_scope(scope):
            if action.listed:
                found.setdefault(action.command_name, action)
    return found


@dataclass(frozen=True, slots=True)
class Clash:
    """Two actions that are active together and want the same key."""

    key: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"{key_label(self.key)} is both {self.first} and {self.second}"


def clashes(actions: Iterable[Action]) -> list[Clash]:
    """The keys that two actions of one place share; none in the registry itself."""
    found: list[Clash] = []
    for first, second in combinations(actions, 2):
        together = (
            first.scope is second.scope
            or second.scope in TOGETHER.get(first.scope, ())
            or first.scope in TOGETHER.get(second.scope, ())
        )
        if together:
            shared = set(first.keys) & set(second.keys)
            found.extend(Clash(key, first.id, second.id) for key in sorted(shared))
    return found


def with_keymap(keymap: Mapping[str, tuple[str, ...]]) -> dict[str, Action]:
    """All actions by id, with the user's keys in place of the default ones."""
    return {
        name: replace(action, keys=keymap[name]) if name in keymap else action
        for name, action in ACTIONS.items()
    }


KEY_LABELS: Final[Mapping[str, str]] = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "asterisk": "*",
    "exclamation_mark": "!",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "comma": ",",
    "full_stop": ".",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "backslash": "\\",
    "at": "@",
    "enter": "⏎",
    "escape": "esc",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "space": "space",
    "equals_sign": "=",
    "semicolon": ";",
    "apostrophe": "'",
    "quotation_mark": '"',
    "tilde": "~",
    "grave_accent": "`",
    "number_sign": "#",
    "dollar_sign": "$",
    "percent_sign": "%",
    "circumflex_accent": "^",
    "ampersand": "&",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "underscore": "_",
    "vertical_line": "|",
}
KEY_NAMES: Final[Mapping[str, str]] = {label: name for name, label in KEY_LABELS.items()}

ASCII_LABELS: Final[Mapping[str, str]] = {
    "⏎": "enter",
    "↑": "up",
    "↓": "down",
    "←": "left",
    "→": "right",
}


def key_label(key: str, *, ascii_only: bool = False) -> str:
    """A key as people write it: `ctrl+]` for `ctrl+right_square_bracket`."""
    modifiers, _, last = key.rpartition("+")
    label = KEY_LABELS.get(last, last)
    if ascii_only:
        label = ASCII_LABELS.get(label, label)
    return f"{modifiers}+{label}" if modifiers else label


def typed(key: str) -> bool:
    """Whether a key writes a character where there is a text field."""
    label = key_label(key)
    return key == "space" or len(key) == 1 or (len(label) == 1 and label.isascii())


def key_name(written: str) -> str:
    """The reverse: `ctrl+]` gives `ctrl+right_square_bracket`.

    Raises ValueError, with a text for the user, for what cannot be a key.
    """
    text = written.strip()
    modifiers, _, last = text.rpartition("+") if len(text) > 1 else ("", "", text)
    if not last and text.endswith("+"):
        modifiers, last = text[:-2], "+"
    unknown = set(filter(None, modifiers.split("+"))) - {"ctrl", "shift", "alt", "super"}
    if not last or unknown or (len(last) == 1 and not last.isprintable()):
        raise ValueError(f"{written!r} is not a key; write it like K, ctrl+r, f5 or space")
    name = KEY_NAMES.get(last, last)
    if len(name) > 1 and not name.replace("_", "").isalnum():
        raise ValueError(f"{written!r} is not a key; write it like K, ctrl+r, f5 or space")
    return f"{modifiers}+{name}" if modifiers else name


def keys_markdown(actions: Mapping[str, Action] = ACTIONS) -> str:
    """The key table of the README, as Markdown."""
    lines = ["| Where | Keys | Action | What it does |", "|---|---|---|---|"]
    for action in actions.values():
        keys = " ".join(f"`{key_label(key)}`" for key in action.keys) or f"`:{action.command_name}`"
        text = action.help.replace("|", "\\|")
        lines.append(f"| {TITLES[action.scope]} | {keys} | `{action.id}` | {text} |")
    return "\n".join(lines) + "\n"


def keys_text(actions: Mapping[str, Action] = ACTIONS) -> str:
    """The same for a terminal, aligned."""
    lines: list[str] = []
    scope = None
    for action in actions.values():
        if action.scope is not scope:
            scope = action.scope
            lines += ["", TITLES[scope]] if lines else [TITLES[scope]]
        keys = "  ".join(key_label(key) for key in action.keys) or f":{action.command_name}"
        lines.append(f"  {keys:<18} {action.id:<24} {action.help}")
    return "\n".join(lines) + "\n"
