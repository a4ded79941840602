"""First ticks beyond a limit, against a search through all ticks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulation.prices.crossings import NEVER_US, Crossings
from simulation.prices.tape import Int64s, PriceTape

TICKS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2), st.integers(1, 20)), max_size=60)
ASKED = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=20
)


@given(ticks=TICKS, asked=ASKED)
def test_the_first_crossing_agrees_with_a_search_through_all_ticks(
    ticks: list[tuple[int, int, int]], asked: list[tuple[int, int, int]]
) -> None:
    ticks.sort(key=lambda tick: tick[0])
    columns: Int64s = np.array(ticks, dtype=np.int64).reshape(-1, 3)
    crossings = Crossings(
        PriceTape(
            ("A", "B", "C"),
            ("", "", ""),
            np.array([5, 5, 5]),
            columns[:, 0],
            columns[:, 1].astype(np.int32),
            columns[:, 2],
        )
    )
    arguments = [np.array(column) for column in zip(*asked, strict=True)]

    below = crossings.first_at_or_below(*arguments).tolist()
    above = crossings.first_at_or_above(*arguments).tolist()

    for number, (symbol, after, limit) in enumerate(asked):
        later = [(at, price) for at, of, price in ticks if of == symbol and at > after]
        assert below[number] == next((at for at, price in later if price <= limit), NEVER_US)
        assert above[number] == next((at for at, price in later if price >= limit), NEVER_US)
