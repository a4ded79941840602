"""Thresholds: what a price meets, and that it costs no more than that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.thresholds import Direction, Thresholds

ABOVE, BELOW = Direction.ABOVE, Direction.BELOW


def test_a_price_meets_what_lies_at_it_or_behind_it() -> None:
    waiting = Thresholds()
    for price in (99, 100, 101):
        waiting.add(ABOVE, price, f"above {price}")
        waiting.add(BELOW, price, f"below {price}")

    assert set(waiting.met_by(100)) == {"above 99", "above 100", "below 100", "below 101"}


def test_what_is_met_first_stands_in_front() -> None:
    waiting = Thresholds()
    for price in (103, 101, 102):
        waiting.add(ABOVE, price, str(price))

    assert waiting.met_by(110) == ["101", "102", "103"]


def test_what_was_removed_is_not_met_and_cannot_be_removed_again() -> None:
    waiting = Thresholds()
    waiting.add(ABOVE, 100, "a")
    waiting.remove(ABOVE, 100, "a")

    assert waiting.met_by(1_000) == []
    with pytest.raises(KeyError):
        waiting.remove(ABOVE, 100, "a")


@given(
    st.lists(st.tuples(st.sampled_from(Direction), st.integers(1, 20)), max_size=30),
    st.sets(st.integers(0, 29)),
    st.integers(0, 21),
)
def test_it_finds_what_looking_at_each_one_finds(
    waiting: list[tuple[Direction, int]], removed: set[int], price: int
) -> None:
    thresholds = Thresholds()
    for number, (direction, threshold) in enumerate(waiting):
        thresholds.add(direction, threshold, str(number))
    for number in removed & set(range(len(waiting))):
        thresholds.remove(*waiting[number], str(number))

    expected = {
        str(number)
        for number, (direction, threshold) in enumerate(waiting)
        if number not in removed
        and (price >= threshold if direction is ABOVE else price <= threshold)
    }
    assert set(thresholds.met_by(price)) == expected
    assert len(thresholds) == len(waiting) - len(removed & set(range(len(waiting))))
