"""A document as a notebook shows it: its verdict, tables and figures, light and dark."""

from __future__ import annotations

from html import escape

from reports.canvas import Size
from reports.document import Document, Drawing, Grid
from reports.notebook_view import STYLE, state, table
from reports.svg import draw

_WIDTH = 900


def html_of(document: Document) -> str:
    """Return a document as HTML that stands alone."""
    word = f": <b>{state(document.state)}</b>" if document.state else ""
    parts = [f"<p><b>{escape(document.title)}</b>{word}</p>", _list(document.sentences)]
    parts += map(_figure, document.drawings)
    parts += map(_grid, document.grids)
    return f'{STYLE}<div class="openoutcry">{"".join(parts)}</div>'


def _list(sentences: tuple[str, ...]) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _grid(grid: Grid) -> str:
    rows = [tuple(map(_cell, row)) for row in grid.rows]
    note = f"<p>{escape(grid.note)}</p>" if grid.note else ""
    return (
        f"<p><b>{escape(grid.title)}</b></p>{table(tuple(map(escape, grid.columns)), rows)}{note}"
    )


def _cell(text: str) -> str:
    return state(text) if text[:1] in {"✓", "✗", "?", "!"} else escape(text)


def _figure(drawing: Drawing) -> str:
    keys = "".join(
        f'<span style="color:var(--s{place})">■</span> {escape(key)} '
        for place, key in enumerate(drawing.keys)
    )
    size = Size(_WIDTH, drawing.height)
    return f"<p>{keys}</p>{draw(f'note-{drawing.name}', drawing.title, size, drawing.draw)}"
