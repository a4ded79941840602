"""There is one ranking of the slowest requests, whoever asks, and one colour for each part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from reports import figures
from reports.figures import SERIES
from reports.journey_figure import draw_journey
from reports.metrics import summarise
from reports.page import write
from reports.parts import OF_A_HOP, PARTS
from reports.rows import slowest
from reports.sheets import ways_missing
from scenarios.recorded import Run
from simulation.journeys import Hop, Journey
from simulation.plan import Plan

SECOND = 1_000_000


@pytest.fixture
def run(
    record_run: Callable[..., Path], make_requests: Callable[..., dict[str, Any]], plan: Plan
) -> Path:
    """Record a run with a slow beginning that gives no warm-up, and with few latencies."""
    requests = make_requests(5_000)
    latency = np.arange(5_000) % 7 * 1_000 + 1_000
    latency += np.where(requests["intended_us"] < 12 * SECOND, SECOND, 0)
    requests["answered_us"] = requests["intended_us"] + latency
    requests["command_id"] = np.random.default_rng(3).permutation(5_000)
    automatic = replace(plan, warm_up_s=0.0, duration_s=60.0, finds_warm_up=True)
    return record_run(requests=requests, plan=automatic)


def test_the_page_and_whoever_else_asks_name_the_same_requests_among_equals(run: Path) -> None:
    told = summarise(run)["slowest"]
    asked = slowest(run, 20, from_us=Run(run).counts_from_us)

    assert len({row["latency_s"] for row in told}) == 1, "there are more equals than are named"
    assert [row["command_id"] for row in told] == [row["command_id"] for row in asked]


@pytest.mark.parametrize(
    ("kept", "how", "sentence"),
    [
        ([True, True, True], "found", ""),
        ([False, True, True], "found", "No way was kept of the slowest that count: with warm_up ="),
        ([False, False, True], "given", "of the 2 slowest that count: they were answered because"),
        ([False, False, False], "found", "No way was kept of the 3 slowest that count: with warm"),
        ([False, False, False], "given", "The way of none of them was recorded."),
    ],
)
def test_it_is_said_which_of_the_slowest_have_no_way_and_why(
    kept: list[bool], how: str, sentence: str
) -> None:
    rows: list[dict[str, Any]] = [{"hops": [{}] if has_way else []} for has_way in kept]

    told = ways_missing({"slowest": rows, "run": {"warm_up": {"how": how}}})

    assert sentence in told
    assert bool(told) is bool(sentence)


def test_the_page_says_why_a_warm_up_that_was_found_hides_the_slowest_ways(run: Path) -> None:
    page = write(run).read_text("utf-8")

    assert "No way was kept of the 20 slowest that count: with warm_up = &#34;auto&#34;" in page


def test_among_equals_the_earlier_comes_first(run: Path) -> None:
    meant = [row["intended_us"] for row in slowest(run, 20)]

    assert meant == sorted(meant)


def test_a_warm_up_that_was_found_is_left_out_for_whoever_asks(run: Path) -> None:
    assert Run(run).counts_from_us == pytest.approx(12 * SECOND, abs=SECOND)
    assert {row["latency_us"] for row in slowest(run, 20, from_us=Run(run).counts_from_us)} == {
        7_000
    }


def test_a_part_has_one_colour_in_both_waterfalls() -> None:
    way, one = Figure().add_subplot(), Figure().add_subplot()
    hop = Hop(
        number=0, cause=-1, sender="client", actor="book/A", node="", message="SubmitOrder",
        says={}, sent_s=0.0, network_s=1.0, mailbox_s=1.0, worker_s=1.0, service_s=1.0, at_s=4.0,
        commit_s=1.0,
    )  # fmt: skip

    figures.waterfall(way, [{"actor": "A", "message": "M", "from_s": 0.0,
                             **dict.fromkeys(PARTS, 1.0)}])  # fmt: skip
    draw_journey(one, Journey("run", "1", 0, {"intended_us": 0}, None, [hop]))

    colours = [to_hex(bar.get_facecolor()) for bar in way.patches]
    assert colours == list(SERIES[: len(PARTS)])
    assert [to_hex(bar.get_facecolor()) for bar in one.patches][: len(OF_A_HOP)] == colours[1:]
