"""The naive book and the real queues agree, though they share nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from actors.domain.matching import PriceTimeQueue
from actors.domain.orders import OrderType
from actors.messages.orders import Ending
from simulation.audit.priority import NaiveBook

BUY, SELL = OrderType.BUY, OrderType.SELL
STEPS = st.lists(
    st.tuples(st.sampled_from("wwwrp"), st.sampled_from([BUY, SELL]), st.integers(1, 6)),
    max_size=40,
)


@given(STEPS)
def test_prices_trigger_the_same_orders_in_the_same_sequence(
    steps: list[tuple[str, OrderType, int]],
) -> None:
    naive, queues = NaiveBook(), {BUY: PriceTimeQueue(BUY), SELL: PriceTimeQueue(SELL)}
    for number, (what, order_type, price) in enumerate(steps):
        queue = queues[order_type]
        if what == "w":
            naive.wait(str(number), order_type, price)
            queue.add(str(number), price)
        elif what == "r" and queue.waiting:
            order_id = next(iter(queue.waiting))
            queue.remove(order_id)
            assert naive.ended(order_id, Ending.CANCELLED) is None
        elif what == "p":
            naive.trigger(price)
            for side, waiting in queues.items():
                while (first := waiting.first_met(price)) is not None:
                    waiting.remove(first)
                    assert naive.executed(first, side) == ""
            assert not naive.owes
            assert naive.settle() == []
    assert set(naive.keys) == {*queues[BUY].waiting, *queues[SELL].waiting}


def test_what_a_batch_leaves_undone_is_named_best_first() -> None:
    naive = NaiveBook()
    for number, limit in enumerate((3, 5, 5)):
        naive.wait(str(number), BUY, limit)
    naive.trigger(3)

    assert naive.executed("2", BUY).startswith("before 1,")
    assert naive.owes == 2
    assert naive.settle() == ["1", "0"]
    assert not naive.owes


def test_an_order_that_nothing_made_due_is_told_apart() -> None:
    naive = NaiveBook()
    naive.wait("1", SELL, 5)

    assert naive.executed("1", SELL) == "and nothing in this batch of the book has made it due"


def test_an_incoming_order_must_end_as_it_has_to() -> None:
    naive = NaiveBook()
    naive.end_at_once("1", Ending.PRICE_RAN_AWAY)
    assert naive.ended("1", Ending.PRICE_RAN_AWAY) is True
    naive.end_at_once("2", Ending.EXPIRED)
    assert naive.ended("2", Ending.PRICE_RAN_AWAY) is False
    naive.execute_at_once("3", BUY)
    assert naive.ended("3", Ending.EXPIRED) is False
    naive.end_at_once("4", Ending.EXPIRED)

    assert naive.executed("4", BUY) == "and had to end with nothing executed"
    assert not naive.owes
