"""The table `[subscriptions]` of a scenario: live portfolios and watch lists."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from scenarios.models.types import Duration, Table
from simulation import plan


class Subscriptions(Table):
    """How screens follow prices; without this table nobody subscribes to anything."""

    conflation: Duration = plan.SubscriptionsPlan.conflation_s
    """At most one update of a stock within so long; 0s for every change."""
    staleness: Annotated[Duration, Field(gt=0)] = plan.SubscriptionsPlan.staleness_s
    """How long a screen may show a price that is not the newest any more."""
    observers: Annotated[int, Field(ge=0, le=1_000)] = plan.SubscriptionsPlan.observers
    """How many stocks, the first ones, have an observer of somebody's own."""

    def to_plan(self) -> plan.SubscriptionsPlan:
        """Return the plan of these subscriptions."""
        return plan.SubscriptionsPlan(self.conflation, self.staleness, self.observers)
