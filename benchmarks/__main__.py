"""`python -m benchmarks` lists the programs; `python -m benchmarks NAME` or a goal's id runs one."""

import sys

from benchmarks.registry import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
