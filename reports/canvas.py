"""Gives a drawing its room, and writes it as SVG or into files."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from reports.figures.look import INK, PAPER, TEXT_SIZE

Draw = Callable[[Axes], object]

_DPI: Final = 72  # one point is one pixel of the page
_FILE_DPI: Final = 144
_DATES: Final = {".pdf": "CreationDate"}  # what formats call it; it would change the bytes
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none", "font.family": "sans-serif",
    "text.parse_math": False,  # two dollar signs are two amounts
}  # fmt: skip
_PAD: Final = 3  # pixels around everything
_TITLE_SIZE: Final = TEXT_SIZE + 2
_TITLE_LINE: Final = 20  # pixels from one line of a title to the next
_BELOW_TITLE: Final = 8
_LEAST: Final = 20  # pixels of axes, however long their labels are
# Pixels of labels that most drawings have: with them, ticks are chosen for about the final room.
_USUAL: Final = (60, 40, 8, 4)


class Size(NamedTuple):
    """Width and height of a drawing in pixels of the page."""

    width: int
    height: int


def as_svg(name: str, size: Size, drawing: Draw) -> str:
    """Return a drawing on no ground as SVG, the same text for the same drawing.

    Args:
        name: Ids within the text follow from it.
        size: What it is drawn for.
        drawing: Draws on the axes that it is given.
    """
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        text = io.StringIO()
        renderer = _svg_renderer(size, text)
        figure = _drawn(size, drawing, renderer)
        figure.patch.set_visible(False)
        with_images: Any = MixedModeRenderer(  # type: ignore[no-untyped-call]
            figure, size.width / _DPI, size.height / _DPI, _DPI, renderer
        )
        figure.draw(with_images)
        with_images.finalize()
    return text.getvalue()


def save(files: Sequence[Path], title: str, size: Size, drawing: Draw) -> None:
    """Write a drawing under its title on white paper into files; same drawing, same bytes.

    Args:
        files: `.png`, `.svg` or `.pdf`.
        title: What it shows; broken where it is wider than the drawing.
        size: Of the drawing without its title.
        drawing: Draws on the axes that it is given.
    """
    lines = _lines_of(title, size.width)
    band = len(lines) * _TITLE_LINE + _BELOW_TITLE
    whole = Size(size.width, size.height + band)
    with mpl.rc_context({**_STYLE, "svg.hashsalt": title}):
        figure = _drawn(whole, drawing, _svg_renderer(whole, io.StringIO()), band)
        for row, line in enumerate(lines):
            _write_line(figure, line, whole, row)
        for file in files:
            date = {} if file.suffix == ".png" else {_DATES.get(file.suffix, "Date"): None}
            figure.savefig(file, dpi=_FILE_DPI, facecolor=PAPER, metadata={**date, "Title": title})


def _lines_of(title: str, width: int) -> list[str]:
    """Break a title where it is wider than so many pixels."""
    # Half an em is more than the letters of a sentence take on average.
    return textwrap.wrap(title, max(int(width / (0.55 * _TITLE_SIZE)), 1)) or [""]


def _write_line(figure: Figure, line: str, size: Size, row: int) -> None:
    below = _PAD + row * _TITLE_LINE
    figure.text(
        _PAD / size.width, 1 - below / size.height, line, color=INK, fontsize=_TITLE_SIZE,
        fontweight="bold", verticalalignment="top",
    )  # fmt: skip


class _Renderer(RendererSVG):
    """Writes SVG, and measures a text once for all figures that have it."""

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        """Return the extent of a text in pixels."""
        return _extent(s, prop, ismath)


@lru_cache(4_096)
def _extent(text: str, font: FontProperties, ismath: Any) -> tuple[float, float, float]:
    return text_to_path.get_text_width_height_descent(text, font, ismath)


def _svg_renderer(size: Size, text: io.StringIO) -> RendererBase:
    return _Renderer(  # type: ignore[no-untyped-call]
        size.width, size.height, text, image_dpi=_DPI, metadata={"Date": None}
    )


def _drawn(size: Size, drawing: Draw, renderer: RendererBase, above: int = 0) -> Figure:
    """Return a drawing whose axes have the room that their labels and a title above leave.

    matplotlib's own layout measures all twice and draws once in vain, which doubles the time.
    """
    figure = Figure((size.width / _DPI, size.height / _DPI), dpi=_DPI)
    axes = figure.add_axes(_inside(size, _USUAL))
    drawing(axes)
    inner = axes.get_window_extent(renderer)
    outer = axes.get_tightbbox(renderer, for_layout_only=True)
    assert outer, "axes are visible"
    top = outer.y1 - inner.y1 + above
    labels = (inner.x0 - outer.x0, inner.y0 - outer.y0, outer.x1 - inner.x1, top)
    axes.set_position(_inside(size, labels))
    return figure


def _inside(size: Size, labels: Sequence[float]) -> tuple[float, float, float, float]:
    """Return left, bottom, width and height of axes as shares of the figure.

    Args:
        size: Of the figure.
        labels: Pixels that they take to the left, below, to the right and above.
    """
    left, bottom, right, top = (pixels + _PAD for pixels in labels)
    width = max(size.width - left - right, _LEAST)
    height = max(size.height - bottom - top, _LEAST)
    return left / size.width, bottom / size.height, width / size.width, height / size.height
