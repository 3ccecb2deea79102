"""The bytes of notifications: what each terminal takes, what tmux lets through, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apolo_tui.model.notices import Channel, bell, channel_of, notification


def say(channel: Channel) -> str:
    return notification("apolo-tui", "train failed", channel=channel)


def test_the_sequence_of_each_channel() -> None:
    assert say(Channel.OSC9) == "\x1b]9;apolo-tui: train failed\a"
    assert say(Channel.OSC777) == "\x1b]777;notify;apolo-tui;train failed\a"
    assert say(Channel.OSC99) == (
        "\x1b]99;i=1:d=0;apolo-tui\x1b\\\x1b]99;i=1:p=body;train failed\x1b\\"
    )
    assert say(Channel.NONE) == ""
    assert bell() == "\a"


def test_tmux_gets_an_envelope_with_the_escapes_doubled() -> None:
    found = notification("a", "b", channel=Channel.OSC9, tmux=True)
    assert found == "\x1bPtmux;\x1b\x1b]9;a: b\a\x1b\\"


@given(st.text(max_size=300), st.sampled_from([Channel.OSC9, Channel.OSC777, Channel.OSC99]))
def test_no_control_of_a_text_reaches_the_terminal(text: str, channel: Channel) -> None:
    found = notification("t", text, channel=channel)
    ours = notification("t", "x", channel=channel)
    controls = [mark for mark in found if ord(mark) < 32 or 127 <= ord(mark) < 160]
    if found:
        assert controls == [mark for mark in ours if ord(mark) < 32]


def test_a_semicolon_does_not_end_the_title() -> None:
    found = notification("a;b", "c;d", channel=Channel.OSC777)
    assert found == "\x1b]777;notify;a,b;c,d\a"


@pytest.mark.parametrize(
    ("environ", "channel"),
    [
        ({"TERM": "xterm-kitty"}, Channel.OSC99),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, Channel.OSC99),
        ({"TERM": "foot"}, Channel.OSC777),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, Channel.OSC777),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Channel.OSC9),
        ({"TERM": "screen"}, Channel.OSC9),
        ({"TERM": "linux"}, Channel.NONE),
        ({"TERM": "dumb"}, Channel.NONE),
    ],
)
def test_the_terminal_is_known_by_its_variables(environ: dict[str, str], channel: Channel) -> None:
    assert channel_of(environ) is channel
