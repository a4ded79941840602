"""Commands as values: carried out, refused, undone, replayed, on both runtimes."""

from __future__ import annotations

import doctest
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import actors
import actors.commands.log
from actors import AccountHandle, Brokerage, OrderType, PriceType, Reason, Stock, StockHandle, User
from actors.commands import (
    BuyCommand,
    CancelOrderCommand,
    CloseAccountCommand,
    Command,
    DepositCommand,
    Entry,
    Outcome,
    SellCommand,
    TransferSharesCommand,
    WithdrawCommand,
    read_log,
)
from actors.commands.values import KINDS, AnyCommand
from actors.messages.funds import DepositCash
from actors.runtimes.journal import JournalError
from actors.runtimes.runtime import Runtime
from simulation.virtual_time import VirtualTimeRuntime

Maker = Callable[..., Runtime[Any]]
DOLLAR = 10_000
BUY, SELL = OrderType.BUY, OrderType.SELL
LIMIT, MARKET = PriceType.LIMIT, PriceType.MARKET


def outcomes(entries: list[Entry]) -> list[tuple[Outcome, Reason | None, int]]:
    return [(entry.outcome, entry.reason, entry.price) for entry in entries]


def open_floor(runtime: Runtime[Any]) -> Brokerage:
    exchange = Brokerage(runtime)
    exchange.register_account(User("U001", "Alice"))
    exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
    return exchange


def test_a_command_is_carried_out_and_its_entry_says_who_when_what_and_how(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    before = exchange.runtime.now

    entry = exchange.commands.execute(BuyCommand("U001", "AAPL", 10))

    assert entry.command.user == "U001"
    assert before * 1e6 - 1 <= entry.at_us <= exchange.runtime.now * 1e6
    assert isinstance(entry.command, BuyCommand)
    assert (entry.command.symbol, entry.command.quantity) == ("AAPL", 10)
    assert entry.command.command_id is not None
    assert (entry.outcome, entry.price) == (Outcome.EXECUTED, 150 * DOLLAR)
    assert entry.sentence == "executed at $150.00"
    assert alice.cash == 8_500 * DOLLAR
    assert exchange.commands.history()[-1] == entry


def test_queued_commands_are_carried_out_in_their_order(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    queue: list[Command] = [
        TransferSharesCommand("U001", "AAPL", 3, "300.00"),
        BuyCommand("U001", "AAPL", 1, "140.00"),
        CancelOrderCommand("U001", "U001-1-1"),
        SellCommand("U001", "AAPL", 3),
        WithdrawCommand("U001", "10450.00"),
        CloseAccountCommand("U001"),
    ]

    done = [exchange.commands.execute(command) for command in queue]

    assert [entry.outcome for entry in done] == [
        Outcome.ACCEPTED,
        Outcome.ACCEPTED,
        Outcome.ACCEPTED,
        Outcome.EXECUTED,
        Outcome.ACCEPTED,
        Outcome.ACCEPTED,
    ]
    assert exchange.commands.history()[2].outcome is Outcome.CANCELLED


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (WithdrawCommand("U001", "10000.01"), Reason.INSUFFICIENT_FUNDS),
        (SellCommand("U001", "AAPL", 1), Reason.INSUFFICIENT_SHARES),
        (BuyCommand("U001", "NONE", 1), Reason.UNKNOWN_SYMBOL),
        (BuyCommand("U001", "AAPL", 0), Reason.INVALID_QUANTITY),
        (BuyCommand("U001", "AAPL", 1, "much"), Reason.INVALID_PRICE),
        (BuyCommand("U001", "AAPL", 1, price_type=LIMIT), Reason.INVALID_PRICE),
        (DepositCommand("U001", "-1"), Reason.INVALID_AMOUNT),
        (DepositCommand("U001", "1.00001"), Reason.INVALID_AMOUNT),
        (DepositCommand("U999", "1.00"), Reason.UNKNOWN_ACCOUNT),
        (DepositCommand("U001", "1.00", account=2), Reason.NOT_OWNER),
        (DepositCommand("U001", "1.00", command_id=2**50), Reason.INVALID_COMMAND),
        (CancelOrderCommand("U001", "U001-1-9"), Reason.UNKNOWN_ORDER),
        (DepositCommand("U001", 1.5), Reason.INVALID_COMMAND),  # type: ignore[arg-type]
        (DepositCommand("\ud800", "1"), Reason.INVALID_COMMAND),
        (DepositCommand("U" * 5_000, "1"), Reason.INVALID_COMMAND),
    ],
)
def test_a_refusal_is_an_entry_with_its_reason(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle, command: Any, reason: Reason
) -> None:
    entry = exchange.commands.execute(command)

    assert (entry.outcome, entry.reason) == (Outcome.REFUSED, reason)
    assert entry.sentence.startswith("refused: ")
    assert exchange.commands.history()[-1] == entry
    assert alice.cash == 10_000 * DOLLAR


def test_what_is_no_command_is_refused_in_one_sentence(exchange: Brokerage) -> None:
    for thing in (None, "buy", 7, BuyCommand, User("U001", "Alice")):
        with pytest.raises(TypeError, match="a command is meant, like BuyCommand"):
            exchange.commands.execute(thing)  # type: ignore[arg-type]


def test_what_is_given_through_a_handle_is_in_the_log_too(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    alice.withdraw("100.00")
    alice.transfer_shares(apple, 2, "10.00")
    order = alice.place_order(apple, 1, BUY, LIMIT, "140.00")
    alice.place_order(apple, 1, SELL, MARKET)
    order.cancel()
    with pytest.raises(ValueError, match="empty"):
        alice.close()

    kinds = [type(entry.command) for entry in exchange.commands.history(user="U001")]

    assert kinds == [
        DepositCommand,
        WithdrawCommand,
        TransferSharesCommand,
        BuyCommand,
        SellCommand,
        CancelOrderCommand,
        CloseAccountCommand,
    ]
    assert outcomes(exchange.commands.history())[3:] == [
        (Outcome.CANCELLED, None, 0),
        (Outcome.EXECUTED, None, 150 * DOLLAR),
        (Outcome.ACCEPTED, None, 0),
        (Outcome.REFUSED, Reason.ACCOUNT_NOT_EMPTY, 0),
    ]


def test_a_question_is_no_command(exchange: Brokerage, alice: AccountHandle) -> None:
    before = exchange.commands.history()

    assert alice.cash
    assert exchange.search("apple") == []

    assert exchange.commands.history() == before


def test_a_limit_order_that_waits_has_its_execution_in_its_entry_later(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    entry = exchange.commands.execute(BuyCommand("U001", "AAPL", 1, "140.00"))
    assert entry.outcome is Outcome.ACCEPTED

    apple.set_price("139.50")

    assert outcomes(exchange.commands.history())[-1] == (Outcome.EXECUTED, None, 1_395_000)


def test_a_stranger_who_tries_is_in_the_log(exchange: Brokerage, alice: AccountHandle) -> None:
    exchange.register_account(User("U002", "Mallory"))
    message = DepositCash(exchange.next_command_id(), alice.address, 1, exchange.client, "U002")

    with pytest.raises(actors.Refused):
        exchange.ask(message)

    (entry,) = exchange.commands.history(user="U002")
    assert entry.reason is Reason.NOT_OWNER
    assert alice.address in entry.command.content  # type: ignore[union-attr]


def test_the_history_can_be_narrowed_to_a_user_and_a_time(
    exchange: Brokerage, alice: AccountHandle
) -> None:
    exchange.register_account(User("U002", "Bob"), "5.00")
    later = exchange.runtime.now
    alice.deposit("1.00")

    assert [entry.command.user for entry in exchange.commands.history()] == ["U001", "U002", "U001"]
    assert len(exchange.commands.history(user="U002")) == 1
    assert exchange.commands.history(since=later)[-1].command.user == "U001"
    assert exchange.commands.history(since=later + 1e6) == []


def test_repeating_a_command_gets_the_same_answer_and_does_nothing_twice(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    first = exchange.commands.execute(BuyCommand("U001", "AAPL", 10))
    apple.set_price("151.00")

    again = exchange.commands.execute(first.command)

    assert outcomes([again]) == outcomes([first])
    assert again.order_id == first.order_id
    assert alice.cash == 8_500 * DOLLAR


def test_another_content_under_an_id_is_refused(exchange: Brokerage, alice: AccountHandle) -> None:
    exchange.commands.execute(DepositCommand("U001", "1.00", command_id=7))

    entry = exchange.commands.execute(DepositCommand("U001", "2.00", command_id=7))

    assert entry.reason is Reason.DUPLICATE_COMMAND


def test_a_saved_log_replayed_elsewhere_has_the_same_outcomes(
    make_runtime: Maker, tmp_path: Path
) -> None:
    with open_floor(make_runtime()) as exchange:
        alice = exchange.account("U001")
        alice.deposit("10000.00")
        alice.place_order("AAPL", 10, BUY, MARKET, command_id=7)
        alice.place_order("AAPL", 10, BUY, MARKET, command_id=7)
        waiting = alice.place_order("AAPL", 1, BUY, LIMIT, "100.00")
        waiting.cancel()
        exchange.commands.execute(WithdrawCommand("U001", "9999.00"))
        exchange.commands.execute(CancelOrderCommand("U001", "", placed_by=7))
        exchange.commands.execute(SellCommand("U001", "AAPL", 4, "150.00"))
        exchange.commands.execute(DepositCommand("U001", 1.5))  # type: ignore[arg-type]
        exchange.commands.save(tmp_path / "log.jsonl")
        before, expected = alice.read(), exchange.commands.history()

    with open_floor(make_runtime()) as other:
        elsewhere = other.account("U001")
        elsewhere.deposit("1.00")
        elsewhere.place_order("AAPL", 1, BUY, LIMIT, "1.00").cancel()  # so that order ids differ
        elsewhere.withdraw("1.00")
        replayed = other.commands.replay(read_log(tmp_path / "log.jsonl"))
        after = elsewhere.read()

        assert outcomes(other.commands.history())[4:] == outcomes(expected)
        assert len(replayed) == len(expected) == 9
        assert (after.cash, after.holdings) == (before.cash, before.holdings)


def test_a_damaged_log_is_refused_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"type":"Entry","number":1,"at_us":0,"command":{"type":"Buy"}}\n')

    with pytest.raises(JournalError, match=r"log\.jsonl:1: damaged: "):
        read_log(path)
    with pytest.raises(JournalError, match="cannot be read: No such file"):
        read_log(tmp_path / "none")


HOSTILE = st.one_of(
    st.sampled_from(["U001", "AAPL", "10", "-1", "NaN", "", "\ud800", 1, 0, -1, 2**64, 10**5000,
                     True, None, 1.5, float("nan"), b"1", [], {}, object(), LIMIT, BUY]),
    st.integers(), st.text(max_size=8), st.floats(), st.decimals(),
)  # fmt: skip


@pytest.fixture
def floor() -> Iterator[Brokerage]:
    with open_floor(VirtualTimeRuntime()) as exchange:
        yield exchange


@pytest.mark.parametrize("kind", sorted(KINDS, key=str))
@given(data=st.data())
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_command_holds_it_has_one_entry_that_can_be_kept(
    floor: Brokerage, kind: Any, data: st.DataObject
) -> None:
    fields = {name: data.draw(HOSTILE) for name in kind.__struct_fields__}
    before = len(floor.commands.history())

    entry = floor.commands.execute(kind(**fields))

    assert len(floor.commands.history()) == before + 1
    assert entry.outcome is not Outcome.UNANSWERED
    assert (entry.outcome is Outcome.REFUSED) == (entry.reason is not None)
    assert msgspec.json.decode(msgspec.json.encode(entry), type=Entry) == entry
    assert not floor.runtime.supervisor.failures


def test_a_command_survives_being_written_and_read() -> None:
    command = BuyCommand("U001", "AAPL", 10, "140.00", 2, 7, LIMIT)

    assert msgspec.json.decode(msgspec.json.encode(command), type=AnyCommand) == command
    with pytest.raises(AttributeError):
        command.quantity = 11  # type: ignore[misc]


def test_the_documented_example_runs() -> None:
    names = {**vars(actors), **vars(actors.commands)}

    failures, tried = doctest.testmod(actors.commands.log, extraglobs=names)

    assert (failures, tried > 0) == (0, True)
