"""Gives axes, drawn in stand-in colours for the page, the colours of paper."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba

from reports.figures import GRID, INK, SERIES, SHADE

# As the page has them in its light colours.
PAPER_INK: Final = "#1a1d23"
PAPER_SERIES: Final = (
    "#1f5fbf", "#b3500b", "#137a55", "#a3296f", "#6a4bb8", "#5d6a00", "#00727f", "#6b5a4d",
)  # fmt: skip
_PAPER: Final[dict[str, str]] = {
    INK: PAPER_INK, GRID: "#dfe2e8", SHADE: "#e9ebf0",
    **dict(zip(SERIES, PAPER_SERIES, strict=True)),
}  # fmt: skip
_WHERE: Final = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")
_OF_TICKS: Final = ("color", "labelcolor", "grid_color")


def on_paper(axes: Axes) -> Axes:
    """Replace stand-in colours by those of paper; other colours stay. Returns the same axes."""
    for ruler in (axes.xaxis, axes.yaxis):
        known = ruler.get_tick_params()  # ticks are made anew when they are drawn
        ruler.set_tick_params(
            **{name: _painted(known[name]) for name in _OF_TICKS if name in known}
        )
    for artist in axes.findobj():
        _paint(artist)
    return axes


def _paint(artist: Artist) -> None:
    for name in _WHERE:
        value = getattr(artist, f"get_{name}", lambda: None)()
        if value is None or (isinstance(value, str) and value in {"none", "auto"}):
            continue
        painted = _painted(value)
        if painted is not value:
            getattr(artist, f"set_{name}")(painted)


def _painted(colour: Any) -> Any:
    """Return a colour, or an array of some, on paper; the same object if nothing changes."""
    if np.ndim(colour) == 2:
        names = map(_name_of, colour)
        return [_painted(each) for each in colour] if any(map(_PAPER.get, names)) else colour
    stand_in = _name_of(colour)
    if stand_in not in _PAPER:
        return colour
    return to_rgba(_PAPER[stand_in], to_rgba(colour)[3])


def _name_of(colour: Any) -> str:
    try:
        return to_hex(colour)
    except ValueError:  # "inherit" and the like
        return ""
