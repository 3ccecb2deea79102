"""Works for a while and ends with a traceback."""

import time


class ChecksumError(Exception):
    """A shard is not what it was written as."""


def read(shard: int) -> int:
    if shard == 17:
        raise ChecksumError(f"shard {shard}: checksum mismatch")
    return shard * 2


def evaluate() -> None:
    for shard in range(64):
        print(f"INFO shard {shard}: {read(shard)} samples")
        time.sleep(0.5)


if __name__ == "__main__":
    evaluate()
