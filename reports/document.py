"""What an experiment has to say, as tables and figures, before it becomes a page or a console."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text.

    Attributes:
        title: What it shows.
        columns: Their headings; the first column names the row.
        rows: The cells, as they are read by people.
        note: What has to be known about it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure.

    Attributes:
        name: Its file, without an ending.
        title: What a reader who cannot see it is told.
        keys: What its colours and dashes stand for, in their order.
        height: In pixels of the page.
        draw: Draws it on the axes that it is given.
    """

    name: str
    title: str
    keys: tuple[str, ...]
    height: int
    draw: Callable[[Axes], None]


@dataclass(frozen=True, slots=True)
class Document:
    """The result of an experiment.

    Attributes:
        title: Its name.
        state: The verdict, beginning with its symbol; empty where nothing is judged.
        question: What was asked, in a sentence.
        facts: What it was done with, by name.
        sentences: What came out, most important first.
        grids: Its tables.
        drawings: Its figures.
    """

    title: str
    state: str
    question: str
    facts: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    grids: tuple[Grid, ...]
    drawings: tuple[Drawing, ...] = ()


def csv_of(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table as CSV, with its headings; no text in it is a formula to a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_harmless(cell) for cell in row] for row in (columns, *rows))
    return text.getvalue()


def _harmless(cell: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would run, as it may come from anybody.

    Source: OWASP, "CSV injection".
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r", " ")  # which ends a row to some readers, and is not quoted
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
