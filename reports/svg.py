"""Turns drawings into inline SVG that takes its colours from the page, and into files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.look import GRID, INK, PAPER, SERIES, SHADE, SOFT
from reports.svg_paths import compact

_COLOURS: Final = {
    INK: "currentColor",
    GRID: "var(--grid)",
    SHADE: "var(--shade)",
    PAPER: "var(--paper)",
    SOFT: "var(--soft)",
    **{colour: f"var(--s{number})" for number, colour in enumerate(SERIES)},
}
_DPI: Final = 72  # one point is one pixel of the page
_FILE_DPI: Final = 144
_STYLE: Final[dict[Any, Any]] = {"svg.fonttype": "none", "font.family": "sans-serif"}

Draw = Callable[[Axes], object]


class Size(NamedTuple):
    """Width and height of a drawing in pixels of the page."""

    width: int
    height: int


def draw(name: str, title: str, size: Size, drawing: Draw, told: str = "") -> str:
    """Return a drawing as an `<svg>` element, the same bytes for the same drawing.

    Args:
        name: Unique within the page: it keeps the ids of its figures apart.
        title: What it shows.
        size: What it is drawn for; text keeps that size, the page may scale it a little.
        drawing: Draws on the axes that it is given.
        told: What can be seen on it, for those who cannot see it.
    """
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        buffer = io.StringIO()
        _figure(size, drawing).savefig(
            buffer, format="svg", transparent=True, metadata={"Date": None}
        )
    return _for_page(buffer.getvalue(), name, title, told)


def save(files: Sequence[Path], title: str, size: Size, drawing: Draw) -> None:
    """Write a drawing on white paper into files, `.png` or `.svg`; same drawing, same bytes."""
    with mpl.rc_context({**_STYLE, "svg.hashsalt": files[0].stem}):
        figure = _figure(size, drawing)
        for file in files:
            date = {"Date": None} if file.suffix == ".svg" else {}
            figure.savefig(file, dpi=_FILE_DPI, facecolor=PAPER, metadata={**date, "Title": title})
            figure.set_layout_engine("none")  # it has its layout now


def _figure(size: Size, drawing: Draw) -> Figure:
    figure = Figure((size.width / _DPI, size.height / _DPI), dpi=_DPI, layout="constrained")
    drawing(figure.add_subplot())
    return figure


def _for_page(svg: str, name: str, title: str, told: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg).replace("xlink:href", "href")
    for colour, variable in _COLOURS.items():
        svg = svg.replace(colour, variable)
    view = re.search(r'viewBox="[^"]*"', svg)
    assert view, "matplotlib writes a viewBox"
    words = {"title": title, **({"desc": told} if told else {})}
    ids = " ".join(f"{name}-{kind}" for kind in words)
    head = f'<svg {view[0]} role="img" aria-labelledby="{ids}">' + "".join(
        f'<{kind} id="{name}-{kind}">{escape(text)}</{kind}>' for kind, text in words.items()
    )
    return _smaller(re.sub(r"<svg[^>]*>", lambda _: head, svg, count=1))


def _smaller(svg: str) -> str:
    """Round coordinates to a tenth of a pixel, and leave out what says nothing."""
    svg = re.sub(r'(?<=\s)d="([^"]*)"', lambda found: f'd="{compact(found[1])}"', svg)
    svg = re.sub(
        r'((?<=\s)d|points|transform|x|y|width|height)="([^"]*)"',
        lambda found: f'{found[1]}="{re.sub(_LONG_NUMBER, _rounded, found[2])}"', svg,
    )  # fmt: skip
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = _IDLE.sub("", svg)
    return re.sub(r"\s*\n\s*", "\n", svg)


_IDLE: Final = re.compile(
    r'(?<=<g) id="[^"]*"| transform="rotate\(-?0 [^"]*"|font-family: [^;"]*; ?'
)
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{2,}")


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")
