"""Experiments on a narrow terminal, and figures of experiments in which little happened."""

from __future__ import annotations

import io

import pytest
from matplotlib.figure import Figure
from rich.console import Console

from reports.capacity_document import draw_tries
from reports.document import Document, Grid
from reports.document_console import print_document
from reports.sweeps import is_load

COMMAND = "openoutcry sweep tiny.toml --set 'limits={}' --set 'matrix={\"load.0.rate\"=[\"2/s\"]}'"
COLUMNS = ("cell", "rate", "duration", "unit", "speed", "offered", "latency.all.p99", "busy",
           "verdict")  # fmt: skip
ROW = ("10", "1000/s", "1s", "sessions", "0.001", "103/s ± 1", "26.9 s", "99.966 %",
       "✗ limit missed")  # fmt: skip


def printed(grid: Grid) -> str:
    document = Document("a sweep", "", "", (("again", COMMAND),), (), (grid,), ())
    paper = io.StringIO()
    print_document(document, Console(file=paper, width=80))
    return paper.getvalue()


def test_no_cell_of_a_table_is_broken_where_breaking_its_headings_is_enough() -> None:
    lines = printed(Grid("cells", COLUMNS, (ROW,))).splitlines()

    (row,) = (line for line in lines if line.startswith("10"))
    assert all(cell in row for cell in ROW)
    assert max(map(len, lines[:-1])) <= 80
    assert "duration" in printed(Grid("cells", COLUMNS, (ROW,)))


def test_a_command_to_be_copied_stays_in_one_piece() -> None:
    assert COMMAND in printed(Grid("cells", COLUMNS, (ROW,)))


@pytest.mark.parametrize(
    ("axis", "moves_it"),
    [
        ("load.0.rate", True), ("load.0.stages.1.target", True), ("users.count", True),
        ("load.0.unit", False), ("load.0.duration", False), ("load.0.start", False),
        ("cluster.workers", False),
    ],
)  # fmt: skip
def test_only_how_much_is_offered_joins_cells_to_a_curve(axis: str, moves_it: bool) -> None:
    assert is_load(axis) is moves_it


@pytest.mark.parametrize("offered", [[0.0], [0.0, 2.0]])
def test_loads_at_which_nothing_was_offered_are_left_out_without_a_warning(
    offered: list[float],
) -> None:
    tries = [{"offered": load, "passed": False} for load in offered]
    figure = Figure()

    draw_tries(figure.subplots(), [{"number": 1, "tries": tries}], "virtual")
    figure.draw_without_rendering()  # warnings are errors here

    drawn = [len(line.get_xdata()) for line in figure.axes[0].lines]  # type: ignore[arg-type]
    assert sum(drawn) == sum(load > 0 for load in offered)
