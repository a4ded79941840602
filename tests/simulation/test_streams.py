"""Random streams: one per purpose, the same in every process, independent of each other."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from simulation.streams import Streams


def draws(streams: Streams, purpose: str) -> list[float]:
    drawn: list[float] = streams.get(purpose).random(5).tolist()
    return drawn


def test_equal_seeds_give_equal_streams() -> None:
    assert draws(Streams(7, 2), "arrivals") == draws(Streams(7, 2), "arrivals")


def test_a_purpose_asked_twice_goes_on_where_it_stood() -> None:
    streams = Streams(7)

    assert streams.get("arrivals") is streams.get("arrivals")
    assert draws(streams, "arrivals") != draws(streams, "arrivals")


@pytest.mark.parametrize(
    ("other", "purpose"),
    [(Streams(8), "arrivals"), (Streams(7, 1), "arrivals"), (Streams(7), "sizes")],
)
def test_another_seed_replication_or_purpose_gives_another_stream(
    other: Streams, purpose: str
) -> None:
    assert draws(Streams(7), "arrivals") != draws(other, purpose)


def test_drawing_from_one_purpose_does_not_shift_another() -> None:
    disturbed, calm = Streams(7), Streams(7)
    disturbed.get("sizes").random(1_000)

    assert draws(disturbed, "arrivals") == draws(calm, "arrivals")


def test_seed_and_replication_do_not_run_into_each_other() -> None:
    assert draws(Streams(1 << 32, 0), "a") != draws(Streams(0, 1), "a")


def test_streams_of_two_purposes_are_uncorrelated() -> None:
    streams = Streams(7)
    first, second = streams.get("a").random(10_000), streams.get("b").random(10_000)

    assert abs(np.corrcoef(first, second)[0, 1]) < 3 / np.sqrt(10_000)


@pytest.mark.parametrize("arguments", [(-1,), (2**63,), (1, -1), (1, 2**32)])
def test_a_seed_or_replication_out_of_range_is_refused(arguments: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="is out of range; it must be 0 to"):
        Streams(*arguments)


def test_streams_do_not_depend_on_the_hash_seed_of_the_process() -> None:
    program = (
        "from simulation.streams import Streams; print(Streams(7).get('x').random(3).tolist())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert printed == {f"{Streams(7).get('x').random(3).tolist()}\n"}
