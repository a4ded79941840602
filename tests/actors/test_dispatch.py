"""When a notifier sends what: batches, rates, retries and outages."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.dispatch import BATCH_AT_MOST, Dispatch, Pace


class Everything:
    """Wants every id."""

    def __contains__(self, _: object) -> bool:
        return True


EVERY = Everything()


def names(count: int) -> list[str]:
    return [f"n{number}" for number in range(count)]


def test_one_leaves_at_once_when_there_is_a_token() -> None:
    dispatch = Dispatch(Pace(100.0), (), 0.0)
    dispatch.add("n")

    assert dispatch.next_batch(0.0, EVERY) is None
    assert dispatch.wait_s(0.0) == pytest.approx(0.01)
    batch = dispatch.next_batch(0.011, EVERY)
    assert batch is not None
    assert batch[1] == ["n"]


def test_a_batch_is_a_hundred_at_most_and_the_oldest_go_first() -> None:
    dispatch = Dispatch(Pace(1_000.0, workers=3), names(250), 0.0)

    batches = [dispatch.next_batch(10.0, EVERY) for _ in range(4)]

    assert [len(batch[1]) for batch in batches if batch] == [100, 100, 50]
    assert [one for batch in batches if batch for one in batch[1]] == names(250)


def test_so_many_batches_are_under_way_as_there_are_workers() -> None:
    dispatch = Dispatch(Pace(1_000.0, workers=2), names(500), 0.0)
    first, second = dispatch.next_batch(1.0, EVERY), dispatch.next_batch(1.0, EVERY)

    assert first is not None
    assert second is not None
    assert dispatch.next_batch(1.0, EVERY) is None
    dispatch.land(first[0])
    assert dispatch.next_batch(1.0, EVERY) is not None


def test_what_is_not_wanted_any_more_is_left_out() -> None:
    dispatch = Dispatch(Pace(100.0), names(3), 0.0)

    batch = dispatch.next_batch(1.0, {"n0", "n2"})

    assert batch is not None
    assert batch[1] == ["n0", "n2"]


def test_silence_says_nothing_of_the_notifications_and_lets_the_channel_rest() -> None:
    dispatch = Dispatch(Pace(100.0, workers=2, patience_s=5.0), names(150), 0.0)
    assert dispatch.next_batch(1.0, EVERY) is not None
    assert dispatch.next_batch(1.5, EVERY) is not None

    assert dispatch.next_batch(6.6, EVERY) is None  # one second of rest
    probe = dispatch.next_batch(7.7, EVERY)

    assert probe is not None
    assert probe[1] == names(100)
    assert dispatch.next_batch(7.7, EVERY) is None  # one batch, until it is known to be back
    dispatch.is_up()
    assert dispatch.next_batch(9.0, EVERY) is not None


def test_each_further_silence_means_a_longer_rest() -> None:
    dispatch = Dispatch(Pace(100.0, patience_s=1.0, retry_at_most_s=8.0), names(1), 0.0)
    left_s: list[float] = []
    now_s = 0.0
    while len(left_s) < 7:
        wait_s = dispatch.wait_s(now_s)
        assert wait_s is not None
        now_s += wait_s + 0.000_001
        if dispatch.next_batch(now_s, EVERY) is not None:
            left_s.append(now_s)

    waits = [after - before for before, after in pairwise(left_s)]
    assert waits == pytest.approx([2, 3, 5, 9, 9, 9], abs=0.01)


def test_a_failure_is_repeated_later_and_later_but_not_before_it_is_wanted() -> None:
    dispatch = Dispatch(Pace(100.0), names(1), 0.0)
    batch = dispatch.next_batch(1.0, EVERY)
    assert batch is not None
    dispatch.land(batch[0])

    assert dispatch.failed("n0") == 1
    assert dispatch.failed("n0") == 2
    dispatch.delay("n0", 1.0, at_least_s=7.0)

    assert dispatch.next_batch(7.9, EVERY) is None
    assert dispatch.next_batch(8.0, EVERY) is not None


def test_numbers_of_batches_rise_over_a_restart() -> None:
    before = Dispatch(Pace(100.0), names(1), 1.0).next_batch(2.0, EVERY)
    after = Dispatch(Pace(100.0), names(1), 3.0).next_batch(4.0, EVERY)

    assert before is not None
    assert after is not None
    assert after[0] > before[0]


@given(
    st.floats(0.5, 500.0),
    st.integers(1, 4),
    st.lists(st.tuples(st.floats(0.0, 2.0), st.integers(0, 50)), min_size=1, max_size=40),
)
def test_no_second_sees_more_than_the_rate_and_what_was_saved(
    rate_per_s: float, workers: int, arrivals: list[tuple[float, int]]
) -> None:
    pace = Pace(rate_per_s, workers)
    dispatch, now_s, sent = Dispatch(pace, (), 0.0), 0.0, 0
    for wait_s, count in arrivals:
        now_s += wait_s
        for number in range(count):
            dispatch.add(f"{now_s}/{number}")
        while (batch := dispatch.next_batch(now_s, EVERY)) is not None:
            assert len(batch[1]) <= BATCH_AT_MOST
            sent += len(batch[1])
            dispatch.land(batch[0])
        assert sent <= rate_per_s * workers * now_s + 1e-6


@pytest.mark.parametrize(
    "wrong",
    [{"rate_per_s": 0.0}, {"rate_per_s": math.nan}, {"patience_s": -1.0}, {"workers": 0},
     {"capacity": 0}, {"attempts": 0}, {"retry_after_s": math.inf}],
)  # fmt: skip
def test_a_pace_at_which_nothing_would_move_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is"):
        Pace(**{"rate_per_s": 100.0} | wrong)
