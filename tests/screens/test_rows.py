"""Every row of the goal table has a test."""

import ast
from pathlib import Path

from tests.screens.rows import BY_BENCHMARK, ROWS

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent


def rows_of(path: Path) -> dict[str, str]:
    """Row -> test, of the functions of a file that are decorated with `row`."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            if call is None or not isinstance(call.func, ast.Name) or call.func.id != "row":
                continue
            assert node.name.startswith("test_"), f"{node.name} is not a test"
            for argument in call.args:
                assert isinstance(argument, ast.Constant)
                found[str(argument.value)] = f"{path.name}::{node.name}"
    return found


def test_every_row_has_a_test() -> None:
    found: dict[str, str] = {}
    for path in [*TESTS.glob("screens/test_*.py"), *TESTS.glob("e2e/test_*.py")]:
        found |= rows_of(path)
    for path in TESTS.glob("cli/test_*.py"):
        found |= rows_of(path)
    lacking = [name for name in ROWS if name not in found and name not in BY_BENCHMARK]
    assert not lacking


def test_rows_shown_by_programs_have_them() -> None:
    for program in BY_BENCHMARK.values():
        assert (ROOT / program).is_file(), program
