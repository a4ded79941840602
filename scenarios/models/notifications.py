"""The table `[notifications]` of a scenario: who is told of what, and how channels behave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field, model_validator

from actors.dispatch import PACES
from actors.domain.notifications import Channel as ChannelName
from actors.domain.notifications import Event
from scenarios.models.types import Contradiction, Count, Duration, Rate, Share, Table, refuse
from simulation.notification_plan import (
    AlertsPlan,
    ChannelPlan,
    NotificationsPlan,
    OutagePlan,
)

EventName = Literal[
    "order_executed", "order_cancelled", "order_expired", "order_rejected", "deposit",
    "withdrawal", "price_alert",
]  # fmt: skip
_EVENTS: tuple[EventName, ...] = get_args(EventName)

assert list(_EVENTS) == [event.value for event in Event], "a scenario can name every event"


class Outage(Table):
    """A while in which a channel does not even answer."""

    model_config = ConfigDict(validate_by_alias=True, serialize_by_alias=True)

    at: Duration = 0.0
    """When it begins, after the start of the run."""
    lasts: Annotated[Duration, Field(gt=0)] = Field(alias="for", description="how long it lasts")


class Channel(Table):
    """A channel as its provider serves it, and how many want to be told by it."""

    wanted: Share = 1.0
    """Share of customers who want to be told by this channel."""
    workers: int = Field(default=1, ge=1, le=1_000)
    """Batches that are under way to the provider at a time."""
    rate: Annotated[Rate, Field(gt=0)] | None = None
    """Notifications that the provider takes; as usual for the channel unless given."""
    latency: Annotated[Duration, Field(gt=0)] = 0.2
    """Mean time that the provider takes for a batch."""
    failures: Annotated[Share, Field(lt=1)] = 0.0
    """Share of attempts that fail, and are repeated."""
    refusals: Share = 0.0
    """Share of notifications that the provider refuses for good."""
    patience: Annotated[Duration, Field(gt=0)] = 10.0
    """How long an answer of the provider is waited for."""
    capacity: Count = 100_000
    """Notifications that the channel holds at most."""
    outages: Annotated[tuple[Outage, ...], Field(strict=False)] = ()
    """Whiles in which the provider does not even answer."""

    def to_plan(self, name: str) -> ChannelPlan:
        """Return the plan of this channel."""
        usual = PACES[ChannelName(name)].rate_per_s
        outages = tuple(OutagePlan(outage.at, outage.lasts) for outage in self.outages)
        return ChannelPlan(
            name, self.wanted, self.workers, usual if self.rate is None else self.rate,
            self.latency, self.failures, self.refusals, self.patience, self.capacity, outages,
        )  # fmt: skip


class Alerts(Table):
    """Price alerts that are set before the run begins."""

    count: Count = Field(description="how many alerts there are")
    symbols: Count = 1
    """How many stocks they are spread over."""
    spread: Annotated[Share, Field(gt=0)] = 0.02
    """How far from the first price they lie at most."""
    repeats: Share = 0.0
    """Share of alerts that are armed again."""


class Notifications(Table):
    """Who is told of what, and by which channels."""

    users: Share = 1.0
    """Share of customers who want to be told at all."""
    events: Annotated[tuple[EventName, ...], Field(strict=False, min_length=1)] = _EVENTS
    """What they are told of."""
    console: Channel | None = None
    """Lines on a stream."""
    email: Channel | None = None
    """Mail."""
    sms: Channel | None = None
    """Text messages."""
    push: Channel | None = None
    """Messages on a telephone's screen."""
    alerts: Alerts | None = None
    """Price alerts that are set before the run begins."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Notifications:
        if len(set(self.events)) < len(self.events):
            refuse("events", "each event is named once")
        if not self.channels():
            refuse("users", "at least one channel is needed, like [notifications.email]")
        return self

    def channels(self) -> dict[str, Channel]:
        """Return the channels that there are, by name."""
        named = {channel.value: getattr(self, channel.value) for channel in ChannelName}
        return {name: channel for name, channel in named.items() if channel is not None}

    def to_plan(self) -> NotificationsPlan:
        """Return the plan of these notifications."""
        alerts = self.alerts
        return NotificationsPlan(
            self.users, self.events,
            tuple(channel.to_plan(name) for name, channel in self.channels().items()),
            None if alerts is None else AlertsPlan(
                alerts.count, alerts.symbols, alerts.spread, alerts.repeats
            ),
        )  # fmt: skip


def contradicting_notifications(
    notifications: Notifications, users: int, symbols: int, end_s: float
) -> Iterator[Contradiction]:
    """Yield what does not fit the rest of the scenario."""
    alerts = notifications.alerts
    if alerts is not None and alerts.symbols > symbols:
        yield ("notifications", "alerts", "symbols"), f"there are only {symbols} stocks"
    if alerts is not None and alerts.count > 1_000 * users:
        yield ("notifications", "alerts", "count"), "an account has at most 1,000 alerts"
    for name, channel in notifications.channels().items():
        for number, outage in enumerate(channel.outages):
            if outage.at >= end_s:
                path = ("notifications", name, "outages", number, "at")
                yield path, f"it begins after the end at {end_s:g}s"
