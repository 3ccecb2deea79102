"""Who gets which room: nodes, demands, energy schedules, this machine's presets."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.local.capacity import Capacity, Demand, Placement, milli
from apolo_tui.local.configuration import GPU, Cluster, EnergySchedule, Period, Pool
from apolo_tui.local.demo.simulated import SimulatedGPUs
from apolo_tui.local.example import GIB, two_clusters
from apolo_tui.local.machine import this_machine, user_name
from apolo_tui.local.names import namespace, org_project_hash

UTC_ZONE = ZoneInfo("UTC")


def capacity(nodes: int = 2, cpu: float = 4, memory: int = 8, gpus: int = 0) -> Capacity:
    pool = Pool("p", nodes, cpu, memory, GPU(gpus, "l4") if gpus else None)
    return Capacity.of(Cluster("c", ("o",), (pool,), ()))


def test_room_is_taken_and_given_back() -> None:
    room = capacity()
    demand = Demand(cpu=milli(1), memory=3)
    assert room.slots(demand) == 4  # memory is what is short
    placements = [room.place(demand) for _ in range(4)]
    assert room.place(demand) is None
    assert room.slots(demand) == 0
    for placement in placements:
        assert placement is not None
        room.release(placement)
    assert room.slots(demand) == 4


def test_the_fullest_node_is_taken_first() -> None:
    room = capacity(cpu=4)
    small, whole = Demand(milli(1), 1), Demand(milli(4), 1)
    for _ in range(4):
        assert room.place(small) is not None
    assert room.place(whole) is not None


def test_gpus_have_numbers() -> None:
    room = capacity(nodes=1, gpus=3)
    two, one = Demand(1, 1, gpus=2), Demand(1, 1, gpus=1)
    first = room.place(two)
    second = room.place(one)
    assert first is not None
    assert second is not None
    assert (first.gpus, second.gpus) == ((0, 1), (2,))
    assert room.place(one) is None
    room.release(first)
    assert room.slots(one) == 2
    assert not room.possible(Demand(1, 1, gpus=4))
    assert not room.possible(Demand(1, 1, gpus=1, gpu_model="a100"))
    assert not room.possible(Demand(1, 1, pools=("other",)))


def test_what_runs_already_gets_room_even_when_there_is_none() -> None:
    room = capacity(nodes=1, cpu=1)
    whole = Demand(milli(1), 1)
    first, second = room.force(whole), room.force(whole)
    assert room.slots(whole) == 0
    room.release(first)
    assert room.slots(whole) == 0
    room.release(second)
    assert room.slots(whole) == 1


def test_whose_end_would_make_room() -> None:
    room = capacity(nodes=1, cpu=4, memory=100)
    placements = [room.place(Demand(milli(1), 1)) for _ in range(4)]
    known = [one for one in placements if one is not None]
    assert room.would_fit_without(Demand(milli(2), 1), iter(known)) == known[:2]
    assert room.would_fit_without(Demand(milli(5), 1), iter(known)) == []
    assert room.slots(Demand(1, 1)) == 0  # it was only a question


@given(st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 8)), max_size=40), st.randoms())
def test_no_node_is_ever_overbooked(wanted: list[tuple[int, int]], chance: object) -> None:
    room = capacity()
    held: list[Placement] = []
    for cpu, memory in wanted:
        demand = Demand(cpu, memory)
        slots = room.slots(demand)
        placement = room.place(demand)
        assert (placement is not None) == (slots > 0)
        if placement is not None:
            assert room.slots(demand) <= slots - 1
            held.append(placement)
        assert all(node.cpu >= 0 and node.memory >= 0 for node in room.nodes)
    for placement in held:
        room.release(placement)
    assert [(node.cpu, node.memory) for node in room.nodes] == [(4000, 8), (4000, 8)]


def test_energy_schedules() -> None:
    night = EnergySchedule("night", (Period(1, time(22, 0), time(23, 59)),))
    tokyo = ZoneInfo("Asia/Tokyo")
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    assert not night.open_at(monday.replace(hour=21, minute=59), UTC_ZONE)
    assert night.open_at(monday.replace(hour=22), UTC_ZONE)
    assert night.open_at(monday.replace(hour=23, minute=59, second=59), UTC_ZONE)
    assert not night.open_at(monday + timedelta(days=1), UTC_ZONE)
    assert night.open_at(monday.replace(hour=13), tokyo)
    assert night.next_change(monday, UTC_ZONE) == monday.replace(hour=22)
    assert night.next_change(monday.replace(hour=22), UTC_ZONE) == monday + timedelta(days=1)
    assert night.next_change(monday + timedelta(days=1), UTC_ZONE) == monday + timedelta(
        days=7, hours=22
    )
    assert EnergySchedule("never", ()).next_change(monday, UTC_ZONE) is None


@pytest.mark.parametrize(
    ("login", "name"),
    [("mira", "mira"), ("Mira.O'Hara", "mira-o-hara"), ("x", "x-user"), ("", "me-user")],
)
def test_user_names_are_the_platforms(login: str, name: str) -> None:
    assert user_name(login) == name


def test_this_machine() -> None:
    configuration = this_machine(login="mira", gpus=SimulatedGPUs())
    (cluster,) = configuration.clusters
    (user,) = configuration.users
    assert user.name == "mira"
    room = Capacity.of(cluster)
    for preset in cluster.presets:
        assert room.slots(Demand.of_preset(preset)) >= 1, preset
    nano = cluster.preset("cpu-nano")
    assert nano is not None
    assert room.slots(Demand.of_preset(nano)) >= 20
    assert cluster.presets[0].name == "cpu-small"
    assert cluster.preset("gpu-large") is not None
    assert this_machine(login="mira").clusters[0].preset("gpu-small") is None


def test_names() -> None:
    assert org_project_hash("tidepool", "reef") == "de6b1d3c98"
    long = namespace("o" * 60, "p" * 60)
    assert len(long) == 63
    assert long.startswith("platform--ooo")
    assert len({preset.name for preset in two_clusters().clusters[0].presets}) == 5
    assert GIB == 1 << 30
