"""A training loop to look at: progress bars, losses, checkpoints. It trains nothing."""

import argparse
import math
import random
import sys
import time

STEPS = 120
WIDTH = 20
PAUSE = 0.25


def bar(done: int, total: int, began: float) -> str:
    """A progress bar as tqdm draws one."""
    passed = time.monotonic() - began
    rate = done / passed if passed > 0 else 0.0
    left = (total - done) / rate if rate > 0 else 0.0
    filled = done * WIDTH // total
    blocks = "█" * filled + " " * (WIDTH - filled)
    return (
        f"{done * 100 // total:3d}%|{blocks}| {done}/{total} "
        f"[{clock(passed)}<{clock(left)}, {rate:5.2f}it/s]"
    )


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    print(f"INFO config={options.config} epochs={options.epochs} seed={options.seed}")
    print("INFO loading data: 1281167 samples in 1024 shards")
    step = 0
    for epoch in range(1, options.epochs + 1):
        began = time.monotonic()
        for done in range(1, STEPS + 1):
            step += 1
            time.sleep(PAUSE * chance.uniform(0.7, 1.3))
            loss = 2.3 * math.exp(-step / 600) + 0.35 + chance.uniform(-0.04, 0.04)
            sys.stderr.write(f"\rEpoch {epoch}/{options.epochs}: {bar(done, STEPS, began)}")
            sys.stderr.flush()
            if done % 20 == 0:
                rate = done / (time.monotonic() - began)
                sys.stderr.write("\n")
                print(f"epoch={epoch} step={step} loss={loss:.4f} lr=3e-4 it/s={rate:.2f}")
        accuracy = 1 - 0.9 * math.exp(-step / 900)
        sys.stderr.write("\n")
        print(f"epoch={epoch} val_loss={loss + 0.05:.4f} val_acc={accuracy:.4f}")
        print(f"INFO checkpoint saved to ckpt/epoch-{epoch:03d}.pt")


if __name__ == "__main__":
    main()
