"""MSER-5: how much of the beginning is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.metrics import summarise
from reports.warm_up import in_words, in_words_of_all, mser5
from simulation.plan import Plan

SECOND = 1_000_000


def settled_after(first: int, count: int, seed: int = 1) -> Any:
    """Noise around 1, after a beginning that falls from 11."""
    rng = np.random.default_rng(seed)
    values = rng.normal(1.0, 0.5, count)
    values[:first] += np.linspace(10.0, 0.5, first)
    return values


def test_a_beginning_that_differs_is_cut_off_where_it_ends() -> None:
    cut = mser5(settled_after(1_000, 10_000))

    assert cut is not None
    assert 800 <= cut <= 1_100


def test_what_is_steady_from_the_start_is_hardly_cut() -> None:
    cut = mser5(settled_after(0, 10_000))

    assert cut is not None
    assert cut <= 100


def test_what_never_settles_has_no_warm_up() -> None:
    assert mser5(np.arange(10_000.0)) is None


def test_too_few_values_have_no_warm_up() -> None:
    assert mser5(np.ones(49)) is None


def test_the_cut_is_the_one_with_the_least_standard_error() -> None:
    values = settled_after(60, 300, seed=4)
    means = values.reshape(60, 5).mean(axis=1)
    errors = [float(means[d:].var() / (60 - d)) for d in range(31)]

    assert mser5(values) == 5 * int(np.argmin(errors))


@pytest.mark.parametrize("first", [10, 35, 95])
def test_what_settles_at_one_value_is_cut_where_it_does(first: int) -> None:
    values = np.full(200, 10_007)
    values[:first] += 123_456

    assert mser5(values) == first


def exact_cut(values: list[int]) -> int | None:
    """Return what MSER-5 cuts off, in fractions and as it is defined."""
    sums = [Fraction(sum(values[5 * place : 5 * place + 5])) for place in range(len(values) // 5)]

    def squared_error(cut: int) -> Fraction:
        rest = sums[cut:]
        mean = sum(rest, Fraction()) / len(rest)
        return sum(((own - mean) ** 2 for own in rest), Fraction()) / len(rest) ** 2

    cut = min(range(len(sums) - 4), key=squared_error)
    return 5 * cut if cut <= len(sums) // 2 else None


@given(
    st.lists(st.sampled_from([1, 7, 1_000, 1_001, 10**6]), min_size=5, max_size=60),
    st.sampled_from([1, 1_000, 10**9]),
    st.integers(0, 80),
)
def test_the_cut_is_that_of_exact_arithmetic(
    beginning: list[int], scale: int, constant: int
) -> None:
    values = [scale * value for value in beginning] + [50] * constant
    if len(values) < 50:
        values += beginning * 10

    assert mser5(np.array(values)) == exact_cut(values)


@pytest.fixture
def recorded(
    record_run: Callable[..., Path], make_requests: Callable[..., dict[str, Any]]
) -> Callable[[Plan], dict[str, Any]]:
    """Record a run whose first 12 s are slow, and give what its metrics say about the warm-up."""

    def record(plan: Plan) -> dict[str, Any]:
        requests = make_requests(20_000)
        slow = requests["intended_us"] < 12 * SECOND
        requests["answered_us"] = requests["answered_us"] + np.where(slow, 2 * SECOND, 0)
        return summarise(record_run(requests=requests, plan=plan))

    return record


def test_a_warm_up_is_found_and_left_out_where_none_is_given(
    recorded: Callable[[Plan], dict[str, Any]], plan: Plan
) -> None:
    automatic = replace(plan, warm_up_s=0.0, duration_s=60.0, finds_warm_up=True)

    facts = recorded(automatic)

    warm_up = facts["run"]["warm_up"]
    assert warm_up["how"] == "found"
    assert warm_up["seconds"] == facts["run"]["warm_up_s"] == pytest.approx(12.0, abs=0.1)
    assert facts["run"]["measured_s"] == pytest.approx(48.0, abs=0.1)
    assert facts["metrics"]["latency.all.max"] < 2.0


def test_a_given_warm_up_stands_beside_what_would_be_found(
    recorded: Callable[[Plan], dict[str, Any]], plan: Plan
) -> None:
    warm_up = recorded(plan)["run"]["warm_up"]

    assert (warm_up["how"], warm_up["seconds"]) == ("given", 10.0)
    assert warm_up["mser5_s"] == pytest.approx(12.0, abs=0.1)
    assert (
        in_words(warm_up, lambda s: f"{s:.0f} s")
        == "10 s, as given (the rule MSER-5 would leave out 12 s)"
    )


def warm_up(how: str, seconds: float, mser5_s: float | None) -> dict[str, Any]:
    return {"how": how, "seconds": seconds, "mser5_s": mser5_s}


@pytest.mark.parametrize(
    ("warm_ups", "sentence"),
    [
        ([warm_up("given", 30.0, 2.0)] * 2, "30 s, as given (the rule MSER-5 would leave out 2 s)"),
        (
            [warm_up("given", 30.0, 2.0), warm_up("given", 30.0, 41.0)],
            "30 s, as given (the rule MSER-5 would leave out 2 s … 41 s)",
        ),
        ([warm_up("none", 0.0, 0.0)], "none given (the rule MSER-5 would leave out nothing)"),
        (
            [warm_up("given", 30.0, 0.0), warm_up("given", 30.0, None)],
            "30 s, as given (the rule MSER-5 would leave out nothing; "
            "finds no steady state in the first half of 1 of 2 runs)",
        ),
        (
            [
                warm_up("found", 3.0, 3.0),
                warm_up("not found", 0.0, None),
                warm_up("found", 9.0, 9.0),
            ],
            "found by MSER-5 in each run: 3 s … 9 s; "
            "no steady state in the first half of 1 of 3 runs",
        ),
    ],
)
def test_the_warm_ups_of_several_runs_are_told_from_least_to_most(
    warm_ups: list[dict[str, Any]], sentence: str
) -> None:
    assert in_words_of_all(warm_ups, lambda s: f"{s:.0f} s") == sentence
