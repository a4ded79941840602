"""What several runs have shown together, as it is held in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reports.metrics_file import read_metrics
from scenarios.errors import InputError, in_one_family
from scenarios.loader import resolve
from scenarios.recorded import Run
from scenarios.replications import Given
from scenarios.settings import as_options
from scenarios.shown_progress import shown_runs
from scenarios.thresholds import threshold_of
from simulation.records import read_record

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from reports.document import Document


class Experiment:
    """Several runs and what they have shown together; shown as tables and figures.

    Attributes:
        facts: The numbers, as they are written to JSON.
        document: What there is to say, as tables and figures.
    """

    def __init__(self, facts: dict[str, Any], document: Document) -> None:
        self.facts = facts
        self.document = document

    def plot(self, name: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw one of its figures, the first unless one is named, and return the axes.

        Raises:
            InputError: There is no such figure, or none at all.
        """
        from reports.plots import drawn

        drawings = {drawing.name: drawing for drawing in self.document.drawings}
        if not drawings:
            raise InputError("there is nothing to draw")
        name = name or next(iter(drawings))
        if name not in drawings:
            raise InputError(f"no figure {name!r:.40}; there are {', '.join(drawings)}")
        return drawn(drawings[name], ax)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return its tables as people read them, by their titles; for numbers take `facts`."""
        import pandas as pd

        return {
            grid.title: pd.DataFrame(grid.rows, columns=list(grid.columns))
            for grid in self.document.grids
        }

    @in_one_family
    def report(self, page: Path | str) -> Path:
        """Write it as a page, and return the path."""
        from reports.document_page import write_page

        return write_page(self.document, Path(page))

    def __repr__(self) -> str:
        """Name it, with its verdict."""
        return (
            f"<{type(self).__name__} {self.document.title}: {self.document.state or 'no verdict'}>"
        )

    def _repr_html_(self) -> str:
        from reports.document_view import html_of

        return html_of(self.document)


class Recorded(Experiment):
    """An experiment with a folder of its own.

    Attributes:
        path: The folder, with that of each run below it.
    """

    def __init__(self, path: Path, document: Document) -> None:
        super().__init__(read_metrics(path), document)
        self.path = path

    @property
    def verdict(self) -> str:
        """The verdict in a word."""
        return str(self.facts["verdict"]["word"])

    @property
    def passed(self) -> bool:
        """Whether every run met every limit, saw every event, and lost nothing."""
        return bool(self.facts["verdict"]["passed"])

    def run(self, name: str) -> Run:
        """Return one of its runs by the name of its folder below this one."""
        return Run(self.path / str(name))


class Replicated(Recorded):
    """One scenario with several seeds: means with 95 % intervals over them."""

    @property
    def metrics(self) -> pd.DataFrame:
        """The mean of each metric over the replications, with its 95 % interval."""
        import pandas as pd

        rows = {name: [one["mean"], one["low"], one["high"]]
                for name, one in self.facts["intervals"].items()}  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index", columns=["mean", "low", "high"])

    @property
    def runs(self) -> list[Run]:
        """The replications that finished."""
        rows = self.facts["replications"]
        return [self.run(row["folder"]) for row in rows if row["finished"]]


class Sweep(Recorded):
    """Every cell of a matrix."""

    @property
    def cells(self) -> pd.DataFrame:
        """A row for each cell: the values of its axes, its verdict, and every metric."""
        import pandas as pd

        return pd.DataFrame(
            [{**cell["values"], "verdict": cell["word"], **cell["metrics"]}
             for cell in self.facts["cells"]],
            index=pd.Index([cell["number"] for cell in self.facts["cells"]], name="cell"),
        )  # fmt: skip


_WITH_MORE: Final[Mapping[str, type[Recorded]]] = {"replications": Replicated, "sweep": Sweep}


class Comparison(Experiment):
    """How runs, or groups of replications, differ from a base.

    Attributes:
        comparisons: The numbers of each comparison, those of the first one first.
    """

    def __init__(self, facts: dict[str, Any], document: Document) -> None:
        super().__init__(facts, document)
        self.comparisons: list[dict[str, Any]] = facts.get("comparisons", [facts])

    @property
    def is_same(self) -> bool:
        """Whether they are all the same to the last bit."""
        return all(one["is_same"] for one in self.comparisons)

    @property
    def differences(self) -> pd.DataFrame:
        """A row for each metric that both have; intervals where there are replications.

        Of several comparisons, those of the first one, then of the next, told apart by `run`.
        """
        import pandas as pd

        columns = ["base", "new", "difference", "low", "high", "relative", "outcome", "watched"]
        frames = []
        for one in self.comparisons:
            rows = pd.DataFrame(one["rows"]).set_index("metric")[columns]
            frames.append(rows.assign(run=one["new"]["id"]))
        return frames[0][columns] if len(frames) == 1 else pd.concat(frames)

    def regressions(self, threshold: float | str) -> list[str]:
        """Return the metrics that are worse by more than a share of the base.

        Args:
            threshold: The share, such as 0.05 or `"5%"`.

        Raises:
            InputError: It is no share, or a number above 1.
        """
        from reports.comparison import regressions

        share = threshold_of(threshold) or 0.0
        worse = [row["metric"] for one in self.comparisons
                 for row in regressions(one, share)[0]]  # fmt: skip
        return list(dict.fromkeys(worse))


@in_one_family
def sweep(
    scenario: str | Path,
    *,
    metric: str | None = None,
    jobs: int | None = None,
    seed: int | None = None,
    out: str | Path = "runs",
    overrides: Mapping[str, Any] | None = None,
    **keys: Any,
) -> Sweep:
    """Run every cell of a scenario's `[matrix]`, side by side in fresh processes.

    Args:
        scenario: A bundled name, or the path of a TOML file.
        metric: What is drawn over the load; by default the p99 that comes nearest to its limit.
        jobs: Processes at a time; None for one per processor.
        seed: Replaces the scenario's seed, in every cell.
        out: Folder of all runs.
        overrides: Keys of the scenario, as for `simulate`.
        **keys: The same, as for `simulate`; `matrix={"cluster.workers": [1, 2]}` sets an axis.

    Raises:
        InputError: A cell cannot be run; names every mistake of every cell.
    """
    from reports.sweep_document import document_of
    from scenarios.matrix import cells_of
    from scenarios.sweeps import refuse_unknown_metric, sweep_cells

    refuse_unknown_metric(metric)
    options = as_options({**keys, **(overrides or {})})
    cells = cells_of(str(scenario), options, seed)
    with shown_runs(str(scenario), sum(cell.resolved.replications for cell in cells)) as bar:
        folder = sweep_cells(
            cells, Given(str(scenario), options), Path(out), metric=metric, jobs=jobs, seed=seed,
            tell=bar.tell, ended=lambda played: bar.ended(played.folder),
        )  # fmt: skip
    return Sweep(folder, document_of(folder))


@in_one_family
def replicate(
    scenario: str | Path,
    replications: int = 5,
    *,
    jobs: int | None = None,
    seed: int | None = None,
    out: str | Path = "runs",
    overrides: Mapping[str, Any] | None = None,
    **keys: Any,
) -> Replicated:
    """Run a scenario with several seeds, side by side in fresh processes.

    Args:
        scenario: A bundled name, or the path of a TOML file.
        replications: How many, at least 2.
        jobs: Processes at a time; None for one per processor.
        seed: The seed that all of theirs are derived from.
        out: Folder of all runs.
        overrides: Keys of the scenario, as for `simulate`.
        **keys: The same, as for `simulate`.

    Raises:
        InputError: The scenario cannot be run.
    """
    from reports.replication_document import document_of
    from scenarios.replications import replicate as play_all

    if replications < 2:
        raise InputError(f"replications: at least 2 are meant, not {replications}; else `simulate`")
    options = as_options({**keys, "replications": replications, **(overrides or {})})
    resolved = resolve(str(scenario), options, seed)
    with shown_runs(str(scenario), replications) as bar:
        folder = play_all(
            resolved, Given(str(scenario), options), Path(out), jobs=jobs, seed=seed,
            tell=bar.tell, ended=lambda played: bar.ended(played.folder),
        )  # fmt: skip
    return Replicated(folder, document_of(folder))


@in_one_family
def capacity(
    scenario: str | Path,
    *,
    least: float = 1 / 16,
    most: float = 16.0,
    precision: float = 0.02,
    jobs: int | None = None,
    seed: int | None = None,
    out: str | Path = "runs",
    overrides: Mapping[str, Any] | None = None,
    **keys: Any,
) -> Recorded:
    """Find the highest load at which a scenario still meets its limits.

    Args:
        scenario: A bundled name, or the path of a TOML file.
        least: Lowest load, as a multiple of the scenario's.
        most: Highest load, likewise.
        precision: The search ends when passing and failing loads are that close, as a share.
        jobs: Processes at a time; None for one per processor.
        seed: Replaces the scenario's seed.
        out: Folder of all runs.
        overrides: Keys of the scenario, as for `simulate`.
        **keys: The same; `replications=5` searches in so many, for an interval.

    Raises:
        InputError: The scenario cannot be run.
    """
    from reports.capacity_document import document_of
    from scenarios.capacity import Range, find_capacity

    options = as_options({**keys, **(overrides or {})})
    resolved = resolve(str(scenario), options, seed)
    within, given = Range(least, most, precision), Given(str(scenario), options)
    with shown_runs(str(scenario), None) as bar:
        folder = find_capacity(
            resolved, given, Path(out), within=within, jobs=jobs, seed=seed,
            tell=bar.tell, ended=lambda played: bar.ended(played.folder),
        )  # fmt: skip
    return Recorded(folder, document_of(folder))


@in_one_family
def compare(
    base: Run | Recorded | str | Path,
    new: Run | Recorded | str | Path,
    *others: Run | Recorded | str | Path,
    out: str | Path = "runs",
    threshold: float | str | None = None,
) -> Comparison:
    """Compare recorded runs, or groups of replications, with one of them.

    Args:
        base: What it was like before: a run, or what `load_run` takes.
        new: What it is like now.
        *others: More of them, each compared with the base.
        out: Folder of all runs.
        threshold: Share of the base by which something may be worse before the comparison calls
            it a regression, such as 0.05 or `"5%"`; None judges nothing.

    Raises:
        InputError: One of them is no run that can be compared, or the threshold is no share.
    """
    from reports import comparison, comparison_document, several_comparison

    share = threshold_of(threshold)
    folders = [_folder_of(one, Path(out)) for one in (base, new, *others)]
    if len(folders) - 1 > several_comparison.MOST:
        raise InputError(f"at most {several_comparison.MOST} are compared with a base")
    if others:
        several = several_comparison.compare_several(folders[0], folders[1:])
        return Comparison(several, several_comparison.document_of(several, share))
    facts = comparison.compare_runs(*folders)
    return Comparison(facts, comparison_document.document_of(facts, share))


@in_one_family
def load_experiment(name: str | Path = "last", out: str | Path = "runs") -> Recorded:
    """Return a recorded sweep, group of replications or search for capacity.

    Args:
        name: A path, the start of an id, a scenario's name, `last` or `last~1`.
        out: Folder of all runs.

    Raises:
        InputError: None is meant by it.
    """
    from reports.documents import document_of
    from simulation.run_folder import find_run

    folder = find_run(str(name), Path(out))
    facts = read_record(folder)
    if "kind" not in facts:
        raise InputError(f"{folder}: this is one run; use load_run")
    return _WITH_MORE.get(facts["kind"], Recorded)(folder, document_of(folder, facts))


def _folder_of(run: Run | Recorded | str | Path, out: Path) -> Path:
    from simulation.run_folder import find_run

    return run.path if isinstance(run, Run | Recorded) else find_run(str(run), out)
