"""Searching recorded and live orders finds what a naive list finds, and harm is told of."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.domain.order_query import (
    COLUMNS,
    SORT_COLUMNS,
    Cursor,
    Grouping,
    OrderQuery,
    Sort,
)
from actors.domain.orders import OrderStatus, OrderType
from actors.order_history import OrderHistory
from simulation.recorder import ColumnWriter
from simulation.records import SCHEMAS, UnreadableRun, write_json

pytest.importorskip("duckdb", reason="DuckDB is not installed: pip install 'openoutcry[sql]'")

from reports.order_search import NoDuckDB, RunOrders
from reports.order_search_index import index_of, make_index

Row = dict[str, Any]

SYMBOLS = ("A", "B'; --", 'C"')
ACCOUNTS = ("account/U1-1", "account/U2-1")
STATUSES = tuple(status.value for status in OrderStatus)
MIDNIGHT_US = 34_200 * 1_000_000
DAY_US = 86_400 * 1_000_000
US = st.integers(0, 3 * DAY_US)


@st.composite
def rows_of(draw: st.DrawFn) -> list[Row]:
    """Draw the rows of some orders; refused ones have no id."""
    count = draw(st.integers(1, 25))
    return [draw(row_of(number)) for number in range(1, count + 1)]


@st.composite
def row_of(draw: st.DrawFn, number: int) -> Row:
    is_refused = draw(st.booleans()) and draw(st.booleans())
    status = "REJECTED" if is_refused else draw(st.sampled_from(STATUSES))
    quantity, at_us = draw(st.integers(1, 10**7)), draw(st.sampled_from((0, 5, DAY_US)) | US)
    executed = quantity if status == "EXECUTED" else 0
    price = draw(st.integers(1, 10**10)) if executed else 0
    reason = "insufficient_funds" if is_refused else "price_ran_away"
    values = (
        number, "" if is_refused else f"U1-1-{number}", number, draw(st.sampled_from(ACCOUNTS)),
        draw(st.sampled_from(SYMBOLS)), draw(st.sampled_from(("BUY", "SELL"))), "LIMIT", quantity,
        7, at_us, -1, at_us if is_refused else -1, status, executed, price,
        reason if status == "REJECTED" else "", executed * price,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


@st.composite
def queries(draw: st.DrawFn) -> OrderQuery:
    since_us, until_us = sorted((draw(US), draw(US) + 1))
    is_timed = draw(st.booleans()) and since_us < until_us
    return OrderQuery(
        draw(st.sampled_from(("", *ACCOUNTS))),
        draw(st.sampled_from(("", "unheard of", *SYMBOLS))),
        draw(st.none() | st.sampled_from(OrderStatus)),
        draw(st.none() | st.sampled_from(OrderType)),
        since_us if is_timed else None,
        until_us if is_timed else None,
        draw(st.sampled_from(Sort)),
        draw(st.booleans()),
        draw(st.integers(1, 6)),
    )


def naive(rows: list[Row], query: OrderQuery) -> list[Row]:
    """Return all rows that fit, sorted."""
    wanted = {"account": query.account, "symbol": query.symbol}
    wanted |= {"status": query.status.value if query.status else ""}
    wanted |= {"order_type": query.order_type.value if query.order_type else ""}
    fits = [
        row
        for row in rows
        if all(not value or row[name] == value for name, value in wanted.items())
        and (query.since_us is None or row["placed_us"] >= query.since_us)
        and (query.until_us is None or row["placed_us"] < query.until_us)
    ]
    column = SORT_COLUMNS[query.sort]
    return sorted(fits, key=lambda row: (row[column], row["number"]), reverse=query.descending)


def naive_groups(rows: list[Row], query: OrderQuery, by: Grouping, first_us: int) -> list[Any]:
    groups: dict[Any, list[Row]] = {}
    for row in naive(rows, query):
        key = row["symbol"] if by is Grouping.SYMBOL else (row["placed_us"] + first_us) // DAY_US
        groups.setdefault(key, []).append(row)
    return [
        (
            str(key) if by is Grouping.SYMBOL else f"day {key}",
            len(found),
            *(sum(row[name] for row in found) for name in ("quantity", "executed", "value")),
        )
        for key, found in sorted(groups.items())
    ]


def record(folder: Path, rows: list[Row]) -> None:
    """Write rows as a run would have recorded them."""
    write_json(folder / "plan.json", {"starts_at_s": MIDNIGHT_US // 1_000_000})
    writers = {name: ColumnWriter(SCHEMAS[name], folder, name) for name in ("orders", "refusals")}
    for row in rows:
        name = "orders" if row["order_id"] else "refusals"
        content = {**row, "at_us": row["placed_us"]}
        writers[name].append(*(content[column] for column in SCHEMAS[name].names))
    for writer in writers.values():
        writer.close()


def live(rows: list[Row]) -> OrderHistory:
    history = OrderHistory()
    stored = [[*row.values(), row["placed_us"] // DAY_US] for row in rows]
    history.store.put(stored, [], history.store.position())
    return history


def all_pages(store: Any, query: OrderQuery) -> Iterator[int]:
    """Yield the numbers of all rows, page by page."""
    end: Cursor | None = None
    while True:
        arguments = {name: getattr(query, name) for name in query.__struct_fields__}
        page = store.search(OrderQuery(**{**arguments, "after": end}))
        yield from (row["number"] if isinstance(row, dict) else row.number for row in page.rows)
        end = page.next
        if end is None:
            return


def check(store: Any, rows: list[Row], query: OrderQuery, first_us: int) -> None:
    expected = [row["number"] for row in naive(rows, query)]
    assert list(all_pages(store, query)) == expected
    assert store.search(query).total == len(expected)
    for by in Grouping:
        found = [
            (group.key, group.orders, group.quantity, group.executed, group.volume)
            for group in store.aggregate(query, by)
        ]
        assert found == naive_groups(rows, query, by, first_us)


@settings(max_examples=60)
@given(rows=rows_of(), query=queries())
def test_a_live_history_finds_what_a_naive_list_finds(rows: list[Row], query: OrderQuery) -> None:
    history = live(rows)

    check(history, rows, query, 0)
    history.close()


@settings(max_examples=30)
@given(rows=rows_of(), query=queries())
def test_a_recorded_run_finds_what_a_naive_list_finds(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], query: OrderQuery
) -> None:
    folder = tmp_path_factory.mktemp("run")
    record(folder, rows)

    with RunOrders(folder) as orders:
        check(orders, rows, query, MIDNIGHT_US)
    with RunOrders(folder, make_index(folder)) as orders:
        check(orders, rows, query, MIDNIGHT_US)


def some_rows(count: int) -> list[Row]:
    """Return executed orders, one a microsecond, of which every hundredth is large."""
    base = ["BUY", "MARKET"]
    return [
        dict(
            zip(
                COLUMNS,
                (n, f"U1-1-{n}", n, ACCOUNTS[n % 2], SYMBOLS[n % 3], *base, 1 + n % 100, 5, n, n,
                 n, "EXECUTED", 1 + n % 100, 9, "", 9 * (1 + n % 100)),
                strict=True,
            )
        )
        for n in range(count)
    ]  # fmt: skip


def test_an_index_looks_further_where_the_first_look_was_too_narrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.order_search_index._ROWS_PER_GROUP", 2_048)
    rows = some_rows(20_000)
    record(tmp_path, rows)
    oldest = OrderQuery(until_us=30, descending=True, limit=20)

    index = make_index(tmp_path)
    assert index.best_for_page(OrderQuery(sort=Sort.QUANTITY)) == "by_quantity"
    with RunOrders(tmp_path, index) as orders:
        largest = OrderQuery(sort=Sort.VALUE, descending=True, symbol="A", limit=70)
        fewest = OrderQuery(sort=Sort.QUANTITY, status=OrderStatus.EXECUTED, limit=70)
        for query in (oldest, largest, fewest):
            expected = naive(rows, query)[: query.limit]
            assert [row["number"] for row in orders.search(query).rows] == [
                row["number"] for row in expected
            ]


def test_an_index_of_other_files_is_not_used(tmp_path: Path) -> None:
    record(tmp_path, some_rows(10))
    make_index(tmp_path)
    assert index_of(tmp_path) is not None

    record(tmp_path, some_rows(11))
    assert index_of(tmp_path) is None


def test_a_day_has_its_date_where_the_run_knows_one(tmp_path: Path) -> None:
    record(tmp_path, some_rows(3))
    write_json(tmp_path / "plan.json", {"starts_at_s": 34_200, "date": "2013-02-28"})

    with RunOrders(tmp_path) as orders:
        assert [group.key for group in orders.aggregate(OrderQuery(), Grouping.DAY)] == [
            "2013-02-28"
        ]


def test_a_damaged_part_file_is_told_of_by_name(tmp_path: Path) -> None:
    record(tmp_path, some_rows(10))
    (part,) = (tmp_path / "orders").glob("part-*.parquet")
    part.write_bytes(part.read_bytes()[:-20])

    with pytest.raises(UnreadableRun, match=r"part-0000\.parquet"):
        RunOrders(tmp_path)


def test_a_run_without_orders_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRun, match="recorded no orders"):
        RunOrders(tmp_path)


def test_without_duckdb_one_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)

    with pytest.raises(NoDuckDB, match=r"pip install \"openoutcry\[sql\]\""):
        RunOrders(tmp_path)
