"""Finding a shell inside a job: bash on its own PATH, or else sh (row X1 of the product)."""

from collections.abc import Mapping, MutableMapping

from apolo_tui.model.errors import (
    ApoloError,
    IllegalArgumentError,
    ResourceNotFound,
    StdStreamError,
)
from apolo_tui.store.sessions.platform import Jobs
from apolo_tui.store.sessions.state import Target

SHELLS = ("bash", "sh")
CANNOT_RUN, NOT_FOUND = 126, 127


class NoShell(ApoloError):  # noqa: N818 - what is the matter, as its siblings in the tree
    """The job has none of the shells that are known here."""

    title = "No shell in this job"
    default_next_step = "Type a command that the job's image has."


async def find_shell(
    jobs: Jobs, target: Target, remembered: MutableMapping[str, str] | Mapping[str, str]
) -> str:
    """The shell to open: the one remembered for the job's image, or the first that starts.

    A shell counts when the job can run `SHELL -c exit`. Raises NoShell when none can, and any
    other ApoloError when the job cannot be asked.
    """
    known = remembered.get(target.image)
    candidates = ([known] if known else []) + [shell for shell in SHELLS if shell != known]
    for shell in candidates:
        if await starts(jobs, target, shell):
            return shell
    raise NoShell(f"{target.name} has neither {' nor '.join(SHELLS)}")


async def starts(jobs: Jobs, target: Target, shell: str) -> bool:
    """Whether the job can run this shell."""
    try:
        async with jobs.exec(
            target.job_id,
            f"{shell} -c exit",
            stdout=True,
            stderr=True,
            cluster_name=target.cluster_name,
        ) as stream:
            try:
                while await stream.read_out() is not None:
                    pass
            except StdStreamError:
                pass
            return stream.exit_code == 0
    except (IllegalArgumentError, ResourceNotFound) as error:
        # The platform says "not found" for a program as well as for a container.
        if "client error" in error.message or "executable" in error.message:
            return False
        raise
