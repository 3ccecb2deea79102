"""What a hostile log sends to the terminal, in our view, RichLog and Log (perf-21).

The payloads of the tests (titles, clipboards, mouse modes, clearing, queries, 8-bit controls and
more) are shown in each, in a pty. Counted are the sequences that reach the terminal and that the
same app does not also write for as many harmless lines; colours, and where the cursor goes to, do
not count.
"""

import json
import re
import tempfile
import time
from pathlib import Path

import textual

from benchmarks.harness.log_text import LINE
from benchmarks.harness.terminal_pty import SOURCE
from benchmarks.log_feed import started
from benchmarks.registry import Result

GOALS = ("perf-21",)
PEER = "Textual's RichLog and Log"

PAYLOADS = SOURCE / "tests" / "samples" / "logs" / "hostile.json"
APPS = {"ours": "ours", "RichLog": "richlog", "Log": "loglines"}

SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\x00-\x1f\x7f-\x9f]",
    re.DOTALL,
)
ALLOWED = re.compile(r"\x1b\[[0-9;:]*[mH]")
SCREEN = 30
"""Lines at a time, so that each is on the screen once."""


def run(goals: tuple[str, ...]) -> list[Result]:
    payloads = [item["text"] for item in json.loads(PAYLOADS.read_text("utf-8"))]
    print(f"textual {textual.__version__}; {len(payloads)} payloads; pty 120x40")
    results = []
    for name, kind in APPS.items():
        harmless = sequences(kind, ["harmless"] * len(payloads))
        leaked = sequences(kind, payloads) - harmless
        value = f"{name}: {len(leaked)} sequences from {len(payloads)} payloads"
        if name == "ours":
            results.append(Result("perf-21", value, "0", not leaked))
        else:
            print(value, *sorted(map(ascii, leaked))[:5])
    return results


def sequences(kind: str, texts: list[str]) -> set[str]:
    """The sequences that an app writes for these lines."""
    with tempfile.TemporaryDirectory(prefix="apolo-tui-") as folder, started(kind) as program:
        before = program.bytes_written
        for start in range(0, len(texts), SCREEN):
            data = b"".join(
                b"2026-11-22T07:41:00.5Z " + text.encode("utf-8", "surrogatepass") + b"\n"
                for text in texts[start : start + SCREEN]
            )
            path = Path(folder) / f"{start}.log"
            path.write_bytes(data)
            lines = len(data) // LINE + 1
            program.call("feed", path=str(path), lines=lines, batch=lines)
            while not program.call("state")["over"]:
                time.sleep(0.05)
            program.wait_quiet(0.3)
        written = program.output[before:].decode("utf-8", "replace")
    return {found[0] for found in SEQUENCE.finditer(written) if not ALLOWED.fullmatch(found[0])}
