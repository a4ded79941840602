"""The latest prices of a stock, and what of them outlives a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors import Brokerage, Stock, StockHandle
from actors.domain.price_history import KEPT, UNKNOWN, PastPrice, PriceHistory


@given(st.integers(0, 2_500), st.integers(0, KEPT), st.integers(1, 3_000))
def test_a_ring_keeps_the_last_prices_in_their_order(count: int, limit: int, first: int) -> None:
    ring = PriceHistory()
    taken = [PastPrice(first + n, 7 * n + 1, n) for n in range(count)]
    for one in taken:
        ring.add(*one)

    kept = min(limit, count, KEPT)

    assert ring.latest(limit) == taken[count - kept :]


def test_a_gap_makes_a_ring_begin_anew() -> None:
    ring = PriceHistory()
    for number in (1, 2, 5):
        ring.add(number, number, 0)

    assert [one.number for one in ring.latest(KEPT)] == [5]


def test_a_handle_tells_the_latest_prices_with_their_times(
    exchange: Brokerage, apple: StockHandle
) -> None:
    apple.set_price("151.00")
    apple.set_price("152.00")

    history = apple.history(2)

    assert [(one.number, one.price) for one in history] == [(2, 1_510_000), (3, 1_520_000)]
    assert 0 <= history[0].at_us <= history[1].at_us
    assert len(apple.history()) == 3


def test_prices_outlive_a_restart_and_times_only_where_their_source_told(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00")).set_price("151.00")

    with Brokerage(journal=path) as exchange:
        history = exchange.stock("AAPL").history()

    assert history == [PastPrice(1, 1_500_000, UNKNOWN), PastPrice(2, 1_510_000, UNKNOWN)]


def test_more_than_is_kept_cannot_be_asked_for(apple: StockHandle) -> None:
    with pytest.raises(ValueError, match="its last 1,000 prices"):
        apple.history(KEPT + 1)
