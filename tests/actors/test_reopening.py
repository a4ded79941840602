"""A brokerage on a file that is opened again, after a close and after a crash at any commit."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from files import crashed, refused_untouched

import actors
import actors.brokerage
from actors import (
    AccountHandle,
    Brokerage,
    OrderStatus,
    OrderType,
    PriceType,
    Reason,
    Stock,
    ThreadRuntime,
    User,
)
from actors.handles import FIRST_COMMAND_ID
from actors.runtimes.journal import JournalError, MemoryJournal
from actors.runtimes.sqlite_journal import SqliteJournal

DOLLAR = 10_000
BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT
ALICE = User("U001", "Alice", "alice@example.com", "555-0001")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "floor.db"


def trade(exchange: Brokerage) -> None:
    """Let Alice buy ten shares, and offer four of them beside a bid for one."""
    alice = exchange.register_account(ALICE, "10000.00")
    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
    alice.place_order(apple, 10, BUY, MARKET)
    apple.set_price("160.00")
    alice.place_order(apple, 4, SELL, LIMIT, "170.00")
    alice.place_order(apple, 1, BUY, LIMIT, "100.00")


def check_whole(exchange: Brokerage) -> None:
    """Assert that every actor is what its journal folds to, and none has anything to do."""
    runtime = exchange.runtime
    for address, cell in runtime.cells.items():
        assert cell.actor.state == runtime.rebuilt(address).state, address
        waiting = {key for key in cell.actor.outbox() if not address.startswith("stock/")}
        assert not waiting, address
    assert runtime.supervisor.failures == []
    assert not runtime.dead_letters


def test_everything_is_there_when_the_file_is_opened_again(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        trade(exchange)
        before = exchange.account("U001").read()

    with Brokerage(journal=path) as exchange:
        (alice,) = exchange.accounts()
        after = alice.read()
        assert alice.user == ALICE
        assert (after.cash, after.held, after.holdings) == (
            before.cash,
            before.held,
            before.holdings,
        )
        assert after.open_orders == before.open_orders
        assert exchange.stock("AAPL").current_price == 160 * DOLLAR
        assert exchange.search("apple") == ["AAPL"]
        assert [stock.name for stock in exchange.stocks()] == ["Apple Inc."]
        check_whole(exchange)


def test_orders_that_waited_are_executed_and_cancelled_after_reopening(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        trade(exchange)

    with Brokerage(journal=path) as exchange:
        alice = exchange.account("U001")
        sell, buy = alice.open_orders()
        exchange.stock("AAPL").set_price("171.00")
        assert (sell.status, sell.execution_price) == (OrderStatus.EXECUTED, 171 * DOLLAR)
        assert buy.status is OrderStatus.PENDING
        assert buy.cancel()
        assert alice.cash == (10_000 - 1_500 + 4 * 171) * DOLLAR
        assert (alice.held, alice.open_orders()) == (0, [])


def test_no_command_id_is_given_twice(path: Path) -> None:
    seen = []
    for _ in range(3):
        with Brokerage(journal=path) as exchange:
            if not exchange.accounts():
                exchange.register_account(ALICE, "1")
            seen += [exchange.next_command_id() for _ in range(5_000)]
            exchange.account("U001").deposit("1")

    assert len(set(seen)) == len(seen)
    assert min(seen) >= FIRST_COMMAND_ID
    with Brokerage(journal=path) as exchange:
        assert exchange.account("U001").cash == 4 * DOLLAR


def test_a_command_repeated_after_reopening_gets_the_answer_it_got(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        trade(exchange)
        first = exchange.account("U001").place_order("AAPL", 2, BUY, MARKET, command_id=7)
        exchange.stock("AAPL").set_price("161.00")

    with Brokerage(journal=path) as exchange:
        alice = exchange.account("U001")
        cash = alice.cash
        again = alice.place_order("AAPL", 2, BUY, MARKET, command_id=7)
        other = alice.place_order("AAPL", 3, BUY, MARKET, command_id=7)
        assert (again.order_id, again.execution_price) == (first.order_id, 160 * DOLLAR)
        assert other.reason is Reason.DUPLICATE_COMMAND
        assert alice.cash == cash


def test_two_customers_may_give_the_same_command_id(path: Path) -> None:
    with Brokerage() as exchange:
        trade(exchange)
        exchange.add_stock(Stock("IBM", "IBM", "50.00"))
        bob = exchange.register_account(User("U002", "Bob"), "10000.00")
        one = exchange.account("U001").place_order("AAPL", 1, BUY, MARKET, command_id=7)
        two = bob.place_order("IBM", 1, BUY, MARKET, command_id=7)

    assert (one.execution_price, two.execution_price) == (160 * DOLLAR, 50 * DOLLAR)


def commits_of(
    path: Path, act: Callable[[Brokerage], None], monkeypatch: pytest.MonkeyPatch
) -> list[Path]:
    """Copy the file after every commit, as a crash right then would leave it."""
    copies: list[Path] = []
    commit = SqliteJournal.commit

    def commit_and_copy(journal: SqliteJournal, at_us: int) -> None:
        commit(journal, at_us)
        copies.append(crashed(journal.path, path.with_name(f"copy-{len(copies)}.db")))

    with monkeypatch.context() as patched:
        patched.setattr(SqliteJournal, "commit", commit_and_copy)
        with Brokerage(journal=path) as exchange:
            act(exchange)
    return copies


def test_a_crash_at_any_commit_loses_nothing_and_everything_comes_to_rest(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = commits_of(path, trade, monkeypatch)

    assert len(copies) > 10
    for copy in copies:
        with Brokerage(journal=copy) as exchange:
            check_whole(exchange)
            for alice in exchange.accounts():
                check_balance(alice)
    check_end(copies[-1])


def check_balance(alice: AccountHandle) -> None:
    """Assert that Alice has what she paid in, or nothing yet, less what her shares cost."""
    account = alice.read()
    cost = sum(line.cost for line in account.holdings)
    assert account.cash + cost in {0, 10_000 * DOLLAR}
    assert cost in {0, 1_500 * DOLLAR}


def check_end(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        assert exchange.account("U001").cash == 8_500 * DOLLAR
        assert len(exchange.account("U001").open_orders()) == 2


def test_what_a_crash_interrupted_is_finished_when_the_file_is_opened_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def register(exchange: Brokerage) -> None:
        exchange.list_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        exchange.open_account(ALICE)

    users: set[str] = set()
    for copy in commits_of(path, register, monkeypatch):
        with Brokerage(journal=copy) as exchange:
            exchange.register_account(User("U002", "Bob"), "1000")
            for account in exchange.accounts():
                account.deposit("1000")
                buy_of_each(exchange, account)
                users.add(account.user.id)
    assert users == {"U001", "U002"}


def buy_of_each(exchange: Brokerage, account: AccountHandle) -> None:
    for stock in exchange.stocks():
        assert account.place_order(stock, 1, BUY, MARKET).status is OrderStatus.EXECUTED


def test_a_stock_is_found_though_nobody_had_heard_of_its_listing() -> None:
    journal = MemoryJournal()
    journal.note("stock/AAPL", msgspec.msgpack.encode(("AAPL", "Apple Inc.", 150 * DOLLAR)))
    journal.note("user/U001", msgspec.msgpack.encode(ALICE))

    with Brokerage(journal=journal) as exchange:
        alice = exchange.account("U001")
        alice.deposit("1000")
        buy_of_each(exchange, alice)
        assert exchange.search("apple") == ["AAPL"]


def test_customers_who_give_the_same_command_ids_at_once_get_their_own_answers() -> None:
    with Brokerage() as exchange:
        exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        accounts = [exchange.register_account(User(f"U{n}", "x"), "100000") for n in range(4)]
        with ThreadPoolExecutor(len(accounts)) as threads:
            placed = list(threads.map(place_fifty, accounts))

    for account, order_ids in zip(accounts, placed, strict=True):
        name = account.address.partition("/")[2]
        assert order_ids == [f"{name}-{n}" for n in range(1, 51)]


def place_fifty(account: AccountHandle) -> list[str]:
    """Place orders that wait, under the commands 1 to 50."""
    return [
        account.place_order("AAPL", 1, BUY, LIMIT, "1.00", command_id=n).order_id
        for n in range(1, 51)
    ]


def test_the_file_is_for_one_brokerage_at_a_time(path: Path) -> None:
    with (
        Brokerage(journal=path),
        refused_untouched(path, "this process has this journal open already"),
    ):
        Brokerage(journal=path)

    Brokerage(journal=path).close()


def test_a_damaged_file_is_refused_before_anybody_starts(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        trade(exchange)
    data = bytearray(path.read_bytes())
    data[data.index(b"OrderPlaced") + 20] ^= 1
    path.write_bytes(data)

    with refused_untouched(path, "damaged: row .* of batches is not as written"):
        Brokerage(journal=path)


def test_a_runtime_and_a_journal_exclude_each_other(path: Path) -> None:
    runtime = ThreadRuntime()
    with pytest.raises(ValueError, match="brings its own journal"):
        Brokerage(runtime, journal=path)
    runtime.close()
    assert not path.exists()


def test_a_journal_in_memory_can_be_opened_again_too() -> None:
    journal = MemoryJournal()
    with Brokerage(journal=journal) as exchange:
        trade(exchange)

    with Brokerage(journal=journal) as exchange:
        assert exchange.account("U001").cash == 8_500 * DOLLAR
        check_whole(exchange)


def test_who_waits_for_an_answer_learns_at_once_that_the_disk_is_full(path: Path) -> None:
    exchange = Brokerage(journal=path)
    trade(exchange)
    alice = exchange.account("U001")
    journal: Any = exchange.runtime.journal
    journal._database.execute("PRAGMA max_page_count=1")
    journal.note("large", bytes(100_000))

    with pytest.raises(JournalError, match="full"):
        alice.deposit("1")
    with pytest.raises(JournalError, match="full"):
        alice.deposit("1")
    with pytest.raises(JournalError, match="full"):
        exchange.close()
    check_end(path)


def test_strangers_and_unknown_symbols_are_named(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        with pytest.raises(ValueError, match="user U009 has no account here"):
            exchange.account("U009")
        with pytest.raises(ValueError, match="no stock is listed under XXX"):
            exchange.stock("XXX")


def test_the_documented_examples_are_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    tried = doctest.testmod(actors.brokerage, extraglobs=vars(actors))

    assert (tried.failed, tried.attempted >= 3) == (0, True)
