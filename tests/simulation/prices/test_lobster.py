"""LOBSTER message files: prints become ticks, broken lines are named."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simulation.plan import Plan
from simulation.prices import PricesError, make_tape
from simulation.prices.lobster import read_messages, ticker_of
from simulation.streams import Streams

PlanMaker = Callable[..., Plan]
Writer = Callable[[str, str], Path]
REAL = (
    Path(__file__).resolve().parents[3]
    / "../shared/data/lobster-aapl/AAPL_2012-06-21_34200000_37800000_message_50.csv.gz"
)
NAME = "ABC_2020-01-02_34200000_57600000_message_1.csv"
GOOD = (
    "34200.5,1,1,10,1000000,1\n"
    "34201.000001999,4,1,5,1000000,1\n"
    "34202,7,0,0,-1,-1\n"
    "34203.25,5,0,5,1000300,-1\n"
    "34203.25,4,1,5,1000200,1\n"
)


def test_the_prints_of_a_real_morning_become_ticks(plan_of: PlanMaker) -> None:
    if not REAL.exists():
        pytest.skip("the LOBSTER sample is not beside this checkout")

    messages = read_messages(REAL)
    tape = make_tape(plan_of(kind="lobster", symbols=1, file=REAL), Streams(1))

    assert len(messages.type) == 91_997
    assert np.count_nonzero(messages.type == 4) == 4_067
    assert np.count_nonzero(messages.type == 5) == 2_201
    assert (len(tape), tape.symbols, tape.names) == (4_067 + 2_201, ("AAPL",), ("Apple Inc.",))
    assert tape.at_us[0] >= 60 * 10**6


def test_executions_become_ticks_to_the_microsecond(plan_of: PlanMaker, write: Writer) -> None:
    tape = make_tape(plan_of(kind="lobster", symbols=1, file=write(NAME, GOOD)), Streams(1))

    assert tape.at_us.tolist() == [61_000_001, 63_250_000, 63_250_000]
    assert tape.price.tolist() == [1_000_000, 1_000_300, 1_000_200]
    assert tape.opening.tolist() == [1_000_000]
    assert tape.price_at(np.array([0]), np.array([63_250_000])).tolist() == [1_000_200]


def test_prints_before_the_run_set_its_opening_price(plan_of: PlanMaker, write: Writer) -> None:
    lines = GOOD + "34210,4,1,5,1000700,1\n"
    plan = plan_of(kind="lobster", symbols=1, file=write(NAME, lines), starts_at_s=34_205)

    tape = make_tape(plan, Streams(1))

    assert (tape.opening.tolist(), tape.price.tolist()) == ([1_000_200], [1_000_700])


def test_a_gzipped_file_gives_the_same_messages(tmp_path: Path, write: Writer) -> None:
    packed = tmp_path / f"{NAME}.gz"
    packed.write_bytes(gzip.compress(GOOD.encode()))

    assert read_messages(packed).at_ns.tolist() == read_messages(write(NAME, GOOD)).at_ns.tolist()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("34204,4,1,5,1000000", "5 fields; it must be 6"),
        ("noon,4,1,5,1000000,1", "time 'noon' is not a number"),
        ("nan,4,1,5,1000000,1", "time 'nan' is not a number"),
        ("34204,4,1,0.5,1000000,1", "size '0.5' is not a whole number"),
        ("34204,,1,5,1000000,1", "type '' is not a whole number"),
        ("34204,9,1,5,1000000,1", "type 9 is unknown"),
        ("34204,4,1,-5,1000000,1", "size -5 is negative"),
        ("34204,4,1,5,-1000000,1", "price -1000000 is out of range"),
        ("34204,4,1,5,0,1", "price 0 is none of an execution"),
        ("34204,4,1,5,0x10,1", "price '0x10' is not a whole number"),
        ("34204,4,1,5,1000000,2", "direction 2 is unknown"),
        ("34203,4,1,5,1000000,1", "time 34203.0 goes back behind 34203.25"),
        ("90000,4,1,5,1000000,1", "time 90000.0 is not a time of day"),
    ],
)
def test_a_broken_line_is_named(write: Writer, line: str, message: str) -> None:
    file = write(NAME, GOOD + line + "\n34300,4,1,5,1000000,1\n")

    with pytest.raises(PricesError) as error:
        read_messages(file)

    assert str(error.value).startswith(f"{file}:6: {message}")


def test_orders_and_crosses_may_have_no_price(write: Writer) -> None:
    file = write(NAME, GOOD + "34204,6,1,5,0,1\n34204,1,1,5,0,1\n")

    assert len(read_messages(file).type) == 7


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    broken = tmp_path / f"{NAME}.gz"
    broken.write_bytes(gzip.compress(b"34200.5,1,1,10,1000000,1\n" * 1_000)[:-20])

    for file in (tmp_path / "ABC_2020-01-02_none.csv", broken):
        with pytest.raises(PricesError, match="cannot be read"):
            read_messages(file)


def test_a_name_without_a_ticker_is_refused() -> None:
    assert ticker_of(Path("BRK.B_2012-06-21_34200000_57600000_message_10.csv")) == "BRK.B"
    with pytest.raises(PricesError, match="does not tell the stock"):
        ticker_of(Path("messages.csv"))


def test_more_than_one_symbol_is_refused(plan_of: PlanMaker, write: Writer) -> None:
    with pytest.raises(PricesError, match="prices of 1 only"):
        make_tape(plan_of(kind="lobster", symbols=2, file=write(NAME, GOOD)), Streams(1))


def test_a_plan_without_a_file_is_refused(plan_of: PlanMaker) -> None:
    with pytest.raises(PricesError, match="needs the path"):
        make_tape(plan_of(kind="lobster", symbols=1), Streams(1))


def test_a_file_without_executions_in_the_run_is_refused(plan_of: PlanMaker, write: Writer) -> None:
    orders = write(NAME, "34200.5,1,1,10,1000000,1\n")
    with pytest.raises(PricesError, match="no execution"):
        make_tape(plan_of(kind="lobster", symbols=1, file=orders), Streams(1))

    early = write(NAME, GOOD)
    with pytest.raises(PricesError, match="the file's lie from 09:30:01 to 09:30:03"):
        make_tape(plan_of(kind="lobster", symbols=1, file=early, starts_at_s=40_000), Streams(1))
