"""The page that maps the mission to the code names files and scenarios that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "mission-map.md").read_text(encoding="utf-8")


def test_every_file_on_the_map_is_there() -> None:
    named = re.findall(r"`((?:actors|tests|examples|simulation)/[\w/.]*)`", PAGE)

    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_scenario_on_the_map_is_there() -> None:
    named = re.findall(r"(?:scenario|run|in) `([a-z-]+)`", PAGE)

    library = ROOT / "scenarios" / "library"
    assert len(named) >= 4
    assert [name for name in named if not (library / f"{name}.toml").exists()] == []
