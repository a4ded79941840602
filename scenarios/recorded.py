"""A recorded run, as it is held in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scenarios.errors import InputError, in_one_family
from scenarios.suggest import check_operation
from scenarios.tables import Tables
from simulation.records import read_record, status_of

if TYPE_CHECKING:
    import pandas as pd

    from reports.plots import Plots
    from scenarios.told import ToldJourney

_US_PER_S: Final = 1_000_000


class Run(Tables):
    """One recorded run: its verdict, its numbers, and its tables, read when they are asked for.

    Every method raises `InputError` where what was given, or the run itself, cannot be used;
    its text is that of the command line.

    Args:
        path: Folder of the run.

    Attributes:
        path: Folder of the run.
    """

    @in_one_family
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        if kind := self.record.get("kind"):
            raise InputError(f"{path}: several runs ({kind}), not one; use load_experiment")

    @cached_property
    def record(self) -> dict[str, Any]:
        """What `run.json` says: who, what, when, with what, and how it ended."""
        return read_record(self.path)

    @cached_property
    @in_one_family
    def summary(self) -> dict[str, Any]:
        """Everything in `metrics.json`; a run that was killed gets it now, from what is left."""
        if status_of(self.record) == "running":
            raise InputError(f"{self.path}: the run is still under way")
        from reports.metrics import facts_of

        return facts_of(self.path)

    @property
    def id(self) -> str:
        """Six hexadecimal digits that name the run."""
        return str(self.record["id"])

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return str(self.record["scenario"])

    @property
    def seed(self) -> int:
        """Seed of everything random in it."""
        return int(self.record["seed"])

    @property
    def digest(self) -> str | None:
        """SHA-256 over the journal in order; equal runs have equal digests."""
        digest = self.summary["run"]["digest"]
        return None if digest is None else str(digest)

    @property
    def metrics(self) -> dict[str, float]:
        """Every number that a report shows, by its name: seconds, shares, 1/10,000 USD."""
        return dict(self.summary["metrics"])

    @property
    def verdict(self) -> str:
        """The verdict in a word, such as `passed` or `limit missed`."""
        return str(self.summary["verdict"]["word"])

    @property
    def passed(self) -> bool:
        """Whether every limit was met, every event seen, and nothing lost."""
        return bool(self.summary["verdict"]["passed"])

    @property
    def limits(self) -> pd.DataFrame:
        """Each limit with what was measured; seconds, shares, 1/10,000 USD."""
        import pandas as pd

        columns = ["metric", "text", "measured", "margin", "outcome"]
        return pd.DataFrame(self.summary["verdict"]["limits"], columns=columns).set_index("metric")

    @property
    def audit(self) -> pd.DataFrame:
        """Each invariant, how often it was checked, and how often it was broken."""
        import pandas as pd

        columns = ["id", "title", "checked", "broken"]
        return pd.DataFrame(self.summary["verdict"]["audit"], columns=columns).set_index("id")

    @property
    def counts_from_us(self) -> int:
        """End of the warm-up in microseconds: what was meant before it counts for nothing."""
        return round(float(self.summary["run"]["warm_up_s"]) * _US_PER_S)

    @property
    def starts_at_s(self) -> int:
        """Time of day at instant 0, seconds after midnight."""
        return int(self.summary["run"]["starts_at_s"])

    @in_one_family
    def latency(
        self,
        by: str | Sequence[str] | None = "operation",
        q: float | Sequence[float] = (0.5, 0.9, 0.99, 0.999),
    ) -> pd.DataFrame:
        """Return exact latencies in seconds, from the intended start, by groups of requests.

        Args:
            by: Columns of `requests` to group by; None for all together.
            q: Quantiles, above 0 and below 1. One with fewer than ten values beyond it is
                missing: it would say more about chance than about the run.
        """
        from reports.frames import latencies_by

        return latencies_by(self.requests, by, [q] if isinstance(q, float) else q)

    @in_one_family
    def timeline(self, name: str, freq: str = "1s") -> pd.DataFrame:
        """Return a quantity over the time of day, in steps of whole seconds.

        Args:
            name: `offered`, `sent`, `completed`, `refused`, `in_flight`, `utilisation`,
                `mailbox_depth` or `latency`.
            freq: Length of a step, such as `1s` or `5min`.
        """
        from reports.timelines import timeline_of

        return timeline_of(self.path, name, freq, self.starts_at_s)

    @in_one_family
    def search(self, **asked: Any) -> pd.DataFrame:
        """Search the orders, the refused ones included, as `openoutcry search` does.

        Args:
            **asked: `symbol`, `account` (or a user), `status`, `side`, `between=("09:30",
                "10:00")`, `sort` (time, symbol, quantity, value), `ascending`, `limit` (20), or
                `by` (symbol, day) to sum them up instead. Needs DuckDB.
        """
        from scenarios.searching import search

        return search(self.path, asked)

    @in_one_family
    def why(self, order: str | int, *, verify: bool = False) -> ToldJourney:
        """Tell one order hop by hop, from the click to settled cash.

        Args:
            order: Order id, or the number of a command.
            verify: Repeat the run to its end, and compare the digests.
        """
        from scenarios.journeys import journey_of
        from scenarios.told import ToldJourney

        return ToldJourney(journey_of(self.path, str(order), verify=verify))

    @in_one_family
    def slowest(self, top: int = 20, operation: str = "") -> pd.DataFrame:
        """Return the requests that took longest, the slowest first.

        Args:
            top: How many, at least 1.
            operation: Only of this one, such as `place_market`; empty for any.
        """
        import pandas as pd

        from reports.rows import slowest

        if top < 1:
            raise InputError(f"slowest: at least 1 is meant, not {top}")
        check_operation("slowest", operation)
        rows = slowest(self.path, top, from_us=self.counts_from_us, operation=operation)
        return pd.DataFrame(rows)

    @cached_property
    def plot(self) -> Plots:
        """The figures of the report; each returns the axes that it has drawn on."""
        from reports.plots import Plots

        return Plots(self, refuse=InputError)

    @in_one_family
    def report(self, file: str | Path) -> Path:
        """Write the report page into a file, and return its path."""
        from reports import page

        written = page.write(self.path)
        target = Path(file)
        try:
            target.write_bytes(written.read_bytes())
        except OSError as error:
            raise InputError(f"{target}: cannot be written: {error.strerror}") from error
        return target

    def __repr__(self) -> str:
        """Name the run and its verdict."""
        return f"<Run {self.id} of {self.scenario}, seed {self.seed}: {self.verdict}>"

    def _repr_html_(self) -> str:
        from reports.notebook_view import html_of

        return html_of(self.summary, self.path)
