"""Which behaviour (a row of the product's goal table) which test shows.

A test names its rows with `@row("L3")`; `test_rows.py` fails when one of ROWS has no test.
"""

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

ROWS: tuple[str, ...] = (
    *("L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10", "L11", "L12"),
    *("L15", "L16", "L17", "L18"),
    *("D1", "D2", "D3", "D4", "D8", "D9", "D11"),
    *("T1", "T2", "T3", "T4", "T5", "T7", "T8", "T9"),
    *("A1", "A2", "A3", "A4", "A5", "A9", "A10", "A12"),
    *("C1", "C2", "C3", "C8"),
    *("K1", "K2", "K3", "K4", "K5", "K8"),
    *("I1", "I2", "I3", "I7"),
    *("J1", "J2", "J3", "J4", "J5", "J6", "J8", "A7", "A8", "A11", "C5", "C6", "C9", "T6"),
    *("M1", "M2", "M3", "M4", "W1", "W2", "W3", "W6"),
    *("M5", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"),
    *("Y1", "Y2", "Y3", "Y5", "Y6"),
    *("S1", "S2", "S3", "S4", "S5", "S6"),
    *("G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "G10", "G11", "G12", "G13"),
    *("G14", "G15", "G16", "G18"),
)

BY_BENCHMARK = {
    "G1": "benchmarks/log_flood.py",
    "G13": "benchmarks/soak_logs.py",
    "M3": "benchmarks/soak_wall.py",
    "R6": "benchmarks/idle.py",
    "R7": "benchmarks/soak_dashboard.py",
    "R8": "benchmarks/idle.py",
}
"""Rows about what the program costs: printed by programs, not asserted by tests."""


def row(*names: str) -> Callable[[F], F]:
    """Marks a test as the one of these rows."""
    unknown = [name for name in names if name not in ROWS]
    assert not unknown, f"no such rows: {unknown}"

    def mark(test: F) -> F:
        return test

    return mark
