"""One account alone: what it holds, settles, refuses and remembers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from customer import BOOK, BUY, DOLLAR, ME, PEERS, SELL, executed, limit, market, place
from kit import Kit
from msgspec.structs import replace

from actors.account import Account
from actors.domain.orders import OrderStatus, PriceType, Reason
from actors.messages.facts import (
    AccountOpened,
    CommandRefused,
    ExecutionSettled,
    OrderClosed,
    OrderEnded,
    OrderPlaced,
)
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
    PlaceOrder,
    ReportAck,
    SubmitAck,
    SubmitOrder,
)
from actors.messages.queries import AccountAnswer, GetAccount, GetPortfolio, ValuePortfolio


@pytest.fixture
def kit() -> Iterator[Kit]:
    """Give an account with $1,000 and ten shares of AAPL that cost $500."""
    with Kit(Account, "U1", address=ME, peers=PEERS) as kit:
        kit.deliver(DepositCash(1, ME, 1_000 * DOLLAR, "client", user="U1"))
        kit.expect("exchange", CommandAccepted)
        kit.deliver(TransferShares(2, ME, "AAPL", 10, 500 * DOLLAR, "client", user="U1"))
        kit.expect("exchange", CommandAccepted)
        kit.facts()
        yield kit


def test_a_new_account_records_whose_it_is() -> None:
    with Kit(Account, "U1", address=ME, peers=PEERS) as kit:
        assert kit.facts() == [AccountOpened("U1")]


def test_a_buy_order_holds_its_worst_case_and_is_submitted(kit: Kit) -> None:
    kit.deliver(limit(3, BUY, 4, 100))

    assert kit.expect("exchange", OrderAccepted) == OrderAccepted(3, ME, "U1-1-1")
    assert kit.expect(BOOK, SubmitOrder) == SubmitOrder(
        "U1-1-1", ME, BUY, PriceType.LIMIT, 4, 100 * DOLLAR
    )
    assert (kit.state.cash, kit.state.held) == (1_000 * DOLLAR, 400 * DOLLAR)


def test_a_market_buy_holds_at_its_collar(kit: Kit) -> None:
    place(kit, market(3, BUY, 4, 100))

    assert kit.state.held == 4 * 105 * DOLLAR


def test_a_sell_order_holds_shares(kit: Kit) -> None:
    place(kit, limit(3, SELL, 4, 100))

    assert kit.state.held == 0
    assert kit.state.portfolio.holdings["AAPL"].held == 4


def test_an_order_for_all_that_is_available_is_accepted(kit: Kit) -> None:
    place(kit, limit(3, BUY, 10, 100))
    place(kit, limit(4, SELL, 10, 100))


@pytest.mark.parametrize(
    ("command", "reason", "needed"),
    [
        (limit(4, BUY, 7, 100), Reason.INSUFFICIENT_FUNDS, 700 * DOLLAR),
        (limit(4, SELL, 11, 100), Reason.INSUFFICIENT_SHARES, 11),
        (replace(limit(4, SELL, 1, 100), symbol="MSFT"), Reason.INSUFFICIENT_SHARES, 1),
    ],
)
def test_an_order_that_is_not_covered_is_refused_and_changes_nothing(
    kit: Kit, command: PlaceOrder, reason: Reason, needed: int
) -> None:
    place(kit, limit(3, BUY, 4, 100))
    kit.facts()

    kit.deliver(command)

    assert kit.expect("exchange", CommandRejected) == CommandRejected(4, ME, reason)
    (fact,) = kit.facts()
    assert isinstance(fact, CommandRefused)
    assert (fact.reason, fact.symbol, fact.needed) == (reason, command.symbol, needed)
    assert (kit.state.cash, kit.state.held) == (1_000 * DOLLAR, 400 * DOLLAR)


def test_an_execution_that_ends_a_buy_settles_releases_and_reports_at_once(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 4, 100))
    kit.facts()

    kit.deliver(executed(order_id, 4, 90), BOOK)

    settled, closed = kit.facts()
    assert isinstance(settled, ExecutionSettled)
    assert isinstance(closed, OrderClosed)
    assert (settled.amount, settled.hold_used) == (360 * DOLLAR, 400 * DOLLAR)
    assert (closed.status, closed.released) == (OrderStatus.EXECUTED, 0)
    assert (kit.state.cash, kit.state.held) == (640 * DOLLAR, 0)
    assert kit.state.portfolio.holdings["AAPL"].quantity == 14
    assert kit.state.portfolio.holdings["AAPL"].cost == 860 * DOLLAR
    assert kit.expect("client", OrderReport) == OrderReport(
        3, ME, order_id, OrderStatus.EXECUTED, 4, 90 * DOLLAR, 7
    )
    assert kit.expect(BOOK, ReportAck) == ReportAck(order_id, "AAPL:1", True)


def test_an_execution_of_a_sell_realises_profit_against_average_cost(kit: Kit) -> None:
    order_id = place(kit, limit(3, SELL, 4, 60))

    kit.deliver(executed(order_id, 4, 75), BOOK)
    kit.drop()

    (settled,) = kit.facts_of(ExecutionSettled)
    assert settled.realised == 4 * (75 - 50) * DOLLAR
    assert settled.cost_after == 300 * DOLLAR
    assert kit.state.cash == 1_300 * DOLLAR
    assert kit.state.portfolio.realised == 100 * DOLLAR


def test_an_end_that_overtakes_its_execution_releases_nothing_yet(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 4, 100))
    kit.facts()

    kit.deliver(EndReport(order_id, 4, Ending.FILLED), BOOK)
    assert kit.facts() == [OrderEnded(order_id, 4, Ending.FILLED)]
    assert kit.state.held == 400 * DOLLAR
    assert kit.expect(BOOK, ReportAck) == ReportAck(order_id, None, True)
    kit.expect_silence()

    kit.deliver(replace(executed(order_id, 4, 90), executed=None), BOOK)
    assert [type(fact) for fact in kit.facts()] == [ExecutionSettled, OrderClosed]
    assert kit.state.held == 0
    assert kit.expect("client", OrderReport).status is OrderStatus.EXECUTED
    assert kit.expect(BOOK, ReportAck) == ReportAck(order_id, "AAPL:1", False)


def test_an_order_stays_open_until_all_that_was_executed_is_settled(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 4, 100))

    first = replace(executed(order_id, 1, 90, 1), executed=None)
    last = replace(executed(order_id, 3, 90, 2), executed=4)
    kit.deliver(last, BOOK)
    assert kit.state.held == 100 * DOLLAR
    kit.deliver(first, BOOK)

    assert kit.state.held == 0
    assert kit.expect("client", OrderReport).quantity == 4
    kit.drop()


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (Ending.CANCELLED, OrderStatus.CANCELLED),
        (Ending.EXPIRED, OrderStatus.EXPIRED),
        (Ending.PRICE_RAN_AWAY, OrderStatus.REJECTED),
    ],
)
@pytest.mark.parametrize("order", [limit(3, BUY, 4, 100), limit(3, SELL, 4, 100)])
def test_an_order_that_ends_with_nothing_executed_gets_its_hold_back(
    kit: Kit, order: PlaceOrder, ending: Ending, status: OrderStatus
) -> None:
    order_id = place(kit, order)

    kit.deliver(EndReport(order_id, 0, ending), BOOK)

    assert kit.state.held == 0
    assert kit.state.portfolio.holdings["AAPL"].held == 0
    assert kit.expect("client", OrderReport) == OrderReport(3, ME, order_id, status, 0, 0, -1)
    assert kit.expect(BOOK, ReportAck) == ReportAck(order_id, None, True)


@pytest.mark.parametrize(
    "report",
    [executed("U1-1-1", 4, 90), EndReport("U1-1-1", 0, Ending.EXPIRED)],
)
def test_a_report_that_comes_twice_counts_once_and_is_acknowledged_twice(
    kit: Kit, report: ExecutionReport | EndReport
) -> None:
    place(kit, limit(3, BUY, 4, 100))
    kit.deliver(report, BOOK)
    kit.drop()
    cash = kit.state.cash
    kit.facts()

    kit.deliver(report, BOOK)

    assert kit.facts() == []
    assert kit.state.cash == cash
    kit.expect(BOOK, ReportAck)


def test_a_part_execution_that_comes_twice_counts_once(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 4, 100))
    part = replace(executed(order_id, 1, 90), executed=None)

    for _ in range(2):
        kit.deliver(part, BOOK)
        assert kit.expect(BOOK, ReportAck) == ReportAck(order_id, "AAPL:1", False)

    assert kit.state.cash == 910 * DOLLAR
    assert len(kit.facts_of(ExecutionSettled)) == 1


@pytest.mark.parametrize("order_id", ["U1-1-9", "U2-1-1", "U1-1-x", "", "U1-1-0"])
def test_a_report_of_an_order_never_placed_here_is_not_acknowledged(
    kit: Kit, order_id: str
) -> None:
    kit.deliver(executed(order_id, 4, 90), BOOK)
    kit.deliver(EndReport(order_id, 0, Ending.CANCELLED), BOOK)

    assert kit.facts() == []


def test_a_submit_is_confirmed_once(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 4, 100))
    kit.facts()

    kit.deliver(SubmitAck(order_id), BOOK)
    kit.deliver(SubmitAck(order_id), BOOK)
    kit.deliver(SubmitAck("U1-1-9"), BOOK)

    assert len(kit.facts()) == 1


def test_an_order_that_no_book_has_confirmed_is_submitted_again_after_a_crash(kit: Kit) -> None:
    first = place(kit, limit(3, BUY, 4, 100))
    second = place(kit, limit(4, SELL, 1, 100))
    kit.deliver(SubmitAck(first), BOOK)

    kit.restart()

    assert kit.expect(BOOK, SubmitOrder) == SubmitOrder(
        second, ME, SELL, PriceType.LIMIT, 1, 100 * DOLLAR
    )


def test_a_cancel_that_the_book_has_not_answered_is_asked_again_after_a_crash(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 4, 100))
    kit.deliver(SubmitAck(order_id), BOOK)
    kit.deliver(CancelOrder(4, ME, order_id, reply_to="client", user="U1"))
    kit.drop()

    kit.restart()

    assert kit.expect(BOOK, CancelSubmitted) == CancelSubmitted(order_id, ME)


def test_a_withdrawal_sees_only_what_is_not_held(kit: Kit) -> None:
    place(kit, limit(3, BUY, 4, 100))

    kit.deliver(WithdrawCash(4, ME, 600 * DOLLAR + 1, "client", user="U1"))
    assert kit.expect("exchange", CommandRejected).reason is Reason.INSUFFICIENT_FUNDS
    kit.deliver(WithdrawCash(5, ME, 600 * DOLLAR, "client", user="U1"))
    assert kit.expect("exchange", CommandAccepted) == CommandAccepted(5, ME)

    assert (kit.state.cash, kit.state.held) == (400 * DOLLAR, 400 * DOLLAR)


def test_an_account_describes_itself(kit: Kit) -> None:
    order_id = place(kit, limit(3, BUY, 4, 100))

    kit.deliver(GetAccount(9, ME, "client", user="U1"))

    answer = kit.expect("client", AccountAnswer)
    assert (answer.cash, answer.held) == (1_000 * DOLLAR, 400 * DOLLAR)
    assert [line.order_id for line in answer.open_orders] == [order_id]
    assert [(line.symbol, line.quantity) for line in answer.holdings] == [("AAPL", 10)]


def test_a_portfolio_is_valued_by_the_market_data_for_the_client(kit: Kit) -> None:
    kit.deliver(GetPortfolio(9, ME, "client", user="U1"))

    question = kit.expect("market-data", ValuePortfolio)
    assert (question.command_id, question.reply_to) == (9, "client")
    assert question.holdings[0].cost == 500 * DOLLAR


def test_order_numbers_go_on_after_a_crash(kit: Kit) -> None:
    place(kit, limit(3, BUY, 1, 100))
    kit.restart()
    kit.drop()

    assert place(kit, limit(4, BUY, 1, 100)) == "U1-1-2"
    assert [fact.order_id for fact in kit.facts_of(OrderPlaced)] == ["U1-1-1", "U1-1-2"]
