import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.wire.frames import (
    MAX_PAYLOAD,
    Exit,
    Output,
    Resize,
    decode_input,
    decode_output,
    encode_exit,
    encode_output,
    encode_resize,
    encode_stdin,
)


@given(st.binary(max_size=3 * MAX_PAYLOAD))
def test_stdin_arrives_whole_in_frames_that_are_never_empty(data: bytes) -> None:
    frames = encode_stdin(data)
    assert b"".join(decode_input(frame) for frame in frames) == data  # type: ignore[misc]
    assert all(1 < len(frame) <= MAX_PAYLOAD + 1 for frame in frames)


@given(st.sampled_from([1, 2]), st.binary())
def test_output_round_trip(fileno: int, data: bytes) -> None:
    assert decode_output(encode_output(fileno, data)) == Output(fileno, data)


@pytest.mark.parametrize("code", [0, 1, 42, 137])
def test_exit_round_trip(code: int) -> None:
    assert decode_output(encode_exit(code, "why")) == Exit(code, "why")


@pytest.mark.parametrize("payload", [b"", b"{", b"null", b"[1]", b'{"exit_code": "x"}', b"\xff"])
def test_an_exit_that_cannot_be_read_has_no_made_up_code(payload: bytes) -> None:
    end = decode_output(b"\x03" + payload)
    assert isinstance(end, Exit)
    assert end.exit_code is None


def test_frames_to_ignore() -> None:
    assert decode_output(b"") is None
    assert decode_output(b"\x09x") is None
    assert decode_input(b"") is None
    assert decode_input(b"\x01x") is None


def test_a_resize_names_its_keys_in_capitals_and_is_read_in_either_case() -> None:
    frame = encode_resize(80, 24)
    assert json.loads(frame[1:]) == {"Width": 80, "Height": 24}
    assert decode_input(frame) == Resize(80, 24)
    assert decode_input(b'\x04{"width": 80, "height": 24}') == Resize(80, 24)


@pytest.mark.parametrize("size", [(0, 24), (80, 0), (65536, 1), (-1, 1)])
def test_a_size_that_no_terminal_has(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="size"):
        encode_resize(*size)
    body = json.dumps({"Width": size[0], "Height": size[1]}).encode()
    assert decode_input(b"\x04" + body) is None


def test_a_resize_that_cannot_be_read_is_ignored() -> None:
    assert decode_input(b"\x04nonsense") is None
    assert decode_input(b'\x04{"Width": 5}') is None
