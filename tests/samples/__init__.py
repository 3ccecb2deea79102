"""Recorded and invented inputs, as text, JSON or bytes."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def read_json(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))
