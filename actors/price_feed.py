"""A feed: the price of one symbol for everybody who has subscribed to it."""

from __future__ import annotations

from typing import Final, TypeAlias, assert_never

import msgspec

from actors.actor import MICROSECONDS, Actor, Outbox
from actors.addresses import stock_of
from actors.messages.base import Address
from actors.messages.control import Remind
from actors.messages.feed import FlushDue, PriceUpdate, Subscribe, Unsubscribe
from actors.messages.market import FollowPrice, PriceAck, PriceChanged
from actors.subscriptions import LEASE_S

FeedMessage: TypeAlias = PriceChanged | Subscribe | Unsubscribe | FlushDue | Remind

_LEASE_US: Final = int(LEASE_S * MICROSECONDS)
_LONG_AGO: Final = -(2**62)


class Lease(msgspec.Struct, gc=False):
    """One subscription: what its subscriber was last told, when, and how long it is served."""

    number: int
    sent_us: int
    until_us: int


class Group:
    """The subscribers that want the same pace."""

    __slots__ = ("flushed_us", "interval_us", "is_armed", "late", "leases", "number")

    def __init__(self, interval_us: int) -> None:
        self.interval_us = interval_us
        self.leases: dict[Address, Lease] = {}
        self.late: list[Address] = []  # who could not be told yet in the last round
        self.number = 0  # of the price that the last round was about
        self.flushed_us = _LONG_AGO  # when it was
        self.is_armed = False  # the next round is set for later


class PriceFeed(Actor):
    """Follows its stock as the book does, and tells each subscriber at the pace it wants.

    Invariants: a subscriber is told a newer price each time, at most one in its interval, and in
    the end the newest. A change of the price costs one step for each pace, and one for each
    subscriber that is told; a timer runs only while somebody waits for it.

    Nothing here is a fact: a feed that has crashed asks its stock again, and its subscribers
    ask it again. It asks until it is answered, even if prices come: the stock takes it for one
    that knows the newest, so that what comes may be late copies of older ones.

    Args:
        symbol: Whose price it is.
        opening: The symbol's first price, 1/10,000 USD.
    """

    def __init__(self, symbol: str, opening: int) -> None:
        super().__init__()
        self.symbol = symbol
        self.opening = opening
        self.number = 0
        self.price = 0
        self.asked_us = 0  # when it asked its stock
        self.is_answered = False
        self.groups: dict[int, Group] = {}
        self.sent = 0
        self.conflated = 0  # changes that a subscriber was never told, as a newer one came first

    def outbox(self) -> Outbox:
        """Return the wish for the current price, as long as somebody waits for it."""
        if self.is_answered or not self.groups:
            return {}
        return {FollowPrice: (stock_of(self.symbol), FollowPrice(self.address, self.asked_us))}

    def receive(self, message: FeedMessage, sender: Address) -> None:
        match message:
            case PriceChanged():
                self.change_price(message)
            case Subscribe():
                self.subscribe(message)
            case Unsubscribe():
                self.unsubscribe(message.subscriber)
            case FlushDue():
                self.flush_late(message.interval_us)
            case Remind():
                self.resend()
            case _:
                assert_never(message)

    def change_price(self, change: PriceChanged) -> None:
        self.is_answered = self.is_answered or 0 < self.asked_us == change.asked_us
        if change.number > self.number:
            self.number, self.price = change.number, change.price
            for group in list(self.groups.values()):
                if not group.is_armed:
                    self.flush(group)
        self.send(stock_of(self.symbol), PriceAck(self.number))

    def subscribe(self, request: Subscribe) -> None:
        """Serve somebody from here on, or go on serving it; tell it what it has missed."""
        if not self.groups and not self.is_answered:
            self.asked_us = max(1, self.now_us)
            self.promise(stock_of(self.symbol), FollowPrice(self.address, self.asked_us))
        group = self.groups.setdefault(request.interval_us, Group(request.interval_us))
        lease = group.leases.get(request.subscriber)
        if lease is None:
            self.unsubscribe(request.subscriber)  # it wants another pace now
            lease = group.leases[request.subscriber] = Lease(request.known, _LONG_AGO, 0)
        lease.until_us = self.now_us + _LEASE_US
        lease.number = request.known
        if lease.number < self.number:
            group.late.append(request.subscriber)
            self.serve_late(group)

    def unsubscribe(self, subscriber: Address) -> None:
        for group in list(self.groups.values()):
            if group.leases.pop(subscriber, None) is not None and not group.leases:
                del self.groups[group.interval_us]

    def flush_late(self, interval_us: int) -> None:
        """Go on with a round whose time has come."""
        group = self.groups.get(interval_us)
        if group is not None:
            group.is_armed = False
            if group.number < self.number:
                self.flush(group)
            else:
                self.serve_late(group)

    def flush(self, group: Group) -> None:
        """Tell a group the newest price, or set a timer for when it may be told one."""
        wait_us = self.wait_us(group, group.flushed_us)
        if wait_us:
            self.arm(group, wait_us)
            return
        group.flushed_us, group.number = self.now_us, self.number
        group.late = list(group.leases)
        self.serve_late(group)

    def serve_late(self, group: Group) -> None:
        """Tell everybody who has not got the newest price and may be told one."""
        waiting, group.late = group.late, []
        now_us, longest_us = self.now_us, 0
        update = PriceUpdate(self.symbol, self.number, self.price, self.opening)
        for subscriber in waiting:
            lease = group.leases.get(subscriber)
            if lease is None or lease.number >= self.number:
                continue
            if lease.until_us < now_us:
                self.unsubscribe(subscriber)
            elif wait_us := self.wait_us(group, lease.sent_us):
                group.late.append(subscriber)
                longest_us = max(longest_us, wait_us)
            else:
                self.tell(subscriber, lease, update)
        if group.late:
            self.arm(group, longest_us)

    def wait_us(self, group: Group, since_us: int) -> int:
        """Return how long the pace demands to wait after an instant; 0 if that is to come yet.

        A clock that was set back makes nobody wait.
        """
        passed_us = self.now_us - since_us
        return group.interval_us - passed_us if 0 <= passed_us < group.interval_us else 0

    def tell(self, subscriber: Address, lease: Lease, update: PriceUpdate) -> None:
        self.sent += 1
        if lease.number:
            self.conflated += update.number - lease.number - 1
        lease.number, lease.sent_us = update.number, self.now_us
        self.send(subscriber, update)

    def arm(self, group: Group, wait_us: int) -> None:
        """Set the timer of a group, unless it is set."""
        if not group.is_armed:
            group.is_armed = True
            self.send_later(wait_us / MICROSECONDS, FlushDue(group.interval_us))
