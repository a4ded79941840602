"""Files that a run cannot use: one error that says where, status 2, and no run is left."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode

QUIET = ("run", "quiet-minute", "--set", "users.count=20")
LOBSTER = "AAPL_2012-06-21_34200000_37800000_message_50.csv"
PRINTS = "34200.5,4,1,100,5857000,1\n34201.5,4,2,100,5857100,-1\n"

Refused = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refused:
    """Give what is said about a command in an own folder, after which no run is left there."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> str:
        result = CliRunner().invoke(openoutcry, list(words))
        assert (result.exit_code, result.stdout) == (ExitCode.BAD_INPUT, ""), result.output
        assert list(tmp_path.glob("runs/*")) == []
        return result.stderr

    return call


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """Give the rows of a workload that can be used."""
    file = tmp_path_factory.mktemp("workload") / "good.csv"
    CliRunner().invoke(openoutcry, ["workload", *QUIET[1:], "-o", str(file)])
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def write(rows: list[dict[str, str]], *, without: str = "") -> None:
    columns = [name for name in rows[0] if name != without]
    with Path("bad.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(
    ("kind", "column", "value", "told"),
    [
        ("place", "quantity", "1.5", "column quantity: '1.5' is not a whole number"),
        ("place", "quantity", "-3", "column quantity: -3 is out of range"),
        ("LIMIT", "limit_price", "", "column limit_price: is empty or 0; a LIMIT order needs"),
        ("quote", "symbol", "ZZZZ", "column symbol: 'ZZZZ' is not a listed symbol of this run"),
        ("deposit", "amount", "-5", "column amount: -5 is out of range; a deposit needs"),
        ("quote", "operation", "qoute", "column operation: 'qoute' is unknown"),
    ],
)
def test_a_workload_with_one_wrong_value_is_refused_with_its_line(
    refused: Refused, rows: list[dict[str, str]], kind: str, column: str, value: str, told: str
) -> None:
    places = (n for n, row in enumerate(rows) if kind in {row["operation"], row["price_type"]})
    place = next(places)
    write([*rows[:place], rows[place] | {column: value}, *rows[place + 1 :]])

    assert refused(*QUIET, "--replay", "bad.csv").startswith(f"bad.csv:{place + 2}: {told}")


def test_a_workload_without_a_column_is_refused(
    refused: Refused, rows: list[dict[str, str]]
) -> None:
    write(rows, without="quantity")

    told = refused(*QUIET, "--replay", "bad.csv")

    assert told.startswith("bad.csv:1: column quantity is missing; needed are intended_us, ")


@pytest.mark.parametrize("name", ["empty.csv", "empty.parquet"])
def test_a_workload_without_a_row_is_refused(
    refused: Refused, rows: list[dict[str, str]], name: str
) -> None:
    table = pa.table({column: pa.array([], pa.int64()) for column in rows[0]})
    pq.write_table(table, "empty.parquet")
    Path("empty.csv").write_text(",".join(rows[0]) + "\n", encoding="utf-8")

    told = refused(*QUIET, "--replay", name)

    assert told == f"{name}: holds no commands; at least one row is needed\n"


@pytest.mark.parametrize("name", ["bad.csv", "bad.parquet"])
def test_a_file_that_is_no_workload_is_refused(refused: Refused, name: str) -> None:
    Path(name).write_text("a,b\n1,2\n", encoding="utf-8")

    told = refused(*QUIET, "--replay", name)

    assert told.startswith(name)
    assert "Traceback" not in told


def test_a_broken_line_of_a_lobster_file_is_named(refused: Refused, tmp_path: Path) -> None:
    Path(LOBSTER).write_text(f"{PRINTS}34202.5,4,x,100,5857000,1\n", encoding="utf-8")

    told = refused("run", "real-morning", "--set", f"market.prices.file={LOBSTER}")

    assert told == f"{tmp_path / LOBSTER}:3: order id 'x' is not a whole number\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "market.prices.file: missing: the message file; give it with --set"),
        (("--set", "market.prices.file=gone.csv"), "--set market.prices.file: no such file: gone"),
    ],
)
def test_a_missing_lobster_file_is_asked_for(
    refused: Refused, words: tuple[str, ...], told: str
) -> None:
    assert told in refused("run", "real-morning", *words)


def test_a_folder_of_runs_that_cannot_be_made_is_named(refused: Refused) -> None:
    Path("file").touch()

    assert "file" in refused(*QUIET, "--out", "file/runs")
