"""The journey of one order as it is held in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from simulation.journeys import Journey

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class ToldJourney:
    """One order or command from the click to its last word; `print` it, or let it be shown.

    Attributes:
        journey: Every hop, and the rows that were recorded of it.
    """

    def __init__(self, journey: Journey) -> None:
        self.journey = journey

    @property
    def hops(self) -> pd.DataFrame:
        """A row for each hop; times in seconds of virtual time, parts of this hop alone."""
        import pandas as pd

        columns = (
            "cause", "sender", "actor", "message", "sent_s", "network_s", "mailbox_s", "worker_s",
            "service_s", "at_s", "commit_s", "outcome",
        )  # fmt: skip
        rows = [[getattr(hop, name) for name in columns] for hop in self.journey.hops]
        return pd.DataFrame(rows, columns=list(columns))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the waterfall, on axes of its own if none are given, and return them."""
        from reports.plots import waterfall

        return waterfall(self.journey, ax)

    def __str__(self) -> str:
        """Tell it in lines of at most 80 characters."""
        from reports.journey import text_of

        return text_of(self.journey)

    def __repr__(self) -> str:
        """Name it."""
        return f"<journey of {self.journey.name}, {len(self.journey.hops)} hops>"

    def _repr_html_(self) -> str:
        from reports.journey_file import inline

        return f"{inline(self.journey)}<pre>{escape(str(self))}</pre>"
