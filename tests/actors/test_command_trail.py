"""The audit trail: bounded in memory, kept beside a journal, and truthful after a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from files import crashed

import actors.exchange
from actors import AccountHandle, Brokerage, OrderType, PriceType, Reason, Stock, StockHandle, User
from actors.commands import (
    BuyCommand,
    CannotUndo,
    OtherCommand,
    Outcome,
    read_log,
)
from actors.commands.trail import Trail
from actors.messages.funds import DepositCash
from actors.messages.orders import (
    CommandAccepted,
    CommandRejected,
    OrderAccepted,
    OrderReport,
    PlaceOrder,
)
from actors.messages.watching import UnwatchSymbol, WatchSymbol
from actors.runtimes.journal import JournalError

BUY, LIMIT = OrderType.BUY, PriceType.LIMIT
DOLLAR = 10_000


def trail_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-commands")


def open_floor(path: Path) -> tuple[Brokerage, AccountHandle]:
    exchange = Brokerage(journal=path)
    alice = exchange.register_account(User("U001", "Alice"), "10000.00")
    exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
    return exchange, alice


def deposit(number: int) -> DepositCash:
    return DepositCash(number, "account/U001-1", DOLLAR, user="U001")


def test_reopening_a_file_shows_every_command_and_how_it_went(path: Path) -> None:
    exchange, alice = open_floor(path)
    with exchange:
        alice.place_order("AAPL", 1, BUY, PriceType.MARKET)
        alice.place_order("AAPL", 1, BUY, LIMIT, "140.00")
        exchange.commands.execute(BuyCommand("U001", "NONE", 1))
        before = exchange.commands.history()

    with Brokerage(journal=path) as exchange:
        assert exchange.commands.history() == before == read_log(trail_of(path))
        exchange.stock("AAPL").set_price("140.00")
        assert exchange.commands.history()[2].outcome is Outcome.EXECUTED
        exchange.account("U001").deposit("1.00")
        assert exchange.commands.history()[-1].number == len(before) + 1


def test_what_was_undone_before_stays_undone(path: Path) -> None:
    exchange, _ = open_floor(path)
    with exchange:
        exchange.commands.undo(exchange.commands.history()[0])

    with Brokerage(journal=path) as exchange, pytest.raises(CannotUndo, match="undoes it already"):
        exchange.commands.undo(exchange.commands.history()[0])


def test_what_a_crash_kept_out_of_the_trail_is_learnt_from_the_journal(path: Path) -> None:
    exchange, alice = open_floor(path)
    with exchange:
        alice.place_order("AAPL", 1, BUY, LIMIT, "140.00")
        alice.place_order("AAPL", 1, BUY, LIMIT, "141.00").cancel()
        alice.place_order("AAPL", 1, BUY, PriceType.MARKET)
        with pytest.raises(ValueError, match="does not cover"):
            alice.withdraw("99999.00")
        before = exchange.commands.history()
        copy = crashed(path, path.with_name("copy.db"))
    lines = trail_of(path).read_bytes().splitlines(keepends=True)
    asked = [line for line in lines if line.startswith(b'{"type":"Entry"')]
    trail_of(copy).write_bytes(b"".join(asked) + b'{"type":"Upd')

    with Brokerage(journal=copy) as exchange:
        assert exchange.commands.history() == before
        exchange.stock("AAPL").set_price("140.00")
        assert exchange.commands.history()[1].outcome is Outcome.EXECUTED
    assert len(read_log(trail_of(copy))) == len(before)


def test_a_command_that_never_arrived_stays_unanswered_and_can_be_repeated(path: Path) -> None:
    exchange, _ = open_floor(path)
    with exchange:
        lost = exchange.next_command_id()
    with trail_of(path).open("a") as file:
        file.write(
            '{"type":"Entry","number":2,"at_us":5,"command":{"type":"DepositCommand",'
            f'"user":"U001","amount":"1.00","command_id":{lost}}}}}\n'
        )

    with Brokerage(journal=path) as exchange:
        entry = exchange.commands.history()[1]
        assert entry.outcome is Outcome.UNANSWERED
        with pytest.raises(CannotUndo, match="repeat it first"):
            exchange.commands.undo(entry)
        assert exchange.commands.execute(entry.command).outcome is Outcome.ACCEPTED
        assert exchange.account("U001").cash == 10_001 * DOLLAR


def test_a_process_that_is_killed_has_written_every_command_down(path: Path) -> None:
    script = (
        "import os, sys\n"
        "from actors import *\n"
        "exchange = Brokerage(journal=sys.argv[1])\n"
        "account = exchange.register_account(User('U001', 'Alice'), '1.00')\n"
        "for _ in range(20): account.deposit('1.00')\n"
        "os._exit(9)\n"
    )
    root = str(Path(__file__).parents[2])
    ended = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env={**os.environ, "PYTHONPATH": root},
        check=False,
        timeout=120,
    )
    assert ended.returncode == 9

    with Brokerage(journal=path) as exchange:
        history = exchange.commands.history()
        assert [entry.outcome for entry in history] == [Outcome.ACCEPTED] * 21
        assert exchange.account("U001").cash == 21 * DOLLAR


def test_a_damaged_trail_is_refused_with_its_line_and_the_journal_stays_usable(path: Path) -> None:
    exchange, _ = open_floor(path)
    exchange.close()
    trail_of(path).write_text("not a line of a log\n")

    with pytest.raises(JournalError, match=r"floor\.db-commands:1: damaged.*move the file away"):
        Brokerage(journal=path)

    trail_of(path).unlink()
    with Brokerage(journal=path) as exchange:
        assert exchange.account("U001").cash == 10_000 * DOLLAR
        assert exchange.commands.history() == []


def test_a_command_that_cannot_be_written_down_is_not_sent(path: Path) -> None:
    exchange, alice = open_floor(path)
    with exchange:
        log: Any = exchange.commands.trail._file
        log._file.close()
        log._file = SimpleNamespace(write=lambda _: 3, fileno=lambda: 0)  # a disk that is full

        for _ in range(2):
            with pytest.raises(JournalError, match=r"floor\.db-commands: cannot be written"):
                alice.deposit("5.00")
        assert alice.cash == 10_000 * DOLLAR
        log._file = None


def test_a_trail_in_memory_is_bounded() -> None:
    trail = Trail(lambda: 0.0, kept=10)

    for number in range(1_000):
        trail.asked(deposit(number))
        if number % 2:
            trail.told(CommandAccepted(number, "account/U001-1"))

    history = trail.history()
    assert [entry.number for entry in history] == list(range(991, 1_001))
    assert len(trail._waiting) <= 10
    assert len(trail._latest) <= 10
    assert trail._orders == {}


def test_a_trail_in_a_file_has_what_memory_has_forgotten(tmp_path: Path) -> None:
    trail = Trail(lambda: 0.0, tmp_path / "trail", kept=10)

    for number in range(100):
        trail.asked(deposit(number))
        trail.told(CommandAccepted(number, "account/U001-1"))

    assert len(trail._entries.by_number) == 10
    assert [entry.number for entry in trail.history(user="U001")] == list(range(1, 101))
    old = trail.entry(7)
    assert old is not None
    assert old.outcome is Outcome.ACCEPTED
    trail.close()


def test_an_order_whose_report_overtakes_its_answer_has_ended() -> None:
    from actors.domain.orders import OrderStatus

    trail, account = Trail(lambda: 0.0), "account/U001-1"
    trail.asked(PlaceOrder(1, account, "AAPL", BUY, LIMIT, 1, DOLLAR, user="U001"))

    trail.told(OrderReport(1, account, "U001-1-1", OrderStatus.EXECUTED, 1, DOLLAR, 5))
    trail.told(OrderAccepted(1, account, "U001-1-1"))

    (entry,) = trail.history()
    assert (entry.outcome, entry.order_id, entry.price) == (Outcome.EXECUTED, "U001-1-1", DOLLAR)
    assert trail._orders == {}


@pytest.mark.parametrize("account", [None, 7, "account/U002-1", "account/U001-0", "x" * 5_000])
def test_a_message_that_is_no_command_of_an_own_account_is_kept_in_words(account: Any) -> None:
    trail = Trail(lambda: 0.0)

    trail.asked(DepositCash(1, account, "\ud800", user="U001"))  # type: ignore[arg-type]

    (entry,) = trail.history()
    assert isinstance(entry.command, OtherCommand)
    assert (entry.command.user, entry.command.kind) == ("U001", "DepositCash")


@pytest.mark.parametrize(
    "kind",
    sorted({*get_args(actors.exchange.Command), WatchSymbol, UnwatchSymbol}, key=str),
    ids=lambda kind: kind.__name__,
)
def test_no_kind_of_command_passes_the_trail_by(kind: Any) -> None:
    trail = Trail(lambda: 0.0)
    blank = dict.fromkeys(kind.__struct_fields__)

    trail.asked(kind(**{**blank, "command_id": 1, "account": "account/U001-1", "user": "U001"}))

    assert [entry.command.user for entry in trail.history()] == ["U001"]


def test_what_moves_no_money_is_in_the_log_with_its_outcome(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    user = exchange.user("U001")
    user.watchlist.add("AAPL")
    with pytest.raises(ValueError, match="stock"):
        user.watchlist.add("NONE")

    watched, refused = exchange.commands.history()[1:]

    assert (watched.command.kind, watched.outcome) == ("WatchSymbol", Outcome.ACCEPTED)  # type: ignore[union-attr]
    assert (refused.outcome, refused.reason) == (Outcome.REFUSED, Reason.UNKNOWN_SYMBOL)


def test_a_refused_undo_leaves_the_deposit_as_it_was() -> None:
    trail, account = Trail(lambda: 0.0), "account/U001-1"
    trail.asked(deposit(1))
    trail.told(CommandAccepted(1, account))
    trail.will_undo((account, 2), 1)
    trail.asked(deposit(2))
    first = trail.entry(1)
    assert first is not None
    assert first.undone_by == 2

    trail.told(CommandRejected(2, account, Reason.INSUFFICIENT_FUNDS))

    assert [entry.undone_by for entry in trail.history()] == [None, None]
