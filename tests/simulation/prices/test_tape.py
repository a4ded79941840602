"""The tape: look-ups by instant, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.prices import PricesError, PriceTape
from simulation.prices.tape import Int64s, SymbolTicks, Window, join_ticks


def tape_of(**changes: Any) -> PriceTape:
    columns: dict[str, Any] = {
        "symbols": ("A", "B"),
        "names": ("Alpha", "Beta"),
        "opening": np.array([100, 200]),
        "at_us": np.array([10, 10, 20]),
        "symbol": np.array([0, 1, 0], dtype=np.int32),
        "price": np.array([110, 210, 120]),
    }
    return PriceTape(**{**columns, **changes})


@pytest.mark.parametrize(
    ("symbol", "at_us", "price"),
    [
        (0, 9, 100),
        (0, 10, 110),
        (0, 19, 110),
        (0, 20, 120),
        (0, 99, 120),
        (1, 9, 200),
        (1, 99, 210),
    ],
)
def test_a_price_is_that_of_the_last_tick_or_else_the_opening(
    symbol: int, at_us: int, price: int
) -> None:
    assert tape_of().price_at(np.array([symbol]), np.array([at_us])).tolist() == [price]


def test_before_the_run_the_opening_price_holds() -> None:
    assert tape_of().price_at(np.array([0, 1]), np.array([-5, -1])).tolist() == [100, 200]


def test_of_two_ticks_at_one_instant_the_last_one_holds() -> None:
    tape = tape_of(symbol=np.zeros(3, dtype=np.int32))

    assert tape.price_at(np.array([0]), np.array([10])).tolist() == [210]


def test_a_tape_without_ticks_gives_opening_prices() -> None:
    none = np.empty(0, dtype=np.int64)
    tape = tape_of(at_us=none, symbol=none.astype(np.int32), price=none)

    assert tape.price_at(np.array([1, 0]), np.array([0, 10**12])).tolist() == [200, 100]


@given(
    ticks=st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 2), st.integers(1, 9)), max_size=30
    ),
    asked=st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 25)), min_size=1, max_size=10),
)
def test_a_look_up_agrees_with_a_search_through_all_ticks(
    ticks: list[tuple[int, int, int]], asked: list[tuple[int, int]]
) -> None:
    ticks.sort(key=lambda tick: tick[0])
    columns: Int64s = np.array(ticks, dtype=np.int64).reshape(-1, 3)
    tape = PriceTape(
        ("A", "B", "C"), ("", "", ""), np.array([11, 12, 13]),
        columns[:, 0], columns[:, 1].astype(np.int32), columns[:, 2],
    )  # fmt: skip

    found = tape.price_at(*(np.array(column) for column in zip(*asked, strict=True)))

    for (symbol, at_us), price in zip(asked, found.tolist(), strict=True):
        past = [tick[2] for tick in ticks if tick[1] == symbol and tick[0] <= at_us]
        assert price == (past[-1] if past else 11 + symbol)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price": np.array([110, 0, 120])}, "prices must be"),
        ({"opening": np.array([100, -1])}, "prices must be"),
        ({"at_us": np.array([10, 30, 20])}, "sorted by time"),
        ({"at_us": np.array([-1, 10, 20])}, "from 0 on"),
        ({"symbol": np.array([0, 2, 0], dtype=np.int32)}, "not listed"),
        ({"symbols": ("A", "A")}, "all different"),
        ({"names": ("Alpha",)}, "one name"),
        ({"price": np.array([110])}, "needs a time, a symbol and a price"),
    ],
)
def test_a_tape_that_breaks_its_invariant_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PricesError, match=message):
        tape_of(**changes)


def test_the_last_tick_before_a_window_becomes_its_opening_price() -> None:
    path = SymbolTicks(1, np.array([-5, 0, 2_000_000, 3_000_000]), np.array([2, 3, 4, 5]))

    part = path.within(Window(1.0, 3.0))

    assert (part.opening, part.at_us.tolist(), part.price.tolist()) == (3, [2_000_000], [4])


def test_simultaneous_ticks_of_two_symbols_keep_the_order_of_the_symbols() -> None:
    path = SymbolTicks(1, np.array([5, 7]), np.array([2, 3]))

    tape = join_ticks(["A", "B"], ["", ""], [path, path])

    assert tape.symbol.tolist() == [0, 1, 0, 1]
