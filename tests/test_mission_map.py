"""The page that maps the mission to the code names what is there, with the figures measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import actors.handles

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "mission-map.md").read_text(encoding="utf-8")
MEASURED = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Measured")[2]
FIGURE = re.compile(r"(?<!\w)\d[\d,.]*(?<=\d)(?: ms| %)?")


def rows(title: str) -> list[list[str]]:
    """Return the cells of the table below a title."""
    table = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def has_been_measured(figure: str) -> bool:
    """Tell whether a number, with its unit if that is given, stands in the table of figures."""
    return re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d.,]\d)", MEASURED) is not None


def test_every_file_on_the_map_is_there() -> None:
    named = re.findall(r"`([\w/.]+(?:\.py|/))`", PAGE)

    assert len(named) > 30
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_scenario_on_the_map_is_there() -> None:
    named = re.findall(r"(?:scenarios?|run|in|,) `([a-z]+-[a-z-]+)`", PAGE)

    library = ROOT / "scenarios" / "library"
    assert len(named) >= 6
    assert [name for name in named if not (library / f"{name}.toml").exists()] == []


def test_every_part_of_a_handle_on_the_map_is_there() -> None:
    named = [re.findall(r"`(\w+)`", row[2]) for row in rows("Entities") if "Handle" in row[2]]

    missing = [
        (kind, part)
        for kind, *parts in named
        for part in parts
        if not hasattr(getattr(actors.handles, kind), part)
    ]

    assert (len(named), missing) == (5, [])


@pytest.mark.parametrize(
    ("title", "count"), [("Entities", 6), ("Patterns", 6), ("What it must do", 9)]
)
def test_nothing_of_the_mission_is_missing_on_the_map(title: str, count: int) -> None:
    told = rows(title)

    assert len(told) == count
    assert all("`" in cell for row in told for cell in row[1:])


def test_every_figure_on_the_map_is_one_that_was_measured() -> None:
    told = [(row[0], figure) for row in rows("How well") for figure in FIGURE.findall(row[2])]

    assert len(told) >= 12
    assert [each for each in told if not has_been_measured(each[1])] == []
