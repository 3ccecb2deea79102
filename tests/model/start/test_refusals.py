"""The platform's refusals find their field, in the shapes of docs/protocol.md 4.1 and 4.4."""

import pytest

from apolo_tui.model.errors import (
    ApoloError,
    AuthorizationError,
    ConnectionFailed,
    IllegalArgumentError,
    Missing,
    TooLargeError,
)
from apolo_tui.model.start.draft import Field
from apolo_tui.model.start.refusals import field_of


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{'max_run_time_minutes': DataError('value is less than 1')}", Field.LIFE_SPAN),
        ("{'container': {'image': DataError('blank value is not allowed')}}", Field.IMAGE),
        ("{'tags': {0: DataError('String is shorter than 1 characters')}}", Field.TAGS),
        ("Preset was not found", Field.PRESET),
        (
            "Failed to create job: job with name 'n' and project 'p' already exists: 'job-1'",
            Field.NAME,
        ),
        ("Failed to create job: job name cannot start with 'job-' prefix.", Field.NAME),
        ("Jobs limit quota exceeded for user 'mira'", Field.WAIT_FOR_QUOTA),
        ("Cluster harbor does not allow privileged jobs", Field.PRIVILEGED),
        ("Cluster harbor does not allow specifying job priority", Field.PRIORITY),
        ("Cannot pass config: ENV 'NEURO_PASSED_CONFIG' already specified", Field.PASS_CONFIG),
        ("No credits left for user 'mira'", None),
        ("{'x': DataError('x is not allowed key')}", None),
    ],
)
def test_a_refusal_by_its_text(text: str, field: Field | None) -> None:
    assert field_of(IllegalArgumentError(text, status=400)) is field


@pytest.mark.parametrize(
    ("uri", "field"),
    [
        ("storage://harbor/tidepool/reef/data", Field.VOLUMES),
        ("secret://harbor/tidepool/reef/key", Field.ENV),
        ("image://harbor/tidepool/reef/snap", Field.IMAGE),
        ("job://harbor/tidepool/reef", None),
    ],
)
def test_a_missing_permission_by_what_it_is_missing_on(uri: str, field: Field | None) -> None:
    assert field_of(AuthorizationError(missing=(Missing(uri, "read"),))) is field


@pytest.mark.parametrize(
    ("error", "field"), [(TooLargeError(), Field.ENV), (ConnectionFailed(), None)]
)
def test_other_errors(error: ApoloError, field: Field | None) -> None:
    assert field_of(error) is field
