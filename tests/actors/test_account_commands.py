"""One account alone: repeated commands, cancels, and what must hold whatever comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from customer import BOOK, BUY, DOLLAR, ME, PEERS, SELL, executed, limit, market, place
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import Kit
from msgspec.structs import replace

from actors.account import Account
from actors.domain.market_hours import MarketHours
from actors.domain.order_factory import MAX_QUANTITY
from actors.domain.orders import OrderType, Reason
from actors.messages.base import Message
from actors.messages.facts import AccountOpened, CommandRefused, SharesTransferred
from actors.messages.funds import DepositCash, TransferShares, WithdrawCash
from actors.messages.orders import (
    CancelOrder,
    CancelSubmitted,
    CommandAccepted,
    CommandRejected,
    Ending,
    EndReport,
    ExecutionReport,
    OrderAccepted,
    OrderReport,
    ReportAck,
    SubmitAck,
)


@pytest.fixture
def kit() -> Iterator[Kit]:
    """Give an account with $1,000."""
    with Kit(Account, "U1", address=ME, peers=PEERS) as kit:
        kit.deliver(DepositCash(1, ME, 1_000 * DOLLAR, "client", user="U1"))
        kit.expect("exchange", CommandAccepted)
        kit.facts()
        yield kit


COMMANDS = [
    limit(3, BUY, 4, 100),
    limit(3, BUY, 40, 100),
    limit(3, SELL, 4, 100),
    market(3, BUY, 1, 10),
    DepositCash(3, ME, 5, "client", user="U1"),
    WithdrawCash(3, ME, 5, "client", user="U1"),
    WithdrawCash(3, ME, 5_000 * DOLLAR, "client", user="U1"),
    TransferShares(3, ME, "AAPL", 2, 9, "client", user="U1"),
    CancelOrder(3, ME, "U1-1-7", reply_to="client", user="U1"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_that_comes_again_changes_nothing_and_gets_the_same_answer(
    kit: Kit, command: Message
) -> None:
    kit.deliver(command)
    answers = [message for message in kit.drop() if is_answer(message)]
    assert len(answers) == 1
    assert kit.facts()

    kit.deliver(command)
    kit.restart()
    kit.drop()
    kit.deliver(command)

    assert kit.drop() == answers
    assert kit.facts() == []


def is_answer(message: Message) -> bool:
    return isinstance(message, OrderAccepted | CommandAccepted | CommandRejected)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_another_command_under_a_used_id_is_refused(kit: Kit, command: Message) -> None:
    kit.deliver(command)
    kit.drop()
    kit.facts()

    kit.deliver(DepositCash(3, ME, 6, "client", user="U1"))

    assert kit.expect("exchange", CommandRejected) == CommandRejected(
        3, ME, Reason.DUPLICATE_COMMAND
    )
    assert kit.facts() == []


def test_a_refused_order_stays_refused_when_the_cash_has_come(kit: Kit) -> None:
    order = limit(3, BUY, 40, 100)
    kit.deliver(order)
    kit.deliver(DepositCash(4, ME, 9_000 * DOLLAR, "client", user="U1"))
    kit.drop()

    kit.deliver(order)

    assert kit.expect("exchange", CommandRejected).reason is Reason.INSUFFICIENT_FUNDS


HOURS = MarketHours(10_000_000, 20_000_000)


def during(starts_at_s: float, hours: MarketHours = HOURS) -> Kit:
    """Return an account with $1,000 that takes orders from second 10 to second 20."""
    kit = Kit(Account, "U1", 500, hours, address=ME, peers=PEERS, starts_at_s=starts_at_s)
    kit.deliver(DepositCash(1, ME, 1_000 * DOLLAR, "client", user="U1"))
    kit.expect("exchange", CommandAccepted)
    kit.facts()
    return kit


@pytest.mark.parametrize("restarts", [False, True])
def test_an_accepted_order_that_comes_again_after_the_close_gets_the_same_answer(
    restarts: bool,
) -> None:
    with during(19.0) as kit:
        order = limit(3, BUY, 4, 100)
        order_id = place(kit, order)
        kit.advance(1.0)
        if restarts:
            kit.restart()
            kit.drop()  # it submits the order again
        kit.facts()

        kit.deliver(order)

        assert kit.expect("exchange", OrderAccepted) == OrderAccepted(3, ME, order_id)
        assert kit.facts() == []


@pytest.mark.parametrize("starts_at_s", [9.999, 20.0, 30.0])
@pytest.mark.parametrize("quantity", [4, 40], ids=["covered", "not covered"])
def test_a_new_order_outside_hours_is_refused_and_that_is_a_fact(
    starts_at_s: float, quantity: int
) -> None:
    with during(starts_at_s) as kit:
        kit.deliver(limit(3, BUY, quantity, 100))

        rejected = kit.expect("exchange", CommandRejected)
        opens_us = 10_000_000 if starts_at_s < 10 else -1
        assert rejected == CommandRejected(3, ME, Reason.MARKET_CLOSED, opens_us)
        (refused,) = kit.facts()
        assert isinstance(refused, CommandRefused)
        assert (refused.command_id, refused.reason) == (3, Reason.MARKET_CLOSED)
        assert (refused.needed, refused.next_session_us) == (0, opens_us)


def test_an_order_refused_before_the_opening_stays_refused_during_hours() -> None:
    with during(9.0) as kit:
        order = limit(3, BUY, 4, 100)
        kit.deliver(order)
        refused = kit.expect("exchange", CommandRejected)
        kit.advance(1.0)

        kit.deliver(order)
        assert kit.expect("exchange", CommandRejected) == refused
        assert (refused.reason, refused.next_session_us) == (Reason.MARKET_CLOSED, 10_000_000)
        place(kit, replace(order, command_id=4))


def test_an_opening_at_the_instant_0_is_named_as_well() -> None:
    with during(-1.0, MarketHours(0, 10_000_000)) as kit:
        kit.deliver(limit(3, BUY, 4, 100))

        assert kit.expect("exchange", CommandRejected).next_session_us == 0


def test_outside_hours_only_orders_are_refused() -> None:
    with during(19.0) as kit:
        order_id = place(kit, limit(3, BUY, 4, 100))
        kit.advance(1.0)
        for command in (
            DepositCash(4, ME, 5, "client", user="U1"),
            WithdrawCash(5, ME, 5, "client", user="U1"),
            TransferShares(6, ME, "AAPL", 2, 9, "client", user="U1"),
        ):
            kit.deliver(command)
            assert kit.expect("exchange", CommandAccepted).command_id == command.command_id

        kit.deliver(CancelOrder(7, ME, order_id, reply_to="client", user="U1"))

        kit.expect(BOOK, CancelSubmitted)


def test_a_transfer_fills_a_holding_up_to_the_largest_quantity_and_no_further(kit: Kit) -> None:
    kit.deliver(TransferShares(3, ME, "AAPL", MAX_QUANTITY - 5, 9, "client", user="U1"))
    kit.expect("exchange", CommandAccepted)
    kit.facts()

    kit.deliver(TransferShares(4, ME, "AAPL", 6, 9, "client", user="U1"))
    rejected = kit.expect("exchange", CommandRejected)
    assert rejected == CommandRejected(4, ME, Reason.INVALID_QUANTITY)
    assert [type(fact) for fact in kit.facts()] == [CommandRefused]

    kit.deliver(TransferShares(5, ME, "AAPL", 5, 9, "client", user="U1"))
    kit.deliver(
        TransferShares(6, ME, "MSFT", MAX_QUANTITY, 9, "client", user="U1")
    )  # another holding
    assert [type(fact) for fact in kit.facts()] == [SharesTransferred] * 2
    assert kit.state.portfolio.quantity("AAPL") == MAX_QUANTITY
    kit.drop()


def test_a_cancel_is_answered_when_the_book_has_decided(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 10, 100))  # all cash is held

    kit.deliver(CancelOrder(4, ME, order_id, reply_to="client", user="U1"))
    assert kit.expect(BOOK, CancelSubmitted) == CancelSubmitted(order_id, ME)
    kit.expect_silence()
    assert kit.state.held == 1_000 * DOLLAR

    kit.deliver(EndReport(order_id, 0, Ending.CANCELLED), BOOK)
    kit.expect("client", OrderReport)
    assert kit.expect("exchange", CommandAccepted) == CommandAccepted(4, ME)
    kit.expect(BOOK, ReportAck)
    assert kit.state.held == 0


def test_a_cancel_can_name_the_command_that_placed_the_order(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 1, 100))

    kit.deliver(CancelOrder(4, ME, placed_by=3, reply_to="client", user="U1"))

    assert kit.expect(BOOK, CancelSubmitted) == CancelSubmitted(order_id, ME)


@pytest.mark.parametrize("ending", [Ending.EXPIRED, Ending.PRICE_RAN_AWAY])
def test_a_cancel_that_met_another_end_is_too_late(kit: Kit, ending: Ending) -> None:
    order_id = place(kit, limit(3, BUY, 1, 100))
    kit.deliver(CancelOrder(4, ME, order_id, reply_to="client", user="U1"))
    kit.expect(BOOK, CancelSubmitted)

    kit.deliver(EndReport(order_id, 0, ending), BOOK)

    assert kit.expect("exchange", CommandRejected) == CommandRejected(4, ME, Reason.TOO_LATE)
    kit.drop()


def test_a_cancel_that_lost_against_an_execution_is_too_late(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 1, 100))
    kit.deliver(CancelOrder(4, ME, order_id, reply_to="client", user="U1"))
    kit.expect(BOOK, CancelSubmitted)

    kit.deliver(executed(order_id, 1, 100), BOOK)

    kit.expect("client", OrderReport)
    assert kit.expect("exchange", CommandRejected) == CommandRejected(4, ME, Reason.TOO_LATE)
    kit.expect(BOOK, ReportAck)


def test_two_cancels_of_one_order_are_both_answered(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 1, 100))
    for command_id in (4, 5):
        kit.deliver(CancelOrder(command_id, ME, order_id, reply_to="client", user="U1"))
        kit.expect(BOOK, CancelSubmitted)

    kit.deliver(EndReport(order_id, 0, Ending.CANCELLED), BOOK)

    assert kit.expect("exchange", CommandAccepted).command_id == 4
    assert kit.expect("exchange", CommandAccepted).command_id == 5
    kit.drop()


def test_a_cancel_after_the_end_is_too_late(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 1, 100))
    kit.deliver(executed(order_id, 1, 100), BOOK)
    kit.drop()

    kit.deliver(CancelOrder(4, ME, order_id, reply_to="client", user="U1"))

    assert kit.expect("exchange", CommandRejected).reason is Reason.TOO_LATE


def test_a_cancel_between_the_end_and_its_execution_is_too_late(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 1, 100))
    kit.deliver(EndReport(order_id, 1, Ending.FILLED), BOOK)
    kit.drop()

    kit.deliver(CancelOrder(4, ME, order_id, reply_to="client", user="U1"))

    assert kit.expect("exchange", CommandRejected).reason is Reason.TOO_LATE


@pytest.mark.parametrize(
    "cancel",
    [
        CancelOrder(4, ME, "U1-1-2", reply_to="client", user="U1"),
        CancelOrder(4, ME, "nonsense", reply_to="client", user="U1"),
        CancelOrder(4, ME, placed_by=99, reply_to="client", user="U1"),
        CancelOrder(4, ME, placed_by=1, reply_to="client", user="U1"),  # a deposit
        CancelOrder(4, ME, reply_to="client", user="U1"),
    ],
)
def test_a_cancel_of_an_unknown_order_is_refused(kit: Kit, cancel: CancelOrder) -> None:
    place(kit, limit(3, BUY, 1, 100))

    kit.deliver(cancel)

    assert kit.expect("exchange", CommandRejected).reason is Reason.UNKNOWN_ORDER


class Chaos:
    """An account among careless clients and a book whose reports come in any order, twice."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.command_id = 0
        self.placed: dict[str, int] = {}
        self.decided: dict[str, list[Message]] = {}

    def command(self, kind: int, amount: int, *, again: bool) -> None:
        self.command_id += not again
        self.kit.deliver(self.make(kind, amount))
        for message in self.kit.drop():
            if isinstance(message, OrderAccepted):
                self.placed.setdefault(message.order_id, amount)

    def make(self, kind: int, amount: int) -> Message:
        number = self.command_id
        side: OrderType = BUY if kind % 2 else SELL
        return [
            DepositCash(number, ME, amount * DOLLAR, "client", user="U1"),
            WithdrawCash(number, ME, amount * DOLLAR, "client", user="U1"),
            TransferShares(number, ME, "AAPL", amount, amount, "client", user="U1"),
            limit(number, side, amount, 1),
            market(number, side, amount, 2),
            CancelOrder(number, ME, f"U1-1-{amount}", reply_to="client", user="U1"),
        ][kind]

    def report(self, which: int, cut: int) -> None:
        """Let the book decide about an order, once, and say one part of it, now or again."""
        if not self.placed:
            return
        order_id = sorted(self.placed)[which % len(self.placed)]
        if order_id not in self.decided:
            self.decided[order_id] = self.decide(order_id, cut)
        says = self.decided[order_id]
        self.kit.deliver(says[cut % len(says)], BOOK)
        self.kit.drop()

    def decide(self, order_id: str, cut: int) -> list[Message]:
        order = self.kit.state.open_orders[order_id]
        whole, price = order.quantity, order.worst_price
        part = cut % (whole + 1)
        execution = ExecutionReport(f"x{order_id}", order_id, part, price, 0, None)
        if part == 0:
            return [EndReport(order_id, 0, Ending.CANCELLED), SubmitAck(order_id)]
        if part < whole:
            return [execution, EndReport(order_id, part, Ending.EXPIRED)]
        return [replace(execution, executed=whole)]

    def check(self) -> None:
        """Assert what must hold whatever came."""
        state = self.kit.state
        buys = [o.hold for o in state.open_orders.values() if o.order_type is BUY]
        sells = [o.hold for o in state.open_orders.values() if o.order_type is SELL]
        holding = state.portfolio.holdings.get("AAPL")
        assert 0 <= state.held <= state.cash
        assert state.held == sum(buys)
        assert (0 if holding is None else holding.held) == sum(sells)
        assert holding is None or 0 <= holding.held <= holding.quantity
        self.kit.check_fold()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("command"), st.integers(0, 5), st.integers(1, 12), st.booleans()),
        st.tuples(st.just("report"), st.integers(0, 9), st.integers(0, 12), st.just(False)),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(STEPS)
def test_whatever_comes_in_whatever_order_holds_are_covered_and_the_facts_tell_it_all(
    steps: list[tuple[str, int, int, bool]],
) -> None:
    with Kit(Account, "U1", address=ME, peers=PEERS) as kit:
        assert kit.facts() == [AccountOpened("U1")]
        chaos = Chaos(kit)
        for what, first, second, again in steps:
            if what == "command":
                chaos.command(first, second, again=again)
            else:
                chaos.report(first, second)
            chaos.check()
