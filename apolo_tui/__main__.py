"""`apolo-tui` and `python -m apolo_tui`: hands over to the command line."""

import sys


def main() -> int:
    """The console script."""
    from apolo_tui.cli import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
