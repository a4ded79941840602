"""Accounts, notifiers and watchers of prices with a bug in what they owe customers."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from actors.account import Account
from actors.account_notices import Notices
from actors.account_state import OpenOrder
from actors.actor import Outbox
from actors.addresses import gateway_of
from actors.alerts import Alerts
from actors.domain.notifications import Event, Occasion
from actors.domain.orders import OrderStatus, Reason
from actors.domain.thresholds import Direction
from actors.messages.alerts import AlertTriggered, ArmAlert, DisarmAlert, RemoveAlert
from actors.messages.base import Address, OrderId, fingerprint_of
from actors.messages.notification_facts import (
    AlertDisarmed,
    AlertFired,
    AlertsFact,
    NotificationsDelivered,
    NotificationTaken,
    NotifierFact,
)
from actors.messages.notifications import BatchResult, Notify, Receipt, SendBatch, Undelivered
from actors.notifier import Notifier
from planted.activation import act_up


class _LosesCancelled(Notices):
    __slots__ = ()

    def owe_order(self, order_id: OrderId, order: OpenOrder, status: OrderStatus) -> None:
        if status is not OrderStatus.CANCELLED:
            super().owe_order(order_id, order, status)
        elif self.state.routes:
            act_up()


class OwesNoCancels(Account):
    """Owes no news of orders that were cancelled."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.notices = _LosesCancelled(self)


class _OwesTwice(Notices):
    __slots__ = ()

    def owe(self, occasion: Occasion) -> None:
        super().owe(occasion)
        if any(occasion.event in route.events for route in self.state.routes):
            act_up()
            super().owe(occasion)


class OwesTwice(Account):
    """Owes the same news twice, under two numbers, which no creditor can tell."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.notices = _OwesTwice(self)


class _OwesWhatIsNotWanted(Notices):
    __slots__ = ()

    def owe(self, occasion: Occasion) -> None:
        events = {event for route in self.state.routes for event in route.events}
        if events and occasion.event not in events:
            act_up()
            occasion = replace(occasion, event=min(events, key=list(Event).index))
        super().owe(occasion)


class OwesWhatIsNotWanted(Account):
    """Tells its customer of everything, whatever the preferences are."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.notices = _OwesWhatIsNotWanted(self)


class TellsOnce(Account):
    """Says what it owes a notifier once, and never again."""

    def outbox(self) -> Outbox:
        waiting = super().outbox()
        kept = {about: entry for about, entry in waiting.items() if type(entry[1]) is not Notify}
        if len(kept) < len(waiting):
            act_up()
        return kept


class _HearsAgain(Notices):
    __slots__ = ()

    def hear(self, news: AlertTriggered, watcher: Address) -> None:
        known = self.state.heard.get(watcher)
        line = self.state.alerts.get(news.alert)
        if known is not None and known.has(news.number) and line is not None:
            act_up()
            about = f"{line.symbol} again"
            self.owe(Occasion(Event.PRICE_ALERT, about, 0, line.symbol, price=news.price))
        super().hear(news, watcher)


class HearsAlertsAgain(Account):
    """Owes the news of an alert again whenever it hears of it again."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.notices = _HearsAgain(self)


class TakesAgain(Notifier):
    """Forgets what it has sent, so that a repetition is sent again."""

    def take(self, notification: Any) -> None:
        known = self.state.known.get(notification.producer)
        is_known = known is not None and known.has(notification.number)
        if is_known and notification.id not in self.state.waiting:
            act_up()
            self.record(NotificationTaken(notification))
            self.dispatch.add(notification.id)
            self.send_more()
        super().take(notification)

    def apply(self, fact: NotifierFact) -> None:
        if isinstance(fact, NotificationTaken):
            known = self.state.known.get(fact.notification.producer)
            if known is not None and known.has(fact.notification.number):
                self.state.revision += 1
                self.state.waiting[fact.notification.id] = fact.notification
                return
        super().apply(fact)


class ConfirmsWithoutRoom(Notifier):
    """Confirms a notification for which it has no room."""

    def take(self, notification: Any) -> None:
        before = self.turned_away
        super().take(notification)
        if self.turned_away > before:
            act_up()
            self.send(notification.producer, Receipt(notification.number))


class BelievesItIsSent(Notifier):
    """Takes a notification for delivered when it has left, whatever the gateway will say."""

    def send_more(self) -> None:
        flying = set(self.dispatch._flying)
        super().send_more()
        for number in [*self.dispatch._flying]:
            if number not in flying:
                ids = [one for one in self.dispatch._flying[number][0] if one in self.state.waiting]
                act_up()
                self.record(NotificationsDelivered(tuple(ids), self.now_us))


class ForgetsTheSilent(Notifier):
    """Sends a batch no more to which no answer came."""

    def on_recovered(self) -> None:
        super().on_recovered()
        self._plant()

    def receive(self, message: Any, sender: Address) -> None:
        self._plant()
        super().receive(message, sender)

    def _plant(self) -> None:
        self.dispatch.rest = self._drop  # type: ignore[method-assign]

    def _drop(self, ids: list[str], now_s: float) -> None:
        if ids:
            act_up()


class SendsAgain(Notifier):
    """Sends what was delivered once more."""

    def book(self, result: BatchResult) -> None:
        again = [one for one in result.delivered if one in self.state.waiting]
        if again:
            act_up()
            content = tuple(self.state.waiting[one] for one in again)
            super().book(result)
            batch = SendBatch(-1, self.state.revision, self.channel, content)
            self.send(gateway_of(self.channel), batch)
        else:
            super().book(result)


class MissesTheThreshold(Alerts):
    """Fires only when the price is beyond the threshold, not at it."""

    def met_by(self, price: int) -> list[str]:
        met = super().met_by(price)
        beyond = [key for key in met if self.state.watches[key].price != price]
        if len(beyond) < len(met):
            act_up()
        return beyond


class FiresOnceMore(Alerts):
    """Fires an alert that repeats at every tick, without arming it again."""

    def fire(self) -> None:
        super().fire()
        for key in [key for key, watch in self.state.watches.items() if not watch.armed]:
            watch = self.state.watches[key]
            is_above = watch.direction is Direction.ABOVE
            if self.state.price > watch.price if is_above else self.state.price < watch.price:
                act_up()
                number = self.state.owed.next_number(watch.account)
                self.record(AlertFired(watch.account, int(key.rpartition("/")[2]), number))
                self.promise(watch.account, self.state.owed.waiting[watch.account][number])

    def _apply_fired(self, fact: AlertFired) -> None:
        key = f"{fact.account}/{fact.armed_by}"
        if key not in self.state.due:
            self._wait_no_more(key, self.state.watches[key])
            self.state.due[key] = self.state.price
        super()._apply_fired(fact)


class ForgetsTheArmed(Alerts):
    """Waits for nothing any more after it has come back from a snapshot."""

    def derive(self) -> None:
        if self.state.watches:
            act_up()

    def _wait_no_more(self, key: str, watch: Any) -> None:
        with suppress(KeyError):
            super()._wait_no_more(key, watch)


class ArmsTheRemoved(Alerts):
    """Arms an alert whose removal has overtaken it."""

    def arm(self, request: ArmAlert) -> None:
        if self.overtaken(request.account, request.number):
            act_up()
        super().arm(request)

    def overtaken(self, account: Address, number: int) -> bool:
        return (account, number) in getattr(self, "gone", set())

    def disarm(self, request: DisarmAlert) -> None:
        if not self.knows(request.account, request.armed_by):
            self.gone = {*getattr(self, "gone", set()), (request.account, request.armed_by)}
        super().disarm(request)

    def apply(self, fact: AlertsFact) -> None:
        if isinstance(fact, AlertDisarmed) and not self.knows(fact.account, fact.armed_by):
            self._know(fact.account, fact.number)
        else:
            super().apply(fact)


class ArmsAnotherPrice(Alerts):
    """Arms an alert one unit beyond the price that it was set for."""

    def arm(self, request: ArmAlert) -> None:
        act_up()
        super().arm(replace(request, price=request.price + 1))


class DisarmsAnother(Alerts):
    """Forgets another alert of the account than the one that was removed."""

    def disarm(self, request: DisarmAlert) -> None:
        others = [
            int(key.rpartition("/")[2])
            for key, watch in self.state.watches.items()
            if watch.account == request.account
        ]
        for other in others:
            if other != request.armed_by:
                act_up()
                request = replace(request, armed_by=other)
                break
        super().disarm(request)


class NeverFollows(Alerts):
    """Never asks its stock for a price."""

    def promise(self, recipient: Address, message: Any) -> None:
        if recipient == self.stock:
            act_up()
        else:
            super().promise(recipient, message)

    def outbox(self) -> Outbox:
        waiting = super().outbox()
        waiting.pop(self.stock, None)
        return waiting


class _KnowsNoAlert(Notices):
    __slots__ = ()

    def remove_alert(self, command: RemoveAlert) -> None:
        fingerprint = fingerprint_of(command)
        if not self._account.answered_before(command, fingerprint):
            act_up()
            self._account.refuse(command, fingerprint, Reason.UNKNOWN_ALERT)


class KnowsNoAlert(Account):
    """Refuses to remove an alert that is set, as if there were none."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.notices = _KnowsNoAlert(self)


class GivesUpAtOnce(Notifier):
    """Takes the first failure of a notification for a final one."""

    def try_again(self, notification_id: str, failure: Undelivered | None) -> None:
        if failure is not None and not failure.is_final:
            act_up()
            failure = replace(failure, is_final=True)
        super().try_again(notification_id, failure)
