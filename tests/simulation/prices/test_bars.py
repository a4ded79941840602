"""Real days: bridges that open, peak, bottom and close as their bars say."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.plan import Plan
from simulation.prices import PricesError, make_tape
from simulation.prices.bar_table import Bar, read_stock_days
from simulation.prices.bars import bar_path
from simulation.prices.tape import Window
from simulation.streams import Streams

PlanMaker = Callable[..., Plan]
Writer = Callable[[str, str], Path]
HEADER = "symbol,date,open,high,low,close\n"


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    low, high = sorted(draw(st.lists(st.integers(1, 100_000), min_size=2, max_size=2)))
    opening, closing = draw(st.integers(low, high)), draw(st.integers(low, high))
    return Bar(opening * 100, high * 100, low * 100, closing * 100)


@given(bar=bars(), rate=st.sampled_from([0.0, 0.001, 0.01]), seed=st.integers(0, 1_000))
def test_a_path_opens_peaks_bottoms_and_closes_as_its_bar(bar: Bar, rate: float, seed: int) -> None:
    path = bar_path(bar, Window(60.0, 23_460.0), rate, np.random.default_rng(seed))

    assert path.at_us[0] == 60 * 10**6
    assert (path.price[0], path.price[-1]) == (bar.open, bar.close)
    assert (path.price.max(), path.price.min()) == (bar.high, bar.low)
    assert (path.price % 100 == 0).all()
    assert path.at_us[-1] < 23_460 * 10**6


def test_a_path_turns_back_at_the_high_and_the_low_instead_of_sticking_there() -> None:
    bar = Bar(100_000_000, 101_000_000, 99_000_000, 100_000_000)

    path = bar_path(bar, Window(0.0, 23_400.0), 0.1, np.random.default_rng(1))

    # A path that stuck would repeat the high and the low, and repeats are no ticks.
    assert len(path.price) > 0.97 * 2_340


def test_the_bundled_bars_are_a_hundred_stock_days_with_plain_tickers_first() -> None:
    days = read_stock_days(None)

    assert len(days) == len({day.symbol for day in days}) == 100
    assert [day.symbol for day in days[:6]] == ["AAPL", "FB", "GOOG", "IBM", "MSFT", "AAPL.0228"]
    assert days[0].name == "Apple Inc."
    assert days[0].bar == Bar(4_380_000, 4_381_800, 4_299_800, 4_304_700)
    assert ("AAPL.0215", "Apple Inc. (15 Feb 2013)") in [(day.symbol, day.name) for day in days]


def test_a_hundred_symbols_are_a_hundred_real_days(plan_of: PlanMaker) -> None:
    tape = make_tape(plan_of(symbols=100), Streams(1))

    days = read_stock_days(None)
    for number in (0, 42, 99):
        prices = tape.price[tape.symbol == number]
        assert (prices[0], prices[-1]) == (days[number].bar.open, days[number].bar.close)


def test_a_run_from_noon_opens_at_the_price_of_noon(plan_of: PlanMaker) -> None:
    whole = make_tape(plan_of(symbols=1, warm_up_s=0.0, starts_at_s=34_200), Streams(1))
    noon = make_tape(plan_of(symbols=1, warm_up_s=0.0, starts_at_s=43_200), Streams(1))

    before = whole.price_at(np.array([0]), np.array([9_000 * 10**6 - 1]))
    assert noon.opening.tolist() == before.tolist()
    assert noon.price[-1] == whole.price[-1]


def test_more_symbols_than_stock_days_are_refused_with_their_number(plan_of: PlanMaker) -> None:
    with pytest.raises(PricesError, match="has only 100 stock-days"):
        make_tape(plan_of(symbols=101), Streams(1))


def test_a_file_may_name_its_columns_in_any_order_and_case(write: Writer) -> None:
    file = write(
        "bars.csv", "Date,TICKER,Volume,Low,High,Open,Close\n2020-01-02,abc,5,1,3,1.5,2.555\n"
    )

    assert read_stock_days(file) == [("ABC", "ABC", Bar(15_000, 30_000, 10_000, 25_600))]


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "bars.csv.gz"
    file.write_bytes(gzip.compress(f"{HEADER}ABC,2020-01-02,1,3,1,2\n".encode()))

    assert [day.symbol for day in read_stock_days(file)] == ["ABC"]


def test_days_of_several_years_carry_their_year(write: Writer) -> None:
    rows = "".join(f"ABC,20{year}-01-02,1,3,1,2\n" for year in (18, 19, 20))
    file = write("bars.csv", HEADER + rows)

    assert [day.symbol for day in read_stock_days(file)] == ["ABC", "ABC.20190102", "ABC.20180102"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("symbol,date,open,high,low\n", r"bars\.csv:1: column close is missing; needed are symbol"),
        ("", r"bars\.csv:1: column symbol is missing"),
        (HEADER, r"bars\.csv:2: no bars"),
        (HEADER + "A,2020-01-02,1,3,1\n", r"bars\.csv:2: only 5 fields"),
        (HEADER + "A,2020-01-02,1,x,1,2\n", r"bars\.csv:2: column high: 'x' is not a price"),
        (HEADER + "A,2020-01-02,1,nan,1,2\n", r"bars\.csv:2: column high: 'nan' is not a price"),
        (HEADER + "A,2020-01-02,1,3,-1,2\n", r"bars\.csv:2: column low: '-1' is not a price"),
        (HEADER + "A,2020-01-02,1,3,1,2\nA,yesterday,1,3,1,2\n", r"bars\.csv:3: column date"),
        (HEADER + "A,2020-01-02,4,3,1,2\n", r"bars\.csv:2: open and close must lie between"),
        (HEADER + ",2020-01-02,1,3,1,2\n", r"bars\.csv:2: column symbol: '' is not a ticker"),
        (HEADER + "A,2020-01-02,1,3,1,2\n" * 2, r"bars\.csv:3: A on 2020-01-02 stands in line 2"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(write: Writer, text: str, message: str) -> None:
    with pytest.raises(PricesError, match=message):
        read_stock_days(write("bars.csv", text))


def test_a_missing_or_broken_file_is_refused_by_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(gzip.compress(b"symbol,date")[:-3])

    for file in (tmp_path / "none.csv", broken):
        with pytest.raises(PricesError, match=rf"{file.name}: cannot be read"):
            read_stock_days(file)
