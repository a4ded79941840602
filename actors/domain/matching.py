"""Waiting limit orders, by price, then by time."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Final

from msgspec import Struct, field

from actors.domain.orders import OrderType

SPARE_ENTRIES: Final = 16
"""Removed orders that a queue may carry along before it is ever tidied up."""

_BUY: Final = OrderType.BUY  # looking a member up in its class is slow in Python 3.11


class PriceTimeQueue(Struct):
    """The waiting limit orders of one side of one symbol.

    A buy is better the higher its limit, and is met by a price at or below it; a sell the
    other way round. A removed order stays in the heap until it comes to the top or the removed
    ones outnumber the waiting ones, so every operation takes O(log n) on average.

    Invariants: the top of the heap is an order that waits; every order that waits is in the
    heap once, under its arrival number; the heap has at most SPARE_ENTRIES entries more than
    twice the waiting orders.

    Attributes:
        order_type: The side.
        heap: Entries of (limit price, negative for buys; arrival number; order id).
        waiting: Arrival number of every order that waits, by order id.
        arrivals: How many orders have been added so far.
    """

    order_type: OrderType
    heap: list[tuple[int, int, str]] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)
    arrivals: int = 0

    def add(self, order_id: str, limit_price: int) -> None:
        """Let an order wait, behind those of the same limit."""
        assert order_id not in self.waiting, f"order {order_id} waits already"
        self.arrivals += 1
        self.waiting[order_id] = self.arrivals
        rank = -limit_price if self.order_type is _BUY else limit_price
        heappush(self.heap, (rank, self.arrivals, order_id))

    def remove(self, order_id: str) -> bool:
        """Take an order out; return whether it was waiting."""
        if self.waiting.pop(order_id, None) is None:
            return False
        self._tidy()
        return True

    def first_met(self, price: int) -> str | None:
        """Return the first order whose limit is met by a price, if there is one; O(1)."""
        if not self.heap:
            return None
        rank, _, order_id = self.heap[0]
        return order_id if rank <= (-price if self.order_type is _BUY else price) else None

    def check(self) -> None:
        """Assert the invariants."""
        entries = {order_id: number for _, number, order_id in sorted(self._live())}
        assert entries == self.waiting, "the heap and the waiting orders differ"
        assert not self.heap or self._is_live(self.heap[0]), "a removed order is on top"
        assert len(self.heap) <= 2 * len(self.waiting) + SPARE_ENTRIES, "the heap is too large"

    def __len__(self) -> int:
        return len(self.waiting)

    def __contains__(self, order_id: str) -> bool:
        return order_id in self.waiting

    def __iter__(self) -> Iterator[str]:
        return (order_id for _, _, order_id in sorted(self._live()))

    def _tidy(self) -> None:
        if len(self.heap) <= 2 * len(self.waiting) + SPARE_ENTRIES:
            self._uncover()
        else:
            self.heap = self._live()
            heapify(self.heap)

    def _uncover(self) -> None:
        heap = self.heap
        while heap and self.waiting.get(heap[0][2]) != heap[0][1]:
            heappop(heap)

    def _live(self) -> list[tuple[int, int, str]]:
        return [entry for entry in self.heap if self._is_live(entry)]

    def _is_live(self, entry: tuple[int, int, str]) -> bool:
        return self.waiting.get(entry[2]) == entry[1]
