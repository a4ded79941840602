"""Turns a drawing into inline SVG that takes its colours from the page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape
from typing import Any, Final, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures import GRID, INK, SERIES, SHADE

_COLOURS: Final = {
    INK: "currentColor",
    GRID: "var(--grid)",
    SHADE: "var(--shade)",
    **{stand_in: f"var(--s{number})" for number, stand_in in enumerate(SERIES)},
}
_DPI: Final = 72  # one point is one pixel of the page
_STYLE: Final[dict[Any, Any]] = {"svg.fonttype": "none", "font.family": "sans-serif"}


class Size(NamedTuple):
    """Width and height of a drawing in pixels of the page."""

    width: int
    height: int


def draw(name: str, title: str, size: Size, drawing: Callable[[Axes], None]) -> str:
    """Return a drawing as an `<svg>` element, the same bytes for the same drawing.

    Args:
        name: Unique within the page: it keeps the ids of its figures apart.
        title: What a reader who cannot see it is told.
        size: What it is drawn for; text keeps that size, the page may scale it a little.
        drawing: Draws on the axes that it is given.
    """
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure((size.width / _DPI, size.height / _DPI), dpi=_DPI, layout="constrained")
        drawing(figure.add_subplot())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return _for_page(buffer.getvalue(), name, title)


def _for_page(svg: str, name: str, title: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg).replace("xlink:href", "href")
    for stand_in, colour in _COLOURS.items():
        svg = svg.replace(stand_in, colour)
    view = re.search(r'viewBox="[^"]*"', svg)
    assert view, "matplotlib writes a viewBox"
    head = f'<svg {view[0]} role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
    return re.sub(r"<svg[^>]*>", lambda _: head, svg, count=1)
