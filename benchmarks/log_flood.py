"""A log that floods: throughput and keys (perf-8, perf-9, perf-10, perf-20).

A server in a process of its own sends stamped lines over a WebSocket; the app follows it with the
dashboard's own feed and view, in a 120x40 pty, kept within 20 MiB of memory and 200 MiB in all.
The peer is a bare `async for` over the same WebSocket, measured before and after. Handler: from
the key's byte to the app's handler. Paint: to its token on the terminal.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp

from benchmarks.harness.figures import milliseconds, percentile
from benchmarks.harness.terminal_pty import TerminalProgram
from benchmarks.registry import Result

GOALS = ("perf-8", "perf-9", "perf-10", "perf-20")
PEER = "a bare WebSocket loop, and the same app without a flood"

SECONDS = 2.0
KEYS = 500
BETWEEN, BETWEEN_SLOW = 0.02, 0.03
"""Seconds between two keys, on a slow terminal as well."""
SLOW_LINE = 30_000.0
"""Bytes a second of a slow terminal."""
MB = 1e6


def run(goals: tuple[str, ...]) -> list[Result]:
    print(f"aiohttp {aiohttp.__version__}, no compression, loopback; pty 120x40; {KEYS} keys")
    with server() as port:
        results: list[Result] = []
        if "perf-8" in goals:
            results += throughput(port)
        if "perf-9" in goals or "perf-10" in goals:
            results += [result for result in keys(port) if result.goal in goals]
        if "perf-20" in goals:
            results += slow_terminal(port)
        return results


@contextmanager
def server() -> Iterator[int]:
    """The port of a server that floods."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.harness.log_server"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def address(port: int, size: int, rate: int = 0) -> str:
    return f"http://127.0.0.1:{port}/log?size={size}&total=0&rate={rate}"


def bare(port: int, size: int) -> float:
    """Bytes a second of the bare loop."""
    command = [sys.executable, "-m", "benchmarks.harness.log_bare", address(port, size)]
    return float(subprocess.check_output([*command, str(SECONDS)]))


@contextmanager
def app(*, pace: float | None = None) -> Iterator[TerminalProgram]:
    command = [sys.executable, "-m", "benchmarks.harness.log_app", "spill"]
    with TerminalProgram(command, pace=pace) as program:
        program.wait_for(b"K0Z")
        program.wait_quiet(1.0)
        program.call("settle")
        yield program


def received(program: TerminalProgram) -> float:
    """Bytes a second that reach the store."""
    first = program.call("lines")["lines"]
    begun = time.perf_counter()
    time.sleep(SECONDS)
    last = program.call("lines")["lines"]
    return float(last - first) * 100 / (time.perf_counter() - begun)


def throughput(port: int) -> Iterator[Result]:
    for size, share in ((100, 0.8), (1_000, 0.5), (10_000, None)):
        before = bare(port, size)
        with app() as program:
            program.call("flood", url=address(port, size))
            time.sleep(1.0)
            ours = received(program)
        theirs = (before + bare(port, size)) / 2
        value = f"{size} B: {ours / MB:.0f} MB/s, {ours / theirs:.2f}x of bare {theirs / MB:.0f}"
        if share is None:
            yield Result("perf-8", value, ">=100 MB/s", ours >= 100 * MB)
        else:
            yield Result("perf-8", value, f">={share}x", ours >= share * theirs)


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds of each key."""

    handler: list[float]
    paint: list[float]


def press(program: TerminalProgram, count: int = KEYS) -> Latency:
    """Press `z` so many times; each is waited for until its token is painted."""
    pressed: list[float] = []
    paint: list[float] = []
    program.call("keys")
    for number in range(1, count + 1):
        after = program.bytes_written
        at = time.perf_counter()
        pressed.append(at)
        program.write(b"z")
        program.wait_for(b"K%dZ" % number, after=max(0, after - 64))
        paint.append(time.perf_counter() - at)
        time.sleep(BETWEEN)
    handled = program.call("keys")["handled"]
    return Latency([b - a for a, b in zip(pressed, handled, strict=True)], paint)


def described(name: str, latency: Latency) -> None:
    for what, values in (("handler", latency.handler), ("paint", latency.paint)):
        middle, worst = percentile(values, 0.5), percentile(values, 0.99)
        print(f"{name}: {what} p50 {milliseconds(middle)} p99 {milliseconds(worst)}")


def keys(port: int) -> Iterator[Result]:
    with app() as program:
        described("no flood", press(program))
    for name, size, rate, most in (
        ("100k lines/s", 1_000, 100_000, 0.060),
        ("flood of 1 KB", 1_000, 0, 0.100),
    ):
        with app() as program:
            program.call("flood", url=address(port, size, rate))
            time.sleep(1.0)
            latency = press(program)
        described(name, latency)
        handler, paint = percentile(latency.handler, 0.99), percentile(latency.paint, 0.99)
        yield Result("perf-9", f"{name}: p99 {milliseconds(handler)}", "<=50ms", handler <= 0.05)
        bar = f"<={most * 1000:.0f}ms"
        yield Result("perf-10", f"{name}: p99 {milliseconds(paint)}", bar, paint <= most)


def slow_terminal(port: int) -> Iterator[Result]:
    with app(pace=SLOW_LINE) as program:
        program.call("flood", url=address(port, 1_000, 10_000))
        time.sleep(2.0)
        program.call("keys")
        pressed: list[float] = []
        for _ in range(KEYS):
            pressed.append(time.perf_counter())
            program.write(b"z")
            time.sleep(BETWEEN_SLOW)
        time.sleep(2.0)
        handled = program.call("keys")["handled"]
    latency = [b - a for a, b in zip(pressed, handled, strict=True)]
    worst = percentile(latency, 0.99)
    value = f"30 KB/s terminal: p50 {milliseconds(percentile(latency, 0.5))}"
    yield Result("perf-20", f"{value} p99 {milliseconds(worst)}", "<=100ms", worst <= 0.1)
