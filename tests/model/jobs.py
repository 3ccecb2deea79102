"""Jobs made by hand, for tests of what looks at them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from apolo_tui.model.images import RemoteImage
from apolo_tui.model.job import (
    Container,
    JobDescription,
    JobStatus,
    JobStatusHistory,
    Resources,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def make_job(
    number: int = 1,
    *,
    name: str | None = None,
    owner: str = "ann",
    status: JobStatus = JobStatus.RUNNING,
    tags: Sequence[str] = (),
    preset: str | None = "a100-1",
    image: str = "pytorch",
    age: float = 3600,
    run: float | None = 1800,
    life_span: float | None = 86400,
    ended_ago: float | None = None,
    reason: str = "",
    cost: str | None = "4.5",
    price: str | None = "8",
    cluster: str = "prod",
    project: str = "vision",
) -> JobDescription:
    """A job as seen at NOON; times in seconds."""
    return JobDescription(
        id=f"job-{number:08x}",
        owner=owner,
        cluster_name=cluster,
        org_name="acme",
        project_name=project,
        status=status,
        name=name,
        tags=tuple(tags),
        preset_name=preset,
        life_span=life_span,
        total_price_credits=None if cost is None else Decimal(cost),
        price_credits_per_hour=None if price is None else Decimal(price),
        history=JobStatusHistory(
            status=status,
            reason=reason,
            created_at=NOON - timedelta(seconds=age),
            finished_at=None if ended_ago is None else NOON - timedelta(seconds=ended_ago),
            run_time_seconds=run,
        ),
        container=Container(
            image=RemoteImage(image), resources=Resources(memory=2**30, cpu=1), image_str=image
        ),
    )
