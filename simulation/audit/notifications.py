"""Judges that every event which owes a notification is told, and none twice (A23)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec.structs import replace

from actors.addresses import notifier_of
from actors.domain.notifications import (
    EVENT_OF_STATUS,
    Channel,
    Event,
    Notification,
    Occasion,
    Route,
)
from actors.messages.base import Address, Fact, Message
from actors.messages.facts import CashDeposited, CashWithdrawn, OrderClosed
from actors.messages.notification_facts import (
    AlertHeard,
    AlertSet,
    Debt,
    DebtSettled,
    NotificationGivenUp,
    NotificationsDelivered,
    NotificationsOwed,
    NotificationTaken,
    PreferencesSet,
)
from actors.messages.notifications import BatchResult, SendBatch
from simulation.audit.alerts import AlertAudit
from simulation.audit.funds import FundsAudit
from simulation.audit.model import Account, Handler, Quoted
from simulation.audit.world import World

_BATCH_AT_MOST: Final = 100
_DONE_KEPT: Final = 100_000  # ids of each channel, of what is done with
_CHANNELS: Final = {channel.value: channel for channel in Channel}
_ADDRESSES: Final = {notifier_of(channel): channel for channel in Channel}

Key = tuple[Channel, str]


class _Told:
    """One notification, from the fact that owes it until both ends are done with it."""

    __slots__ = (
        "is_hopeless", "is_settled", "is_taken", "notification", "refusals", "said_delivered",
    )  # fmt: skip

    def __init__(self, notification: Notification) -> None:
        self.notification = notification
        self.is_taken = False  # its notifier has it
        self.is_settled = False  # its producer has forgotten it
        self.said_delivered = False  # by a gateway
        self.refusals = 0  # by a gateway
        self.is_hopeless = False  # one of these was final


class _Customer:
    """What the customer of an account wants to hear, and what a batch has owed so far."""

    __slots__ = ("counts", "owed", "routes")

    def __init__(self) -> None:
        self.routes: tuple[Route, ...] = ()
        self.counts = dict.fromkeys(Channel, 0)
        self.owed: list[NotificationsOwed] = []


class NotificationAudit:
    """Follows notifications from the event to the gateway, and what gateways answer.

    Args:
        world: What all parts share.
        funds: Where commands are taken down.
        alerts: What knows which prices customers wait for.
        attempts: Refusals before a notification may be given up, if none of them is final.

    Attributes:
        at_end: By address, what judges a batch as a whole.
        judged: Events of customers with preferences, and steps of what they were owed.
    """

    def __init__(self, world: World, funds: FundsAudit, alerts: AlertAudit, attempts: int) -> None:
        self._world = world
        self._attempts = attempts
        self._take_command = funds.take_command
        self._alerts = alerts
        self._customers: dict[Address, _Customer] = {}
        self._open: dict[Key, _Told] = {}
        self._done: dict[Channel, OrderedDict[str, int]] = {
            channel: OrderedDict() for channel in Channel
        }
        self._revisions = dict.fromkeys(Channel, 0)
        self.at_end: dict[Address, Callable[[Any, Sequence[Fact]], None]] = {}
        self.judged = 0
        self.askers: dict[type, Callable[[Address, Any], None]] = {BatchResult: self.answered}
        self.tellers: dict[type, Callable[[Address, Any], None]] = {SendBatch: self.sent}

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return self._alerts.handlers() | {
            PreferencesSet: self.preferences_set,
            AlertSet: self.alert_set,
            NotificationsOwed: self.notifications_owed,
            DebtSettled: self.debt_settled,
            NotificationTaken: self.taken,
            NotificationsDelivered: self.delivered,
            NotificationGivenUp: self.given_up,
        }

    def preferences_set(self, account: Account, fact: PreferencesSet) -> None:
        """Expect what its customer wants from here on."""
        self._take_command(account, fact.command_id, account.revision, fact)
        self._customers.setdefault(account.address, _Customer()).routes = fact.routes
        self.at_end[account.address] = self.end_batch

    def alert_set(self, account: Account, fact: AlertSet) -> None:
        """Expect to hear of an alert, whether or not its customer wants to be told by then."""
        self._alerts.alert_set(account, fact)
        self.at_end[account.address] = self.end_batch

    def notifications_owed(self, account: Account, fact: NotificationsOwed) -> None:
        """Take what an account owes; whether it should is judged when the batch is complete."""
        customer = self._customers.get(account.address)
        if customer is None:
            self._report(f"{account.address} owes what its customer never wanted", fact)
        else:
            customer.owed.append(fact)

    def end_batch(self, account: Account, facts: Sequence[Fact]) -> None:
        """Compare what a batch owes with what has happened in it."""
        customer = self._customers.setdefault(account.address, _Customer())
        owed, customer.owed = customer.owed, []
        expected = [
            (occasion, debts)
            for occasion in self._occasions(account, facts)
            if (debts := self._debts(customer, occasion.event))
        ]
        self.judged += len(expected)
        for occasion, debts in expected[len(owed) :]:
            wanted = ", ".join(debt.channel.value for debt in debts)
            self._report(f"{account.address} owes no news of {_named(occasion)} by {wanted}")
        for occasion, fact in zip((one for one, _ in expected), owed, strict=False):
            self._compare(account, customer, occasion, fact)
        for fact in owed[len(expected) :]:
            self._report(f"{account.address} owes news of what has not happened", fact)
        for fact in owed:
            self._owe(account, customer, fact)

    def _occasions(self, account: Account, facts: Sequence[Fact]) -> list[Occasion]:
        """Return what has happened in a batch that customers may want to hear of."""
        occasions = []
        for fact in facts:
            match fact:
                case OrderClosed():
                    occasions.append(self._ending(fact))
                case CashDeposited():
                    about = fact.transaction_id
                    occasions.append(Occasion(Event.DEPOSIT, about, 0, amount=fact.amount))
                case CashWithdrawn():
                    about = fact.transaction_id
                    occasions.append(Occasion(Event.WITHDRAWAL, about, 0, amount=fact.amount))
                case AlertHeard():
                    symbol = self._alerts.heard_of(account, fact)
                    if symbol:
                        occasions.append(
                            Occasion(Event.PRICE_ALERT, "", 0, symbol, price=fact.price)
                        )
        return occasions

    def _ending(self, fact: OrderClosed) -> Occasion:
        event = EVENT_OF_STATUS[fact.status]
        order = self._world.orders.get(fact.order_id)
        if order is None:
            return Occasion(event, fact.order_id, 0)
        price = 0 if order.execution is None else order.execution.price
        symbol = order.placed.symbol
        return Occasion(event, fact.order_id, 0, symbol, order.settled, price)

    @staticmethod
    def _debts(customer: _Customer, event: Event) -> list[Debt]:
        return [
            Debt(route.channel, 0, route.to) for route in customer.routes if event in route.events
        ]

    def _compare(
        self, account: Account, customer: _Customer, occasion: Occasion, fact: NotificationsOwed
    ) -> None:
        """Compare what is owed with what has happened, and where it is owed with what is wanted."""
        said = replace(fact.occasion, at_us=0)
        if occasion.event is Event.PRICE_ALERT:
            said = replace(said, about="")
        if said != occasion:
            what = f"{account.address} owes news of {_named(fact.occasion)}"
            self._report(f"{what}; what has happened is {_named(occasion)}", fact)
        wanted = self._debts(customer, occasion.event)
        if [replace(debt, number=0) for debt in fact.debts] != wanted:
            self._report(f"{account.address} owes it elsewhere than its customer wants it", fact)

    def _owe(self, account: Account, customer: _Customer, fact: NotificationsOwed) -> None:
        for debt in fact.debts:
            customer.counts[debt.channel] += 1
            number = customer.counts[debt.channel]
            if debt.number != number:
                self._report(
                    f"{account.address} owes number {debt.number} by {debt.channel.value}; the "
                    f"next one is {number}", fact,
                )  # fmt: skip
                customer.counts[debt.channel] = debt.number
            notification = Notification(account.address, debt.number, "", debt.to, fact.occasion)
            self._open[debt.channel, notification.id] = _Told(notification)

    def debt_settled(self, debtor: Account | Quoted, fact: DebtSettled) -> None:
        """Check that the creditor has what its debtor forgets."""
        channel = _ADDRESSES.get(fact.creditor)
        if channel is None:
            self._alerts.debt_settled(debtor.address, fact)
            return
        self.judged += 1
        key = channel, f"{debtor.address}/{fact.number}"
        told = self._open.get(key)
        if told is None or told.is_settled:
            self._report(f"{debtor.address} forgets what it does not owe", fact)
            return
        if not told.is_taken:
            self._report(f"{debtor.address} forgets what {fact.creditor} does not have", fact)
        told.is_settled = True
        if told.notification.id in self._done[channel]:
            del self._open[key]

    def taken(self, notifier: Quoted, fact: NotificationTaken) -> None:
        """Check that a notifier takes what is owed, as it is owed, and once."""
        channel = self._count(notifier)
        notification = fact.notification
        told = self._open.get((channel, notification.id))
        if told is None or told.is_taken:
            what = (
                "again" if told or notification.id in self._done[channel] else "and nobody owes it"
            )
            self._report(f"{notifier.address} takes {notification.id} {what}", fact)
            if told is None:
                return
        elif not _is_same(told.notification, notification):
            self._report(
                f"{notifier.address} takes {notification.id}, which was something else", fact
            )
        told.is_taken = True

    def _count(self, notifier: Quoted) -> Channel:
        channel = _ADDRESSES[notifier.address]
        self._revisions[channel] += 1
        self.judged += 1
        return channel

    def sent(self, gateway: Address, message: SendBatch) -> None:
        """Check what a gateway is asked to send: nothing too early, too late, or changed."""
        channel = _CHANNELS[gateway.partition("/")[2]]
        self.judged += len(message.notifications)
        if len(message.notifications) > _BATCH_AT_MOST:
            self._report(
                f"{gateway} gets {len(message.notifications)} notifications at once", message
            )
        for notification in message.notifications:
            told = self._open.get((channel, notification.id))
            done = self._done[channel].get(notification.id)
            if done is not None and message.revision >= done:
                self._report(f"{gateway} is asked for {notification.id} after it was done with")
            elif told is not None and not told.is_taken:
                self._report(f"{gateway} is asked for {notification.id} before it is durable")
            elif told is not None and not _is_same(told.notification, notification):
                self._report(f"{gateway} is asked for {notification.id}, which was something else")
            elif told is None and done is None and len(self._done[channel]) < _DONE_KEPT:
                self._report(f"{gateway} is asked for {notification.id}, which nobody owes")

    def answered(self, gateway: Address, message: BatchResult) -> None:
        """Note what a gateway says that it has sent, and what not."""
        channel = _CHANNELS[gateway.partition("/")[2]]
        for notification_id in message.delivered:
            told = self._open.get((channel, notification_id))
            if told is not None:
                told.said_delivered = True
        for failure in message.undelivered:
            told = self._open.get((channel, failure.id))
            if told is not None:
                told.refusals += 1
                told.is_hopeless = told.is_hopeless or failure.is_final

    def delivered(self, notifier: Quoted, fact: NotificationsDelivered) -> None:
        """Check that a gateway has said so."""
        channel = self._count(notifier)
        for notification_id in fact.ids:
            told = self._finish(notifier, channel, notification_id, fact)
            if told is not None and not told.said_delivered:
                self._report(
                    f"{notifier.address} says that {notification_id} was delivered, and no "
                    "gateway has said so", fact,
                )  # fmt: skip

    def given_up(self, notifier: Quoted, fact: NotificationGivenUp) -> None:
        """Check that a gateway refused it for good, or often enough."""
        channel = self._count(notifier)
        told = self._finish(notifier, channel, fact.id, fact)
        if told is not None and not told.is_hopeless and told.refusals < self._attempts:
            self._report(
                f"{notifier.address} gives up {fact.id}, which was refused {told.refusals} times; "
                f"{self._attempts} are needed", fact,
            )  # fmt: skip

    def _finish(
        self, notifier: Quoted, channel: Channel, notification_id: str, fact: Fact
    ) -> _Told | None:
        """Take that a notifier is done with a notification."""
        told = self._open.get((channel, notification_id))
        done = self._done[channel]
        if told is None or not told.is_taken or notification_id in done:
            self._report(
                f"{notifier.address} is done with {notification_id}, which it has not", fact
            )
            return None
        done[notification_id] = self._revisions[channel]
        if len(done) > _DONE_KEPT:
            done.popitem(last=False)
        if told.is_settled:
            del self._open[channel, notification_id]
        return told

    def check_rest(self) -> None:
        """Report whatever was owed and has not come to its end."""
        for (channel, notification_id), told in self._open.items():
            if not told.is_taken:
                what = "was never taken by its notifier"
            elif notification_id not in self._done[channel]:
                what = "was neither delivered nor given up"
            else:
                what = "is still in its producer's outbox"
            self._report(f"{notification_id} by {channel.value} {what}")
        self._alerts.check_rest()

    def _report(self, sentence: str, cause: Fact | Message | None = None) -> None:
        self._world.report("A23", sentence, cause=cause)


def _is_same(owed: Notification, said: Notification) -> bool:
    """Tell whether a notification is as it was owed; whose it is follows from the producer."""
    return replace(said, user="") == owed


def _named(occasion: Occasion) -> str:
    about = occasion.about or occasion.symbol
    return f"{occasion.event.value} ({about})"
