"""The table `[replay]` of a scenario: a small world, spelled out, that is played as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from scenarios.models.types import Duration, Table, refuse
from simulation import plan

Span = Annotated[tuple[Duration, Duration], Field(strict=False)]
"""Opening and close of a session, since the start."""


class Replay(Table):
    """A small world: its commands and prices come from files, and nothing from chance."""

    commands: str = Field(description="a CSV file with what customers send")
    ticks: str = Field(description="a CSV file of prices; the first of each stock opens it")
    opens: Duration | None = None
    """When the market opens, after the start; before it unless given."""
    closes: Duration | None = None
    """When it closes; never unless given."""
    sessions: Annotated[tuple[Span, ...], Field(strict=False)] = ()
    """Opening and close of each session, instead of one."""
    snapshots: bool = False
    """Journals turn facts into snapshots."""
    encoded: bool = False
    """Messages pass through their encoded form on their way."""
    drops_oldest: bool = False
    """A full mailbox drops what waits longest instead of refusing what comes."""
    begins_faulty: bool = False
    """Faults happen from the first actor on, not only after the set-up."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Replay:
        if self.sessions and (self.opens, self.closes) != (None, None):
            refuse("sessions", "give either these, or opens and closes")
        times = [instant for span in self.sessions for instant in span]
        if times != sorted(times) or any(opens == closes for opens, closes in self.sessions):
            refuse("sessions", "each session must close after it opens, and before the next one")
        return self

    def to_plan(self) -> plan.ReplayPlan:
        """Return the plan of this replay."""
        return plan.ReplayPlan(
            Path(self.commands), Path(self.ticks), self.opens, self.closes,
            snapshots=self.snapshots, is_encoded=self.encoded, drops_oldest=self.drops_oldest,
            begins_faulty=self.begins_faulty, sessions=self.sessions,
        )  # fmt: skip
