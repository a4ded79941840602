"""The knee of latency over load: found where there is one, and denied where there is none."""

from __future__ import annotations

import pytest

from reports.knee import find_knee


def waiting(load: float) -> float:
    """Time in M/M/1, which has its knee before the load reaches 1."""
    return 1.0 / (1.0 - load)


def test_the_knee_of_a_queue_lies_before_its_saturation() -> None:
    loads = [place / 20 for place in range(1, 20)]

    knee = find_knee([(load, waiting(load)) for load in loads])

    # The line from (0.05, 1.05) to (0.95, 20) is steeper than the curve up to 1 - 1 / sqrt(21.05).
    assert knee.at == pytest.approx(0.782, abs=0.033)


def test_a_hockey_stick_has_its_knee_where_it_bends() -> None:
    points = [(10.0, 1.0), (20.0, 1.1), (30.0, 1.2), (40.0, 1.3), (50.0, 9.0), (60.0, 20.0)]

    assert find_knee(points).at == 40.0


@pytest.mark.parametrize(
    "points",
    [
        [(load, 2.0 * load) for load in range(1, 9)],
        [(load, 5.0) for load in range(1, 9)],
        [(load, 9.0 - load) for load in range(1, 9)],
        [(load, load**0.5) for load in range(1, 9)],
        [(load, load + 0.1 * (-1) ** load) for load in range(1, 9)],
    ],
)
def test_what_does_not_turn_up_has_no_knee(points: list[tuple[float, float]]) -> None:
    knee = find_knee(points)

    assert knee.at is None
    assert knee.why.startswith("no knee within the range")


def test_two_cells_of_one_load_are_not_told_to_be_too_few() -> None:
    knee = find_knee([(load, load**4) for load in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 6.0)])

    assert (knee.at, "several cells have the same load" in knee.why) == (None, True)


def test_four_loads_are_too_few() -> None:
    knee = find_knee([(1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (4.0, 9.0)])

    assert (knee.at, knee.why) == (None, "no knee: 4 loads are too few, 5 are needed")
