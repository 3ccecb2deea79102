"""The command line. Each command is imported when it is asked for."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

COMMANDS = ("ps", "keys", "doctor", "local")


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments say. Returns the exit code."""
    environ, home = os.environ, Path.home()
    command = arguments[0] if arguments else ""
    try:
        match command:
            case "local":
                from apolo_tui.cli import local

                return local.main(arguments[1:], environ=environ, home=home)
            case "ps":
                from apolo_tui.cli import ps

                return ps.main(arguments[1:], environ=environ, home=home)
            case "keys":
                from apolo_tui.cli import keys

                return keys.main(arguments[1:], environ=environ, home=home)
            case "doctor":
                from apolo_tui.cli import doctor

                return doctor.main(arguments[1:], environ=environ, home=home)
        from apolo_tui.cli import dashboard

        return dashboard.main(arguments, environ=environ, home=home)
    except BrokenPipeError:
        # Whoever read our output has enough: there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
