"""What a run is to be with respect to notifications: channels, preferences and price alerts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutagePlan:
    """A channel cannot be reached from `at_s` on, for `for_s` seconds: it does not even answer."""

    at_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """A channel as its provider serves it, and how many want to be told by it.

    Attributes:
        channel: Its name: console, email, sms or push.
        wanted: Share of the users with preferences who want it, 0 to 1.
        workers: Batches that may be under way at once.
        rate_per_s: Notifications per second and worker.
        latency_s: Mean time that the provider takes for a batch.
        failures: Share of the attempts that fail and may be repeated, 0 to 1.
        refusals: Share of the notifications that are refused for good, 0 to 1.
        patience_s: After which a batch without an answer is taken for lost.
        capacity: Notifications that may wait.
        outages: When it cannot be reached.
    """

    channel: str
    wanted: float
    workers: int
    rate_per_s: float
    latency_s: float = 0.2
    failures: float = 0.0
    refusals: float = 0.0
    patience_s: float = 10.0
    capacity: int = 100_000
    outages: tuple[OutagePlan, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertsPlan:
    """Price alerts that are set before the run begins.

    Attributes:
        count: How many, spread over the users.
        symbols: The first so many stocks get them.
        spread: How far their thresholds lie from the first price at most, as a share of it.
        repeats: Share of those that fire every time, 0 to 1.
    """

    count: int
    symbols: int = 1
    spread: float = 0.02
    repeats: float = 0.0


@dataclass(frozen=True, slots=True)
class NotificationsPlan:
    """Who is told of what, by which channels.

    Attributes:
        users: Share of the users who have preferences, 0 to 1.
        events: What they want to be told of, by the names of `Event`.
        channels: Those that there are.
        alerts: Price alerts, if there are any.
    """

    users: float
    events: tuple[str, ...]
    channels: tuple[ChannelPlan, ...]
    alerts: AlertsPlan | None = None
