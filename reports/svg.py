"""Turns drawings into inline SVG that takes its colours from the page."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from reports.canvas import Draw, Size, as_svg
from reports.figures.look import INK
from reports.palette import LIGHT, SERIES_NAMES
from reports.svg_paths import compact

_DRAWN: Final = ("grid", "shade", "paper", "soft", *SERIES_NAMES)
_COLOURS: Final = {LIGHT[name]: f"var(--{name})" for name in _DRAWN} | {INK: "currentColor"}


def draw(name: str, title: str, size: Size, drawing: Draw, told: str = "") -> str:
    """Return a drawing as an `<svg>` element, the same bytes for the same drawing.

    Args:
        name: Unique within the page: it keeps the ids of its figures apart.
        title: What it shows.
        size: What it is drawn for; text keeps that size, the page may scale it a little.
        drawing: Draws on the axes that it is given.
        told: What can be seen on it, for those who cannot see it.
    """
    return _for_page(as_svg(name, size, drawing), name, title, told)


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
