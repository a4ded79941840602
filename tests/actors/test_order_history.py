"""The history of a live brokerage: what is found in it, on both runtimes and after a crash."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from actors import (
    AccountHandle,
    Brokerage,
    OrderStatus,
    OrderType,
    PriceType,
    Reason,
    Stock,
    StockHandle,
    User,
)
from actors.domain.order_query import InvalidQuery
from actors.order_history import OrderHistory, SearchFailed
from actors.order_history.store import Store
from actors.runtimes.sqlite_journal import SqliteJournal

DOLLAR = 10_000
BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT
ROOT = Path(__file__).parents[2]


def trade(alice: AccountHandle, apple: StockHandle) -> None:
    """Let Alice buy ten shares, bid for one, take that back, and ask for too many."""
    alice.place_order(apple, 10, BUY, MARKET)
    alice.place_order(apple, 1, BUY, LIMIT, "100.00").cancel()
    alice.place_order(apple, 1_000, BUY, MARKET)
    alice.place_order(apple, 2, SELL, LIMIT, "200.00")


def test_the_example_of_the_readme_works(exchange: Brokerage) -> None:
    account = exchange.register_account(User("U001", "Alice"), "10000.00")
    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
    account.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)

    page = account.orders(status="EXECUTED", sort="value", descending=True, limit=20)
    (group,) = exchange.sum_orders("symbol")

    assert [(row.symbol, row.executed, row.value) for row in page.rows] == [
        ("AAPL", 10, 1_500 * DOLLAR)
    ]
    assert (page.total, page.next) == (1, None)
    assert (group.key, group.orders, group.average_price) == ("AAPL", 1, 150 * DOLLAR)
    assert [line.kind for line in account.transactions().rows] == ["deposit", "buy"]


def test_every_order_is_found_with_what_became_of_it(
    exchange: Brokerage, alice: AccountHandle, apple: StockHandle
) -> None:
    trade(alice, apple)

    rows = alice.orders().rows
    assert [row.status for row in rows] == [
        OrderStatus.EXECUTED, OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.PENDING
    ]  # fmt: skip
    assert [(row.quantity, row.executed, row.price) for row in rows] == [
        (10, 10, 150 * DOLLAR), (1, 0, 0), (1_000, 0, 0), (2, 0, 0)
    ]  # fmt: skip
    assert [row.number for row in exchange.search_orders().rows] == [1, 2, 3, 4]


def test_a_rejected_order_is_found_with_its_reason(
    alice: AccountHandle, apple: StockHandle
) -> None:
    trade(alice, apple)

    (row,) = alice.orders(status="rejected").rows
    assert row.reason is Reason.INSUFFICIENT_FUNDS
    assert (row.order_type, row.price_type, row.worst_price) == (BUY, MARKET, 150 * DOLLAR)
    assert row.order_id == ""
    assert row.placed_us == row.closed_us >= 0


def test_a_refused_withdrawal_is_no_order(alice: AccountHandle) -> None:
    with pytest.raises(ValueError, match="does not cover"):
        alice.withdraw("20000")

    assert alice.orders().total == 0


def test_an_account_finds_its_own_orders_only(
    exchange: Brokerage, alice: AccountHandle, apple: StockHandle
) -> None:
    bob = exchange.register_account(User("U002", "Bob"), "1000.00")
    trade(alice, apple)
    bob.place_order(apple, 1, BUY, MARKET)

    assert [row.account for row in bob.orders().rows] == [bob.address]
    assert bob.transactions().total == 2
    assert exchange.search_orders(account=bob.address).total == 1
    assert exchange.search_orders().total == 5


def test_pages_hang_together_while_orders_come_in(alice: AccountHandle, apple: StockHandle) -> None:
    trade(alice, apple)

    first = alice.orders(limit=2, descending=True)
    alice.place_order(apple, 1, BUY, MARKET)
    second = alice.orders(limit=2, descending=True, after=first.next)
    assert [row.number for row in (*first.rows, *second.rows)] == [4, 3, 2, 1]
    assert (first.total, second.total, second.next) == (4, 5, None)


def test_transactions_come_in_order_and_in_pages(alice: AccountHandle, apple: StockHandle) -> None:
    alice.transfer_shares(apple, 5, "100")
    alice.place_order(apple, 5, SELL, MARKET)
    alice.withdraw("50")

    first = alice.transactions(limit=3)
    second = alice.transactions(limit=3, after=first.next)
    lines = [*first.rows, *second.rows]
    assert [line.kind for line in lines] == ["deposit", "transfer", "sell", "withdraw"]
    assert [line.amount for line in lines] == [
        10_000 * DOLLAR, 0, 750 * DOLLAR, -50 * DOLLAR
    ]  # fmt: skip
    assert sum(line.amount for line in lines) == alice.cash
    assert lines[2].realised == 650 * DOLLAR
    assert (first.total, second.next) == (4, None)


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"limit": 0}, "1 to 10,000 rows"),
        ({"limit": -1}, "1 to 10,000 rows"),
        ({"limit": 10**5_000}, "1 to 10,000 rows"),
        ({"limit": True}, "1 to 10,000 rows"),
        ({"since_us": 5, "until_us": 5}, "reversed"),
        ({"since_us": 10**30}, "whole number of microseconds"),
        ({"status": "EXECUTE"}, "did you mean EXECUTED"),
        ({"order_type": "HOLD"}, "none of BUY, SELL"),
        ({"sort": "price"}, "none of time, symbol, quantity, value"),
        ({"symbol": "\ud800"}, "is no text"),
        ({"symbol": 7}, "as text"),
        ({"after": ("AAPL", 1)}, "no end of a page"),
        ({"after": (2**63, 1)}, "no end of a page"),
        ({"after": (1,)}, "no end of a page"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_one_sentence(
    alice: AccountHandle, asked: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidQuery, match=complaint):
        alice.orders(**asked)


def test_quotes_in_a_symbol_find_nothing_and_break_nothing(exchange: Brokerage) -> None:
    for symbol in ("'; DROP TABLE orders; --", '"', "%", "\\", "A\0B"):
        assert exchange.search_orders(symbol=symbol).total == 0
    assert exchange.search_orders().total == 0


def test_sums_do_not_overflow() -> None:
    history = OrderHistory()
    order = ["", 1, "account/U1-1", "A", "BUY", "LIMIT", 10**7, 10**10, 0, 0, 0, "EXECUTED"]
    rows = [[number, *order, 10**7, 10**10, "", 10**17, 0] for number in range(1, 201)]
    history.store.put(rows, [], history.store.position())
    brokerage = Brokerage(searchable=False)
    brokerage.history = history

    (group,) = brokerage.sum_orders("day")
    brokerage.close()
    assert (group.key, group.volume, group.average_price) == ("day 0", 200 * 10**17, 10**10)


def test_a_brokerage_without_history_says_so() -> None:
    with Brokerage(searchable=False) as exchange, pytest.raises(SearchFailed, match="keeps no"):
        exchange.search_orders()


def on_file(path: Path) -> list[Any]:
    """Open a brokerage again and return all its orders and Alice's transactions."""
    with Brokerage(journal=path) as exchange:
        return [
            exchange.search_orders(limit=10_000).rows,
            exchange.account("U001").transactions(limit=10_000).rows,
        ]


def fill(path: Path) -> list[Any]:
    """Let Alice trade on a new file."""
    with Brokerage(journal=path) as exchange:
        alice = exchange.register_account(User("U001", "Alice"), "10000.00")
        trade(alice, exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00")))
        return [exchange.search_orders().rows, alice.transactions().rows]


def beside(path: Path) -> Path:
    return path.with_name("floor.db-orders")


def test_orders_are_found_again_after_reopening(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = fill(path)

    assert len(before[0]) == 4
    assert on_file(path) == before
    assert caplog.messages == []


def test_an_order_that_waited_goes_on_after_reopening(path: Path) -> None:
    fill(path)

    with Brokerage(journal=path) as exchange:
        exchange.stock("AAPL").set_price("201.00")
        rows = exchange.search_orders().rows
    assert [row.status for row in rows].count(OrderStatus.EXECUTED) == 2
    assert rows[-1].value == 402 * DOLLAR


def shortened(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def scribbled(file: Path) -> None:
    with file.open("r+b") as content:
        content.seek(4_096 * 2)
        content.write(b"\xff" * 4_096)


def of_another_journal(file: Path) -> None:
    other = file.with_name("other")
    other.mkdir()
    fill(other / "floor.db")
    file.write_bytes(beside(other / "floor.db").read_bytes())


@pytest.mark.parametrize(
    "harm",
    [
        shortened,
        scribbled,
        of_another_journal,
        lambda file: file.write_text("no database"),
        lambda file: file.write_bytes(b""),
    ],
)
def test_a_damaged_history_is_made_again_with_one_line(
    path: Path, harm: Any, caplog: pytest.LogCaptureFixture
) -> None:
    before = fill(path)
    harm(beside(path))

    assert on_file(path) == before
    (message,) = caplog.messages
    assert "floor.db-orders: made again from floor.db" in message
    assert all(record.exc_info is None for record in caplog.records)


def test_a_file_that_once_dropped_facts_is_read_but_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = SqliteJournal(path)
    with Brokerage(journal=journal) as exchange:
        alice = exchange.register_account(User("U001", "Alice"), "10000.00")
        for _ in range(100):
            alice.deposit("1")
    journal.close()
    fill_up = ("2", "3")

    for amount in fill_up:
        with Brokerage(journal=path) as exchange:
            exchange.account("U001").deposit(amount)
    rows = on_file(path)[1]
    assert [row.amount for row in rows[-2:]] == [2 * DOLLAR, 3 * DOLLAR]
    assert len(rows) < 100
    assert caplog.messages == []


def test_a_missing_history_is_made_again(path: Path) -> None:
    before = fill(path)
    beside(path).unlink()

    assert on_file(path) == before


def test_a_history_that_cannot_be_written_does_not_stop_trading(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("disk is full")

    with Brokerage(journal=path) as exchange:
        monkeypatch.setattr(Store, "put", refuse)
        alice = exchange.register_account(User("U001", "Alice"), "10000.00")
        trade(alice, exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00")))
        with pytest.raises(SearchFailed, match="disk is full"):
            alice.orders()
        assert alice.cash == 8_500 * DOLLAR
    monkeypatch.undo()

    assert len(on_file(path)[0]) == 4
    assert [r.levelno for r in caplog.records] == [logging.ERROR]


CHILD = """
import sys
from actors import *
exchange = Brokerage(journal=sys.argv[1])
known = {account.user.id for account in exchange.accounts()}
alice = exchange.account("U001") if known else exchange.register_account(
    User("U001", "Alice"), "1000000")
apple = exchange.stock("AAPL") if exchange.stocks() else exchange.add_stock(
    Stock("AAPL", "Apple Inc.", "1.00"))
while True:
    order = alice.place_order(apple, 1, OrderType.BUY, PriceType.MARKET)
    print(order.order_id, flush=True)
    alice.place_order(apple, 10**7, OrderType.SELL, PriceType.MARKET)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_after_a_kill_every_order_that_was_told_is_there_once(path: Path) -> None:
    told: list[str] = []
    for orders in (3, 40, 150):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path)],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert child.stdout is not None
        told += [child.stdout.readline().strip() for _ in range(orders)]
        child.send_signal(signal.SIGKILL)
        told += child.stdout.read().split()
        child.wait()
        child.stdout.close()

    with Brokerage(journal=path) as exchange:
        rows = exchange.search_orders(limit=10_000).rows
        placed = exchange.runtime.cells["account/U001-1"].actor.state.orders
    ids = [row.order_id for row in rows if row.order_id]
    assert set(told) <= set(ids)
    assert sorted(ids) == sorted(f"U001-1-{number}" for number in range(1, placed + 1))
    assert len({row.command_id for row in rows}) == len(rows)
