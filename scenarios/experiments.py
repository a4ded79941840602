"""Experiments from Python: replications, sweeps, capacity and comparisons, as in a notebook.

Each plays its runs in processes of its own that import nothing of the caller's, so that it works
in a notebook and in a script without `if __name__ == "__main__"`. Nothing is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scenarios.replications import Given

if TYPE_CHECKING:
    from reports.document import Document
    from reports.experiment_frames import Frame

_RUNS: Final = Path("runs")


class Experiment:
    """Many runs that were made to answer one question, recorded in one folder.

    Args:
        folder: Where it is recorded, with its `metrics.json`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Everything that any output shows: the contents of `metrics.json`."""
        from simulation.records import METRICS_FILE, read_json

        return read_json(self.folder / METRICS_FILE)

    @property
    def metrics(self) -> Mapping[str, float]:
        """Means over replications by name; empty for a sweep, whose cells have their own."""
        found: Mapping[str, float] = self.facts.get("metrics", {})
        return found

    @property
    def passed(self) -> bool:
        """Whether every limit was met and nothing lost."""
        return bool(self.facts["verdict"]["passed"])

    @property
    def document(self) -> Document:
        """What it has to say, as sentences, tables and figures."""
        from reports.documents import document_of

        return document_of(self.folder, self.facts)

    @property
    def cells(self) -> Frame:
        """A row for each cell of a sweep: its values, its verdict, and every metric.

        Units are those of the metrics: seconds, shares, rates per second, 1/10,000 USD.
        """
        from reports.experiment_frames import cells_frame

        return cells_frame(self.facts)

    def report(self, page: Path | str) -> Path:
        """Write it as a page, and return the path."""
        from reports.document_page import write_page

        return write_page(self.document, Path(page))

    def __repr__(self) -> str:
        """Return the title and what came out, in lines."""
        return _in_lines(self.document)

    def _repr_html_(self) -> str:
        from reports.document_page import render

        return _framed(render(self.document))


class Comparison:
    """How two runs, or two groups of replications, differ.

    Args:
        facts: What `reports.comparison.compare_runs` returned.
    """

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts

    @property
    def is_same(self) -> bool:
        """Whether both are equal to the last bit."""
        return bool(self.facts["is_same"])

    @property
    def rows(self) -> Frame:
        """A row for each metric that both have, with its difference and its interval."""
        from reports.experiment_frames import rows_frame

        return rows_frame(self.facts)

    def regressions(self, threshold: float = 0.05) -> list[str]:
        """Return the watched metrics that are worse by more than this share of the base."""
        from reports.comparison import regressions

        return [row["metric"] for row in regressions(self.facts, threshold)[0]]

    @property
    def document(self) -> Document:
        """What it has to say, as sentences, tables and figures."""
        from reports.comparison_document import document_of

        return document_of(self.facts)

    def __repr__(self) -> str:
        """Return the title and what came out, in lines."""
        return _in_lines(self.document)

    def _repr_html_(self) -> str:
        from reports.document_page import render

        return _framed(render(self.document))


def replicate(
    scenario: str,
    replications: int = 5,
    *,
    seed: int | None = None,
    overrides: Iterable[str] = (),
    jobs: int | None = None,
    out: Path | str = _RUNS,
) -> Experiment:
    """Run a scenario several times, each with a seed of its own.

    Args:
        scenario: A bundled name, or the path of a TOML file.
        replications: How often, at least 1.
        seed: Replaces the scenario's seed.
        overrides: `KEY=VALUE` each, as after `--set`.
        jobs: Processes at a time; None for one per processor.
        out: Folder of all runs.

    Raises:
        ScenarioError: The scenario cannot be run; with every mistake and its place.
        RunBroken: A run could not be played to its end.
    """
    from scenarios import replications as module
    from scenarios.loader import resolve

    wanted = (*overrides, f"replications={replications}")
    resolved = resolve(scenario, wanted, seed)
    given = Given(scenario, tuple(overrides))
    return Experiment(module.replicate(resolved, given, Path(out), jobs=jobs, seed=seed))


def sweep(
    scenario: str,
    *,
    metric: str | None = None,
    replications: int | None = None,
    seed: int | None = None,
    overrides: Iterable[str] = (),
    jobs: int | None = None,
    out: Path | str = _RUNS,
) -> Experiment:
    """Run every cell of a scenario's matrix.

    Args:
        scenario: A bundled name, or the path of a TOML file, with a `[matrix]`.
        metric: What is drawn over the load; None for the p99 that comes nearest to its limit.
        replications: How often each cell is run; None for what the scenario says.
        seed: Replaces the scenario's seed.
        overrides: `KEY=VALUE` each, as after `--set`.
        jobs: Processes at a time; None for one per processor.
        out: Folder of all runs.

    Raises:
        ScenarioError: A cell cannot be run; with every mistake and its place.
        RunBroken: A run could not be played to its end.
    """
    from scenarios.matrix import cells_of
    from scenarios.sweeps import sweep_cells

    wanted = (*overrides, *([] if replications is None else [f"replications={replications}"]))
    cells, given = cells_of(scenario, wanted, seed), Given(scenario, wanted)
    return Experiment(sweep_cells(cells, given, Path(out), metric=metric, jobs=jobs, seed=seed))


def capacity(
    scenario: str,
    *,
    replications: int | None = None,
    least: float = 1 / 16,
    most: float = 16.0,
    precision: float = 0.02,
    seed: int | None = None,
    overrides: Iterable[str] = (),
    jobs: int | None = None,
    out: Path | str = _RUNS,
) -> Experiment:
    """Find the highest load at which a scenario still meets its limits.

    Args:
        scenario: A bundled name, or the path of a TOML file.
        replications: In how many replications is searched; None for what the scenario says.
        least: Lowest load, as a multiple of the scenario's.
        most: Highest load, likewise.
        precision: The search ends when passing and failing loads are that close, as a share.
        seed: Replaces the scenario's seed.
        overrides: `KEY=VALUE` each, as after `--set`.
        jobs: Processes at a time; None for one per processor.
        out: Folder of all runs.

    Raises:
        ScenarioError: The scenario cannot be run; with every mistake and its place.
        RunBroken: A run failed, or its audit found something lost.
    """
    from scenarios.capacity import Range, find_capacity
    from scenarios.loader import resolve

    wanted = (*overrides, *([] if replications is None else [f"replications={replications}"]))
    resolved = resolve(scenario, wanted, seed)
    within, given = Range(least, most, precision), Given(scenario, tuple(overrides))
    return Experiment(
        find_capacity(resolved, given, Path(out), within=within, jobs=jobs, seed=seed)
    )


def compare(base: Any, new: Any, *, out: Path | str = _RUNS) -> Comparison:
    """Compare two recorded runs, or two groups of replications.

    Args:
        base: What it was like before: a path, the start of an id, `last`, or whatever has a
            `folder`.
        new: What it is like now, likewise.
        out: Folder of all runs.

    Raises:
        UnknownRun: One of them is not there.
        UnreadableRun: One of them cannot be compared.
    """
    from reports.comparison import compare_runs

    return Comparison(compare_runs(_folder(base, Path(out)), _folder(new, Path(out))))


def _folder(what: Any, out: Path) -> Path:
    from simulation.run_folder import find_run

    folder = getattr(what, "folder", None)
    return Path(folder) if folder is not None else find_run(str(what), out)


def _in_lines(document: Document) -> str:
    return "\n".join([f"{document.title}  {document.state}".rstrip(), *document.sentences])


def _framed(page: str) -> str:
    """Return a page that keeps its styles to itself within another one."""
    from html import escape

    style = "width:100%;height:640px;border:0"
    return f'<iframe style="{style}" title="report" srcdoc="{escape(page)}"></iframe>'
