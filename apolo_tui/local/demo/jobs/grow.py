"""Takes more memory than its preset has."""

import time

PIECE = 8 << 20
PAUSE = 1.5


def main() -> None:
    kept = []
    while True:
        kept.append(b"x" * PIECE)
        print(f"INFO evaluating batch {len(kept)}, {len(kept) * PIECE >> 20} MiB of activations")
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
