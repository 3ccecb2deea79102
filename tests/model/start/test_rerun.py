"""An untouched rerun sends what its source did; a touched field changes nothing but itself."""

import json

import pytest
from hypothesis import given

from apolo_tui.model.images import RemoteImage
from apolo_tui.model.start.checks import Source, check
from apolo_tui.model.start.draft import Draft, Field, draft_of, env_value_text
from apolo_tui.model.start.request import StartRequest, rerun_of
from tests.model.start import (
    AROUND,
    HERE,
    MANY,
    REGISTRIES,
    job_of_payload,
    make_request,
    payload,
    requests,
)


@MANY
@given(requests)
def test_the_untouched_payload_is_the_sources(request: StartRequest) -> None:
    sent = payload(request)
    again = rerun_of(job_of_payload(sent))
    source = Source.of(again, HERE)
    checked = check(source.draft, AROUND, source)
    assert not checked.problems
    assert checked.request is not None
    assert payload(checked.request) == sent


@MANY
@given(requests)
def test_a_change_of_one_field_leaves_the_others_alone(request: StartRequest) -> None:
    sent = payload(request)
    source = Source.of(rerun_of(job_of_payload(sent)), HERE)
    draft = source.draft.with_value(Field.NAME, "another-name")
    checked = check(draft, AROUND, source)
    assert checked.request is not None
    assert payload(checked.request) == {**sent, "name": "another-name"}


@MANY
@given(requests)
def test_the_form_alone_says_everything(request: StartRequest) -> None:
    """The texts are read back to the same request, also without the source to fall back on."""
    again = rerun_of(job_of_payload(payload(request)))
    checked = check(draft_of(again, HERE), AROUND)
    mounts = [volume.container_path for volume in again.volumes]
    mounts += [disk.container_path for disk in again.disk_volumes]
    mounts += [file.container_path for file in again.secret_files]
    if len(set(mounts)) < len(mounts):
        assert Field.VOLUMES in checked.problems
        return
    assert not checked.problems
    assert checked.request is not None
    assert payload(checked.request) == payload(again)


def test_an_image_that_parsing_would_change_is_sent_as_it_was() -> None:
    job = job_of_payload({**payload(make_request()), "image": "ubuntu"})
    assert payload(rerun_of(job))["image"] == "ubuntu"
    digest = "ubuntu@sha256:0f"
    job = job_of_payload({**payload(make_request()), "image": digest})
    source = Source.of(rerun_of(job), HERE)
    checked = check(source.draft, AROUND, source)
    assert checked.request is not None
    assert payload(checked.request)["image"] == digest


def test_a_changed_image_is_parsed() -> None:
    source = Source.of(make_request(image=RemoteImage("ubuntu")), HERE)
    checked = check(source.draft.with_value(Field.IMAGE, "image:snap:v2"), AROUND, source)
    assert checked.request is not None
    assert checked.request.image == REGISTRIES.parse("image:snap:v2")


def test_the_token_of_a_passed_config_is_neither_shown_nor_sent() -> None:
    job = job_of_payload(payload(make_request(pass_config=True)))
    request = rerun_of(job)
    assert "NEURO_PASSED_CONFIG" not in request.env
    assert "live-token" not in str(draft_of(request, HERE))


def test_a_token_of_the_users_own_is_kept_but_not_shown() -> None:
    request = make_request(env={"NEURO_PASSED_CONFIG": "live-token", "LR": "0.1"})
    source = Source.of(request, HERE)
    assert "live-token" not in source.draft.env
    changed = source.draft.env.replace("0.1", "0.2")
    checked = check(source.draft.with_value(Field.ENV, changed), AROUND, source)
    assert checked.request is not None
    assert checked.request.env == {"NEURO_PASSED_CONFIG": "live-token", "LR": "0.2"}


def test_shared_memory_that_was_not_asked_for_stays_off() -> None:
    assert not rerun_of(job_of_payload(payload(make_request(shm=False)))).shm
    assert rerun_of(job_of_payload(payload(make_request(shm=True)))).shm


def test_a_job_without_a_preset_needs_one() -> None:
    sent = payload(make_request())
    del sent["preset_name"]
    source = Source.of(rerun_of(job_of_payload(sent)), HERE)
    checked = check(source.draft, AROUND, source)
    assert checked.request is None
    assert checked.problems == {Field.PRESET: "choose a preset"}


def test_a_value_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(TypeError):
        Draft().with_value(Field.TTY, "yes")


@pytest.mark.parametrize(
    "value", ["a\x85b", "a\u2028b", "\x0c", "two\nlines", " é\t", '"', "\U000e0001"]
)
def test_a_value_of_any_characters_is_one_line_and_read_back(value: str) -> None:
    text = env_value_text(value)
    assert len(text.splitlines()) == 1
    assert json.loads(text) == value
