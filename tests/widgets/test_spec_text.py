"""How a job was started, with its values masked."""

import json
from dataclasses import replace

import pytest

from apolo_tui.model.cells import width
from apolo_tui.model.job import JobDescription
from apolo_tui.widgets.lines import plain
from apolo_tui.widgets.spec_text import Form, document, lines, text
from tests.model.jobs import make_job

RAW = {
    "status": "running",
    "container": {
        "image": "pytorch",
        "env": {"LR": "3e-4", "NEURO_PASSED_CONFIG": "live-token"},
        "secret_env": {"HF_TOKEN": "secret://prod/hf"},
    },
    "name": "train",
    "id": "job-1",
    "history": {"status": "running"},
}


def job_of(raw: object) -> JobDescription:
    return replace(make_job(name="train"), raw=json.dumps(raw).encode())


def test_values_are_masked_and_the_state_is_left_out() -> None:
    found = document(job_of(RAW), mask="***")
    assert list(found) == ["id", "name", "container"]
    assert found["container"]["env"] == {"LR": "***", "NEURO_PASSED_CONFIG": "***"}
    assert found["container"]["secret_env"] == {"HF_TOKEN": "***"}


def test_a_live_token_stays_masked() -> None:
    found = document(job_of(RAW), mask="***", revealed=True)
    assert found["container"]["env"] == {"LR": "3e-4", "NEURO_PASSED_CONFIG": "***"}


@pytest.mark.parametrize("raw", [b"", b"not json", b'["a list"]'])
def test_a_job_without_its_json_has_its_id(raw: bytes) -> None:
    job = replace(make_job(), raw=raw)
    assert document(job, mask="*")["id"] == job.id


@pytest.mark.parametrize(("form", "words"), [("yaml", "image: pytorch"), ("json", '"pytorch"')])
def test_two_forms(form: Form, words: str) -> None:
    assert words in text(job_of(RAW), form, mask="*")


def test_a_long_value_goes_on_below_by_cells() -> None:
    job = job_of({"id": "job-1", "description": "图像" * 40})
    shown = [plain(line) for line in lines(job, "yaml", 40, mask="*")]
    assert all(width(line) <= 40 for line in shown)
    assert "".join(line.strip() for line in shown).count("图像") == 40


def test_keys_are_coloured() -> None:
    first = lines(job_of(RAW), "yaml", 80, mask="*")[0]
    assert [(run[0], run[1]) for run in first] == [("id:", "accent"), (" job-1", "")]
