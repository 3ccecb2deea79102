"""`python -m benchmarks` lists the programs; with a name, or a goal's id, it runs what has it."""

import sys

from benchmarks.registry import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
