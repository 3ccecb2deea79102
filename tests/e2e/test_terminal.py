"""A shell in a job, through the installed program, a real driver and the background platform."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.e2e.background import start_job
from tests.e2e.tmux import Tmux
from tests.until import wait_until

pytestmark = [
    pytest.mark.needs("tmux"),
    pytest.mark.usefixtures("shared_background"),
]

LEADER = "C-]"


@pytest.fixture(scope="module")
def job(platform_environ: dict[str, str]) -> str:
    """A job that does nothing for a while."""
    with patch.dict(os.environ, platform_environ):
        start_job("sleeper", "sleep 1000")
    return "sleeper"


@pytest.fixture
def terminal(tmp_path: Path, shared_background: None, job: str) -> Iterator[Tmux]:
    """The dashboard with an open shell that has a plain prompt."""
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"apolo-tui --local --shell {job}")
        terminal.wait_for("KEYS GO TO JOB", within=60)
        terminal.type("PS1='$ '; clear\r")
        terminal.wait_until(lambda text: text.split("\n")[1].strip() == "$")
        yield terminal


KEYS: dict[str, tuple[bytes, str]] = {
    # name: what the user's terminal sends, what `cat -v` shows of what arrived
    "letters": (b"aZ9", "aZ9"),
    "escape": (b"\x1b", "^["),
    "tab": (b"\t", "^I"),
    "back-tab": (b"\x1b[Z", "^[[Z"),
    "enter": (b"\r", "^M"),
    "backspace": (b"\x7f", "^?"),
    "ctrl+h": (b"\x08", "^H"),
    "ctrl+a": (b"\x01", "^A"),
    "ctrl+c": (b"\x03", "^C"),
    "ctrl+d": (b"\x04", "^D"),
    "ctrl+k": (b"\x0b", "^K"),
    "ctrl+p": (b"\x10", "^P"),
    "ctrl+q": (b"\x11", "^Q"),
    "ctrl+s": (b"\x13", "^S"),
    "ctrl+z": (b"\x1a", "^Z"),
    "ctrl+space": (b"\x00", "^@"),
    "ctrl+backslash": (b"\x1c", "^\\"),
    "ctrl+caret": (b"\x1e", "^^"),
    "ctrl+underscore": (b"\x1f", "^_"),
    "alt+a": (b"\x1ba", "^[a"),
    "alt+Z": (b"\x1bZ", "^[Z"),
    "alt+dot": (b"\x1b.", "^[."),
    "alt+enter": (b"\x1b\r", "^[^M"),
    "alt+backspace": (b"\x1b\x7f", "^[^?"),
    "alt+tab": (b"\x1b\t", "^[^I"),
    "ctrl+alt+a": (b"\x1b\x01", "^[^A"),
    "up": (b"\x1b[A", "^[[A"),
    "ctrl+left": (b"\x1b[1;5D", "^[[1;5D"),
    "alt+right": (b"\x1b[1;3C", "^[[1;3C"),
    "home": (b"\x1b[H", "^[[H"),
    "end": (b"\x1b[F", "^[[F"),
    "insert": (b"\x1b[2~", "^[[2~"),
    "delete": (b"\x1b[3~", "^[[3~"),
    "page up": (b"\x1b[5~", "^[[5~"),
    "shift+page down": (b"\x1b[6;2~", "^[[6;2~"),
    "f1": (b"\x1bOP", "^[OP"),
    "f4": (b"\x1bOS", "^[OS"),
    "f5": (b"\x1b[15~", "^[[15~"),
    "f12": (b"\x1b[24~", "^[[24~"),
    "shift+f5": (b"\x1b[15;2~", "^[[15;2~"),
    "ctrl+f1": (b"\x1b[1;5P", "^[[1;5P"),
    "umlaut": ("ü".encode(), "M-CM-<"),
}


def test_every_key_arrives_as_xterm_sends_it(terminal: Tmux) -> None:
    terminal.type("stty raw -echo; cat -vt\r")
    terminal.wait_for("cat -vt")
    arrived = ""
    for number, (sent, shown) in enumerate(KEYS.values()):
        # Each key stands between marks, so that it can be told from the others.
        terminal.type(f"{number}<")
        terminal.raw(sent)
        terminal.type(">")
        arrived += f"{number}<{shown}>"
    # The lines of the screen run on: `cat` gets no line end.
    terminal.wait_until(lambda text: arrived in "".join(text.split()), what=arrived)


REPORTS: dict[str, tuple[str, list[tuple[bytes, str]]]] = {
    # name: the modes that the program sets, what the user's terminal sends for a pane whose first
    # row is the second one of the screen, and what `cat -v` shows of what arrived
    "presses, X10": (
        "9",
        [(b"\x1b[<0;10;6M", "^[[M *%"), (b"\x1b[<0;10;6m", ""), (b"\x1b[<18;11;7M", '^[[M"+&')],
    ),
    "buttons, X10": (
        "1000",
        [(b"\x1b[<2;10;6M", '^[[M"*%'), (b"\x1b[<2;10;6m", "^[[M#*%")],
    ),
    "buttons": (
        "1000 1006",
        [
            (b"\x1b[<0;10;6M", "^[[<0;10;5M"),
            (b"\x1b[<32;11;6M", ""),
            (b"\x1b[<0;11;6m", "^[[<0;11;5m"),
            (b"\x1b[<24;80;23M", "^[[<24;80;22M"),
            (b"\x1b[<24;80;23m", "^[[<24;80;22m"),
            (b"\x1b[<64;1;2M", "^[[<64;1;1M"),
            (b"\x1b[<65;1;2M", "^[[<65;1;1M"),
        ],
    ),
    "drags": (
        "1002 1006",
        [
            (b"\x1b[<35;9;6M", ""),
            (b"\x1b[<0;10;6M", "^[[<0;10;5M"),
            (b"\x1b[<32;11;6M", "^[[<32;11;5M"),
            (b"\x1b[<0;11;6m", "^[[<0;11;5m"),
        ],
    ),
    "all motion": (
        "1003 1006",
        [(b"\x1b[<35;9;6M", "^[[<35;9;5M"), (b"\x1b[<0;9;6M", "^[[<0;9;5M")],
    ),
    "all motion, urxvt": (
        "1003 1015",
        [(b"\x1b[<35;9;6M", "^[[67;9;5M"), (b"\x1b[<0;9;6M", "^[[32;9;5M")],
    ),
}


def listen(terminal: Tmux, modes: str, expected: str) -> None:
    """Set modes in the job, and show as many bytes of what arrives as are expected."""
    size = len(expected.replace("^", ""))
    sets, resets = ("".join(f"\\033[?{mode}{how}" for mode in modes.split()) for how in "hl")
    terminal.type(
        f"clear; stty raw -echo; printf '{sets}li'; printf stens; head -c {size} | cat -v"
    )
    terminal.type(f"; stty sane; printf '{resets}'; echo; echo end-$((1+1))\r")
    terminal.wait_for("listens")


@pytest.mark.parametrize("name", REPORTS)
def test_the_mouse_is_reported_as_the_program_asked(terminal: Tmux, name: str) -> None:
    modes, reports = REPORTS[name]
    expected = "".join(shown for _, shown in reports)
    listen(terminal, modes, expected)
    for sent, _ in reports:
        terminal.raw(sent)
    terminal.wait_for("end-2")
    assert f"listens{expected}\n" in terminal.text()


@pytest.mark.parametrize(
    ("modes", "expected"),
    [("2004", "^[[200~two^Mlines^[[201~"), ("25", "two^Mlines")],
    ids=["bracketed", "plain"],
)
def test_a_paste_arrives_between_its_brackets(terminal: Tmux, modes: str, expected: str) -> None:
    listen(terminal, modes, expected)
    terminal._tmux("set-buffer", "-b", "pasted", "two\nlines")
    terminal._tmux("paste-buffer", "-p", "-b", "pasted", "-t", "main")
    terminal.wait_for("end-2")
    assert f"listens{expected}\n" in terminal.text()


def test_leaving_and_coming_back_finds_the_shell_as_it_was(terminal: Tmux) -> None:
    terminal.type("echo $((6*7))-here\r")
    terminal.wait_for("42-here")
    terminal.keys(LEADER, "d")
    terminal.wait_for("sleeper")
    terminal.wait_for("Left bash")
    terminal.keys("t")
    terminal.wait_for("42-here")
    terminal.type("echo still $((40+2))\r")
    terminal.wait_for("still 42")


def test_the_pair_of_the_apolo_command_leaves(terminal: Tmux) -> None:
    terminal.keys("C-p", "C-q")
    terminal.wait_for("Left bash")


def test_control_c_ends_a_flood_and_the_prompt_comes_back(terminal: Tmux) -> None:
    terminal.type("yes\r")
    terminal.wait_until(lambda text: text.count("\ny") > 15)
    terminal.keys("C-c")
    terminal.type("echo done-$((1+1))\r")
    terminal.wait_for("done-2", within=20)


def test_a_resize_reaches_the_job(terminal: Tmux) -> None:
    terminal.type("stty size\r")
    terminal.wait_for("22 80")
    terminal.resize(100, 30)
    terminal.wait_until(lambda text: text.count("\n") >= 30 and "KEYS GO" in text)

    wait_for_size(terminal, "28 100")


def wait_for_size(terminal: Tmux, size: str) -> None:
    """Ask for the size until it is this one: the job is told when a burst of resizes is over."""

    def told(text: str) -> bool:
        if size not in text:
            terminal.type("stty size\r")
        return size in text

    terminal.wait_until(told, what=size)


def test_the_exit_code_is_told_and_enter_closes_the_tab(terminal: Tmux) -> None:
    terminal.type("exit 7\r")
    terminal.wait_for("exit code 7")
    terminal.keys("Enter")
    terminal.wait_until(lambda text: "exit code 7" not in text and "sleeper" in text)
    terminal.keys("q")
    terminal.wait_until(lambda _: terminal.exit_code == 0)


def test_two_shells_are_tabs_and_both_go_on(terminal: Tmux) -> None:
    terminal.type("echo first-$((1+1))\r")
    terminal.wait_for("first-2")
    terminal.keys(LEADER, "d")
    terminal.wait_for("Left bash")
    terminal.keys("a")
    terminal.wait_for("Attach to sleeper")
    terminal.keys("y")
    terminal.wait_for("[2:attach sleeper")
    terminal.keys(LEADER, "1")
    terminal.wait_for("first-2")
    terminal.keys(LEADER, "n")
    terminal.wait_for("[2:attach sleeper")


def test_looking_back_finds_what_scrolled_away(terminal: Tmux) -> None:
    terminal.type("seq 500\r")
    terminal.wait_until(lambda text: "\n500\n" in text.replace(" ", ""))
    terminal.keys(LEADER, "[")
    terminal.keys("/")
    terminal.wait_for("search")
    terminal.type("^123$")
    terminal.keys("Enter")
    terminal.wait_until(lambda text: "\n123\n" in text.replace(" ", ""))
    terminal.wait_for("/^123$ 1/1")
    terminal.keys("q")
    terminal.wait_until(lambda text: "\n500\n" in text.replace(" ", ""))


@pytest.mark.needs("vim")
def test_vim_edits_a_file(terminal: Tmux, tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    terminal.type(f"cd {tmp_path}; clear; vim -u NONE -i NONE file.txt\r")
    terminal.wait_for("~")
    terminal.keys("i")
    terminal.type("hello from vim")
    terminal.keys("Escape")
    terminal.type(":wq\r")
    terminal.wait_for("$")
    wait_until(path.exists)
    terminal.wait_until(lambda text: "~" not in text)
    assert path.read_text() == "hello from vim\n"


def test_what_a_job_asks_of_the_users_terminal_does_nothing(terminal: Tmux) -> None:
    terminal.type("printf '\\033]0;HACKED\\007\\033]52;c;SEFDS0VE\\007\\033]9;HACKED\\007'\r")
    terminal.type("echo sent-$((1+1))\r")
    terminal.wait_for("sent-2")
    title = terminal._tmux("display", "-p", "-t", "main", "#{pane_title}")
    assert "HACKED" not in title
    assert "HACKED" not in terminal._tmux("show-buffer", check=False)
    assert "HACKED" not in terminal.lines()[0]


def test_what_the_user_allowed_a_job_may_do(
    tmp_path: Path, shared_background: None, job: str
) -> None:
    with Tmux(tmp_path, columns=80, rows=24) as terminal:
        terminal.run(f"env APOLO_TUI_TERMINAL_ALLOW=notifications apolo-tui --local --shell {job}")
        terminal.wait_for("KEYS GO TO JOB", within=60)
        terminal.type("printf '\\033]9;no''ticed\\007\\033]52;c;SEFDS0VE\\007'\r")
        terminal.wait_for("noticed")
        assert "HACKED" not in terminal._tmux("show-buffer", check=False)


def test_a_job_cannot_make_the_terminal_type(terminal: Tmux) -> None:
    terminal.type("printf '\\033]2;rm -rf\\007\\033]1;rm -rf\\007'; clear; stty raw -echo; ")
    # The clipboard, the title, the icon, the answerback; then a question that has an answer.
    terminal.type("printf '\\033]52;c;?\\007\\033[21t\\033[20t\\005\\033[5n'; ")
    answer = r"^[]l^[\^[]L^[\^[[0n"
    terminal.type(
        f"head -c {len(answer.replace('^', ''))} | cat -v; stty sane; echo; echo end-$((1+1))\r"
    )
    terminal.wait_for("end-2")
    assert terminal.text().split("\n")[1] == answer


def test_a_job_draws_in_its_pane_alone(terminal: Tmux) -> None:
    title, *_, hint = terminal.text().rstrip("\n").split("\n")
    terminal.type(
        "clear; printf '\\033[99A\\033[99D\\033M##\\033[999;999H\\033[99B#\\033[1;9H'; cat\r"
    )
    # The command itself has three of them too, until it clears the screen.
    terminal.wait_until(lambda text: "printf" not in text and text.count("#") == 3)
    lines = terminal.text().rstrip("\n").split("\n")
    assert (lines[0], lines[-1]) == (title, hint)
    assert lines[1].startswith("##")
    assert lines[-2] == " " * 79 + "#"


def test_the_leader_and_x_close_the_tab(terminal: Tmux) -> None:
    terminal.keys(LEADER, "x")
    terminal.wait_for("may go on in the job")
    terminal.keys("y")
    terminal.wait_until(lambda text: "KEYS GO TO JOB" not in text and "may go on" not in text)
    terminal.wait_for("sleeper")


def test_the_real_terminal_can_be_handed_over_and_comes_back(terminal: Tmux) -> None:
    terminal.type("echo before-$((1+1))\r")
    terminal.wait_for("before-2")
    terminal.keys(LEADER, "s")
    terminal.wait_for("returns to the dashboard")
    assert "KEYS GO TO JOB" not in terminal.text()
    terminal.type("echo real-$((40+2))\r")
    terminal.wait_for("real-42")
    wait_for_size(terminal, "24 80")
    terminal.keys(LEADER)
    terminal.wait_for("KEYS GO TO JOB")
    terminal.type("clear; echo back-$((50+5))\r")
    terminal.wait_for("back-55")
    wait_for_size(terminal, "22 80")
