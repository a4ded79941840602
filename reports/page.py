"""Writes `report.html`: one page without scripts or outside addresses, same run, same bytes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from reports import format as shown_as
from reports.canvas import Size
from reports.drawings import Drawing, drawings_of
from reports.figures.look import DASHES
from reports.metrics import facts_of
from reports.sheets import drawn_request, sheets_of, ways_missing
from reports.svg import draw
from reports.template import fill
from reports.tester import bottleneck
from reports.warm_up import in_words
from simulation.metric_names import AVAILABILITY_PROMISED
from simulation.records import PAGE_FILE, SERIES_FILE, UnwritableRun, read_json

Facts = dict[str, Any]

WIDE: Final = 860
_NARROW: Final = 330
_LEAST_NARROW: Final = 280  # height of a figure with lines on a narrow screen


def write(folder: Path, earlier: Path | None = None) -> Path:
    """Write the page of a recorded run; its metrics are made first where they are missing.

    Args:
        folder: The run.
        earlier: Another run, whose percentiles are drawn as thin lines beside.

    Raises:
        UnreadableRun: The folder is not a recorded run.
        UnwritableRun: The page cannot be written.
    """
    facts, series = read_run(folder)
    beside = None if earlier is None else read_run(earlier)
    text = render(facts, series, resolved_scenario(folder), beside)
    page = folder / PAGE_FILE
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnwritableRun(page, error) from error
    return page


def read_run(folder: Path) -> tuple[Facts, Facts]:
    """Return the contents of a run's `metrics.json` and `series.json`, made where missing.

    Raises:
        UnreadableRun: The folder is not a recorded run.
        UnwritableRun: They cannot be written.
    """
    return facts_of(folder), read_json(folder / SERIES_FILE)


def resolved_scenario(folder: Path) -> str:
    """Return the text of a run's scenario with all defaults filled in; empty where it is gone."""
    file = folder / "scenario.resolved.toml"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def render(
    facts: Facts, series: Facts, scenario: str, earlier: tuple[Facts, Facts] | None = None
) -> str:
    """Return the page as text.

    Args:
        facts: The contents of `metrics.json`.
        series: The contents of `series.json`.
        scenario: The resolved scenario.
        earlier: The former two of an earlier run.
    """
    metrics = facts["metrics"]
    drawings = drawings_of(facts, series, earlier and earlier[1])
    return fill(
        "page.html.j2", run=facts["run"], bottleneck=bottleneck(facts), verdict=facts["verdict"],
        faults=facts["faults"], metrics=metrics,
        show=lambda name: shown_as.shown(name, metrics, facts["undersampled"]),
        format=shown_as, words=shown_as.WORDS, sheets=sheets_of(facts),
        figures={name: _both_sizes(drawing) for name, drawing in drawings.items()},
        busiest=next(iter(shown_as.busiest(metrics)), ""), slow=drawn_request(facts),
        missing=ways_missing(facts),
        scenario=scenario, warm_up=in_words(facts["run"]["warm_up"], shown_as.brief_duration),
        promised=AVAILABILITY_PROMISED,
        earlier=earlier and earlier[0]["run"],
    )  # fmt: skip


def _both_sizes(drawing: Drawing) -> Facts:
    """Draw a figure for wide and for narrow screens."""
    height = drawing.height
    narrow = max(height, _LEAST_NARROW) if drawing.keys and drawing.is_line else height
    sizes = {"wide": Size(WIDE, height), "narrow": Size(_NARROW, narrow)}
    options = {"with_legend": False} if drawing.keys else {}
    return {
        "drawing": drawing,
        "keys": [(key, " ".join(map(str, DASHES[place])))
                 for place, key in enumerate(drawing.keys)],
        **{
            kind: Markup(
                draw(f"{drawing.name}-{kind}", drawing.title, size,
                     partial(drawing.draw, **options), drawing.told)
            )
            for kind, size in sizes.items()
        },
    }  # fmt: skip
