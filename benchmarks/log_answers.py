"""A log of a million lines that goes on: search, filter, jumps, wrap, resize, follow (issue 5).

The dashboard's feed reads a million lines of 100 bytes over a WebSocket, and 1000 more come each
second. Then keys are pressed, one after the other, each waited for: from the key's byte to the
frame on the terminal with what it changed. The median and the slowest of each are printed; the
slowest has to be within 100 ms. A search is answered with the nearest match at once; how long it
takes to have counted all matches is printed beside it.
"""

import statistics
import time
from collections.abc import Callable, Iterator

from benchmarks.harness.figures import milliseconds
from benchmarks.harness.terminal_pty import TerminalProgram
from benchmarks.log_flood import address, app, server
from benchmarks.registry import Result

GOALS = ("log-answers",)
PEER = "nobody: the bar of 100 ms"

MILLION = 1_000_000
RATE = 1_000
"""Lines a second that come meanwhile."""
BAR = 0.1
ROUNDS = 12
PAUSE = 0.07
"""Seconds between two keys."""
COLUMNS, ROWS = 120, 40

ESCAPE_KEYS = {"f2": b"\x1bOQ", "f3": b"\x1bOR", "f4": b"\x1bOS"}


def run(goals: tuple[str, ...]) -> list[Result]:
    print(f"{MILLION} lines of 100 bytes, then {RATE} a second; pty {COLUMNS}x{ROWS}", flush=True)
    with server() as port, app() as program:
        program.call("flood", url=f"{address(port, 10_000, RATE)}&burst={MILLION}")
        while program.call("look")["lines"] < MILLION:
            time.sleep(0.2)
        while not program.call("look")["errors"]:
            time.sleep(0.2)
        program.call("settle")
        program.call("tokens")
        before = program.call("look")["lines"]
        results = list(Answers(program).results())
        grown = program.call("look")["lines"] - before
        print(f"{grown} lines came meanwhile")
        results.append(Result("log-answers", f"{grown} lines came", ">0", grown > 0))
        return results


class Answers:
    """Presses keys, and waits for what they change."""

    def __init__(self, program: TerminalProgram) -> None:
        self._program = program
        self._token = 0

    def _timed(self, act: Callable[[], None]) -> float:
        program = self._program
        after = max(0, program.bytes_written - 64)
        self._token += 1
        token = b"K%dZ" % self._token
        begun = time.perf_counter()
        act()
        program.wait_for(token, after=after)
        took = time.perf_counter() - begun
        time.sleep(PAUSE)
        return took

    def _key(self, key: str) -> float:
        code = ESCAPE_KEYS.get(key, key.encode())
        return self._timed(lambda: self._program.write(code))

    def _keys(self, keys: str) -> float:
        """The slowest of some keys."""
        return max(self._key(key) for key in keys)

    def _counted(self) -> float:
        """Seconds until all matches are counted."""
        begun = time.perf_counter()
        while not self._program.call("look")["searched"]:
            time.sleep(0.005)
        return time.perf_counter() - begun

    def results(self) -> Iterator[Result]:
        for name, key in (("search of a text", "f2"), ("search of an expression", "f3")):
            times, counted = [], []
            for _ in range(ROUNDS):
                times.append(self._key(key))
                counted.append(self._counted() + times[-1])
                if _ < ROUNDS - 1:
                    self._key("f4")
            print(f"{name}: all matches counted in {milliseconds(statistics.median(counted))}")
            yield self._result(name, times)
            yield self._result(f"{name}: n N", [self._key(key) for key in "nN" * ROUNDS])
            yield self._result(f"{name}: x", [self._key("x") for _ in range(2 * ROUNDS)])
            yield self._result(f"{name}: !", [self._key("!") for _ in range(2 * ROUNDS)])
            self._key("x")
            shown = [self._key("!") for _ in range(2 * ROUNDS)]
            yield self._result(f"{name}: ! while filtered", shown)
            self._keys("xG")
            self._key("f4")
        yield self._result("e E", [self._key(key) for key in "EEe" * ROUNDS])
        yield self._result("follow", [self._key("s") for _ in range(2 * ROUNDS)])
        yield self._result("g G", [self._key(key) for key in "gG" * ROUNDS])
        yield self._result("wrap", [self._key("v") for _ in range(2 * ROUNDS)])
        yield self._result("resize", list(self._resizes()))

    def _resizes(self) -> Iterator[float]:
        for number in range(2 * ROUNDS):
            columns = COLUMNS - 20 * ((number + 1) % 2)
            yield self._timed(lambda columns=columns: self._program.resize(columns, ROWS))  # type: ignore[misc]  # the value of this turn
            time.sleep(0.2)

    def _result(self, name: str, times: list[float]) -> Result:
        worst = max(times)
        middle = milliseconds(statistics.median(times))
        value = f"{name}: median {middle}, slowest {milliseconds(worst)} of {len(times)}"
        return Result("log-answers", value, "<=100ms", worst <= BAR)
