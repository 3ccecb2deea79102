"""Terminals on the main screen: opens sessions, and ties the one in front to its pane.

Three words (docs/terminal.md): to *leave* is to go back to the list while the session goes on;
to *detach* closes an attach, and the job goes on; to *close* ends an exec's connection, and its
program may go on in the job.
"""

from collections.abc import Sequence
from functools import partial

from rich.cells import cell_len
from textual import on
from textual.app import SuspendNotSupported

from apolo_tui.model.errors import ApoloError
from apolo_tui.model.job import JobDescription
from apolo_tui.model.link import Connecting, Live, Retrying
from apolo_tui.screens.confirm import ConfirmDialog, Question
from apolo_tui.screens.pane_actions import PaneActions
from apolo_tui.screens.picker import Picker
from apolo_tui.screens.real_tty import hand_over
from apolo_tui.store.commands import label
from apolo_tui.store.sessions.session import Session
from apolo_tui.store.sessions.shells import NoShell, find_shell
from apolo_tui.store.sessions.state import Kind, SessionState, Target
from apolo_tui.store.sessions.tail import last_lines
from apolo_tui.terminal.events import (
    Bell,
    ClipboardWrite,
    Event,
    Notification,
)
from apolo_tui.terminal.screen import Screen
from apolo_tui.widgets.terminal_canvas import Wires
from apolo_tui.widgets.terminal_leader import Command, Does
from apolo_tui.widgets.terminal_pane import Tab, TerminalPane
from apolo_tui.widgets.terminal_view import TerminalView

START_SIZE = (80, 24)
EXPLAINED = "attach_explained"
SHELLS = "shells"

HELP = (
    "d   leave: back to the list, the session goes on",
    "x   close: end this session",
    "1…9 the tab of that number; n, p the next and the previous",
    "[   scroll back, search and copy",
    "z   zoom; once more brings the bars back",
    "s   hand over the real terminal, until ctrl+]",
    "v   paste from the clipboard of the dashboard",
    "ctrl+] once more sends it to the program",
    "ctrl+p ctrl+q leaves as well, as in apolo attach",
)


class Terminals(TerminalPane):
    """The pane of the main screen, with the sessions behind it."""

    def __init__(self, main: PaneActions, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._main = main
        self._sessions = main.workspace.sessions
        self._shown: Session | None = None

    def on_mount(self) -> None:
        self._main.host.sessions = self
        self._main.host.add_unfinished(lambda: open_words(self._sessions.open))
        self.run_worker(self._watch_current(), name="current session")
        self.run_worker(self._watch_sessions(), name="sessions")

    # Opening

    def open_shell(self, job: JobDescription) -> None:
        """A shell in the job; the one that is open already comes to the front."""
        found = self._sessions.find(
            lambda session: session.kind is Kind.EXEC and session.target.job_id == job.id
        )
        if found is not None:
            self._sessions.select(found)
            self.focus_front()
            return
        self.run_worker(self._open_shell(target_of(job)), name="shell", group="open session")

    async def _open_shell(self, target: Target) -> None:
        state = self._main.workspace.state
        remembered = {key: str(value) for key, value in state.table(SHELLS).items()}
        try:
            platform = await self._main.workspace.connection.platform()
            shell = await find_shell(platform.jobs, target, remembered)
        except NoShell as error:
            self._ask_command(target, error)
            return
        except ApoloError as error:
            self._main.host.say(f"No shell in {target.name}: {error.message}", "error")
            return
        if remembered.get(target.image) != shell:
            state.put(SHELLS, {**remembered, target.image: shell})
        await self.start(Kind.EXEC, target, shell)

    def _ask_command(self, target: Target, error: NoShell) -> None:
        def chosen(command: str | None) -> None:
            if command:
                self.run_worker(self.start(Kind.EXEC, target, command), group="open session")

        note = f"{error.message}. {error.next_step}"
        self.app.push_screen(Picker("Run in the job", [], free="COMMAND", note=note), chosen)

    def open_attach(self, job: JobDescription) -> None:
        """The job's own terminal. The first time, what ctrl+c does there is explained."""
        found = self._sessions.find(
            lambda session: session.kind is Kind.ATTACH and session.target.job_id == job.id
        )
        if found is not None:
            self._sessions.select(found)
            self.focus_front()
            return
        state = self._main.workspace.state

        def answered(answer: str | None) -> None:
            if answer:
                state.put(EXPLAINED, True)
                self.run_worker(self.start(Kind.ATTACH, target_of(job)), group="open session")

        if state.get(EXPLAINED):
            answered("yes")
            return
        question = Question(
            title=f"Attach to {label(job)}?",
            lines=(
                "What you type reaches the job's main process:",
                "ctrl+c interrupts it, and may end the job.",
                "ctrl+] d leaves, ctrl+] x detaches; the job goes on.",
            ),
            verb="Attach",
            note="This is said once.",
            opened_by=self._main.keys_of("jobs.attach"),
        )
        self.app.push_screen(ConfirmDialog(question), answered)

    async def start(self, kind: Kind, target: Target, command: str = "") -> None:
        """Open a session and give it the keys."""
        workspace = self._main.workspace
        try:
            jobs = (await workspace.connection.platform()).jobs
        except ApoloError as error:
            self._main.host.say(error.message, "error")
            return
        size = self.view.size
        columns, rows = (size.width, size.height) if size else START_SIZE
        screen = Screen(columns, rows, width=cell_len)
        tail = partial(self._tail, target) if kind is Kind.ATTACH else None
        session = Session(
            kind, target, screen, jobs, command=command, size=(columns, rows), tail=tail
        )
        self._sessions.start(session)
        self.focus_front()

    async def _tail(self, target: Target, count: int) -> bytes:
        workspace = self._main.workspace
        platform = await workspace.connection.platform()
        return await last_lines(
            platform.jobs,
            target,
            count,
            clock=lambda: workspace.clock() + platform.clock_offset,
        )

    # What is in front

    def focus_front(self) -> None:
        """Bring the pane to the front and give the keys to the terminal."""
        if not self._sessions:
            keys = self._main.host
            self._main.host.say(
                f"No terminal is open: {keys.key_of('jobs.shell')} opens a shell, "
                f"{keys.key_of('jobs.attach')} attaches"
            )
            return
        self._main.show_terminal()
        self.call_after_refresh(self.view.focus)

    async def _watch_current(self) -> None:
        async for session in self._sessions.current.watch(every=0.0):
            self._show_session(session)

    def _show_session(self, session: Session | None) -> None:
        if self._shown is not None:
            self._shown.on_output = None
        self._shown = session
        if session is None:
            self.view.show(None, None)
            if self.view.has_focus or self._main.detail.tab == "terminal":
                self._main.leave_terminal()
        else:
            screen = session.emulator
            assert isinstance(screen, Screen)
            self.view.show(screen, Wires(partial(self._type, session), session.resize))
            session.on_output = self.view.output_arrived
        self.draw_tabs()

    def _type(self, session: Session, data: bytes) -> None:
        if session.type(data):
            return
        if session.state.value.over:
            if data in (b"\r", b"q"):
                self.run_worker(self._sessions.close(session), group="close session")
            else:
                self.say("the session is over: enter closes its tab")
        else:
            self.say("too much at once: it was not sent; paste it in parts")

    async def _watch_sessions(self) -> None:
        """The tabs follow which sessions there are, and how each of them is."""
        async for _ in self._sessions.changed.watch(every=0.0):
            self.draw_tabs()
            for session in self._sessions:
                self.run_worker(
                    self._watch_session(session), group=f"session {id(session)}", exclusive=True
                )

    async def _watch_session(self, session: Session) -> None:
        async for state in session.state.watch():
            self.draw_tabs()
            if session is self._shown:
                self.say(words_of(state))
            if state.over:
                return

    def draw_tabs(self) -> None:
        sessions = list(self._sessions)
        front = sessions.index(self._shown) if self._shown in sessions else -1
        job = self._shown.target.job_id if self._shown is not None else ""
        self.show_tabs([tab_of(session) for session in sessions], front, job=job)

    # What the user does in the terminal

    @on(TerminalView.Commanded)
    def commanded(self, event: TerminalView.Commanded) -> None:
        event.stop()
        self.obey(event.command)

    def obey(self, command: Command) -> None:
        """Do what a key after the leader means."""
        session = self._shown
        match command.does:
            case Does.LEAVE:
                self._main.leave_terminal()
                if session is not None and not session.state.value.over:
                    back = self._main.host.key_of("jobs.focus_terminal")
                    self._main.host.say(f"Left {session.title}: it goes on; {back} returns")
            case Does.CLOSE:
                self._close(session)
            case Does.NEXT:
                self._sessions.step(1)
            case Does.PREVIOUS:
                self._sessions.step(-1)
            case Does.SELECT:
                if not self._sessions.select_number(command.number):
                    self.say(f"there is no tab {command.number}")
            case Does.ZOOM:
                self._main.zoom_terminal()
            case Does.REAL_TTY:
                self._main.host.say("The real terminal comes back with ctrl+]")
                self.run_worker(self._hand_over(), group="real tty", exclusive=True)
            case Does.PASTE:
                self.view.paste(self.app.clipboard)
            case Does.SEND:
                self.view.type_leader()
            case Does.HELP:
                self._main.host.say("After ctrl+]\n" + "\n".join(HELP))
            case Does.SCROLL | Does.NOTHING:
                pass  # the view has done it

    def _close(self, session: Session | None) -> None:
        if session is None:
            return
        if session.state.value.over:
            self.run_worker(self._sessions.close(session), group="close session")
            return
        what = {
            Kind.EXEC: ("Close", "The program may go on in the job after its terminal is gone."),
            Kind.ATTACH: ("Detach", "The job goes on."),
        }
        verb, note = what[session.kind]

        def answered(answer: str | None) -> None:
            if answer:
                self.run_worker(self._sessions.close(session), group="close session")
            else:
                self.view.focus()

        question = Question(
            title=f"{verb} {session.title}?", verb=verb, note=note, opened_by=("x",)
        )
        self.app.push_screen(ConfirmDialog(question), answered)

    async def _hand_over(self) -> None:
        """Row X15: the session on the user's own terminal, until the leader is pressed there."""
        session = self._shown
        if session is None or session.state.value.over:
            return
        try:
            await hand_over(self.app, session)
        except SuspendNotSupported:
            self._main.host.say("This terminal cannot be handed to another program", "error")
        self.view.refresh()

    @on(TerminalView.Copied)
    def copied(self, event: TerminalView.Copied) -> None:
        event.stop()
        self._main.host.copy(event.text, "Text of the terminal")

    @on(TerminalView.LinkClicked)
    def link_clicked(self, event: TerminalView.LinkClicked) -> None:
        event.stop()
        if event.uri.startswith(("http://", "https://")):
            self._main.host.open_url(event.uri)
        else:
            self._main.host.copy(event.uri, event.uri)

    @on(TerminalView.LargePaste)
    def large_paste(self, event: TerminalView.LargePaste) -> None:
        event.stop()

        def answered(answer: str | None) -> None:
            if answer:
                self.view.paste(event.text)
            self.view.focus()

        lines = event.text.count("\n") + 1
        question = Question(
            title=f"Paste {len(event.text)} characters?",
            lines=(f"{lines} line(s); the program gets them as typed.",),
            verb="Paste",
        )
        self.app.push_screen(ConfirmDialog(question), answered)

    @on(TerminalPane.SearchFailed)
    def search_failed(self, event: TerminalPane.SearchFailed) -> None:
        event.stop()
        self.say(event.reason)

    @on(TerminalView.Asked)
    def asked(self, event: TerminalView.Asked) -> None:
        event.stop()
        self._answer(event.event)

    def _answer(self, asked: Event) -> None:
        """What a program may do outside of its pane: only what the user allowed."""
        allowed = self._main.settings.terminal_allow
        if isinstance(asked, Bell) and "bell" in allowed:
            self.app.bell()
        elif isinstance(asked, ClipboardWrite) and "clipboard" in allowed:
            self._main.host.copy(asked.text, "Text from the job")
        elif isinstance(asked, Notification) and "notifications" in allowed:
            self._main.host.say(f"{asked.title}\n{asked.body}".strip())


def target_of(job: JobDescription) -> Target:
    """What a session needs to know of a job."""
    return Target(
        job_id=job.id,
        name=job.name or job.id,
        cluster_name=job.cluster_name,
        image=job.container.image_str or str(job.container.image),
        tty=job.container.tty,
    )


def tab_of(session: Session) -> Tab:
    state = session.state.value
    match state.link:
        case Live():
            mark = "live"
        case Connecting() | Retrying():
            mark = "waiting"
        case _:
            mark = "over"
    return Tab(session.title, mark, words_of(state) if mark != "live" else "")


def words_of(state: SessionState) -> str:
    """What became of a session, with what to do now."""
    if state.over:
        return f"{state.words}; enter closes the tab"
    return state.words


def open_words(sessions: Sequence[Session]) -> list[str]:
    """What leaving the dashboard would cut off."""
    return [f"a terminal is open: {session.title}" for session in sessions]
