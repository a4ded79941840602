"""Alerts: watch the price of one symbol for all customers who want to be told."""

from __future__ import annotations

from itertools import islice
from typing import Final, TypeAlias, assert_never

import msgspec

from actors.actor import Actor, Outbox
from actors.addresses import stock_of
from actors.domain.thresholds import Direction, Thresholds
from actors.messages.alerts import AlertTriggered, ArmAlert, DisarmAlert, FireMore
from actors.messages.base import Address, CommandId
from actors.messages.control import Remind
from actors.messages.market import FollowPrice, PriceAck, PriceChanged
from actors.messages.notification_facts import (
    AlertArmed,
    AlertDisarmed,
    AlertFired,
    AlertPriceNoted,
    AlertsFact,
    DebtSettled,
)
from actors.messages.notifications import Receipt
from actors.owed import Known, Owed

AlertsMessage: TypeAlias = PriceChanged | ArmAlert | DisarmAlert | FireMore | Receipt | Remind

FIRED_AT_ONCE: Final = 100  # then others have their turn
_ABOVE = Direction.ABOVE
_BELOW = Direction.BELOW


class Watch(msgspec.Struct, array_like=True, gc=False):
    """One alert that is waited for, or that waits to be re-armed."""

    account: Address
    alert: CommandId
    direction: Direction
    price: int
    repeats: bool
    armed: bool = True


class AlertsState(msgspec.Struct, array_like=True):
    """Who waits for which price.

    Attributes:
        number: Of the latest price; 0 for none yet.
        price: The latest.
        watches: By account and number of its request.
        known: Which requests of each account were taken.
        owed: To accounts.
        due: Alerts that were met and not fired yet, with the price that met them.
    """

    number: int = 0
    price: int = 0
    watches: dict[str, Watch] = {}
    known: dict[Address, Known] = {}
    owed: Owed[AlertTriggered] = msgspec.field(default_factory=Owed)
    due: dict[str, int] = {}


class Alerts(Actor):
    """Watches the price of a symbol: a tick costs in proportion to the alerts that it meets.

    An alert fires when the price is at its threshold or beyond, at once if it is already. One
    that repeats is armed again by the first price on the other side. If a price meets many, they
    fire a hundred at a time, so that nobody waits long for the worker, and each with the price
    that met it. The account decides who is told, and where. Without any alert no price is followed.

    Args:
        symbol: Whose price it is.
    """

    state_type = AlertsState
    state: AlertsState

    def __init__(self, symbol: str) -> None:
        super().__init__()
        self.stock = stock_of(symbol)
        self.armed = Thresholds()
        self.spent = Thresholds()  # met, and to be armed again
        self.fires_later = False  # a timer is set

    def derive(self) -> None:
        self.armed, self.spent = Thresholds(), Thresholds()
        for key, watch in self.state.watches.items():
            if key not in self.state.due:
                self._wait(key, watch)

    def on_recovered(self) -> None:
        """Send again what is not confirmed, and go on firing."""
        for recipient, message in self.outbox().values():
            if recipient != self.address:  # its own mailbox is not open yet
                self.promise(recipient, message)
        self.fire_later()

    def outbox(self) -> Outbox:
        """Return what accounts have not confirmed, and the wish for a first price."""
        waiting = self.state.owed.outbox()
        if self.state.watches and not self.state.number:
            waiting[self.stock] = self.stock, FollowPrice(self.address)
        if self.state.due:
            waiting[self.address] = self.address, FireMore()
        return waiting

    def receive(self, message: AlertsMessage, sender: Address) -> None:
        match message:
            case PriceChanged():
                self.note(message)
            case ArmAlert():
                self.arm(message)
            case DisarmAlert():
                self.disarm(message)
            case Receipt():
                if self.state.owed.has(sender, message.number):
                    self.record(DebtSettled(sender, message.number))
            case FireMore():
                self.fires_later = False
                self.fire()
            case Remind():
                self.resend()
            case _:
                assert_never(message)

    def note(self, change: PriceChanged) -> None:
        """Take a price unless a newer one is known, and begin to fire what it meets."""
        if change.number > self.state.number:
            self.record(AlertPriceNoted(change.number, change.price))
            self.fire()
        self.send(self.stock, PriceAck(self.state.number))

    def arm(self, request: ArmAlert) -> None:
        """Wait for a threshold, once however often it is asked."""
        if not self.knows(request.account, request.number):
            self.record(
                AlertArmed(
                    request.account, request.number, request.alert, request.direction,
                    request.price, request.repeats,
                )
            )  # fmt: skip
            if self.state.number:
                self.fire()
            elif len(self.state.watches) == 1:
                self.promise(self.stock, FollowPrice(self.address))
        self.send(request.account, Receipt(request.number))

    def disarm(self, request: DisarmAlert) -> None:
        """Wait no more; a request to wait that comes later meets that it is known."""
        if not self.knows(request.account, request.number):
            self.record(AlertDisarmed(request.account, request.number, request.armed_by))
        self.send(request.account, Receipt(request.number))

    def knows(self, account: Address, number: int) -> bool:
        known = self.state.known.get(account)
        return known is not None and known.has(number)

    def fire(self) -> None:
        """Tell the accounts of alerts that were met, some now and the rest in a moment."""
        for key in [*islice(self.state.due, FIRED_AT_ONCE)]:
            account = self.state.watches[key].account
            number = self.state.owed.next_number(account)
            self.record(AlertFired(account, int(key.rpartition("/")[2]), number))
            self.promise(account, self.state.owed.waiting[account][number])
        self.fire_later()

    def fire_later(self) -> None:
        if self.state.due and not self.fires_later:
            self.fires_later = True
            self.send_later(0.0, FireMore())

    def met_by(self, price: int) -> list[str]:
        """Return which armed alerts a price meets."""
        return self.armed.met_by(price)

    def apply(self, fact: AlertsFact) -> None:
        match fact:
            case AlertPriceNoted():
                self._apply_price(fact)
            case AlertFired():
                self._apply_fired(fact)
            case AlertArmed():
                self._apply_armed(fact)
            case AlertDisarmed():
                self._apply_disarmed(fact)
            case DebtSettled():
                self.state.owed.settle(fact.creditor, fact.number)
            case _:
                assert_never(fact)

    def _apply_price(self, fact: AlertPriceNoted) -> None:
        self.state.number, self.state.price = fact.number, fact.price
        for key in self.spent.met_by(fact.price):
            watch = self.state.watches[key]
            self._wait_no_more(key, watch)
            watch.armed = True
            self._wait(key, watch)
        self._meet()

    def _meet(self) -> None:
        """Let what the latest price meets be due."""
        for key in self.met_by(self.state.price):
            self._wait_no_more(key, self.state.watches[key])
            self.state.due[key] = self.state.price

    def _apply_fired(self, fact: AlertFired) -> None:
        key = _key(fact.account, fact.armed_by)
        watch = self.state.watches[key]
        news = AlertTriggered(fact.number, watch.alert, self.state.due.pop(key))
        if watch.repeats:  # it may be on the other side again by now
            watch.armed = not _is_met(watch, self.state.price)
            self._wait(key, watch)
        else:
            del self.state.watches[key]
        self.state.owed.add(fact.account, fact.number, news)

    def _apply_armed(self, fact: AlertArmed) -> None:
        self._know(fact.account, fact.number)
        key = _key(fact.account, fact.number)
        watch = Watch(fact.account, fact.alert, fact.direction, fact.price, fact.repeats)
        self.state.watches[key] = watch
        self._wait(key, watch)
        if self.state.number:
            self._meet()

    def _apply_disarmed(self, fact: AlertDisarmed) -> None:
        self._know(fact.account, fact.number)
        key = _key(fact.account, fact.armed_by)
        watch = self.state.watches.pop(key, None)
        if watch is not None and self.state.due.pop(key, None) is None:
            self._wait_no_more(key, watch)
        elif watch is None and not self.knows(fact.account, fact.armed_by):
            self._know(fact.account, fact.armed_by)

    def _know(self, account: Address, number: int) -> None:
        self.state.known.setdefault(account, Known()).add(number)

    def _wait(self, key: str, watch: Watch) -> None:
        waiting, direction, price = self._place(watch)
        waiting.add(direction, price, key)

    def _wait_no_more(self, key: str, watch: Watch) -> None:
        waiting, direction, price = self._place(watch)
        waiting.remove(direction, price, key)

    def _place(self, watch: Watch) -> tuple[Thresholds, Direction, int]:
        """Return where an alert waits, and for what: one that was met, for the other side."""
        if watch.armed:
            return self.armed, watch.direction, watch.price
        if watch.direction is _ABOVE:
            return self.spent, _BELOW, watch.price - 1
        return self.spent, _ABOVE, watch.price + 1


def _is_met(watch: Watch, price: int) -> bool:
    return price >= watch.price if watch.direction is _ABOVE else price <= watch.price


def _key(account: Address, number: int) -> str:
    return f"{account}/{number}"
