"""The fuzz tests with seeds that nobody chose, for as long as one likes. Run by hand:

    python -m tests.terminal.fuzz [SECONDS [SEED]]      (a minute; the seed of the seeds)

It tells the seed of each round before the round, so that what fails or hangs can be run again:
the seed of a round is that of the test with this name. Ends with 1 at the first failure.
"""

import random
import sys
import time
import traceback
from collections.abc import Callable

from tests.terminal.test_fuzz import (
    test_any_cut_of_random_sequences,
    test_mutated_recordings,
    test_random_bytes,
    test_random_sequences_and_resizes,
)

ROUNDS: tuple[Callable[[int], None], ...] = (
    test_random_sequences_and_resizes,
    test_mutated_recordings,
    test_random_bytes,
    test_any_cut_of_random_sequences,
)


def main(seconds: float, seed: int) -> int:
    """Run rounds until the time is over; 0 when all of them went well."""
    source = random.Random(seed)
    print(f"seed {seed}, {seconds:g} s", flush=True)
    ends = time.monotonic() + seconds
    rounds, slowest, what = 0, 0.0, ""
    while time.monotonic() < ends:
        check = source.choice(ROUNDS)
        number = source.getrandbits(48)
        print(f"\r{check.__name__}({number}) ", end="", flush=True)
        began = time.thread_time()
        try:
            check(number)
        except Exception:  # noqa: BLE001 - whatever it is, it is what was looked for
            print()
            traceback.print_exc()
            return 1
        took = time.thread_time() - began
        if took > slowest:
            slowest, what = took, f"{check.__name__}({number})"
        rounds += 1
    print(f"\n{rounds} rounds, none failed; the slowest took {slowest:.1f} s: {what}")
    return 0


if __name__ == "__main__":
    sys.exit(
        main(
            float(sys.argv[1]) if len(sys.argv) > 1 else 60.0,
            int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().getrandbits(32),
        )
    )
