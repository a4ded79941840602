"""A naive order book: what must execute, and in which order, by price and then by time (A08)."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable
from typing import Final

from actors.domain.orders import OrderType
from actors.domain.pricing import StrategyFailed, is_wanted
from actors.messages.base import OrderId
from actors.messages.facts import OrderEntered, OrderPlaced
from actors.messages.orders import Ending

_BUY: Final = OrderType.BUY
_LAST: Final = 2**62

Key = tuple[int, int, OrderId]
Rule = Callable[[int], bool]
"""Whether an order is due at a price."""


def rule_of(order: OrderEntered | OrderPlaced) -> Rule:
    """Return when an order of a strategy of somebody's own is due: never beyond its worst price."""
    side, worst = order.order_type, order.worst_price

    def is_due(price: int) -> bool:
        is_covered = price <= worst if side is _BUY else price >= worst
        try:
            return is_covered and is_wanted(
                order.price_type, side, worst, order.trigger_price, price
            )
        except StrategyFailed:  # a rule that has no answer does not say that it is
            return False

    return is_due


class NaiveBook:
    """The waiting orders of one book in two sorted lists, and what its present batch owes.

    It shares nothing with the queues of the real book: the lists are plain, sorted by limit
    (negative for buys) and arrival.

    Attributes:
        owes: How much the present batch must still do.
        must_end: The order that the batch must end without an execution, and how; None for one
            that it must keep for a later session.
        closing: The session ends in this batch, so that nothing may wait after it.
    """

    __slots__ = ("arrivals", "buys", "closing", "due_buys", "due_sells", "keys", "must_end",
                 "owes", "sells", "watched")  # fmt: skip

    def __init__(self) -> None:
        self.buys: list[Key] = []
        self.sells: list[Key] = []
        self.keys: dict[OrderId, tuple[bool, Key]] = {}
        self.watched: dict[OrderId, tuple[bool, Rule]] = {}  # by a strategy of somebody's own
        self.arrivals = 0
        self.due_buys: list[OrderId] = []  # the one that must execute next comes last
        self.due_sells: list[OrderId] = []
        self.must_end: tuple[OrderId, Ending | None] | None = None
        self.closing = False
        self.owes = 0

    def wait(self, order_id: OrderId, order_type: OrderType, limit: int) -> None:
        """Let an order wait for its price, behind those of the same limit."""
        self.remove(order_id)
        self.arrivals += 1
        is_buy = order_type is _BUY
        key = (-limit if is_buy else limit, self.arrivals, order_id)
        insort(self.buys if is_buy else self.sells, key)
        self.keys[order_id] = (is_buy, key)

    def watch(self, order_id: OrderId, order_type: OrderType, rule: Rule) -> None:
        """Let an order wait until a rule of its own makes it due."""
        self.watched[order_id] = order_type is _BUY, rule

    def waiting(self) -> list[OrderId]:
        """Return every order that waits."""
        return [*self.keys, *self.watched]

    def remove(self, order_id: OrderId) -> None:
        """Take an order out, if it waits."""
        self.watched.pop(order_id, None)
        place = self.keys.pop(order_id, None)
        if place is not None:
            side = self.buys if place[0] else self.sells
            del side[bisect_right(side, place[1]) - 1]

    def trigger(self, price: int) -> None:
        """Let a price make every order due whose limit it meets."""
        buys, sells = self.buys, self.sells
        if buys and buys[0][0] <= -price:
            met = buys[: bisect_right(buys, (-price, _LAST, ""))]
            self.due_buys = [order_id for _, _, order_id in reversed(met)]
        if sells and sells[0][0] <= price:
            met = sells[: bisect_right(sells, (price, _LAST, ""))]
            self.due_sells = [order_id for _, _, order_id in reversed(met)]
        if self.watched:
            self._trigger_watched(price)
        self.owes += len(self.due_buys) + len(self.due_sells)

    def _trigger_watched(self, price: int) -> None:
        """Make due what its own rule makes so: after the limits, in the order of arrival."""
        met = [(is_buy, each) for each, (is_buy, rule) in self.watched.items() if rule(price)]
        for is_buy, order_id in met:
            (self.due_buys if is_buy else self.due_sells).insert(0, order_id)

    def execute_at_once(self, order_id: OrderId, order_type: OrderType) -> None:
        """Let an incoming order be due."""
        (self.due_buys if order_type is _BUY else self.due_sells).append(order_id)
        self.owes += 1

    def end_at_once(self, order_id: OrderId, ending: Ending | None) -> None:
        """Let an incoming order have to end with nothing executed, or be kept for later."""
        self.must_end = (order_id, ending)
        self.owes += 1

    def executed(self, order_id: OrderId, order_type: OrderType) -> str:
        """Take an execution, and say what is wrong with it, if anything."""
        if order_id in self.keys or order_id in self.watched:
            self.remove(order_id)
        if self.must_end is not None and self.must_end[0] == order_id:
            self.must_end = None
            self.owes -= 1
            return "and had to end with nothing executed"
        due = self.due_buys if order_type is _BUY else self.due_sells
        if due and due[-1] == order_id:
            due.pop()
            self.owes -= 1
            return ""
        if order_id not in due:
            return "and nothing in this batch of the book has made it due"
        first = due[-1]
        due.remove(order_id)
        self.owes -= 1
        return f"before {first}, which has the better limit, or came first at the same one"

    def ended(self, order_id: OrderId, ending: Ending) -> bool | None:
        """Take an end without an execution; tell whether it was the one that had to be.

        Returns:
            None where none had to be.
        """
        self.remove(order_id)
        expected, self.must_end = self.must_end, None
        if expected is not None:
            self.owes -= 1
            return expected == (order_id, ending)
        for due in (self.due_buys, self.due_sells):
            if order_id in due:
                due.remove(order_id)
                self.owes -= 1
                return False
        return None

    def deferred(self, order_id: OrderId) -> bool:
        """Take that an order is kept for a later session; tell whether it had to be."""
        if self.must_end != (order_id, None):
            return False
        self.must_end = None
        self.owes -= 1
        return True

    def close(self) -> None:
        """Let the session end: what waits must expire in this batch."""
        self.closing = True
        self.owes += 1

    def settle(self) -> list[OrderId]:
        """End the batch, and return what it has left undone, best first."""
        late = [*reversed(self.due_buys), *reversed(self.due_sells)]
        if self.must_end is not None:
            late.append(self.must_end[0])
        self.due_buys.clear()
        self.due_sells.clear()
        self.must_end = None
        self.closing = False
        self.owes = 0
        return late
