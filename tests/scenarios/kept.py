"""What a run or an experiment has kept in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def facts_of(folder: Path) -> dict[str, Any]:
    """Return the contents of its `metrics.json`."""
    return read(folder / "metrics.json")


def read(file: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return value
