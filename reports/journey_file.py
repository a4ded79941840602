"""Writes the waterfall of a journey into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import matplotlib as mpl

from reports.canvas import Size, save
from reports.journey_figure import draw_journey, rows_of
from reports.notebook_view import STYLE
from reports.svg import draw
from simulation.journeys import Journey
from simulation.records import UnwritableRun

_WIDTH: Final = 1_060  # pixels
_ROW: Final = 26
_AROUND: Final = 110  # pixels for the legend and the times
_INLINE_WIDTH: Final = 900


def title_of(journey: Journey) -> str:
    """Return what the waterfall shows, in a sentence."""
    return f"The way of {journey.name} through the actors, over virtual time"


def write_figure(journey: Journey, file: Path) -> None:
    """Write the waterfall, in the format of the file's ending; the same bytes for the same one.

    Raises:
        UnwritableRun: The file cannot be written.
    """
    size = Size(_WIDTH, _AROUND + _ROW * rows_of(journey))
    with mpl.rc_context({"hatch.linewidth": 0.5}):
        try:
            save([file], title_of(journey), size, lambda axes: draw_journey(axes, journey))
        except OSError as error:
            raise UnwritableRun(file, error) from error


def inline(journey: Journey) -> str:
    """Return the waterfall as HTML for a notebook, in colours that follow light and dark."""
    size = Size(_INLINE_WIDTH, _AROUND + _ROW * rows_of(journey))
    name = f"journey-{journey.run}-{journey.name}"
    svg = draw(name, title_of(journey), size, lambda axes: draw_journey(axes, journey))
    return f'{STYLE}<div class="openoutcry">{svg}</div>'
