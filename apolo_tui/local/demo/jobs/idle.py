"""A notebook server that nobody uses."""

import time


def main() -> None:
    print("[I] Serving notebooks from the working directory")
    print("[I] Kernel started: 5f0c2c1e")
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
