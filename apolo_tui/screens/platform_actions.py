"""What the user does with the platform beside its jobs: start, forward, save, look at capacity.

Each action imports the page that it opens: the first frame does not wait for them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from apolo_tui.model.job import JobDescription, JobStatus
from apolo_tui.model.uris import Place
from apolo_tui.screens.jobs_page import JobsPage
from apolo_tui.screens.picker import Choice, Picker
from apolo_tui.store.commands import label
from apolo_tui.widgets.lines import Line

if TYPE_CHECKING:
    from apolo_tui.model.images import RemoteImage
    from apolo_tui.screens.forwards import ForwardPorts
    from apolo_tui.screens.start import StartPage


class PlatformActions(JobsPage):
    """Opens the pages about it, and does what they are left with."""

    # Start and rerun

    def action_new(self, preset: str = "") -> None:
        from apolo_tui.model.start.draft import Draft
        from apolo_tui.screens.start import StartPage

        context = self.context
        if context is None:
            self.host.say("There is no context yet")
            return
        place = Place(context.cluster, context.org, context.project)
        around = self.workspace.reach.surroundings(place)
        desk = self.desk
        if around is None or desk is None:
            self.host.say("The platform is not reached yet", "warning")
            return
        chosen = preset or next(iter(around.presets), "")
        self._open_form(StartPage(desk, around, Draft(preset=chosen)))

    def action_rerun(self) -> None:
        from apolo_tui.model.start.checks import Source
        from apolo_tui.model.start.request import rerun_of
        from apolo_tui.screens.start import StartPage

        job, desk = self.selected, self.desk
        if job is None or desk is None:
            self.host.say("No job is selected")
            return
        place = Place(job.cluster_name, job.org_name, job.project_name)
        around = self.workspace.reach.surroundings(place)
        if around is None:
            self.host.say("The platform is not reached yet", "warning")
            return
        source = Source.of(rerun_of(job), place)
        self._open_form(StartPage(desk, around, source.draft, source=source, job=job))

    def _open_form(self, page: "StartPage") -> None:
        from apolo_tui.screens.started import StartedPage

        desk = self.desk

        def started(number: int | None) -> None:
            if number is not None and desk is not None:
                shown = StartedPage(desk, number, self.look)
                self.app.push_screen(shown, lambda what: self._after_start(number, what))

        self.app.push_screen(page, started)

    def _after_start(self, number: int, what: str | None) -> None:
        """To the new job, and on to what the user wants of it."""
        desk = self.desk
        start = desk.outlook.starts.get(number) if desk is not None else None
        if start is None or start.job is None:
            return
        self.go_to(start.job.id)
        calls = {
            "logs": "action_logs",
            "shell": "action_shell",
            "forward": "action_forward",
        }
        if what in calls:
            self.call_after_refresh(getattr(self, calls[what]))

    def go_to(self, job_id: str) -> bool:
        """Put the cursor on a job, in the view of all jobs if the present one hides it."""
        self.redraw(at_once=True)
        if not self.table.move_cursor(job_id):
            self.listing.switch("5")
            self.listing.set_filter("")
            self.redraw(at_once=True)
            if not self.table.move_cursor(job_id):
                return False
        self.settle_selection()
        return True

    def settle_selection(self) -> None:
        """Show the cursor's job at once, without the rest."""
        raise NotImplementedError

    # Forward

    def action_forward(self) -> None:
        from apolo_tui.screens.forwards import ForwardDialog, ForwardsPage

        job = self.selected
        if job is None:
            self.host.say("No job is selected")
            return
        if job.status is not JobStatus.RUNNING:
            self.host.say(f"{label(job)} does not run", "warning")
            return

        def chosen(ports: "ForwardPorts | None") -> None:
            if ports is not None:
                self.workspace.forwards.start(job, ports.job_port, ports.local_port)
                self.app.push_screen(ForwardsPage(self.jobs))

        last = self.workspace.forwards.last_port(job)
        self.app.push_screen(ForwardDialog(job, last), chosen)

    def action_forwards(self) -> None:
        from apolo_tui.screens.forwards import ForwardsPage

        self.app.push_screen(ForwardsPage(self.jobs))

    def open_forwards(self) -> list[str]:
        """What would be lost by leaving, in words."""
        opened = self.workspace.forwards.open
        return [f"{len(opened)} forwarded port(s) will be closed"] if opened else []

    # Save

    def action_save_image(self, name: str = "") -> None:
        job, desk = self.selected, self.desk
        if job is None or desk is None:
            self.host.say("No job is selected")
            return
        if job.status is not JobStatus.RUNNING:
            self.host.say(f"{label(job)} does not run: there is no container to save", "warning")
            return

        def save(text: str | None) -> None:
            if not text:
                return
            image = self._platform_image(job, text)
            if image is not None:
                desk.outlook.saves.save(job, image)
                self.host.say(f"Saving {label(job)} as {image}; it is told when that is done")

        if name:
            save(name)
            return
        proposal = f"image:{job.name or 'snapshot'}:saved"
        choices = [Choice(proposal, proposal, "this project's registry")]
        self.app.push_screen(Picker(f"Save {label(job)} as", choices, free="image:NAME:TAG"), save)

    def _platform_image(self, job: JobDescription, text: str) -> "RemoteImage | None":
        place = Place(job.cluster_name, job.org_name, job.project_name)
        around = self.workspace.reach.surroundings(place)
        if around is None:
            return None
        written = text if text.startswith("image:") or "/" in text else f"image:{text}"
        try:
            image = around.registries.parse(written)
        except ValueError as error:
            self.host.say(str(error), "error")
            return None
        if not image.is_platform:
            self.host.say("Only the platform's registry will do: image:NAME:TAG", "error")
            return None
        return image

    # Capacity, monitor, alerts

    def action_capacity(self) -> None:
        from apolo_tui.screens.capacity import CapacityPage

        desk = self.desk
        if desk is None:
            self.host.say("There is no context yet")
            return

        def chosen(preset: str | None) -> None:
            if preset:
                self.action_new(preset)

        self.app.push_screen(CapacityPage(desk), chosen)

    def action_monitor(self) -> None:
        from apolo_tui.screens.wall import WallPage

        self.app.push_screen(WallPage(self.look, self.recent_ends))

    def action_alerts(self) -> None:
        from apolo_tui.screens.alerts import AlertsPage

        desk = self.desk
        if desk is None:
            self.host.say("There is no context yet")
            return

        def chosen(job_id: str | None) -> None:
            if job_id and not self.go_to(job_id):
                self.host.say("This job is not in the list")

        self.app.push_screen(AlertsPage(desk, self.look.facts), chosen)

    def action_snooze(self) -> None:
        from apolo_tui.screens.alerts import SNOOZE

        job, desk = self.selected, self.desk
        if job is None or desk is None:
            self.host.say("No job is selected")
            return
        work = desk.outlook.alerts.mute(f"job:{job.id}", seconds=SNOOZE)
        self.run_worker(work, name="snooze")
        self.host.say(f"Nothing about {label(job)} is announced for an hour")

    # The overview of a job that waits

    def waiting_lines(self, job: JobDescription) -> Sequence[Line]:
        """Which presets would start now, for a job that waits for its own."""
        from apolo_tui.model.capacity import offers, would_start

        desk = self.desk
        if desk is None or job.status is not JobStatus.PENDING:
            return []
        capacity = desk.outlook.capacity.topic.value
        platform = self.workspace.platform
        if platform is None or capacity.as_of is None:
            return []
        found = would_start(
            job.preset_name, offers(platform.presets(job.cluster_name), capacity.free)
        )
        if not found:
            return [[("free now ", "muted"), ("nothing that would do", "warning")]]
        parts = [
            (f"{offer.preset.name} {'?' if offer.free is None else offer.free} free", offer)
            for offer in found[:5]
        ]
        runs = [
            (text + ("  " if number < len(parts) - 1 else ""), "good" if offer.free else "warning")
            for number, (text, offer) in enumerate(parts)
        ]
        return [[("free now ", "muted"), *runs]]
