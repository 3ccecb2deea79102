"""Who runs next: the queue of jobs that wait for a place in their cluster.

The queue does nothing by itself: `pass_over` is called after every change that may free a place
or add a job, and says through `Moves` what is to happen.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from apolo_tui.local.accounts import Accounts, payers
from apolo_tui.local.capacity import Capacity, Demand, Placement
from apolo_tui.local.configuration import Cluster, Preset
from apolo_tui.local.live import LiveJob

GIB = 1 << 30


class Moves(Protocol):
    """What the queue decides, carried out by the engine."""

    def place(self, job: LiveJob, placement: Placement) -> None:
        """The job may start."""

    def hold(self, job: LiveJob, reason: str, description: str) -> None:
        """The job goes on waiting, and why."""

    def suspend(self, job: LiveJob) -> None:
        """The running job makes room."""

    def look_again(self, delay: timedelta) -> None:
        """Call `pass_over` after the delay, because time alone changes something."""


class Queue:
    """The waiting jobs of one cluster and its nodes."""

    def __init__(
        self,
        cluster: Cluster,
        accounts: Accounts,
        quantum: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self.cluster = cluster
        self.capacity = Capacity.of(cluster)
        self._accounts = accounts
        self._quantum = quantum
        self._now = now

    def free_slots(self, preset: Preset) -> int:
        return self.capacity.slots(Demand.of_preset(preset))

    def pass_over(self, waiting: Iterable[LiveJob], running: list[LiveJob], moves: Moves) -> None:
        """Place what fits, in the order of the queue; the rest is told why it waits."""
        self._close_windows(running, moves)
        stuck: set[Demand] = set()
        for job in sorted(waiting, key=lambda one: one.order):
            blocked = self._blocked(job, moves)
            if blocked is not None:
                moves.hold(job, *blocked)
                continue
            placement = None if job.demand in stuck else self.capacity.place(job.demand)
            if placement is not None:
                moves.place(job, placement)
                continue
            if job.demand not in stuck:
                stuck.add(job.demand)
                self._make_room(job, running, moves)
            moves.hold(job, "Scheduling", self._shortage(job))

    def _blocked(self, job: LiveJob, moves: Moves) -> tuple[str, str] | None:
        record = job.record
        if record.wait_for_jobs_quota:
            for payer in payers(record):
                if not self._accounts.has_room(payer):
                    return "Creating", f"Waits for the jobs quota of {payer}."
        if not self._in_window(job, moves):
            return "Scheduling", f"Waits for energy schedule '{record.energy_schedule_name}'."
        return None

    def _in_window(self, job: LiveJob, moves: Moves) -> bool:
        schedule = self.cluster.energy_schedule(job.record.energy_schedule_name or "")
        if schedule is None:
            return True
        now = self._now()
        change = schedule.next_change(now, self.cluster.zone)
        if change is not None:
            moves.look_again(change - now)
        return schedule.open_at(now, self.cluster.zone)

    def _close_windows(self, running: list[LiveJob], moves: Moves) -> None:
        for job in running:
            if not job.suspending and not self._in_window(job, moves):
                moves.suspend(job)

    def _make_room(self, job: LiveJob, running: list[LiveJob], moves: Moves) -> None:
        if any(other.suspending for other in running):
            return  # room is being made; the queue is looked at again when it is there
        now = self._now()
        yielding = []
        for other in running:
            if not other.record.scheduler_enabled or other.order[0] < job.order[0]:
                continue
            if other.placement is None or other.run_began is None:
                continue
            ran = now - other.run_began
            if ran >= self._quantum:
                yielding.append(other)
            else:
                moves.look_again(self._quantum - ran)
        yielding.sort(key=lambda one: one.run_began or now)
        freed = self.capacity.would_fit_without(
            job.demand, (one.placement for one in yielding if one.placement is not None)
        )
        for other in yielding:
            if other.placement in freed:
                moves.suspend(other)

    def _shortage(self, job: LiveJob) -> str:
        demand = job.demand
        wants = [f"{demand.cpu / 1000:g} cores", f"{demand.memory / GIB:.3g} GiB of memory"]
        if demand.gpus:
            wants.append(f"{demand.gpus} GPUs")
        name = job.record.preset_name
        whose = f"preset '{name}'" if name else "the job"
        return f"No free place for {whose}: it takes {', '.join(wants)}."
