"""Facts about notifications and price alerts."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from actors.domain.notifications import Channel, Notification, Occasion, Route
from actors.domain.thresholds import Direction
from actors.messages.base import Address, CommandId, Fact


class PreferencesSet(Fact, frozen=True):
    """From here on a customer is told of these events, on these channels."""

    command_id: CommandId
    fingerprint: int
    routes: tuple[Route, ...]


class Debt(Struct, frozen=True, array_like=True, gc=False):
    """One notification of an occasion: by which channel, under which number, and where to."""

    channel: Channel
    number: int
    to: str


class NotificationsOwed(Fact, frozen=True):
    """A customer must be told of something, once on each of these channels."""

    occasion: Occasion
    debts: tuple[Debt, ...]


class DebtSettled(Fact, frozen=True):
    """A creditor durably has what was owed under a number; it need not be said again."""

    creditor: Address
    number: int


class AlertSet(Fact, frozen=True):
    """A customer wants to be told of a price; `command_id` is the alert's name."""

    command_id: CommandId
    fingerprint: int
    number: int  # of what this account has asked of the symbol's alerts
    symbol: str
    direction: Direction
    price: int
    repeats: bool


class AlertRemoved(Fact, frozen=True):
    """A customer does not want to be told of a price any more."""

    command_id: CommandId
    fingerprint: int
    number: int
    alert: CommandId


class AlertDropped(Fact, frozen=True):
    """An alert is over because its account is closed."""

    number: int
    alert: CommandId


class AlertHeard(Fact, frozen=True):
    """An account knows that an alert has met its price; one that does not repeat is over."""

    watcher: Address
    number: int
    alert: CommandId
    price: int
    at_us: int


class AlertArmed(Fact, frozen=True):
    """An alert of an account is waited for."""

    account: Address
    number: int
    alert: CommandId
    direction: Direction
    price: int
    repeats: bool


class AlertDisarmed(Fact, frozen=True):
    """What an account asked for under a number is waited for no more, even if it comes later."""

    account: Address
    number: int
    armed_by: int


class AlertPriceNoted(Fact, frozen=True):
    """The alerts of a symbol know a price; those that had met theirs and repeat may be re-armed."""

    number: int
    price: int


class AlertFired(Fact, frozen=True):
    """A price has met an alert, which its account must be told."""

    account: Address
    armed_by: int
    number: int  # of what this account was told


class NotificationTaken(Fact, frozen=True):
    """A notifier has a notification, and its producer is done with it."""

    notification: Notification


class NotificationsDelivered(Fact, frozen=True):
    """A gateway has sent these notifications, by id."""

    ids: tuple[str, ...]
    at_us: int


class NotificationGivenUp(Fact, frozen=True):
    """A notification cannot be sent, or was tried too often: a dead letter."""

    id: str
    reason: str
    at_us: int


NoticeFact: TypeAlias = (
    PreferencesSet
    | NotificationsOwed
    | DebtSettled
    | AlertSet
    | AlertRemoved
    | AlertDropped
    | AlertHeard
)
"""Of an account."""
AlertsFact: TypeAlias = AlertArmed | AlertDisarmed | AlertPriceNoted | AlertFired | DebtSettled
NotifierFact: TypeAlias = NotificationTaken | NotificationsDelivered | NotificationGivenUp
AnyNotificationFact: TypeAlias = NoticeFact | AlertsFact | NotifierFact
