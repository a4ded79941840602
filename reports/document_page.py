"""Writes a document as a page of its own, with its tables and figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from reports.canvas import Size
from reports.document import Document, Drawing
from reports.figures import DASHES
from reports.svg import draw
from reports.template import fill
from simulation.records import UnwritableRun

_WIDE: Final = 1_060
_NARROW: Final = 330
_LOOKS: Final = {"✓": "good", "✗": "bad"}


def write_page(document: Document, page: Path) -> Path:
    """Write a document as one page without scripts or outside addresses.

    Raises:
        UnwritableRun: The page cannot be written.
    """
    try:
        page.write_text(render(document), encoding="utf-8")
    except OSError as error:
        raise UnwritableRun(page, error) from error
    return page


def render(document: Document) -> str:
    """Return the page as text: the same bytes for the same document."""
    return fill(
        "document.html.j2",
        document=document,
        figures=[_figure(drawing) for drawing in document.drawings],
        look=lambda text: _LOOKS.get(text[:1], "open" if text[:1] in {"?", "!"} else ""),
    )


def _figure(drawing: Drawing) -> dict[str, Any]:
    sizes = {"wide": _WIDE, "narrow": _NARROW}
    return {
        "title": drawing.title,
        "keys": [
            (key, " ".join(map(str, DASHES[place % len(DASHES)])), place % len(DASHES))
            for place, key in enumerate(drawing.keys)
        ],
        **{
            kind: Markup(
                draw(f"{drawing.name}-{kind}", drawing.title, Size(width, drawing.height),
                     drawing.draw)
            )
            for kind, width in sizes.items()
        },
    }  # fmt: skip
