"""Undoing commands where that is meaningful, and refusing to where it is not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from actors import AccountHandle, Brokerage, OrderType, PriceType, StockHandle, User
from actors.commands import (
    BuyCommand,
    CannotUndo,
    DepositCommand,
    Entry,
    Outcome,
    TransferSharesCommand,
    WithdrawCommand,
)

DOLLAR = 10_000
BUY, LIMIT = OrderType.BUY, PriceType.LIMIT


def test_undo_takes_a_waiting_order_out_once(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    entry = exchange.commands.execute(BuyCommand("U001", "AAPL", 1, "140.00"))

    undone = exchange.commands.undo(entry)

    assert (undone.undoes, undone.outcome) == (entry.number, Outcome.ACCEPTED)
    assert (alice.held, alice.open_orders()) == (0, [])
    with pytest.raises(CannotUndo, match=f"entry {undone.number} undoes it already"):
        exchange.commands.undo(entry)


def test_undo_pays_out_a_deposit_that_is_still_available(
    exchange: Brokerage, alice: AccountHandle
) -> None:
    entry = exchange.commands.execute(DepositCommand("U001", "50.00"))

    exchange.commands.undo(entry)

    assert alice.cash == 10_000 * DOLLAR
    with pytest.raises(CannotUndo, match="undoes it already"):
        exchange.commands.undo(entry)


def test_a_deposit_that_is_spent_or_held_cannot_be_undone_until_it_is_available(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    (deposit,) = exchange.commands.history()
    order = alice.place_order(apple, 10, BUY, LIMIT, "140.00")

    with pytest.raises(CannotUndo, match="available cash does not cover"):
        exchange.commands.undo(deposit)

    order.cancel()
    exchange.commands.undo(deposit)
    assert alice.cash == 0


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (BuyCommand("U001", "AAPL", 1), "an execution stands"),
        (WithdrawCommand("U001", "1.00"), "the money has left the brokerage"),
        (WithdrawCommand("U001", "99999.00"), "it was refused"),
        (TransferSharesCommand("U001", "AAPL", 1, "1.00"), "another broker"),
        (DepositCommand("\ud800", "1"), "it was refused"),
    ],
)
def test_what_cannot_be_undone_is_refused_with_a_sentence(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle, command: Any, why: str
) -> None:
    entry = exchange.commands.execute(command)
    before = alice.read()

    with pytest.raises(CannotUndo, match=why):
        exchange.commands.undo(entry)

    after = alice.read()
    assert (after.cash, after.held, after.holdings) == (before.cash, before.held, before.holdings)


def test_an_order_that_executed_in_the_meantime_cannot_be_undone(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    entry = exchange.commands.execute(BuyCommand("U001", "AAPL", 1, "140.00"))
    apple.set_price("140.00")

    with pytest.raises(CannotUndo, match="an execution stands"):
        exchange.commands.undo(entry)


def test_an_entry_of_another_log_cannot_be_undone(exchange: Brokerage) -> None:
    entry = Entry(1, 0, DepositCommand("U001", "1.00"))

    with pytest.raises(CannotUndo, match="no such entry"):
        exchange.commands.undo(entry)


def test_sixteen_who_undo_a_deposit_at_once_undo_it_once() -> None:
    with Brokerage() as exchange:
        alice = exchange.register_account(User("U001", "Alice"), "100.00")
        entry = exchange.commands.execute(DepositCommand("U001", "1.00"))
        barrier = threading.Barrier(16)

        def undo(_: int) -> bool:
            barrier.wait(10.0)
            try:
                exchange.commands.undo(entry)
            except CannotUndo:
                return False
            return True

        with ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(undo, range(16))) == 1
        assert alice.cash == 100 * DOLLAR
