"""Loses its connection again and again; its restart policy starts it anew."""

import sys
import time


def main() -> None:
    print("INFO connecting to the bucket")
    for done in range(1, 21):
        time.sleep(1)
        print(f"INFO {done * 5}% of 412 objects are the same")
    print("ERROR connection reset by peer", file=sys.stderr)
    sys.exit(74)


if __name__ == "__main__":
    main()
