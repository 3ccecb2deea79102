"""A logger that is never quiet: plain lines, JSON lines, levels, bursts."""

import json
import random
import time

LEVELS = ("DEBUG", "INFO", "INFO", "INFO", "WARN", "ERROR")


def main() -> None:
    chance = random.Random(3)
    count = 0
    while True:
        for _ in range(chance.choice((1, 2, 3, 40))):
            count += 1
            level = chance.choice(LEVELS)
            shard, milliseconds = chance.randint(0, 63), chance.randint(1, 900)
            if count % 3:
                print(f"{level:5} reader-{shard:02d} batch {count} read in {milliseconds} ms")
            else:
                line = {"level": level.lower(), "shard": shard, "batch": count, "ms": milliseconds}
                print(json.dumps(line))
        time.sleep(chance.uniform(0.1, 0.6))


if __name__ == "__main__":
    main()
