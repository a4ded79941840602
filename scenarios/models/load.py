"""The tables `[[load]]` of a scenario: which arrivals, when, and how many."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scenarios.models.types import Count, Duration, Rate, Table, refuse
from simulation import plan


class Stage(Table):
    """One leg of a ramp."""

    duration: Duration = Field(gt=0, description='how long the leg lasts, like "10m"')
    target: Rate = Field(description='the rate at its end, like "500/s"')


class ConstantLoad(Table):
    """Arrivals at one rate."""

    shape: Literal["constant-arrival-rate"]
    """Arrivals at one rate."""
    unit: plan.LoadUnit = "sessions"
    """What arrives: whole sessions of customers, single orders, or single other operations."""
    start: Duration = 0.0
    """When it begins, after the start of the run."""
    duration: Duration = Field(gt=0, description='how long it lasts, like "10m"')
    rate: Rate = Field(gt=0, description='arrivals per second, like "500/s"')
    total: Count | None = None
    """Exactly so many arrivals, spread by the shape; without it their number is left to chance."""

    def to_plan(self, end_s: float) -> plan.LoadPlan:
        """Return the plan of this load."""
        return plan.LoadPlan(
            self.shape,
            unit=self.unit,
            start_s=self.start,
            duration_s=self.duration,
            rate_per_s=self.rate,
            total=self.total,
        )


class RampingLoad(Table):
    """Arrivals at a rate that moves linearly from target to target."""

    shape: Literal["ramping-arrival-rate"]
    """Arrivals at a rate that moves linearly from target to target."""
    unit: plan.LoadUnit = "sessions"
    """What arrives: whole sessions of customers, single orders, or single other operations."""
    start: Duration = 0.0
    """When it begins, after the start of the run."""
    rate: Rate = 0.0
    """The rate that the first leg starts at."""
    stages: Annotated[tuple[Stage, ...], Field(strict=False, min_length=1)] = Field(
        description='its legs, like [{ duration = "10m", target = "500/s" }]'
    )
    total: Count | None = None
    """Exactly so many arrivals, spread by the shape; without it their number is left to chance."""

    @property
    def duration(self) -> float:
        """How long all legs last, in seconds."""
        return sum(stage.duration for stage in self.stages)

    @model_validator(mode="after")
    def _brings_anything(self) -> RampingLoad:
        if self.rate == 0 and not any(stage.target for stage in self.stages):
            refuse("stages", "every rate of it is 0, so nothing would arrive")
        return self

    def to_plan(self, end_s: float) -> plan.LoadPlan:
        """Return the plan of this load."""
        return plan.LoadPlan(
            self.shape,
            unit=self.unit,
            start_s=self.start,
            rate_per_s=self.rate,
            stages=tuple(plan.Stage(stage.duration, stage.target) for stage in self.stages),
            total=self.total,
        )


class IntradayLoad(Table):
    """A number of arrivals spread over the trading day by its half hours."""

    shape: Literal["intraday"]
    """Arrivals spread over the day by its half hours, as `profile.half_hour_shares` says."""
    unit: plan.LoadUnit = "sessions"
    """What arrives: whole sessions of customers, single orders, or single other operations."""
    start: Duration = 0.0
    """When it begins, after the start of the run."""
    duration: Annotated[Duration, Field(gt=0)] | None = None
    """How long it lasts; to the end of the run unless given."""
    total: Count = Field(description="how many arrivals are spread over the day")

    def to_plan(self, end_s: float) -> plan.LoadPlan:
        """Return the plan of this load; without a duration it lasts until `end_s`."""
        return plan.LoadPlan(
            self.shape,
            unit=self.unit,
            start_s=self.start,
            duration_s=end_s - self.start if self.duration is None else self.duration,
            total=self.total,
        )


Load = Annotated[ConstantLoad | RampingLoad | IntradayLoad, Field(discriminator="shape")]
