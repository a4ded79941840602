"""Writes the figures of a document as files, `.svg` and `.png`, on white paper."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from reports.canvas import Size, save
from reports.document import Document, Drawing
from reports.figures import DASHES, INK, SERIES, TEXT_SIZE
from simulation.records import UnwritableRun

FIGURES: Final = "figures"
_WIDTH: Final = 1_060
_LEGEND: Final = 40  # pixels above a figure that stands alone


def write_figures(document: Document, folder: Path) -> list[Path]:
    """Write every figure of a document into `folder/figures`, each as SVG and PNG.

    Raises:
        UnwritableRun: A file cannot be written.
    """
    written = []
    for drawing in document.drawings:
        files = [folder / FIGURES / f"{drawing.name}{suffix}" for suffix in (".svg", ".png")]
        try:
            files[0].parent.mkdir(exist_ok=True)
            size = Size(_WIDTH, drawing.height + _LEGEND)
            save(files, drawing.title, size, partial(_draw, drawing=drawing))
        except OSError as error:
            raise UnwritableRun(files[0], error) from error
        written += files
    return written


def _draw(axes: Axes, drawing: Drawing) -> None:
    """Draw a figure with a legend: on the page the names of lines stand above it."""
    drawing.draw(axes)
    lines = [
        Line2D([], [], color=SERIES[place % len(SERIES)], dashes=DASHES[place % len(DASHES)],
               label=key)
        for place, key in enumerate(drawing.keys)
    ]  # fmt: skip
    axes.legend(
        handles=lines, loc="lower left", bbox_to_anchor=(0.0, 1.02), ncols=4, frameon=False,
        fontsize=TEXT_SIZE - 2, labelcolor=INK, handlelength=2.6, borderaxespad=0.0,
    )  # fmt: skip
