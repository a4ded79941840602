"""A whole scenario file, and what must fit together across its tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, model_validator

from scenarios.models.faults import Fault, contradicting_faults
from scenarios.models.limits import (
    EventName,
    MetricName,
    PassMark,
    idle_abort,
    out_of_range,
    to_limits,
    wrong_unit,
)
from scenarios.models.load import IntradayLoad, Load
from scenarios.models.market import Cluster, Market
from scenarios.models.matrix import Matrix
from scenarios.models.notifications import Notifications, contradicting_notifications
from scenarios.models.replay import Replay
from scenarios.models.sizes import too_large
from scenarios.models.subscriptions import Subscriptions
from scenarios.models.types import (
    Contradiction,
    Count,
    Duration,
    Share,
    Table,
    TimeOfDay,
    TradingDate,
    WarmUp,
    refuse,
)
from scenarios.models.users import WATCHING, Profile, Users
from simulation import plan
from simulation.streams import MOST_REPLICATIONS

_DAY_S = 86_400
_HALF_HOUR_S = 1_800
_TOLERANCE_S = 1e-6

Replications = Annotated[int, Field(ge=1, le=MOST_REPLICATIONS)]


class Scenario(Table):
    """A question about the brokerage, as one TOML file asks it."""

    description: str = Field(min_length=1, description="the question it asks, in a sentence")
    seed: int = Field(default=1, ge=0, le=2**63 - 1)
    """Seed of everything random: equal seeds give equal runs, to the last bit."""
    date: TradingDate | None = None
    """The trading day that is simulated, with its real hours: holidays are refused, and half days
    close early.
    """
    starts_at: TimeOfDay = 34_200
    """Time of day in New York at which the clock stands at 0."""
    warm_up: WarmUp = 0.0
    """Requests meant before this are left out of the statistics; `auto` lets the report find how
    much to leave out.
    """
    duration: Duration = Field(gt=0, description='how long is measured, like "10m"')
    drain: Duration = 600.0
    """Longest virtual time that is granted after the end for everything to come to rest."""
    in_flight_limit: Count = 10_000
    """Commands in flight above which the door refuses more (`busy`)."""
    accepted_share: Share = 0.5
    """Least share of orders that must be accepted: a run that refuses everything proves nothing."""
    replications: Replications = 1
    """How often the scenario is run, each time with a seed of its own; means then get 95 %
    intervals.
    """
    must_see: Annotated[tuple[EventName, ...], Field(strict=False)] = ()
    """Events without which the run proves nothing, such as `order_rejected`."""
    market: Market = Field(description="the table of the stocks")
    users: Users = Field(description="the table of the customers")
    profile: Profile = Profile()
    """How customers behave where that differs from the retail profile."""
    load: Annotated[tuple[Load, ...], Field(strict=False)] = Field(
        description="at least one [[load]] table; without it this can only be a parent (extends)"
    )
    replay: Replay | None = None
    """A small world that `openoutcry explore` has written, played as it was."""
    subscriptions: Subscriptions | None = None
    """Live portfolios and watch lists; without this table nobody has any."""
    cluster: Cluster = Cluster()
    """The machines."""
    notifications: Notifications | None = None
    """Who is told of what; without this table nobody is."""
    fault: Annotated[tuple[Fault, ...], Field(strict=False)] = ()
    """What goes wrong on purpose, one table for each fault."""
    limits: dict[MetricName, PassMark] = Field(default_factory=dict)
    """Pass marks by metric, such as `"latency.search.p99" = "< 100ms"`; one that is missed fails
    the run.
    """
    matrix: Matrix | None = None
    """Keys of the scenario with lists of values, for `openoutcry sweep`."""

    @model_validator(mode="before")
    @classmethod
    def _needs_no_load(cls, given: Any) -> Any:
        """Let a replay do without load: its commands come from a file."""
        if isinstance(given, dict) and given.get("replay") is not None:
            return {"load": [], **given}
        return given

    @model_validator(mode="after")
    def _has_load(self) -> Scenario:
        if not self.load and self.replay is None:
            refuse("load", "at least 1 is needed")
        return self

    @property
    def warm_up_s(self) -> float:
        """The warm-up in seconds; 0 where the report is to find it."""
        return self.warm_up or 0.0

    @property
    def end_s(self) -> float:
        """The last instant at which a command may be intended, seconds from the start."""
        return self.warm_up_s + self.duration

    def to_plan(self, name: str) -> plan.Plan:
        """Return the plan that this scenario stands for."""
        return plan.Plan(
            name=name,
            description=self.description,
            seed=self.seed,
            starts_at_s=self.starts_at,
            warm_up_s=self.warm_up_s,
            duration_s=self.duration,
            drain_s=self.drain,
            market=self.market.to_plan(),
            users=plan.UsersPlan(self.users.count, self.profile.to_plan(), self.users.retry_after),
            load=tuple(load.to_plan(self.end_s) for load in self.load),
            cluster=to_cluster_plan(self.cluster),
            in_flight_limit=self.in_flight_limit,
            limits=to_limits(self.limits),
            must_see=self.must_see,
            accepted_share=self.accepted_share,
            faults=tuple(fault.to_plan() for fault in self.fault),
            replay=None if self.replay is None else self.replay.to_plan(),
            notifications=None if self.notifications is None else self.notifications.to_plan(),
            subscriptions=None if self.subscriptions is None else self.subscriptions.to_plan(),
            date="" if self.date is None else self.date.isoformat(),
            finds_warm_up=self.warm_up is None,
        )


def to_cluster_plan(cluster: Cluster) -> plan.ClusterPlan:
    """Return the plan of the machines."""
    return plan.ClusterPlan(
        nodes=cluster.nodes,
        workers=cluster.workers,
        speed=cluster.speed,
        mailbox_capacity=cluster.mailbox_capacity,
        client_delay_s=cluster.client_delay,
        node_delay_s=cluster.node_delay,
        commit_s=cluster.commit,
    )


def contradictions(scenario: Scenario) -> Iterator[Contradiction]:
    """Yield what does not fit together, each with the path of the key to change."""
    yield from _contradicting_times(scenario)
    yield from too_large(scenario.market, scenario.load, _open_s(scenario))
    for number, load in enumerate(scenario.load):
        yield from _contradicting_load(scenario, load, ("load", number))
    if any(isinstance(load, IntradayLoad) for load in scenario.load):
        yield from _contradicting_half_hours(scenario)
    yield from _contradicting_faults(scenario)
    if scenario.notifications is not None:
        yield from contradicting_notifications(
            scenario.notifications, scenario.users.count, scenario.market.symbols, scenario.end_s
        )
    yield from _contradicting_operations(scenario)
    for metric, mark in scenario.limits.items():
        what = wrong_unit(metric, mark) or out_of_range(metric, mark)
        what = what or idle_abort(metric, mark, finds_warm_up=scenario.warm_up is None)
        if what:
            yield ("limits", metric), what


def _contradicting_operations(scenario: Scenario) -> Iterator[Contradiction]:
    needed: dict[str, str] = {}
    if scenario.subscriptions is None:
        needed |= dict.fromkeys(WATCHING, "it needs a table [subscriptions]")
    if scenario.notifications is None:
        needed["prefer"] = "it needs a table [notifications]"
    if scenario.users.count == 1:
        needed["intrude"] = "it needs another user; users.count is 1"
    for name, weight in scenario.profile.operations.items():
        if weight and name in needed:
            yield ("profile", "operations", name), needed[name]


def _contradicting_times(scenario: Scenario) -> Iterator[Contradiction]:
    if scenario.starts_at + scenario.end_s > _DAY_S:
        yield ("duration",), "the run would last beyond midnight; one day is simulated at most"
    opens, closes = scenario.market.opens, scenario.market.closes
    begins = scenario.starts_at + scenario.warm_up_s
    if begins >= closes or scenario.starts_at + scenario.end_s <= opens:
        yield ("starts_at",), "the market is closed during the whole measured time"


def _open_s(scenario: Scenario) -> float:
    """Return how long the market is open during the run, in seconds."""
    first = max(scenario.market.opens, scenario.starts_at)
    return max(0.0, min(scenario.market.closes, scenario.starts_at + scenario.end_s) - first)


def _contradicting_faults(scenario: Scenario) -> Iterator[Contradiction]:
    yield from contradicting_faults(
        scenario.fault,
        scenario.end_s,
        retries=scenario.users.retry_after is not None,
        commit_s=scenario.cluster.commit,
    )
    opens_s = scenario.market.opens - scenario.starts_at
    for number, fault in enumerate(scenario.fault):
        if fault.kind == "early_close" and fault.at <= opens_s:
            yield ("fault", number, "at"), f"the market opens at {opens_s:g}s; it must close later"


def _contradicting_load(
    scenario: Scenario, load: Load, path: tuple[str | int, ...]
) -> Iterator[Contradiction]:
    end_s = scenario.end_s if load.duration is None else load.start + load.duration
    if load.start >= scenario.end_s or end_s > scenario.end_s + _TOLERANCE_S:
        yield path, f"it lasts beyond warm_up + duration, which end at {scenario.end_s:g}s"
    elif isinstance(load, IntradayLoad):
        first, last = scenario.starts_at + load.start, scenario.starts_at + end_s
        if first < scenario.market.opens or last > scenario.market.closes + _TOLERANCE_S:
            yield path, "an intraday load must lie between the market's opening and its close"


def _contradicting_half_hours(scenario: Scenario) -> Iterator[Contradiction]:
    open_s = scenario.market.closes - scenario.market.opens
    needed, given = -(-open_s // _HALF_HOUR_S), len(scenario.profile.half_hour_shares)
    if given != needed:
        what = f"the market is open for {needed} half hours; weights for {given} are given"
        yield ("profile", "half_hour_shares"), what
