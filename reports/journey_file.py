"""Writes the waterfall of a journey into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from reports.canvas import Size
from reports.journey_figure import draw_journey, rows_of
from reports.notebook_view import STYLE
from reports.svg import draw
from simulation.journeys import Journey
from simulation.records import UnwritableRun

_WIDTH: Final = 11.0  # inches
_ROW: Final = 0.36
_INLINE_WIDTH: Final = 900  # pixels


def figure_of(journey: Journey) -> Figure:
    """Return the waterfall as a figure."""
    figure = Figure((_WIDTH, 1.6 + _ROW * rows_of(journey)), layout="constrained")
    draw_journey(figure.add_subplot(), journey)
    return figure


def write_figure(journey: Journey, file: Path) -> None:
    """Write the waterfall, in the format of the file's ending; the same bytes for the same one.

    Raises:
        UnwritableRun: The file cannot be written.
    """
    metadata = {"Date": None} if file.suffix == ".svg" else {"CreationDate": None}
    with mpl.rc_context({"svg.hashsalt": journey.name, "hatch.linewidth": 0.5}):
        try:
            figure_of(journey).savefig(
                file, dpi=150, metadata=None if file.suffix == ".png" else metadata
            )
        except OSError as error:
            raise UnwritableRun(file, error) from error


def inline(journey: Journey) -> str:
    """Return the waterfall as HTML for a notebook, in colours that follow light and dark."""
    size = Size(_INLINE_WIDTH, 110 + 26 * rows_of(journey))
    title = f"The way of {journey.name} through the actors, over virtual time"
    svg = draw(f"journey-{journey.run}-{journey.name}", title, size,
               lambda axes: draw_journey(axes, journey))  # fmt: skip
    return f'{STYLE}<div class="openoutcry">{svg}</div>'
