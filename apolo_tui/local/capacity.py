"""Which nodes have room: a real count of CPU, memory and GPUs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from apolo_tui.local.configuration import Cluster, Pool, Preset

MILLI = 1000


@dataclass(frozen=True, slots=True)
class Demand:
    """What a job takes: thousandths of a core, bytes, GPUs. `pools` empty: any."""

    cpu: int
    memory: int
    gpus: int = 0
    gpu_model: str | None = None
    pools: tuple[str, ...] = ()

    @classmethod
    def of_preset(cls, preset: Preset) -> "Demand":
        return cls(
            cpu=milli(preset.cpu),
            memory=preset.memory,
            gpus=preset.gpu.count if preset.gpu else 0,
            gpu_model=preset.gpu.model if preset.gpu else None,
            pools=preset.pools,
        )


def milli(cpu: float) -> int:
    return max(1, round(cpu * MILLI))


@dataclass(slots=True)
class Node:
    """One machine of a pool and what is free on it."""

    pool: Pool
    cpu: int
    memory: int
    gpus: list[int]

    def offers(self, demand: Demand) -> bool:
        """Whether it could take the demand if it were empty."""
        gpu = self.pool.gpu
        return (
            (not demand.pools or self.pool.name in demand.pools)
            and milli(self.pool.cpu) >= demand.cpu
            and self.pool.memory >= demand.memory
            and (not demand.gpus or (gpu is not None and gpu.count >= demand.gpus))
            and (demand.gpu_model is None or (gpu is not None and gpu.model == demand.gpu_model))
        )

    def fits(self, demand: Demand) -> bool:
        return (
            self.cpu >= demand.cpu
            and self.memory >= demand.memory
            and len(self.gpus) >= demand.gpus
            and self.offers(demand)
        )

    def slots(self, demand: Demand) -> int:
        if not self.fits(demand):
            return 0
        counts = [self.cpu // demand.cpu, self.memory // max(1, demand.memory)]
        if demand.gpus:
            counts.append(len(self.gpus) // demand.gpus)
        return min(counts)


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """A job's share of a node, to be given back once."""

    node: Node
    demand: Demand
    gpus: tuple[int, ...] = ()
    """The numbers of the job's GPUs on the node."""


@dataclass(slots=True)
class Capacity:
    """The nodes of one cluster."""

    nodes: list[Node] = field(default_factory=list)

    @classmethod
    def of(cls, cluster: Cluster) -> "Capacity":
        return cls(
            [
                Node(
                    pool,
                    milli(pool.cpu),
                    pool.memory,
                    list(range(pool.gpu.count)) if pool.gpu else [],
                )
                for pool in cluster.pools
                for _ in range(pool.nodes)
            ]
        )

    def possible(self, demand: Demand) -> bool:
        """Whether it fits at all, whatever runs now."""
        return any(node.offers(demand) for node in self.nodes)

    def place(self, demand: Demand) -> Placement | None:
        """Take room on the fullest node that has it, so that big gaps stay whole."""
        fitting = [node for node in self.nodes if node.fits(demand)]
        if not fitting:
            return None
        node = min(fitting, key=lambda one: (one.cpu, one.memory))
        return self._take(node, demand)

    def force(self, demand: Demand) -> Placement:
        """Room for a job that already runs, even beyond what there is."""
        place = self.place(demand)
        if place is not None:
            return place
        node = next((node for node in self.nodes if node.offers(demand)), self.nodes[0])
        return self._take(node, demand)

    def release(self, placement: Placement) -> None:
        node = placement.node
        node.cpu += placement.demand.cpu
        node.memory += placement.demand.memory
        node.gpus.extend(placement.gpus)
        node.gpus.sort()

    def slots(self, demand: Demand) -> int:
        """How many more jobs of this demand could start now."""
        return sum(node.slots(demand) for node in self.nodes)

    def would_fit_without(self, demand: Demand, placements: Iterator[Placement]) -> list[Placement]:
        """The first placements, in their order, whose end would make room; empty when none."""
        freed: list[Placement] = []
        try:
            for placement in placements:
                self.release(placement)
                freed.append(placement)
                if any(node.fits(demand) for node in self.nodes):
                    return list(freed)
            return []
        finally:
            for placement in freed:
                self._take_again(placement)

    def _take(self, node: Node, demand: Demand) -> Placement:
        node.cpu -= demand.cpu
        node.memory -= demand.memory
        gpus = tuple(node.gpus[: demand.gpus])
        del node.gpus[: demand.gpus]
        return Placement(node, demand, gpus)

    def _take_again(self, placement: Placement) -> None:
        node = placement.node
        node.cpu -= placement.demand.cpu
        node.memory -= placement.demand.memory
        for gpu in placement.gpus:
            node.gpus.remove(gpu)
