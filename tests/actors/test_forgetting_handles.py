"""Handles say which answers they have, so that a brokerage forgets; and it forgets nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pykka
import pytest

from actors import Brokerage, OrderStatus, OrderType, PriceType, Stock, User
from actors.addresses import account_of, watchlist_of
from actors.client import Client, Refused
from actors.commands import BuyCommand, DepositCommand, Outcome, WithdrawCommand, read_log
from actors.domain.orders import Reason
from actors.messages.funds import DepositCash
from actors.releasing import ANSWERS_PER_NEWS, FIRST_COMMAND_ID, Releasing
from simulation.audit import Auditor
from simulation.virtual_time import VirtualTimeRuntime

BUY, LIMIT, MARKET = OrderType.BUY, PriceType.LIMIT, PriceType.MARKET
ANN = account_of("U1")


@pytest.fixture
def exchange() -> Iterator[Brokerage]:
    """Give a brokerage in virtual time with a stock and a customer; it is audited in the end."""
    runtime, auditor = VirtualTimeRuntime(), Auditor()
    runtime.follow(auditor)
    with Brokerage(runtime, searchable=False) as exchange:
        exchange.add_stock(Stock("ACME", "Acme Inc.", "10.00"))
        exchange.register_account(User("U1", "Ann"), "1000000.00")
        yield exchange
    result = auditor.finish()
    assert result.passed, result.render()


def remembered(exchange: Brokerage, address: str = ANN) -> dict[int, Any]:
    actor: Any = exchange.runtime.cells[address].actor
    commands: dict[int, Any] = actor.state.commands
    return commands


def test_the_memory_of_a_brokerage_is_bounded_over_ten_thousand_commands(
    exchange: Brokerage,
) -> None:
    account, watchlist = exchange.account("U1"), exchange.user("U1").watchlist
    waiting = account.place_order("ACME", 1, BUY, LIMIT, "1.00")
    most = 0
    for number in range(2_500):
        account.deposit("1.00")
        account.withdraw("1.00")
        account.place_order("ACME", 1, BUY, LIMIT, "2.00").cancel()
        watchlist.add("ACME")
        if number % 50 == 0:
            most = max(
                most, len(remembered(exchange)), len(remembered(exchange, watchlist_of("U1")))
            )

    assert most <= 2 * ANSWERS_PER_NEWS + 1
    assert waiting.cancel()
    assert account.portfolio.get_holdings_summary() == {}


def test_on_threads_memory_is_bounded_as_well_and_no_command_is_lost() -> None:
    with Brokerage(searchable=False) as exchange:
        account = exchange.register_account(User("U1", "Ann"), "1.00")

        def pay() -> None:
            for _ in range(250):
                account.deposit("1.00")

        people = [threading.Thread(target=pay) for _ in range(4)]
        for person in people:
            person.start()
        for person in people:
            person.join()

        assert account.cash == 1_001 * 10_000
        assert len(remembered(exchange)) <= 4 * ANSWERS_PER_NEWS


def test_a_command_id_that_people_choose_is_remembered_for_ever(exchange: Brokerage) -> None:
    account = exchange.account("U1")
    first = account.place_order("ACME", 1, BUY, MARKET, command_id=7)
    for _ in range(5 * ANSWERS_PER_NEWS):
        account.deposit("1.00")

    again = account.place_order("ACME", 1, BUY, MARKET, command_id=7)
    late = account.place_order("ACME", 1, BUY, MARKET, command_id=6)

    assert again.order_id == first.order_id
    assert late.status is OrderStatus.EXECUTED
    assert account.portfolio.get_holdings_summary()["ACME"].quantity == 2


def test_an_order_that_waits_is_remembered_until_it_has_ended(exchange: Brokerage) -> None:
    account = exchange.account("U1")
    order = account.place_order("ACME", 1, BUY, LIMIT, "1.00")
    for _ in range(5 * ANSWERS_PER_NEWS):
        account.deposit("1.00")
    assert order.order_id in {outcome.order_id for outcome in remembered(exchange).values()}

    exchange.stock("ACME").set_price("1.00")

    assert order.status is OrderStatus.EXECUTED


@pytest.mark.parametrize("amount", ["5.00", "6.00"])
def test_a_logged_command_that_comes_again_is_answered_from_the_log_and_not_carried_out(
    exchange: Brokerage, amount: str
) -> None:
    account = exchange.account("U1")
    entry = exchange.commands.execute(DepositCommand("U1", "5.00"))
    for _ in range(5 * ANSWERS_PER_NEWS):
        account.deposit("1.00")
        account.withdraw("1.00")
    before = account.cash
    command: Any = entry.command
    assert command.command_id not in remembered(exchange)

    again = exchange.commands.execute(DepositCommand("U1", amount, command_id=command.command_id))

    expected = "accepted" if amount == "5.00" else Reason.DUPLICATE_COMMAND.sentence
    assert again.sentence.endswith(expected)
    assert account.cash == before


def test_what_was_asked_under_the_same_id_in_between_changes_no_answer_from_the_log(
    exchange: Brokerage,
) -> None:
    account = exchange.account("U1")
    first = exchange.commands.execute(DepositCommand("U1", "5.00")).command
    other = DepositCommand("U1", "6.00", command_id=first.command_id)  # type: ignore[union-attr]
    assert exchange.commands.execute(other).reason is Reason.DUPLICATE_COMMAND
    for _ in range(5 * ANSWERS_PER_NEWS):
        account.deposit("1.00")

    assert exchange.commands.execute(first).sentence == "accepted"
    assert exchange.commands.execute(other).reason is Reason.DUPLICATE_COMMAND


def test_an_answer_from_the_log_follows_its_order_to_the_end(exchange: Brokerage) -> None:
    account = exchange.account("U1")
    first = exchange.commands.execute(BuyCommand("U1", "ACME", 1, "1.00"))
    for _ in range(5 * ANSWERS_PER_NEWS):
        account.deposit("1.00")
    again = exchange.commands.execute(first.command)
    assert again.outcome is Outcome.ACCEPTED

    exchange.stock("ACME").set_price("1.00")

    outcomes = {entry.number: entry.outcome for entry in exchange.commands.history()}
    assert outcomes[first.number] is outcomes[again.number] is Outcome.EXECUTED


def test_what_the_log_has_lost_is_refused_and_not_carried_out_again(exchange: Brokerage) -> None:
    account = exchange.account("U1")
    entry = exchange.commands.execute(WithdrawCommand("U1", "5.00"))
    for _ in range(5 * ANSWERS_PER_NEWS):
        account.deposit("1.00")
    before = account.cash
    exchange.commands.trail._latest.clear()
    exchange.commands.trail._entries.by_number.clear()

    again = exchange.commands.execute(entry.command)

    assert again.reason is Reason.INVALID_COMMAND
    assert "answered long ago" in again.sentence
    assert account.cash == before


def test_a_reopened_brokerage_answers_from_the_log_in_its_file(tmp_path: Path) -> None:
    with Brokerage(journal=tmp_path / "floor.db") as exchange:
        account = exchange.register_account(User("U1", "Ann"), "10.00")
        for _ in range(2 * ANSWERS_PER_NEWS):
            account.deposit("1.00")
    entry = next(
        each for each in read_log(tmp_path / "floor.db-commands") if each.command.user == "U1"
    )

    with Brokerage(journal=tmp_path / "floor.db") as exchange:
        account = exchange.account("U1")
        for _ in range(2 * ANSWERS_PER_NEWS):
            account.deposit("1.00")
        before = account.cash
        assert exchange.commands.execute(entry.command).sentence == "accepted"
        assert account.cash == before


def test_a_reopened_brokerage_does_so_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Brokerage(journal=tmp_path / "floor.db") as exchange:
        account = exchange.register_account(User("U1", "Ann"), "10.00")
        for _ in range(2 * ANSWERS_PER_NEWS):
            account.deposit("1.00")
    entries = [e for e in read_log(tmp_path / "floor.db-commands") if e.command.user == "U1"]
    monkeypatch.setattr("actors.client.PATIENCE_S", 2.0)

    with Brokerage(journal=tmp_path / "floor.db") as exchange:
        for entry in (entries[0], entries[-1]):  # forgotten, and still remembered
            assert exchange.commands.execute(entry.command).sentence == "accepted"
        assert exchange.account("U1").cash == (10 + 2 * ANSWERS_PER_NEWS) * 10_000


def test_an_unanswered_command_is_not_forgotten(
    exchange: Brokerage, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = exchange.account("U1")
    lost = exchange.next_command_id()
    message = DepositCash(lost, ANN, 10_000, exchange.client, "U1")
    with monkeypatch.context() as deaf:
        deaf.setattr(Client, "take", lambda self, envelope: None)
        deaf.setitem(exchange.runtime.ports, exchange.client, lambda envelope: None)
        with pytest.raises(pykka.Timeout):
            exchange.ask(message)
    before = account.cash
    for _ in range(5 * ANSWERS_PER_NEWS):
        account.deposit("1.00")

    exchange.ask(message)  # the same once more

    assert account.cash == before + 5 * ANSWERS_PER_NEWS * 10_000


def test_an_id_that_was_taken_is_waited_for_until_it_is_used_or_given_up() -> None:
    releasing = Releasing()
    first = FIRST_COMMAND_ID

    def answer(command_id: int) -> int:
        releasing.given(command_id)
        message = DepositCash(command_id, ANN, 1, "client", "U1")
        releasing.asked(message)
        news = releasing.answered(message)
        return 0 if news is None else news.below

    releasing.given(first)  # by whoever is about to use it
    told = [answer(first + number) for number in range(1, ANSWERS_PER_NEWS + 1)]
    assert not any(told)

    releasing.asked(DepositCash(first, ANN, 1, "client", "U1"))
    assert releasing.answered(DepositCash(first, ANN, 1, "client", "U1")) is None
    told = [answer(first + 100 + number) for number in range(ANSWERS_PER_NEWS)]

    assert max(told) > first + 100
    assert releasing.has_released(ANN, first)
    assert not releasing.has_released(ANN, 7)


def test_an_id_is_waited_for_before_anybody_can_take_a_later_one(
    exchange: Brokerage, monkeypatch: pytest.MonkeyPatch
) -> None:
    releasing, can_take_another = exchange._client.releasing, []
    given = Releasing.given

    def look(command_id: int) -> None:
        can_take_another.append(not exchange._changing.locked())
        given(releasing, command_id)

    monkeypatch.setattr(releasing, "given", look)

    exchange.next_command_id()

    assert can_take_another == [False]


def test_ids_taken_in_vain_hold_nothing_up_for_ever(exchange: Brokerage) -> None:
    account = exchange.account("U1")
    for _ in range(3):
        with pytest.raises(ValueError, match="a quantity of 0"):
            account.place_order("ACME", 0, BUY, MARKET)
    for _ in range(5 * ANSWERS_PER_NEWS):
        account.deposit("1.00")
        account.place_order("ACME", 1, BUY, MARKET)

    assert len(remembered(exchange)) <= 2 * ANSWERS_PER_NEWS
    with pytest.raises(Refused):
        account.withdraw("99000000.00")
