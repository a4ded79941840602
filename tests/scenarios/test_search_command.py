"""The command `search`: what it prints, and one clear line for whatever cannot be meant."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scenarios.cli import openoutcry
from scenarios.cli.search import address_of
from simulation.recorder import ColumnWriter
from simulation.records import FORMAT_VERSION, SCHEMAS, write_json

pytest.importorskip("duckdb", reason="DuckDB is not installed: pip install 'openoutcry[sql]'")

SECOND = 1_000_000
DOLLAR = 10_000


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Record three orders: at 09:30:01, 09:31 and, refused, 09:40."""
    folder = tmp_path / "runs" / "a-run"
    folder.mkdir(parents=True)
    record = {"format": FORMAT_VERSION, "id": "abc123", "scenario": "a", "status": "complete"}
    write_json(folder / "run.json", record)
    write_json(folder / "plan.json", {"starts_at_s": 9 * 3600 + 30 * 60})
    orders = ColumnWriter(SCHEMAS["orders"], folder, "orders")
    for number, symbol, at_us in ((1, "AAPL", SECOND), (2, "GOOG", 60 * SECOND)):
        orders.append(
            f"U1-1-{number}", number, "account/U1-1", symbol, "BUY", "MARKET", 10, 160 * DOLLAR,
            at_us, at_us, at_us, "EXECUTED", 10, number * 100 * DOLLAR,
        )  # fmt: skip
    orders.close()
    refusals = ColumnWriter(SCHEMAS["refusals"], folder, "refusals")
    refusals.append(
        3, "account/U2-1", "AAPL", "SELL", "LIMIT", 5, 170 * DOLLAR, 600 * SECOND,
        "insufficient_shares",
    )  # fmt: skip
    refusals.close()
    return folder


def search(run: Path, *words: str) -> Result:
    return CliRunner().invoke(openoutcry, ["search", str(run), *words])


def test_the_table_shows_the_newest_first_within_80_columns(run: Path) -> None:
    lines = search(run).stdout.splitlines()

    assert lines[1].split() == [
        "09:40:00.000", "U2-1", "AAPL", "SELL", "LIMIT", "5", "$170.00", "insufficient_shares"
    ]  # fmt: skip
    assert lines[-1] == "3 of 3 orders"
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (("--symbol", "AAPL"), [3, 1]),
        (("--side", "buy", "--ascending"), [1, 2]),
        (("--status", "rejected"), [3]),
        (("--account", "U1"), [2, 1]),
        (("--account", "account/U2-1"), [3]),
        (("--between", "09:30", "09:31"), [1]),
        (("--between", "9:31:00", "24:00"), [3, 2]),
        (("--sort", "value", "--limit", "2"), [2, 1]),
    ],
)
def test_options_narrow_what_is_found(
    run: Path, words: tuple[str, ...], numbers: list[int]
) -> None:
    content = json.loads(search(run, *words, "--json").stdout)

    assert [order["number"] for order in content["orders"]] == numbers


def test_the_next_page_follows_from_what_a_page_ended_with(run: Path) -> None:
    first = search(run, "--limit", "2", "--json")
    end = json.loads(first.stdout)["next"]

    second = json.loads(search(run, "--limit", "2", "--after", end, "--json").stdout)
    assert [order["number"] for order in second["orders"]] == [1]
    assert (second["total"], second["next"]) == (3, None)
    assert f"--after {end}" in search(run, "--limit", "2").stdout


def test_orders_are_summed_up_by_symbol_and_by_day(run: Path) -> None:
    by_symbol = list(csv.DictReader(io.StringIO(search(run, "--by", "symbol", "--csv").stdout)))
    by_day = json.loads(search(run, "--by", "day", "--json").stdout)

    assert [(row["symbol"], row["orders"], row["volume"]) for row in by_symbol] == [
        ("AAPL", "2", str(1_000 * DOLLAR)), ("GOOG", "1", str(2_000 * DOLLAR))
    ]  # fmt: skip
    assert by_day == [
        {"day": "day 0", "orders": 3, "quantity": 25, "executed": 20, "volume": 3_000 * DOLLAR,
         "average_price": 150 * DOLLAR}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--symbol", "AAPLE"), "did you mean 'AAPL'?"),
        (("--symbol", "'; DROP TABLE orders; --"), "there are AAPL, GOOG"),
        (("--status", "EXECUTE"), "did you mean EXECUTED?"),
        (("--side", "HOLD"), "none of BUY, SELL"),
        (("--sort", "price"), "none of time, symbol, quantity, value"),
        (("--by", "month"), "none of symbol, day"),
        (("--between", "10:00", "09:30"), "the times are reversed"),
        (("--between", "24:30", "25:00"), "no time of day"),
        (("--between", "9h30", "10:00"), "no time of day"),
        (("--limit", "-1"), "1 to 10,000 rows, not -1"),
        (("--limit", "1000000000000"), "1 to 10,000 rows"),
        (("--after", "nothing"), "what the page before ended with"),
        (("--json", "--csv"), "choose one of the two"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(
    run: Path, words: tuple[str, ...], complaint: str
) -> None:
    result = search(run, *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert complaint in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_damaged_run_is_refused_in_one_line(run: Path) -> None:
    (part,) = (run / "orders").glob("part-*.parquet")
    part.write_bytes(b"PAR1 and nothing else")

    result = search(run)
    assert result.exit_code == 2
    assert "part-0000.parquet" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_long_run_is_sorted_once_and_found_the_same(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = search(run, "--json").stdout
    monkeypatch.setattr("reports.order_search_index.ROWS_WORTH_AN_INDEX", 1)

    first, second = search(run, "--json"), search(run, "--json")
    assert first.stderr == "sorting 2 orders for searching, once ...\n"
    assert second.stderr == ""
    assert first.stdout == second.stdout == before


@pytest.mark.parametrize(
    ("named", "address"),
    [
        ("U1", "account/U1-1"), ("U1-2", "account/U1-2"), ("joe-smith", "account/joe-smith-1"),
        ("joe-smith-2", "account/joe-smith-2"), ("account/U1-1", "account/U1-1"), ("", ""),
    ],
)  # fmt: skip
def test_an_account_is_named_in_full_or_by_its_user(named: str, address: str) -> None:
    assert address_of(named) == address


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--account", "5"), "--account 5-1: no order of this run is of it; there are U1-1, U2-1"),
        (("--account", "2"), "--account 2-1: no order of this run is of it; did you mean 'U2-1'?"),
        (("--account", "U1-2"), "--account U1-2: no order of this run is of it; did you mean"),
        (("--account", "U9", "--by", "symbol"), "--account U9-1: no order of this run is of it"),
        (("--account", "U9", "--json"), "--account U9-1: no order of this run is of it"),
    ],
)
def test_an_account_without_any_order_is_named_and_not_taken_for_an_empty_answer(
    run: Path, words: tuple[str, ...], complaint: str
) -> None:
    done = search(run, *words)

    assert done.exit_code == 2
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


def test_an_account_whose_orders_are_others_is_answered_that_none_fits(run: Path) -> None:
    done = search(run, "--account", "U1", "--symbol", "AAPL", "--status", "CANCELLED")
    summed = search(run, "--account", "U1", "--status", "CANCELLED", "--by", "symbol")

    assert (done.exit_code, done.stdout) == (0, "no order of this run fits\n")
    assert (summed.exit_code, summed.stdout) == (0, "no order of this run fits\n")


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("run.json", b"{", "run.json: not readable as JSON"),
        ("run.json", b"", "run.json: not readable as JSON"),
        ("run.json", b"\xff\xfe", "run.json: not readable as JSON"),
        ("run.json", b"[]", "run.json: expected a JSON object, found a list"),
        ("run.json", b'{"id": 5}', "run.json: damaged: id must be text, not 5"),
        ("run.json", b'{"status": {}}', "run.json: damaged: status must be text, not {}"),
        ("run.json", b'{"kind": 7}', "run.json: damaged: kind must be text, not 7"),
        ("plan.json", b'{"starts_at_s": "x"}', "plan.json: starts_at_s must be seconds after"),
        ("plan.json", b"null", "plan.json: expected a JSON object"),
    ],
)
def test_a_damaged_file_of_a_run_is_one_clear_error(
    run: Path, file: str, content: bytes, complaint: str
) -> None:
    (run / file).write_bytes(content)

    done = search(run)

    assert done.exit_code == 2
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
