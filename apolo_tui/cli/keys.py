"""`apolo-tui keys`: all keys and commands, with the user's own."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from apolo_tui.actions import keys_markdown, keys_text, with_keymap
from apolo_tui.config import config_path, load


def main(arguments: Sequence[str], *, environ: Mapping[str, str], home: Path) -> int:
    """Print the table. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="apolo-tui keys", description="All keys and commands.")
    parser.add_argument("--markdown", action="store_true", help="as a Markdown table")
    options = parser.parse_args(arguments)
    loaded = load(config_path(environ, home), environ=environ)
    actions = with_keymap(loaded.settings.keys)
    print(keys_markdown(actions) if options.markdown else keys_text(actions), end="")
    for problem in loaded.problems:
        print(problem)
    return 0
