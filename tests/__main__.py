"""The gate: format, lint, types, import contracts and the tests, in that order.

    python -m tests            everything
    python -m tests ARGS...    the same, with ARGS handed to pytest

Every check runs, so that one call tells all that is wrong; the exit code is 0 only
when all of them passed. The tests come last: their summary is the end of the output.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = ["apolo_tui", "tests", "benchmarks"]


def checks(pytest_args: list[str]) -> dict[str, list[str]]:
    """The commands of the gate by name, in the order in which they run.

    Tests that share something costly run in one process: see `TOGETHER` in tests/conftest.py.
    """
    python = sys.executable
    scripts = Path(python).parent
    return {
        "format": [python, "-m", "ruff", "format", "--check", *CODE],
        "lint": [python, "-m", "ruff", "check", *CODE],
        "types": [python, "-m", "mypy"],
        "imports": [str(scripts / "lint-imports")],
        "tests": [python, "-m", "pytest", "-n", workers(), "--dist", "load", *pytest_args],
    }


def workers() -> str:
    """How many test processes: one more than cores, for many tests wait for somebody else."""
    return str(1 + (os.cpu_count() or 1))


def main() -> int:
    failed = []
    for name, command in checks(sys.argv[1:]).items():
        print(f"── {name}", flush=True)
        started = time.monotonic()
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        print(
            f"── {name}: {'ok' if status == 0 else 'FAILED'}, {time.monotonic() - started:.0f} s",
            flush=True,
        )
        if status != 0:
            failed.append(name)
    if failed:
        print(f"The gate is shut: {', '.join(failed)}.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
