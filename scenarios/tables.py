"""The tables of a recorded run by their names, each read when it is first asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.errors import in_one_family

if TYPE_CHECKING:
    import pandas as pd


class Tables(ABC):
    """Gives each table of a run as a frame.

    Times are whole microseconds of virtual time and missing where something did not happen;
    money is whole 1/10,000 USD; text is categorical. `columns` tells more about each table.

    Args:
        path: Folder of the run.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._frames: dict[str, pd.DataFrame] = {}

    @property
    @abstractmethod
    def counts_from_us(self) -> int:
        """End of the warm-up in microseconds: what was meant before it counts for nothing."""

    @in_one_family
    def table(self, name: str) -> pd.DataFrame:
        """Read a table by its name; it is read once, and what is returned may be changed."""
        from reports.frames import frame_of

        if name not in self._frames:
            self._frames[name] = frame_of(self.path, name, self.counts_from_us)
        return self._frames[name].copy(deep=False)

    @in_one_family
    def columns(self, table: str) -> pd.DataFrame:
        """Tell what each column of a table means, and its unit."""
        from reports.frames import describe_columns

        return describe_columns(table)

    @property
    def requests(self) -> pd.DataFrame:
        """A row for each request of a client, with its latency and the parts of it."""
        return self.table("requests")

    @property
    def orders(self) -> pd.DataFrame:
        """A row for each order that an account accepted."""
        return self.table("orders")

    @property
    def refusals(self) -> pd.DataFrame:
        """A row for each order that an account refused."""
        return self.table("refusals")

    @property
    def transactions(self) -> pd.DataFrame:
        """A row for each execution, or movement of cash or shares, in an account."""
        return self.table("transactions")

    @property
    def prices(self) -> pd.DataFrame:
        """A row for each tick: when it was true, and when book and valuation knew it."""
        return self.table("prices")

    @property
    def notifications(self) -> pd.DataFrame:
        """A row for each notification that a customer was owed, on one channel."""
        return self.table("notifications")

    @property
    def actors(self) -> pd.DataFrame:
        """A row for each class of actors and node: what it did in the whole run."""
        return self.table("actors")

    @property
    def queues(self) -> pd.DataFrame:
        """A row for each virtual second and class of actors: what waits in its mailboxes."""
        return self.table("queues")

    @property
    def faults(self) -> pd.DataFrame:
        """A row for each decision that something goes wrong."""
        return self.table("faults")

    @property
    def staleness(self) -> pd.DataFrame:
        """A row for each kind of screen and staleness: how often a price was that old."""
        return self.table("staleness")
