"""Prints a document within the width of the terminal, in words and symbols as well as in colour."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.document import Document, Grid

_GAP: Final = 2  # between columns
_STYLES: Final = {"✓": "green", "✗": "bold red", "?": "yellow", "!": "yellow"}
_ASCII: Final = str.maketrans(
    {"✓": "+", "✗": "x", "–": "-", "µ": "u", "·": "|", "±": "+-", "…": "..", "→": "->", "×": "x"}
)


def print_document(document: Document, console: Console, files: Iterable[str] = ()) -> None:
    """Print a document: its verdict first, then what came out, its tables, and its files."""
    printer = _Printer(console)
    printer.line(document.title, document.state)
    for sentence in document.sentences:
        printer.paragraph(f"  {sentence}")
    for grid in document.grids:
        console.print()
        printer.grid(grid)
    console.print()
    for name, value in document.facts:
        if name == "again":  # a command is copied, so nothing may break it
            printer.line(f"{name:<13} {value}")
        else:
            printer.paragraph(f"{name:<13} {value}", indent=14)
    for file in files:
        printer.line(file)


def _headings(names: Sequence[str], columns: Sequence[Sequence[str]], width: int) -> Sequence[str]:
    """Return what stands above columns: on several lines where they are too wide otherwise."""
    if _width(names, columns, _GAP) <= width:
        return names
    return ["\n".join(re.findall(r"[^. ]+[. ]?", name)) for name in names]


def _width(headings: Sequence[str], columns: Sequence[Sequence[str]], gap: int) -> int:
    """Return how wide a table is when nothing within it is broken."""
    widths = [max(map(len, [*heading.split("\n"), *cells]))
              for heading, cells in zip(headings, columns, strict=True)]  # fmt: skip
    return sum(widths) + gap * len(widths)


class _Printer:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._plain = not console.encoding.lower().startswith("utf")

    def line(self, text: str, state: str = "") -> None:
        shown = Text(self._in_charset(text))
        if state:
            shown.append(self._in_charset(f"  {state}"), style=_STYLES[state[0]])
        self._console.print(shown, soft_wrap=True)

    def paragraph(self, text: str, indent: int = 4) -> None:
        filled = textwrap.fill(
            self._in_charset(text), self._console.width, subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )  # fmt: skip
        self._console.print(Text(filled), soft_wrap=True)

    def grid(self, grid: Grid) -> None:
        columns = list(zip(*(grid.rows or [grid.columns]), strict=True))
        headings = _headings(grid.columns, columns, self._console.width)
        gap = _GAP if _width(headings, columns, _GAP) <= self._console.width else 1
        is_narrow = _width(headings, columns, gap) > self._console.width
        table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
        for place, heading in enumerate(headings):
            is_last = place == len(grid.columns) - 1
            table.add_column(Text(self._in_charset(heading)), justify="right" if place else "left",
                             overflow="fold", no_wrap=is_last or not is_narrow)  # fmt: skip
        for row in grid.rows:
            table.add_row(*map(self._cell, row))
        self.line(grid.title)
        self._console.print(table)
        if grid.note:
            self.paragraph(f"  {grid.note}")

    def _cell(self, text: str) -> Text:
        return Text(self._in_charset(text), style=_STYLES.get(text[:1], ""))

    def _in_charset(self, text: str) -> str:
        return text.translate(_ASCII) if self._plain else text
