"""Workload files: exact round trips, and a clear word on everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulation.prices import PriceTape
from simulation.workload import Workload, WorkloadError, read_workload, write_workload
from simulation.workload.columns import COLUMNS
from simulation.workload.numbering import refuse_unknown_accounts

HEADER = ",".join(name for name in COLUMNS if name != "detail")
GOOD = {
    "deposit": "1,1,1,deposit,,,,,,,1000000,,,0",
    "transfer": "2,1,1,transfer,AAA,,,5,,,500000,,,1",
    "market": "3,1,1,place,AAA,BUY,MARKET,10,,1000000,,,,2",
    "limit": "4,1,1,place,AAA,SELL,LIMIT,5,1010000,,,,,3",
    "cancel": "5,1,1,cancel,,,,,,,,,3,4",
    "search": "6,1,1,search,,,,,,,,Alpha,,5",
    "quote": "7,2,2,quote,BBB,,,,,,,,,6",
    "logout": "8,2,2,logout,,,,,,,,,,7",
    "stop": "9,1,1,place,AAA,SELL,STOP_MARKET,5,990000,,,,,8",
    "undo": "10,1,1,undo,,,,,,,,,8,9",
    "undo deposit": "11,1,1,undo,,,,,,,1000000,,0,10",
}
Writer = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Return a writer of CSV files; a line may be replaced by its name."""

    def write_csv(header: str = HEADER, **changed: str) -> Path:
        path = tmp_path / "w.csv"
        path.write_text("\n".join([header, *{**GOOD, **changed}.values()]) + "\n")
        return path

    return write_csv


def assert_equal(first: Workload, second: Workload) -> None:
    for field in fields(Workload):
        ours, theirs = getattr(first, field.name), getattr(second, field.name)
        assert type(ours) is type(theirs)
        assert np.array_equal(ours, theirs), field.name
        assert getattr(ours, "dtype", None) == getattr(theirs, "dtype", None), field.name


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_round_trip_is_exact(
    day: tuple[Workload, PriceTape], tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"w{suffix}"

    write_workload(day[0], path)

    assert_equal(read_workload(path, day[0].symbols), day[0])
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_file_in_words_is_understood(write: Writer) -> None:
    workload = read_workload(write(), ("AAA", "BBB"))

    assert list(workload.counts().values()) == [
        0, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 1, 2, *[0] * 11,
    ]  # fmt: skip
    assert workload.limit_price.tolist() == [0, 0, 0, 1_010_000, 0, 0, 0, 0, 990_000, 0, 0]
    assert workload.order_type.tolist() == [-1, -1, 0, 1, -1, -1, -1, -1, 1, -1, -1]
    assert workload.target.tolist() == [-1, -1, -1, -1, 3, -1, -1, -1, -1, 8, 0]
    assert workload.queries == ("Alpha",)


def test_the_quote_seen_may_be_left_out(write: Writer) -> None:
    path = write()
    table = [line.split(",") for line in path.read_text().splitlines()]
    place = list(COLUMNS).index("seen_price")
    path.write_text("".join(",".join(row[:place] + row[place + 1 :]) + "\n" for row in table))

    assert read_workload(path, ("AAA", "BBB")).seen_price.tolist() == [0] * 11


@pytest.mark.parametrize("name", ["w.csv", "w.parquet"])
def test_a_workload_without_a_row_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "w.csv").write_text(HEADER + "\n")
    pq.write_table(pa.table({column: pa.array([], pa.int64()) for column in COLUMNS}),
                   tmp_path / "w.parquet")  # fmt: skip

    with pytest.raises(WorkloadError, match=rf"{name}: holds no commands"):
        read_workload(tmp_path / name, ("AAA",))


def test_columns_that_are_needed_are_listed_once(write: Writer) -> None:
    with pytest.raises(WorkloadError) as caught:
        read_workload(write("a,b"), ("AAA",))

    missing, unknown = str(caught.value).splitlines()
    assert "w.csv:1: columns intended_us, user, account, " in missing
    assert missing.count("are missing; needed are intended_us, user, ") == 1
    assert "columns 'a', 'b' are unknown; known are intended_us, user, " in unknown


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        (
            "market",
            "3,1,1,place,AAA,BUY,MARKET,-5,,,,,,2",
            "4: column quantity: -5 is out of range",
        ),
        (
            "market",
            "3,1,1,place,AAA,BUY,MARKET,0,,,,,,2",
            "4: column quantity: is empty or 0; a MARKET",
        ),
        (
            "market",
            "3,1,1,place,AAA,BUY,MARKET,0.5,,,,,,2",
            "4: column quantity: '0.5' is not a whole",
        ),
        (
            "market",
            "3,1,1,place,AAA,BUY,MARKET,1000000000,,,,,,2",
            "4: column quantity: 1000000000 is",
        ),
        (
            "market",
            "3,1,1,place,AAA,BUY,MARKET,5,99,,,,,2",
            "4: column limit_price: 99 does not belong",
        ),
        ("market", "3,1,1,place,AAA,BUY,,5,,,,,,2", "4: column price_type: '' is unknown"),
        ("market", "3,1,1,place,AAA,BUY,STOP,5,,,,,,2", "4: column price_type: 'STOP' is unknown"),
        ("market", "3,1,1,place,AAA,,MARKET,5,,,,,,2", "4: column side: is empty; a MARKET order"),
        ("market", "3,1,1,place,AAA,HOLD,MARKET,5,,,,,,2", "4: column side: 'HOLD' is unknown"),
        (
            "market",
            "3,1,1,place,ZZZ,BUY,MARKET,5,,,,,,2",
            "4: column symbol: 'ZZZ' is not a listed",
        ),
        (
            "market",
            "3,1,1,place,,BUY,MARKET,5,,,,,,2",
            "4: column symbol: is empty; a MARKET order",
        ),
        ("market", "3,0,1,place,AAA,BUY,MARKET,5,,,,,,2", "4: column user: 0 is out of range"),
        ("market", "3,,1,place,AAA,BUY,MARKET,5,,,,,,2", "4: column user: is empty"),
        (
            "market",
            "3,1,1,place,AAA,BUY,MARKET,5,,-2,,,,2",
            "4: column seen_price: -2 is out of range",
        ),
        (
            "limit",
            "4,1,1,place,AAA,SELL,LIMIT,5,,,,,,3",
            "5: column limit_price: is empty or 0; a LIMIT",
        ),
        (
            "limit",
            "4,1,1,place,AAA,SELL,LIMIT,5,-9,,,,,3",
            "5: column limit_price: -9 is out of range",
        ),
        ("limit", "1,1,1,place,AAA,SELL,LIMIT,5,9,,,,,3", "5: column intended_us: 1 is before 3"),
        (
            "limit",
            "4,1,1,place,AAA,SELL,LIMIT,5,9,,,,,2",
            "5: column command_id: 2 stands in an earlier",
        ),
        ("deposit", "1,1,1,deposit,,,,,,,-100,,,0", "2: column amount: -100 is out of range"),
        ("deposit", "1,1,1,deposit,,,,,,,0,,,0", "2: column amount: is empty or 0; a deposit"),
        ("deposit", "-1,1,1,deposit,,,,,,,5,,,0", "2: column intended_us: -1 is out of range"),
        ("deposit", "soon,1,1,deposit,,,,,,,5,,,0", "2: column intended_us: 'soon' is not a whole"),
        ("cancel", "5,1,1,cancel,,,,,,,,,,4", "6: column target: is empty or -1; a cancel needs"),
        ("cancel", "5,1,1,cancel,,,,,,,,,0,4", "6: column target: 0 is not the command id of an"),
        ("cancel", "5,1,1,cancel,,,,,,,,,99,4", "6: column target: 99 is not the command id of an"),
        ("search", "6,1,1,search,,,,,,,,,,5", "7: column query: is empty; a search needs it"),
        ("quote", "7,2,2,quote,,,,,,,,,,6", "8: column symbol: is empty; a quote needs it"),
        ("quote", "7,2,2,quote,BBB,,LIMIT,,,,,,,6", "8: column price_type: LIMIT does not belong"),
        ("logout", "8,2,2,logoff,,,,,,,,,,7", "9: column operation: 'logoff' is unknown"),
        ("logout", "8,2,2,logout,,,,3,,,,,,7", "9: column quantity: 3 does not belong to a logout"),
        ("stop", "9,1,1,place,AAA,SELL,STOP_MARKET,5,,,,,,8", "10: column limit_price: is empty"),
        ("undo", "10,1,1,undo,,,,,,,,,,9", "11: column target: is empty or -1; an undo needs"),
        ("undo", "10,1,1,undo,,,,,,,,,1,9", "11: column target: 1 is no command id of an earlier"),
        ("undo", "10,2,2,undo,,,,,,,,,8,9", "11: column target: 8 is no command id of an earlier"),
        ("undo", "10,1,1,undo,,,,,,,,,10,9", "11: column target: 10 is no command id of an"),
        ("undo", "10,1,1,undo,,,,,,,5,,8,9", "11: column amount: is 5; what it undoes brought 0"),
        (
            "undo deposit",
            "11,1,1,undo,,,,,,,,,0,10",
            "12: column amount: is 0; what it undoes brought 1000000",
        ),
        ("logout", "8,2,2,logout", "9: 4 fields; it must be 14 like the first line"),
    ],
)
def test_a_wrong_line_is_named(write: Writer, name: str, line: str, message: str) -> None:
    path = write(**{name: line})

    with pytest.raises(WorkloadError) as error:
        read_workload(path, ("AAA", "BBB"))

    assert str(error.value).startswith(f"{path}:{message}")


@pytest.mark.parametrize(
    "changed",
    [
        {"limit": "4,1,1,place,AAA,SELL,LIMITED,5,1010000,,,,,3"},
        {"limit": "4,1,1,plaice,AAA,SELL,LIMIT,5,1010000,,,,,3"},
        {"market": "-3,1,1,place,AAA,BUY,MARKET,10,,1000000,,,,2"},
        {"market": ",1,1,place,AAA,BUY,MARKET,10,,1000000,,,,2"},
        {"market": "99999999999999,1,1,place,AAA,BUY,MARKET,10,,1000000,,,,2"},
    ],
)
def test_one_wrong_field_is_one_mistake_whatever_rests_on_it(
    write: Writer, changed: dict[str, str]
) -> None:
    with pytest.raises(WorkloadError) as error:
        read_workload(write(**changed), ("AAA", "BBB"))

    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("number", ["0x10", "0X10", "-0x1"])
def test_a_hexadecimal_number_is_refused(write: Writer, number: str) -> None:
    path = write(market=f"3,1,1,place,AAA,BUY,MARKET,{number},,1000000,,,,2")

    with pytest.raises(WorkloadError, match=f":4: column quantity: '{number}' is not a whole"):
        read_workload(path, ("AAA", "BBB"))


def test_a_user_whom_the_scenario_does_not_know_is_named_by_line(write: Writer) -> None:
    path = write()
    workload = read_workload(path, ("AAA", "BBB"))

    with pytest.raises(WorkloadError, match=r"w\.csv:8: user or account 2, but the scenario has"):
        refuse_unknown_accounts(workload, 1, path)


def test_words_may_look_like_a_hexadecimal_number(write: Writer) -> None:
    path = write(search="6,1,1,search,,,,,,,,0x10,,5")

    assert read_workload(path, ("AAA", "BBB")).queries == ("0x10",)


def test_all_mistakes_are_told_at_once_in_the_order_of_lines(write: Writer) -> None:
    path = write(quote="7,2,2,quote,ZZZ,,,,,,,,,6", deposit="1,1,1,deposit,,,,,,,-1,,,0")

    with pytest.raises(WorkloadError) as error:
        read_workload(path, ("AAA", "BBB"))

    lines = str(error.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"{path}:2", f"{path}:8"]


def test_no_more_than_twenty_mistakes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("\n".join([HEADER] + [f"1,1,1,shout,,,,,,,,,,{n}" for n in range(50)]))

    with pytest.raises(WorkloadError) as error:
        read_workload(path, ())

    assert len(str(error.value).splitlines()) == 21


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER.replace("quantity,", ""), "1: column quantity is missing; needed are intended_us,"),
        (HEADER.replace("seen_price", "seen"), "1: column 'seen' is unknown; known are"),
        (HEADER.replace("seen_price", "amount"), "1: column amount stands twice"),
    ],
)
def test_a_wrong_header_is_refused(write: Writer, header: str, message: str) -> None:
    path = write(header=header)

    with pytest.raises(WorkloadError) as error:
        read_workload(path, ("AAA", "BBB"))

    assert str(error.value).startswith(f"{path}:{message}")


Replacer = Callable[..., Path]


@pytest.fixture
def replaced(day: tuple[Workload, PriceTape], tmp_path: Path) -> Replacer:
    """Return a writer of Parquet files with another column of quantities."""

    def write_parquet(quantity: Any) -> Path:
        path = tmp_path / "w.parquet"
        write_workload(day[0], path)
        table = pq.read_table(path)
        place = table.column_names.index("quantity")
        pq.write_table(table.set_column(place, "quantity", pa.array(quantity)), path)
        return path

    return write_parquet


def test_a_fraction_in_a_parquet_file_is_named_by_its_row(
    day: tuple[Workload, PriceTape], replaced: Replacer
) -> None:
    quantity = day[0].quantity.astype(np.float64)
    quantity[17] += 0.5

    with pytest.raises(WorkloadError, match=r"w\.parquet:row 18: column quantity: .* whole number"):
        read_workload(replaced(quantity), day[0].symbols)


def test_a_number_that_is_none_is_an_empty_field(
    day: tuple[Workload, PriceTape], replaced: Replacer
) -> None:
    quantity = np.where(day[0].quantity == 0, np.nan, day[0].quantity)
    assert_equal(read_workload(replaced(quantity), day[0].symbols), day[0])

    row = int(np.flatnonzero(day[0].quantity)[0])
    quantity[row] = np.nan
    with pytest.raises(WorkloadError, match=f"row {row + 1}: column quantity: is empty or 0"):
        read_workload(replaced(quantity), day[0].symbols)


def test_a_number_beyond_63_bits_is_named_by_its_row(
    day: tuple[Workload, PriceTape], replaced: Replacer
) -> None:
    quantity = day[0].quantity.astype(np.uint64)
    quantity[17] = 2**64 - 1

    with pytest.raises(WorkloadError, match="row 18: column quantity: 18446744073709551615 is"):
        read_workload(replaced(quantity), day[0].symbols)


def test_text_in_place_of_a_parquet_number_is_refused(
    day: tuple[Workload, PriceTape], replaced: Replacer
) -> None:
    with pytest.raises(WorkloadError, match="column quantity: must hold whole numbers, not string"):
        read_workload(replaced(["many"] * len(day[0])), day[0].symbols)


def test_files_that_are_none_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "no.parquet").write_text("no Parquet")
    (tmp_path / "no.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("no.parquet", "no.csv", "missing.csv", "missing.parquet", "w.txt"):
        with pytest.raises(WorkloadError, match=name):
            read_workload(tmp_path / name, ())


def test_a_file_is_not_written_under_another_suffix_or_into_nowhere(
    day: tuple[Workload, PriceTape], tmp_path: Path
) -> None:
    with pytest.raises(WorkloadError, match=r"must end in \.parquet or \.csv"):
        write_workload(day[0], tmp_path / "w.txt")
    with pytest.raises(WorkloadError, match="cannot be written"):
        write_workload(day[0], tmp_path / "nowhere" / "w.csv")
