"""What the user does with jobs. What writes is asked for first, here, and sent by the store."""

from collections.abc import Sequence

from apolo_tui.actions import Action, Scope
from apolo_tui.model.job import JobDescription, JobRestartPolicy, JobStatus
from apolo_tui.model.query_facts import run_time
from apolo_tui.screens.confirm import ConfirmDialog, Question
from apolo_tui.screens.jobs_page import JobsPage
from apolo_tui.screens.picker import Choice, Picker
from apolo_tui.store import apolo_command
from apolo_tui.store.commands import label, names
from apolo_tui.widgets import figures

MANY = 5
"""From more jobs than this on, a kill wants a word to be typed."""
LISTED = 12
"""Jobs that a dialog lists by name."""
PHRASE = "kill"


class JobActions(JobsPage):
    """Actions on the job under the cursor, or on the marked ones."""

    _last_copied = ""

    # Kill

    def action_kill(self) -> None:
        desk = self.desk
        jobs = [job for job in self.targets() if not job.status.is_finished]
        if desk is None or not jobs:
            self.host.say(
                "There is nothing to kill: the job has ended"
                if self.targets()
                else "No job is selected"
            )
            return

        def answered(answer: str | None) -> None:
            if answer:
                desk.commands.kill(jobs, at_once=answer == "now")
                self.table.clear_marks()
                self._watch_dying()

        self.app.push_screen(ConfirmDialog(self._kill_question(jobs)), answered)

    def _kill_question(self, jobs: Sequence[JobDescription]) -> Question:
        me = self.look.facts.me
        foreign = [job for job in jobs if me and job.owner != me]
        lines = [self._described(job) for job in jobs[:LISTED]]
        if len(jobs) > LISTED:
            lines.append(f"… and {len(jobs) - LISTED} more")
        notes = []
        if foreign:
            notes.append(f"Not yours: {len(foreign)}.")
        desk = self.desk
        delay = desk.commands.kill_delay if desk is not None else 0.0
        undo = self.host.key_of("jobs.undo")
        if delay:
            notes.append(f"Sent after {delay:g}s; until then {undo} takes it back.")
        title = f"Kill {label(jobs[0])}?" if len(jobs) == 1 else f"Kill {len(jobs)} jobs?"
        return Question(
            title=title,
            lines=tuple(lines),
            verb="Kill",
            note=" ".join(notes),
            command=apolo_command.kill(job.id for job in jobs),
            phrase=PHRASE if foreign or len(jobs) > MANY else "",
            now=bool(delay),
            opened_by=self.keys_of("jobs.kill"),
        )

    def _described(self, job: JobDescription) -> str:
        """`sweep-lr3e4  running 2h05m  16.7 cr`, with the owner of a foreign job."""
        parts = [f"{label(job):<16}"]
        ran = run_time(job, self.look.facts)
        parts.append(
            f"{job.status_text or job.status.value} {figures.span(ran) if ran else ''}".strip()
        )
        if job.total_price_credits is not None:
            parts.append(f"{figures.credits_of(job.total_price_credits)} cr")
        if self.look.facts.me and job.owner != self.look.facts.me:
            parts.append(f"OWNER {job.owner} !")
        return "  ".join(parts)

    def action_undo(self) -> None:
        for commands in reversed(self.workspace.all_commands):
            spared = commands.undo()
            if spared:
                self.host.say(f"Taken back: {names(spared)} lives on")
                self._watch_dying()
                return
        self.host.say("There is no kill to take back")

    def _watch_dying(self) -> None:
        """Show which jobs are about to be killed."""
        waiting = [kill for item in self.workspace.all_commands for kill in item.pending.value]
        self.look.dying = frozenset(job.id for kill in waiting for job in kill.jobs)
        self.redraw()

    # Life span

    def action_bump(self, span: str = "") -> None:
        from apolo_tui.screens.bump import BumpDialog, bump_problem

        desk = self.desk
        targets = self.targets()
        jobs = [job for job in targets if not bump_problem(job)]
        if desk is None or not targets:
            self.host.say("No job is selected")
            return
        if not jobs:
            self.host.say(f"{label(targets[0])}: {bump_problem(targets[0])}", "warning")
            return
        left_out = [job for job in targets if job not in jobs]

        def answered(seconds: float | None) -> None:
            if seconds:
                desk.commands.bump(jobs, seconds)
                self.table.clear_marks()

        self.app.push_screen(BumpDialog(jobs, left_out, self.look.facts, span=span), answered)

    # Container

    def action_restart_container(self) -> None:
        desk, job = self.desk, self.selected
        if desk is None or job is None:
            self.host.say("No job is selected")
            return
        if not self.applies("restarts", job):
            self.host.say(
                f"{label(job)} has no restart policy: its container would not come back", "warning"
            )
            return

        def answered(answer: str | None) -> None:
            if answer:
                desk.commands.restart_container(job)

        question = Question(
            title=f"Restart the container of {label(job)}?",
            lines=(
                self._described(job),
                f"The process is killed; the policy “{job.restart_policy.value}” starts it again.",
            ),
            note="The job goes on. There is no apolo command for this.",
            verb="Restart",
        )
        self.app.push_screen(ConfirmDialog(question), answered)

    # The menu

    def applies(self, to: str, job: JobDescription) -> bool:
        """Whether an action that is for `to` makes sense for the job."""
        restarts = job.restart_policy is not JobRestartPolicy.NEVER
        return {
            "any": True,
            "active": not job.status.is_finished,
            "running": job.status is JobStatus.RUNNING,
            "ended": job.status.is_finished,
            "http": bool(str(job.http_url)),
            "restarts": restarts and job.status is JobStatus.RUNNING,
        }.get(to, False)

    def possible(self, job: JobDescription) -> list[Action]:
        """The actions of the menu: those that apply to the job and are allowed."""
        return [
            action
            for action in self.host.declared((Scope.JOBS,))
            if action.applies
            and self.applies(action.applies, job)
            and self.check_action(action.method, ())
        ]

    def action_menu(self) -> None:
        job = self.selected
        if job is None:
            self.host.say("No job is selected")
            return
        choices = [
            Choice(
                action.invocation,
                action.label.capitalize(),
                action.help,
                self._menu_key(action),
            )
            for action in self.possible(job)
        ]

        async def chosen(invocation: str | None) -> None:
            if invocation:
                await self.app.run_action(invocation, self)

        self.app.push_screen(Picker(f"{label(job)}: actions", choices), chosen)

    def _menu_key(self, action: Action) -> str:
        key = self.host.key_of(action.id)
        return key if len(key) == 1 else ""

    # Copy and browse

    def action_copy(self) -> None:
        from apolo_tui.model.start.command import run_command
        from apolo_tui.model.start.request import rerun_of

        job = self.selected
        if job is None:
            self.host.say("No job is selected")
            return
        texts = {
            "id": job.id,
            "name": job.name or "",
            "uri": str(job.uri),
            "url": str(job.http_url),
            "image": job.container.image_str or str(job.container.image),
            "command": str(run_command(rerun_of(job))),
        }
        keys = {"id": "i", "name": "n", "uri": "u", "url": "l", "image": "m", "command": "r"}
        labels = {"uri": "URI", "url": "URL", "command": "Rerun command"}
        order = sorted(
            (name for name in texts if texts[name]), key=lambda name: name != self._last_copied
        )
        choices = [
            Choice(
                name,
                labels.get(name, name.capitalize()),
                texts[name],
                "c" if name == self._last_copied else keys[name],
            )
            for name in order
        ]

        def chosen(name: str | None) -> None:
            if name:
                self._last_copied = name
                self.host.copy(texts[name], labels.get(name, name.capitalize()))

        self.app.push_screen(Picker("Copy", choices), chosen)

    def action_browse(self) -> None:
        job = self.selected
        if job is None or not str(job.http_url):
            self.host.say("The job has no URL" if job else "No job is selected")
            return
        self.host.open_url(str(job.http_url))
