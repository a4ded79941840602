"""Waiting orders are served by price, then by time."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.matching import SPARE_ENTRIES, PriceTimeQueue
from actors.domain.orders import OrderType

ORDER_TYPES = st.sampled_from(OrderType)
PRICES = st.integers(1, 12)  # few, so that orders meet at one price
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 60), PRICES),
        st.tuples(st.just("remove"), st.integers(0, 60), st.just(0)),
        st.tuples(st.just("trigger"), st.just(0), PRICES),
    ),
    max_size=120,
)


class NaiveQueue:
    """A list that is sorted anew by every step."""

    def __init__(self, order_type: OrderType) -> None:
        self.buys = order_type is OrderType.BUY
        self.orders: list[tuple[str, int]] = []

    def add(self, order_id: str, limit_price: int) -> None:
        self.orders.append((order_id, limit_price))
        self.orders.sort(key=lambda order: -order[1] if self.buys else order[1])  # stable

    def remove(self, order_id: str) -> bool:
        count = len(self.orders)
        self.orders = [order for order in self.orders if order[0] != order_id]
        return len(self.orders) < count

    def take_triggered(self, price: int) -> list[str]:
        taken = [
            order_id
            for order_id, limit in self.orders
            if (price <= limit if self.buys else price >= limit)
        ]
        self.orders = [order for order in self.orders if order[0] not in taken]
        return taken


def queue_of(order_type: OrderType, *limits: int) -> PriceTimeQueue:
    queue = PriceTimeQueue(order_type)
    for number, limit in enumerate(limits):
        queue.add(f"order-{number}", limit)
    return queue


def step(queue: PriceTimeQueue | NaiveQueue, what: str, order_id: str, price: int) -> object:
    if what == "add":
        return queue.add(order_id, price)
    return queue.remove(order_id) if what == "remove" else take_triggered(queue, price)


def take_triggered(queue: PriceTimeQueue | NaiveQueue, price: int) -> list[str]:
    """Take out all orders that a price meets, as an order book does."""
    if isinstance(queue, NaiveQueue):
        return queue.take_triggered(price)
    taken = []
    while (order_id := queue.first_met(price)) is not None:
        queue.remove(order_id)
        taken.append(order_id)
    return taken


@given(ORDER_TYPES, STEPS)
def test_a_queue_does_what_a_sorted_list_does(
    order_type: OrderType, steps: list[tuple[str, int, int]]
) -> None:
    queue, naive = PriceTimeQueue(order_type), NaiveQueue(order_type)
    for what, number, price in steps:
        order_id = f"order-{number}"
        if what == "add" and order_id in queue:
            continue
        assert step(queue, what, order_id, price) == step(naive, what, order_id, price)
        queue.check()
        assert list(queue) == [order_id for order_id, _ in naive.orders]
        assert len(queue) == len(naive.orders)


@pytest.mark.parametrize(
    ("order_type", "price", "taken"),
    [
        (OrderType.BUY, 11, ["order-1"]),
        (OrderType.BUY, 10, ["order-1", "order-0", "order-3"]),
        (OrderType.BUY, 13, []),
        (OrderType.SELL, 9, ["order-2"]),
        (OrderType.SELL, 10, ["order-2", "order-0", "order-3"]),
        (OrderType.SELL, 8, []),
    ],
)
def test_a_price_triggers_the_best_limit_first_then_the_first_come(
    order_type: OrderType, price: int, taken: list[str]
) -> None:
    queue = queue_of(order_type, 10, 12, 9, 10)
    assert take_triggered(queue, price) == taken
    assert len(queue) == 4 - len(taken)


def test_an_order_that_returns_stands_behind_those_of_its_price() -> None:
    queue = queue_of(OrderType.BUY, 10, 10, 10)
    queue.remove("order-0")
    queue.add("order-0", 10)
    assert list(queue) == ["order-1", "order-2", "order-0"]


def test_an_order_that_returns_at_another_price_is_taken_once() -> None:
    queue = queue_of(OrderType.BUY, 20, 10)
    queue.remove("order-1")
    queue.add("order-1", 5)
    assert take_triggered(queue, 6) == ["order-0"]
    assert take_triggered(queue, 1) == ["order-1"]


def test_removing_an_order_that_does_not_wait_changes_nothing() -> None:
    queue = queue_of(OrderType.SELL, 10)
    assert queue.remove("order-9") is False
    assert list(queue) == ["order-0"]


def test_an_order_that_waits_already_cannot_be_added() -> None:
    queue = queue_of(OrderType.SELL, 10)
    with pytest.raises(AssertionError, match="order order-0 waits already"):
        queue.add("order-0", 11)
    assert queue == queue_of(OrderType.SELL, 10)


@pytest.mark.parametrize("order_type", OrderType)
def test_no_price_meets_an_order_of_an_empty_queue(order_type: OrderType) -> None:
    assert PriceTimeQueue(order_type).first_met(1) is None


def test_removed_orders_do_not_fill_the_memory() -> None:
    queue = queue_of(OrderType.BUY, 1_000)
    for number in range(10_000):
        queue.add(f"far-{number}", 1)
        queue.remove(f"far-{number}")
    assert len(queue.heap) <= 2 + SPARE_ENTRIES


def test_removed_orders_do_not_outlive_the_waiting_ones_above_them() -> None:
    queue = queue_of(OrderType.SELL, *range(1, 202))
    for number in range(101, 201):
        queue.remove(f"order-{number}")
    take_triggered(queue, 100)
    assert list(queue) == ["order-100"]
    assert len(queue.heap) <= 2 + SPARE_ENTRIES


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ({"heap": []}, "the heap and the waiting orders differ"),
        ({"waiting": {"order-1": 2}}, "a removed order is on top"),
        ({"heap": [(n, n, f"order-{n - 1}") for n in range(1, 40)]}, "the heap is too large"),
    ],
)
def test_the_check_fires_on_a_broken_queue(damage: dict[str, object], sentence: str) -> None:
    queue = queue_of(OrderType.SELL, 1, 2)
    for name, value in damage.items():
        setattr(queue, name, value)
    with pytest.raises(AssertionError, match=sentence):
        queue.check()


def test_a_queue_survives_its_snapshot() -> None:
    queue = queue_of(OrderType.BUY, 10, 12, 9)
    queue.remove("order-0")
    twin = msgspec.msgpack.decode(msgspec.msgpack.encode(queue), type=PriceTimeQueue)
    assert twin == queue
    assert take_triggered(twin, 9) == ["order-1", "order-2"]
