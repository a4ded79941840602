"""What an account owes its customer: notifications by preference, and price alerts."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

import msgspec

from actors.addresses import EXCHANGE, alerts_of, notifier_of
from actors.domain.money import dollars
from actors.domain.notifications import (
    EVENT_OF_STATUS,
    Event,
    Notification,
    Occasion,
    Route,
)
from actors.domain.orders import OrderStatus, Reason
from actors.messages.alerts import (
    AlertLine,
    AlertTriggered,
    ArmAlert,
    DisarmAlert,
    PreferencesAnswer,
    RemoveAlert,
    SetAlert,
)
from actors.messages.base import Address, CommandId, OrderId, fingerprint_of
from actors.messages.notification_facts import (
    AlertDropped,
    AlertHeard,
    AlertRemoved,
    AlertSet,
    Debt,
    DebtSettled,
    NoticeFact,
    NotificationsOwed,
    PreferencesSet,
)
from actors.messages.notifications import (
    GetPreferences,
    Notify,
    Receipt,
    RoomAgain,
    SetPreferences,
)
from actors.messages.orders import CommandAccepted
from actors.owed import Known, Owed

if TYPE_CHECKING:
    from actors.account import Account
    from actors.account_state import OpenOrder

NoticeCommand: TypeAlias = SetPreferences | SetAlert | RemoveAlert
NoticeMessage: TypeAlias = NoticeCommand | GetPreferences | Receipt | RoomAgain | AlertTriggered

ALERTS_AT_MOST: Final = 1_000  # of one account
_ACCOUNT_CLOSED = Reason.ACCOUNT_CLOSED
_ALERT_LIMIT = Reason.ALERT_LIMIT
_UNKNOWN_ALERT = Reason.UNKNOWN_ALERT
_DEPOSIT = Event.DEPOSIT
_WITHDRAWAL = Event.WITHDRAWAL
_PRICE_ALERT = Event.PRICE_ALERT


class NoticeState(msgspec.Struct, array_like=True):
    """Preferences, alerts, and what is owed because of them.

    Attributes:
        user: Whom notifications are for.
        name: Address of the account.
        routes: What its customer wants to hear of; nothing by default.
        owed: To notifiers, and to those who watch prices.
        alerts: By the command that set them.
        heard: What watchers have told.
    """

    user: str = ""
    name: Address = ""
    routes: tuple[Route, ...] = ()
    owed: Owed[Notify | ArmAlert | DisarmAlert] = msgspec.field(default_factory=Owed)
    alerts: dict[CommandId, AlertLine] = {}
    heard: dict[Address, Known] = {}

    def apply(self, fact: NoticeFact) -> None:
        """Change the state by a fact, live and in recovery alike."""
        match fact:
            case NotificationsOwed():
                self._apply_owed(fact)
            case DebtSettled():
                self.owed.settle(fact.creditor, fact.number)
            case PreferencesSet():
                self.routes = fact.routes
            case AlertSet():
                self._apply_set(fact)
            case AlertRemoved() | AlertDropped():
                self._apply_removed(fact)
            case AlertHeard():
                self._apply_heard(fact)
            case _:
                assert_never(fact)

    def _apply_owed(self, fact: NotificationsOwed) -> None:
        for channel, number, to in (msgspec.structs.astuple(debt) for debt in fact.debts):
            notification = Notification(self.name, number, self.user, to, fact.occasion)
            self.owed.add(notifier_of(channel), number, Notify(notification))

    def _apply_set(self, fact: AlertSet) -> None:
        self.alerts[fact.command_id] = AlertLine(
            fact.command_id, fact.number, fact.symbol, fact.direction, fact.price, fact.repeats
        )
        request = ArmAlert(
            self.name, fact.number, fact.command_id, fact.direction, fact.price, fact.repeats
        )
        self.owed.add(alerts_of(fact.symbol), fact.number, request)

    def _apply_removed(self, fact: AlertRemoved | AlertDropped) -> None:
        line = self.alerts.pop(fact.alert)
        request = DisarmAlert(self.name, fact.number, line.number)
        self.owed.add(alerts_of(line.symbol), fact.number, request)

    def _apply_heard(self, fact: AlertHeard) -> None:
        self.heard.setdefault(fact.watcher, Known()).add(fact.number)
        line = self.alerts.get(fact.alert)
        if line is not None and not line.repeats:
            del self.alerts[fact.alert]


class Notices:
    """The part of an account that says what it owes its customer.

    Args:
        account: Whose part it is: it records and sends through it.
    """

    __slots__ = ("_account",)

    def __init__(self, account: Account) -> None:
        self._account = account

    @property
    def state(self) -> NoticeState:
        """What the account durably knows of it."""
        return self._account.state.notices

    def take(self, message: NoticeMessage, sender: Address) -> None:
        """Handle a message that is about notifications or alerts."""
        match message:
            case Receipt():
                self.settle(sender, message.number)
            case AlertTriggered():
                self.hear(message, sender)
            case RoomAgain():
                self.say_again(sender, message.room)
            case SetPreferences():
                self.set_preferences(message)
            case SetAlert():
                self.set_alert(message)
            case RemoveAlert():
                self.remove_alert(message)
            case GetPreferences():
                if not self._account.refuses_stranger(message):
                    self._account.send(message.reply_to, self.answer(message))
            case _:
                assert_never(message)

    def owe_order(self, order_id: OrderId, order: OpenOrder, status: OrderStatus) -> None:
        """Owe the news that an order has come to its end, if its customer wants it."""
        if self.state.routes:
            self.owe(
                Occasion(
                    EVENT_OF_STATUS[status], order_id, self._account.now_us, order.symbol,
                    order.settled, order.price,
                )
            )  # fmt: skip

    def owe_cash(self, transaction_id: str, amount: int, *, came_in: bool) -> None:
        """Owe the news that cash has moved, if its customer wants it."""
        if self.state.routes:
            event = _DEPOSIT if came_in else _WITHDRAWAL
            self.owe(Occasion(event, transaction_id, self._account.now_us, amount=amount))

    def owe(self, occasion: Occasion) -> None:
        """Owe a notification on each channel that its customer wants it on."""
        state, owed = self.state, self.state.owed
        debts = tuple(
            Debt(route.channel, owed.next_number(notifier_of(route.channel)), route.to)
            for route in state.routes
            if occasion.event in route.events
        )
        if debts:
            self._account.record(NotificationsOwed(occasion, debts))
            for debt in debts:
                self._promise(notifier_of(debt.channel), debt.number)

    def _promise(self, creditor: Address, number: int) -> None:
        self._account.promise(creditor, self.state.owed.waiting[creditor][number])

    def settle(self, creditor: Address, number: int) -> None:
        """Strike out what a creditor has."""
        if self.state.owed.has(creditor, number):
            self._account.record(DebtSettled(creditor, number))

    def say_again(self, creditor: Address, room: int) -> None:
        """Say what found no room; one more than there is room for, so as not to be forgotten."""
        for message in islice(self.state.owed.waiting.get(creditor, {}).values(), room + 1):
            self._account.send(creditor, message)

    def set_preferences(self, command: SetPreferences) -> None:
        """Tell the customer of these events from here on; what is owed already stays owed."""
        fingerprint = fingerprint_of(command)
        if self._account.answered_before(command, fingerprint):
            return
        if self._account.state.is_closed:
            self._account.refuse(command, fingerprint, _ACCOUNT_CLOSED)
            return
        self._account.record(PreferencesSet(command.command_id, fingerprint, command.routes))
        self._accept(command)

    def set_alert(self, command: SetAlert) -> None:
        """Let those who watch the symbol's price wait for the threshold, or refuse."""
        fingerprint = fingerprint_of(command)
        if self._account.answered_before(command, fingerprint):
            return
        has_room = len(self.state.alerts) < ALERTS_AT_MOST
        if self._account.state.is_closed or not has_room:
            reason = _ALERT_LIMIT if not self._account.state.is_closed else _ACCOUNT_CLOSED
            self._account.refuse(command, fingerprint, reason)
            return
        watcher = alerts_of(command.symbol)
        number = self.state.owed.next_number(watcher)
        self._account.record(
            AlertSet(
                command.command_id, fingerprint, number, command.symbol, command.direction,
                command.price, command.repeats,
            )
        )  # fmt: skip
        self._promise(watcher, number)
        self._accept(command)

    def remove_alert(self, command: RemoveAlert) -> None:
        """Forget an alert, or refuse; what it has owed already stays owed."""
        fingerprint = fingerprint_of(command)
        if self._account.answered_before(command, fingerprint):
            return
        line = self.state.alerts.get(command.alert)
        if line is None:
            self._account.refuse(command, fingerprint, _UNKNOWN_ALERT)
            return
        watcher = alerts_of(line.symbol)
        number = self.state.owed.next_number(watcher)
        self._account.record(AlertRemoved(command.command_id, fingerprint, number, command.alert))
        self._promise(watcher, number)
        self._accept(command)

    def drop_alerts(self) -> None:
        """Forget all alerts, as their account is closed: nobody is to hear of them any more."""
        for alert, line in list(self.state.alerts.items()):
            watcher = alerts_of(line.symbol)
            number = self.state.owed.next_number(watcher)
            self._account.record(AlertDropped(number, alert))
            self._promise(watcher, number)

    def _accept(self, command: NoticeCommand) -> None:
        account = self._account
        account.send(EXCHANGE, CommandAccepted(command.command_id, account.address))

    def hear(self, news: AlertTriggered, watcher: Address) -> None:
        """Owe the news of an alert once, unless its customer has removed it meanwhile."""
        known = self.state.heard.get(watcher)
        if known is None or not known.has(news.number):
            line = self.state.alerts.get(news.alert)
            now_us = self._account.now_us
            self._account.record(AlertHeard(watcher, news.number, news.alert, news.price, now_us))
            if line is not None:
                about = f"{line.direction.value} {dollars(line.price)}"
                self.owe(Occasion(_PRICE_ALERT, about, now_us, line.symbol, price=news.price))
        self._account.send(watcher, Receipt(news.number))

    def answer(self, query: GetPreferences) -> PreferencesAnswer:
        """Return what the customer wants to be told of."""
        lines = tuple(self.state.alerts.values())
        return PreferencesAnswer(query.command_id, query.account, self.state.routes, lines)
