"""Every benchmark runs at a tiny size and prints its table; none is timed here."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from actors.account import AccountMessage
from actors.alerts import AlertsMessage
from actors.exchange import ExchangeMessage
from actors.market_data import MarketDataMessage
from actors.notifier import NotifierMessage
from actors.order_book import BookMessage
from actors.portfolio_view import ViewMessage
from actors.price_feed import FeedMessage
from actors.stock import StockMessage
from actors.watchlist import WatchlistMessage
from simulation.service_times import load_service_times

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"


def printed_by(script: str, *arguments: object) -> str:
    """Run a benchmark as people do, and return what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / script), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def row(printed: str, start: str) -> list[str]:
    """Return the cells of the row of a table that begins with a text."""
    line = next(line for line in printed.splitlines() if line.startswith(start))
    return line.removeprefix(start).split()


def test_the_cost_of_keeping_ways_is_a_ratio_of_pairs() -> None:
    printed = printed_by("ways.py", "--pairs", 2, "--rate", 20)

    cells = [float(one) for one in row(printed, "2 pairs") if one != "to"]
    kept_s, bare_s, ratio, low, high, least, most = cells
    assert min(kept_s, bare_s) > 0
    assert low <= ratio <= high
    assert least <= ratio <= most


def test_threads_shows_both_loops_with_their_bars_and_a_clean_audit() -> None:
    printed = printed_by("threads.py", "--seconds", 0.4, "--rate", 500, "--users", 20)

    assert "closed loop, 100 orders in flight, 20 users" in printed
    assert "open loop, 0.4 s" in printed
    assert "> 25,000" in printed
    assert "< 20.0" in printed
    assert printed.count("clean") == 4
    assert "Python" in printed


def test_trading_day_shows_time_memory_parts_and_the_ratio_to_the_bare_rules() -> None:
    printed = printed_by("trading_day.py", "--orders", 500, "--users", 20, "--bare", "--profile")

    assert row(printed, "audit ") == ["clean"]
    assert int(row(printed, "messages ")[0].replace(",", "")) > 2_000
    assert row(printed, "commands without an answer")[0] == "0"
    assert len(row(printed, "the day")) == 3
    assert "kernel and runtime" in printed
    assert row(printed, "wall of the whole")[-1] == "x"
    by_rules, by_the_whole = (
        int(row(printed, f"orders executed by the {who}")[0]) for who in ("rules", "whole")
    )
    assert by_rules > 100
    assert abs(by_rules - by_the_whole) <= 5


@pytest.mark.skipif(sys.platform != "linux", reason="memory is sampled from /proc")
def test_trading_day_sees_the_memory_of_both_processes() -> None:
    printed = printed_by("trading_day.py", "--orders", 500, "--users", 20)

    main, witness, both = (
        float(row(printed, f"peak memory, {who}, MiB")[0])
        for who in ("main process", "witness", "both")
    )
    assert 50 < witness < both
    assert 50 < main < both
    assert row(printed, "peak memory, both, MiB")[1:] == ["<", "1,024", "ok"]


def test_trading_day_compares_sizes() -> None:
    printed = printed_by("trading_day.py", "--orders", 300, "--users", 10, 20, "--orders-only")

    assert "cost per order, by the number of users" in printed
    assert printed.count("clean") == 2
    assert "dearest over cheapest" in printed


def test_calibrate_writes_a_calibration_that_virtual_time_can_use(tmp_path: Path) -> None:
    output = tmp_path / "mine.toml"

    printed = printed_by("calibrate.py", "--orders", 300, "--users", 20, "-o", output)

    assert "handler and release" in printed
    times = load_service_times(output)
    assert times["PlaceOrder"] > times["OrderAccepted"] > 0
    assert {"machine", "python", "measured", "how"} <= set(tomllib.loads(output.read_text()))


def test_the_built_in_calibration_knows_every_message_that_an_actor_handles() -> None:
    handled = (
        AccountMessage, AlertsMessage, BookMessage, ExchangeMessage, FeedMessage,
        MarketDataMessage, NotifierMessage, StockMessage, ViewMessage, WatchlistMessage,
    )  # fmt: skip
    names = {kind.__name__ for union in handled for kind in get_args(union)}

    assert len(names) > 20
    assert names - set(load_service_times()) == set()


def test_fan_out_shows_staleness_on_both_runtimes() -> None:
    printed = printed_by("fan_out.py", "--users", 20, "--seconds", 0.5)

    for kind in ("virtual", "threads"):
        cells = row(printed, kind)
        assert cells[0] == "20"
        assert float(cells[3]) < 500.0
    assert "messages/tick" in printed


def test_search_shows_what_a_late_listing_costs() -> None:
    printed = printed_by("search.py", "--stocks", 300, "--searches", 400)

    assert row(printed, "after listing")[0] == "150"
    assert row(printed, "threads")[0] == "100"


def test_audit_shows_the_cost_of_a_fact() -> None:
    printed = printed_by("audit.py", 200, 10)

    assert "us an order" in printed
    assert "digest" in printed


@pytest.mark.parametrize("script", ["threads.py", "trading_day.py", "calibrate.py"])
def test_a_benchmark_says_how_it_is_used(script: str) -> None:
    assert f"python benchmarks/{script}" in printed_by(script, "--help")


def test_order_search_asks_both_stores_and_judges_the_recorded_one() -> None:
    pytest.importorskip("duckdb", reason="DuckDB is not installed")
    printed = printed_by(
        "order_search.py", "--orders", 3_000, "--live-orders", 2_000, "--rounds", 2
    )

    assert "3,000 recorded orders, DuckDB" in printed
    assert "2,000 orders of a live history, SQLite" in printed
    assert printed.count(" met") + printed.count(" MISSED") == 12


def test_order_history_shows_what_it_costs() -> None:
    printed = printed_by("order_history.py", "--seconds", 0.2, "--users", 20, "--rounds", 1)

    assert float(row(printed, "without")[-1]) == 1.0
    assert len(row(printed, "in a file")) == 5
