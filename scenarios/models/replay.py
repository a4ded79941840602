"""The table `[replay]` of a scenario: a small world, spelled out, that is played as it was."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from scenarios.models.types import Duration, Table
from simulation import plan


class Replay(Table):
    """A small world: its commands and prices come from files, and nothing from chance."""

    commands: str = Field(description="a CSV file with what customers send")
    ticks: str = Field(description="a CSV file of prices; the first of each stock opens it")
    opens: Duration | None = None
    closes: Duration | None = None
    snapshots: bool = False
    encoded: bool = False
    drops_oldest: bool = False
    begins_faulty: bool = False

    def to_plan(self) -> plan.ReplayPlan:
        """Return the plan of this replay."""
        return plan.ReplayPlan(
            Path(self.commands), Path(self.ticks), self.opens, self.closes,
            snapshots=self.snapshots, is_encoded=self.encoded, drops_oldest=self.drops_oldest,
            begins_faulty=self.begins_faulty,
        )  # fmt: skip
