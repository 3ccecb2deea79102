"""The configuration of the tests: two clusters, two orgs, four projects, three users.

`mira` writes in every project, `bob` writes in one and reads another, `eve` has a project of her
own in the second cluster and sees nothing of the others.
"""

from datetime import timedelta
from decimal import Decimal

from apolo_tui.local.configuration import (
    GPU,
    Cluster,
    Configuration,
    Pool,
    Preset,
    Quota,
    User,
)
from apolo_tui.local.names import ProjectKey

MIB = 1 << 20
GIB = 1 << 30

REEF = ProjectKey("harbor", "tidepool", "reef")
KELP = ProjectKey("harbor", "tidepool", "kelp")
DUNE = ProjectKey("harbor", "sandbar", "dune")
LAGOON = ProjectKey("atoll", "tidepool", "lagoon")


def two_clusters() -> Configuration:
    """`harbor` with CPUs, GPUs and a round-robin preset, and the small `atoll`."""
    harbor = Cluster(
        "harbor",
        orgs=("tidepool", "sandbar"),
        timezone="UTC",
        location="eu",
        schedule_timeout=timedelta(minutes=5),
        pools=(
            Pool("cpu", nodes=2, cpu=8.0, memory=32 * GIB, disk_size=100 * GIB),
            Pool(
                "gpu",
                nodes=1,
                cpu=16.0,
                memory=64 * GIB,
                gpu=GPU(2, "nvidia-l4", 24 * GIB),
                disk_size=150 * GIB,
                is_preemptible=True,
            ),
        ),
        presets=(
            Preset("cpu-small", 1.0, 2 * GIB, ("cpu",), Decimal("0.5")),
            Preset("cpu-large", 8.0, 16 * GIB, ("cpu",), Decimal(4)),
            Preset("cpu-micro", 0.01, 32 * MIB, ("cpu",), Decimal("0.01")),
            Preset(
                "gpu-small",
                7.0,
                28 * GIB,
                ("gpu",),
                Decimal("12.5"),
                gpu=GPU(1, "nvidia-l4", 24 * GIB),
            ),
            Preset("cpu-small-p", 8.0, 2 * GIB, ("cpu",), Decimal("0.2"), scheduler_enabled=True),
        ),
    )
    atoll = Cluster(
        "atoll",
        orgs=("tidepool",),
        timezone="Asia/Tokyo",
        location="ap",
        allow_priority=False,
        pools=(Pool("cpu", nodes=1, cpu=2.0, memory=4 * GIB),),
        presets=(Preset("tiny", 1.0, GIB, ("cpu",), Decimal("0.25")),),
    )
    return Configuration(
        clusters=(harbor, atoll),
        users=(
            User("mira", {REEF: "admin", KELP: "writer", DUNE: "writer", LAGOON: "manager"}),
            User("bob", {REEF: "reader", KELP: "writer"}),
            User("eve", {LAGOON: "writer"}),
        ),
        user_quotas={
            ("harbor", "tidepool", "mira"): Quota(Decimal(1000), total_running_jobs=600),
            ("harbor", "tidepool", "bob"): Quota(Decimal(10), total_running_jobs=2),
        },
        org_quotas={("harbor", "tidepool"): Quota(Decimal(5000))},
    )
