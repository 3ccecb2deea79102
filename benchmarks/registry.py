"""The benchmark programs: one module each, which says what it measures and against whom.

A program is a module of this package with

    GOALS   the goals that it measures, e.g. `("perf-1", "perf-2")`
    PEER    whom it measures beside us, in words
    run(goals: tuple[str, ...]) -> list[Result]

`run` gets the goals that were asked for (all of its own, when it was asked for by name) and
returns one Result a bar. A peer that is not installed raises PeerMissingError.

Exit codes: 0 measured (whatever the outcome), 2 no such program, 3 a peer is missing.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from types import ModuleType

import benchmarks

NOT_PROGRAMS = frozenset({"__main__", "registry"})


class PeerMissingError(Exception):
    """What we are to be compared with is not on this machine; the text says how to get it."""


@dataclass(frozen=True, slots=True)
class Result:
    """One bar: the goal, what was measured, the bar, and whether it holds."""

    goal: str
    value: str
    bar: str
    holds: bool

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "short"
        return f"goal={self.goal} value={self.value} bar={self.bar} {verdict}"


def programs() -> dict[str, ModuleType]:
    """The programs by name."""
    found = {}
    for info in pkgutil.iter_modules(benchmarks.__path__):
        if info.name in NOT_PROGRAMS or info.ispkg:
            continue
        module = importlib.import_module(f"benchmarks.{info.name}")
        if hasattr(module, "GOALS"):
            found[info.name] = module
    return found


def listing(known: dict[str, ModuleType]) -> str:
    lines = []
    for name, module in sorted(known.items()):
        summary = (module.__doc__ or "").strip().splitlines()[0]
        lines.append(f"{name:<20} {', '.join(module.GOALS):<32} beside {module.PEER}")
        lines.append(f"{'':<20} {summary}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    known = programs()
    if not arguments:
        print(listing(known))
        return 0
    wanted = arguments[0]
    found = {
        name: tuple(goal for goal in module.GOALS if wanted in (name, goal))
        for name, module in known.items()
    }
    if not any(found.values()):
        print(f"no program or goal is called {wanted!r}; these are:\n{listing(known)}")
        return 2
    for name, goals in found.items():
        if not goals:
            continue
        try:
            results = known[name].run(goals)
        except PeerMissingError as missing:
            print(f"a peer is missing: {missing}")
            return 3
        for result in results:
            print(result, flush=True)
    return 0
