"""The configuration of `--local`: one user, one cluster, presets sized from this machine."""

import getpass
import os
import re
from decimal import Decimal

import psutil

from apolo_tui.local.configuration import GPU, Cluster, Configuration, Pool, Preset, User
from apolo_tui.local.gpus import GPUs
from apolo_tui.local.names import ProjectKey

MIB = 1 << 20
GIB = 1 << 30
CLUSTER = "local"
ORG = "local"
PROJECT = "default"
POOL = "machine"


def user_name(login: str) -> str:
    """The login name in the platform's spelling: `[a-z0-9]` with single dashes, 3 to 21 long."""
    name = re.sub(r"[^a-z0-9]+", "-", login.lower()).strip("-")[:21].strip("-")
    return name if len(name) >= 3 else f"{name or 'me'}-user"


def this_machine(*, gpus: GPUs | None = None, login: str | None = None) -> Configuration:
    """One cluster that has this machine's cores, memory and NVIDIA GPUs, for one user."""
    cores = float(os.cpu_count() or 1)
    memory = psutil.virtual_memory().total // MIB * MIB
    found = gpus.found() if gpus is not None else None
    pool = Pool(
        POOL,
        nodes=1,
        cpu=cores,
        memory=memory,
        gpu=found,
        disk_size=psutil.disk_usage(os.sep).total,
    )
    return Configuration(
        clusters=(
            Cluster(
                CLUSTER,
                orgs=(ORG,),
                pools=(pool,),
                presets=presets(cores, memory, found),
                schedule_timeout=None,
            ),
        ),
        users=(
            User(
                user_name(login or login_name()),
                {ProjectKey(CLUSTER, ORG, PROJECT): "admin"},
            ),
        ),
    )


def login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no entry in the password file, as in some containers
        return str(os.getuid())


def presets(cores: float, memory: int, gpu: GPU | None) -> tuple[Preset, ...]:
    """From a hundredth of a core up to the whole machine; the first one is the default."""

    def share(name: str, cpu: float, part: int, **more: bool | GPU) -> Preset:
        return Preset(
            name,
            cpu=min(cpu, cores),
            memory=min(part, memory) // MIB * MIB,
            pools=(POOL,),
            credits_per_hour=Decimal(0),
            gpu=value if isinstance(value := more.get("gpu"), GPU) else None,
            scheduler_enabled=more.get("scheduler_enabled") is True,
        )

    found = [
        share("cpu-small", 1.0, min(4 * GIB, memory // 2)),
        share("cpu-micro", 0.1, 512 * MIB),
        share("cpu-nano", 0.01, 64 * MIB),
        share("cpu-medium", max(1.0, cores / 2), memory // 2),
        share("cpu-large", cores, memory),
        share("cpu-small-p", 1.0, min(4 * GIB, memory // 2), scheduler_enabled=True),
    ]
    if gpu is not None:
        one = GPU(1, gpu.model, gpu.memory)
        found.append(share("gpu-small", 1.0, memory // 2, gpu=one))
        if gpu.count > 1:
            found.append(share("gpu-large", cores, memory, gpu=gpu))
    return tuple(found)
