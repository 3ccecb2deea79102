"""Records vttest's menus, for `test_vttest.py`. Run by hand:

    python -m tests.terminal.vttest_recorder MENU...      (all of them without a number)

Walks through every item of a menu and its submenus, but for those that need a person (keys, mouse,
printers) and VT52 mode, and writes `tests/samples/terminal/vttest-MENU.bin` (the gzipped bytes) and
`vttest.json`, with the offset behind each screen.
"""

import gzip
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from tests.terminal.recorder import SAMPLES, Recording, Session

MENUS = (1, 2, 3, 6, 8, 11)
SCREENS = 500
"""Most screens of one menu."""

SKIPPED = re.compile(
    r"keyboard|keys?\b|mouse|locator|printer|controller|macro|user-defined|udk|soft char"
    r"|download|font|VT52|window (modifying|report)|LED|mode 3|Answerback|S8C1T|8-bit"
    r"|RTL|Tektronix|status.line|menu-driven|columns|national|NRC|broadcast|page format",
    re.IGNORECASE,
)
CHOICE = re.compile(r"^ *(\d+)\. (.*?) *$", re.MULTILINE)


def walk(session: Session, menu: int) -> list[int]:
    """Take every item; returns the offset behind each screen."""
    visited: dict[str, set[int]] = {}
    stops: list[int] = []
    top = None
    for _ in range(SCREENS):
        if not session.settle(0.12):
            break
        stops.append(len(session.output))
        text = session.screen.text()
        if "Enter choice number" not in text:
            os.write(session.master, b"\r")
            continue
        title = text.split("Enter choice")[0]
        if top is None:
            top, choice = title, menu
        else:
            done = visited.setdefault(title, set())
            choices = [
                int(number)
                for number, name in CHOICE.findall(title)
                if number != "0" and int(number) not in done and not SKIPPED.search(name)
            ]
            if title == top:
                break
            choice = choices[0] if choices else 0
            done.add(choice)
        os.write(session.master, f"{choice}\r".encode())
    return stops


def main(menus: list[int]) -> None:
    path = SAMPLES / "vttest.json"
    index = (
        {entry["name"]: entry for entry in json.loads(path.read_text())} if path.exists() else {}
    )
    for menu in menus or MENUS:
        folder = Path(tempfile.mkdtemp())
        session = Session(Recording("vttest", ("vttest", "24x80.80"), ()), folder, 80, 24)
        session.limit = 10_000_000
        try:
            stops = walk(session, menu)
        finally:
            session.close()
            shutil.rmtree(folder)
        name = f"vttest-{menu}"
        data = bytes(session.output)
        (SAMPLES / f"{name}.bin").write_bytes(gzip.compress(data, 9, mtime=0))
        index[name] = {"name": name, "columns": 80, "rows": 24, "resizes": [], "stops": stops}
        path.write_text(json.dumps(list(index.values())) + "\n")
        print(name, len(stops), len(data), flush=True)


if __name__ == "__main__":
    main([int(menu) for menu in sys.argv[1:]])
