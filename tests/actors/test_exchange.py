"""The front door alone: what it refuses, in which precedence, and whom it answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kit import Kit
from msgspec.structs import replace

from actors.domain.money import MAX_MONEY
from actors.domain.order_factory import MAX_PRICE, MAX_QUANTITY
from actors.domain.orders import OrderType, PriceType, Reason
from actors.exchange import StockExchange
from actors.messages.base import Message
from actors.messages.control import RegisterAccount
from actors.messages.funds import (
    CloseAccount,
    DepositCash,
    ForgetCommands,
    TransferShares,
    WithdrawCash,
)
from actors.messages.history import FindOrders, GetTransactions
from actors.messages.market import ListStock
from actors.messages.orders import (
    CancelOrder,
    CommandAccepted,
    CommandRejected,
    OrderAccepted,
    PlaceOrder,
)
from actors.messages.queries import (
    GetAccount,
    GetPortfolio,
    GetQuote,
    LogIn,
    LogOut,
    SearchStocks,
    SessionAnswer,
)

USER = "ann"
ANN = "account/ann"
PEERS = ("client", "other client", "market-data", "history", ANN)
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT

ORDER = PlaceOrder(7, ANN, "AAPL", OrderType.BUY, LIMIT, 5, 100, user=USER)
AT_MARKET = PlaceOrder(7, ANN, "AAPL", OrderType.BUY, MARKET, 5, None, 100, user=USER)
TRANSFER = TransferShares(7, ANN, "AAPL", 5, 100, user=USER)
COMMANDS = [
    ORDER, AT_MARKET, TRANSFER, DepositCash(7, ANN, 1, user=USER),
    WithdrawCash(7, ANN, 1, user=USER), CancelOrder(7, ANN, "ann-1", user=USER),
    CloseAccount(7, ANN, user=USER),
]  # fmt: skip
OWNED = [
    *COMMANDS, LogIn(7, ANN, user=USER), LogOut(7, ANN, user=USER),
    GetPortfolio(7, ANN, user=USER), GetAccount(7, ANN, user=USER),
    FindOrders(7, ANN, user=USER), GetTransactions(7, ANN, user=USER),
]  # fmt: skip


def door(in_flight_limit: int = 10) -> Kit:
    """Return an exchange that lists AAPL and knows one account."""
    kit = Kit(StockExchange, in_flight_limit, address="exchange", peers=PEERS)
    kit.deliver(ListStock("AAPL", "Apple Inc."))
    kit.deliver(RegisterAccount(ANN, user=USER))
    kit.facts()
    return kit


@pytest.fixture
def kit() -> Iterator[Kit]:
    """Give an exchange with room for ten commands."""
    with door() as kit:
        yield kit


def refusal(kit: Kit, command: Message) -> Reason:
    """Deliver a command that is refused at the door, and return why."""
    kit.deliver(command, "client")
    answer = kit.expect("client", CommandRejected)
    assert answer.command_id == 7
    assert kit.facts() == []
    return answer.reason


def name(value: Any) -> str:
    return type(value).__name__ if isinstance(value, Message) else ""


@pytest.mark.parametrize("command", COMMANDS, ids=name)
def test_a_command_goes_to_its_account_with_the_clients_address(kit: Kit, command: Any) -> None:
    kit.deliver(command, "client")

    assert kit.expect(ANN, type(command)) == replace(command, reply_to="client")


def test_a_command_that_names_its_client_is_passed_on_as_it_is(kit: Kit) -> None:
    command = replace(ORDER, reply_to="other client")
    kit.deliver(command, "client")

    assert kit.expect(ANN, PlaceOrder) == command


@pytest.mark.parametrize(
    "answer",
    [
        OrderAccepted(7, ANN, "ann-1"),
        CommandAccepted(7, ANN),
        CommandRejected(7, ANN, Reason.INSUFFICIENT_FUNDS),
    ],
)
def test_an_answer_goes_to_the_client_that_waits_and_a_second_one_to_nobody(
    kit: Kit, answer: OrderAccepted | CommandAccepted | CommandRejected
) -> None:
    kit.deliver(replace(ORDER, reply_to="other client"), "client")
    kit.deliver(replace(ORDER, command_id=8), "client")
    kit.drop()

    kit.deliver(answer, ANN)
    kit.deliver(answer, ANN)

    assert kit.expect("other client", type(answer)) == answer


BAD_ORDERS = [
    (replace(ORDER, symbol="NONE"), Reason.UNKNOWN_SYMBOL),
    (replace(ORDER, symbol=""), Reason.UNKNOWN_SYMBOL),
    (replace(ORDER, account="account/bob"), Reason.NOT_OWNER),
    (replace(ORDER, order_type="BUY"), Reason.INVALID_ORDER),
    (replace(ORDER, price_type=None), Reason.INVALID_ORDER),
    (replace(ORDER, quantity=0), Reason.INVALID_QUANTITY),
    (replace(ORDER, quantity=-5), Reason.INVALID_QUANTITY),
    (replace(ORDER, quantity=0.5), Reason.INVALID_QUANTITY),
    (replace(ORDER, quantity=True), Reason.INVALID_QUANTITY),
    (replace(ORDER, quantity=MAX_QUANTITY + 1), Reason.INVALID_QUANTITY),
    (replace(ORDER, limit_price=None), Reason.INVALID_PRICE),
    (replace(ORDER, limit_price=0), Reason.INVALID_PRICE),
    (replace(ORDER, limit_price=-1), Reason.INVALID_PRICE),
    (replace(ORDER, limit_price=1.5), Reason.INVALID_PRICE),
    (replace(ORDER, limit_price=MAX_PRICE + 1), Reason.INVALID_PRICE),
    (replace(AT_MARKET, limit_price=100), Reason.INVALID_PRICE),
    (replace(AT_MARKET, seen_price=None), Reason.INVALID_PRICE),
    (replace(AT_MARKET, seen_price=MAX_PRICE + 1), Reason.INVALID_PRICE),
]


@pytest.mark.parametrize(("order", "reason"), BAD_ORDERS)
def test_an_order_that_no_market_could_carry_out_is_refused_at_the_door(
    kit: Kit, order: PlaceOrder, reason: Reason
) -> None:
    assert refusal(kit, order) is reason


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, quantity=MAX_QUANTITY, limit_price=MAX_PRICE),
        replace(AT_MARKET, quantity=MAX_QUANTITY, seen_price=MAX_PRICE),
    ],
)
def test_the_largest_order_at_the_highest_price_is_taken_in(kit: Kit, order: PlaceOrder) -> None:
    kit.deliver(order, "client")

    kit.expect(ANN, PlaceOrder)


NO_TEXTS = [["AAPL"], {"AAPL": 1}, {ANN}, (ANN,), 7, None, b"AAPL", float("nan")]


@pytest.mark.parametrize("symbol", NO_TEXTS, ids=repr)
@pytest.mark.parametrize("command", [ORDER, AT_MARKET, TRANSFER, GetQuote(7, "AAPL")], ids=name)
def test_a_symbol_that_is_no_text_is_unknown(kit: Kit, command: Any, symbol: Any) -> None:
    assert refusal(kit, replace(command, symbol=symbol)) is Reason.UNKNOWN_SYMBOL


@pytest.mark.parametrize("account", NO_TEXTS, ids=repr)
@pytest.mark.parametrize("command", OWNED, ids=name)
def test_an_account_that_is_no_text_is_unknown(kit: Kit, command: Any, account: Any) -> None:
    assert refusal(kit, replace(command, account=account)) is Reason.UNKNOWN_ACCOUNT


MALFORMED = [
    replace(ORDER, symbol=["AAPL"]),
    replace(ORDER, account=[ANN]),
    replace(TRANSFER, symbol=["AAPL"]),
    DepositCash(7, [ANN], 1, user=USER),  # type: ignore[arg-type]
    CancelOrder(7, [ANN], "ann-1", user=USER),  # type: ignore[arg-type]
    GetQuote(7, ["AAPL"]),  # type: ignore[arg-type]
    GetAccount(7, [ANN], user=USER),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("malformed", MALFORMED, ids=name)
@pytest.mark.parametrize("in_flight_id", [1, 7])
def test_a_malformed_command_takes_no_answer_from_what_others_have_in_flight(
    kit: Kit, malformed: Message, in_flight_id: int
) -> None:
    kit.deliver(DepositCash(in_flight_id, ANN, 1, user=USER), "other client")
    kit.expect(ANN, DepositCash)

    refusal(kit, malformed)
    kit.deliver(CommandAccepted(in_flight_id, ANN), ANN)

    assert kit.expect("other client", CommandAccepted) == CommandAccepted(in_flight_id, ANN)


@pytest.mark.parametrize("amount", [0, -1, MAX_MONEY + 1, 0.5, True, "5", None])
@pytest.mark.parametrize(
    "command", [DepositCash(7, ANN, 1, user=USER), WithdrawCash(7, ANN, 1, user=USER)], ids=name
)
def test_an_amount_that_is_no_positive_whole_number_is_refused(
    kit: Kit, command: DepositCash | WithdrawCash, amount: Any
) -> None:
    assert refusal(kit, replace(command, amount=amount)) is Reason.INVALID_AMOUNT


@pytest.mark.parametrize(
    ("transfer", "reason"),
    [
        (replace(TRANSFER, symbol="NONE"), Reason.UNKNOWN_SYMBOL),
        (replace(TRANSFER, quantity=0), Reason.INVALID_QUANTITY),
        (replace(TRANSFER, quantity=0.5), Reason.INVALID_QUANTITY),
        (replace(TRANSFER, quantity=MAX_QUANTITY + 1), Reason.INVALID_QUANTITY),
        (replace(TRANSFER, cost=-1), Reason.INVALID_AMOUNT),
        (replace(TRANSFER, cost=0.5), Reason.INVALID_AMOUNT),
    ],
)
def test_a_transfer_that_makes_no_sense_is_refused(
    kit: Kit, transfer: TransferShares, reason: Reason
) -> None:
    assert refusal(kit, transfer) is reason


def test_shares_may_have_cost_nothing(kit: Kit) -> None:
    kit.deliver(replace(TRANSFER, cost=0), "client")

    kit.expect(ANN, TransferShares)


EVERYTHING_WRONG = [
    (
        PlaceOrder(7, "account/bob", "NONE", OrderType.BUY, LIMIT, 0, 0, user=USER),
        Reason.UNKNOWN_SYMBOL,
    ),
    (replace(ORDER, account="account/bob", quantity=0), Reason.NOT_OWNER),
    (replace(ORDER, quantity=0, limit_price=0), Reason.INVALID_QUANTITY),
    (replace(ORDER, limit_price=0), Reason.INVALID_PRICE),
    (ORDER, Reason.BUSY),
    (DepositCash(7, "account/bob", -1, user=USER), Reason.NOT_OWNER),
    (DepositCash(7, ANN, -1, user=USER), Reason.INVALID_AMOUNT),
    (WithdrawCash(7, "account/bob", -1, user=USER), Reason.NOT_OWNER),
    (TransferShares(7, "account/bob", "NONE", 0, -1, user=USER), Reason.UNKNOWN_SYMBOL),
    (TransferShares(7, "account/bob", "AAPL", 0, -1, user=USER), Reason.NOT_OWNER),
    (CancelOrder(7, "account/bob", user=USER), Reason.NOT_OWNER),
    (CancelOrder(7, ANN, user=USER), Reason.BUSY),
]


@pytest.mark.parametrize(("command", "reason"), EVERYTHING_WRONG)
def test_of_several_reasons_the_first_in_precedence_is_given(
    command: Message, reason: Reason
) -> None:
    with door(in_flight_limit=0) as kit:
        assert refusal(kit, command) is reason


def test_the_door_is_busy_at_its_limit_and_open_again_afterwards() -> None:
    with door(in_flight_limit=2) as kit:
        for command_id in (1, 2):
            kit.deliver(DepositCash(command_id, ANN, 1, user=USER), "client")
            kit.expect(ANN, DepositCash)
        assert refusal(kit, DepositCash(7, ANN, 1, user=USER)) is Reason.BUSY

        kit.deliver(CommandAccepted(2, ANN), ANN)
        kit.expect("client", CommandAccepted)
        kit.deliver(DepositCash(7, ANN, 1, user=USER), "client")
        kit.expect(ANN, DepositCash)


def test_a_busy_door_still_answers_questions() -> None:
    with door(in_flight_limit=0) as kit:
        kit.deliver(GetQuote(7, "AAPL"), "client")

        kit.expect("market-data", GetQuote)


def test_a_command_that_is_repeated_counts_once_against_the_limit() -> None:
    with door(in_flight_limit=2) as kit:
        for _ in range(2):
            kit.deliver(DepositCash(1, ANN, 1, user=USER), "client")
        kit.drop()

        kit.deliver(DepositCash(2, ANN, 1, user=USER), "client")

        kit.expect(ANN, DepositCash)


def test_a_command_in_flight_can_be_repeated_at_a_busy_door() -> None:
    with door(in_flight_limit=1) as kit:
        for _ in range(2):
            kit.deliver(DepositCash(1, ANN, 1, user=USER), "client")
            kit.expect(ANN, DepositCash)


def test_a_command_whose_answer_was_lost_blocks_the_door_for_a_while_only() -> None:
    with door(in_flight_limit=1) as kit:
        kit.deliver(DepositCash(1, ANN, 1, user=USER), "client")
        kit.expect(ANN, DepositCash)
        assert refusal(kit, DepositCash(7, ANN, 1, user=USER)) is Reason.BUSY

        kit.advance(3_600.0)
        kit.deliver(DepositCash(7, ANN, 1, user=USER), "client")

        kit.expect(ANN, DepositCash)


def test_a_lost_command_is_forgotten_though_an_older_one_was_just_repeated() -> None:
    with door(in_flight_limit=3) as kit:
        for command_id in (1, 2):
            kit.deliver(DepositCash(command_id, ANN, 1, user=USER), "client")
        kit.advance(3_600.0)
        for command_id in (1, 3):
            kit.deliver(DepositCash(command_id, ANN, 1, user=USER), "client")
        kit.drop()

        kit.deliver(DepositCash(4, ANN, 1, user=USER), "client")  # takes the place of command 2

        assert kit.expect(ANN, DepositCash).command_id == 4


@pytest.mark.parametrize(
    "question", [GetPortfolio(7, ANN, user=USER), GetAccount(7, ANN, user=USER)], ids=name
)
def test_a_question_about_an_account_goes_there(kit: Kit, question: Any) -> None:
    kit.deliver(question, "client")

    assert kit.expect(ANN, type(question)) == replace(question, reply_to="client")


@pytest.mark.parametrize("question", [GetQuote(7, "AAPL"), SearchStocks(7, "app")], ids=name)
def test_a_question_about_the_market_goes_to_the_market_data(kit: Kit, question: Any) -> None:
    kit.deliver(question, "client")

    assert kit.expect("market-data", type(question)) == replace(question, reply_to="client")


@pytest.mark.parametrize("message", [LogIn(7, ANN, user=USER), LogOut(7, ANN, user=USER)], ids=name)
def test_a_session_begins_and_ends_at_the_door(kit: Kit, message: LogIn | LogOut) -> None:
    kit.deliver(message, "client")

    assert kit.expect("client", SessionAnswer) == SessionAnswer(7, ANN)


@pytest.mark.parametrize("message", OWNED, ids=name)
@pytest.mark.parametrize("account", [ANN, "account/nobody"])
def test_a_user_cannot_tell_the_account_of_another_from_one_that_is_not_there(
    kit: Kit, message: Any, account: str
) -> None:
    kit.deliver(RegisterAccount("account/bob", "bob"))
    kit.facts()

    asked = replace(message, account=account, user="bob")

    assert refusal(kit, asked) is Reason.NOT_OWNER


@pytest.mark.parametrize("message", OWNED, ids=name)
@pytest.mark.parametrize("user", ["zoe", "", None, 7])
def test_who_is_no_user_is_refused(kit: Kit, message: Any, user: Any) -> None:
    assert refusal(kit, replace(message, user=user)) is Reason.UNKNOWN_ACCOUNT


def test_only_its_user_may_let_an_account_forget(kit: Kit) -> None:
    kit.deliver(ForgetCommands(ANN, 5, user="bob"))
    assert kit.drop() == []

    kit.deliver(ForgetCommands(ANN, 5, user=USER))
    assert kit.expect(ANN, ForgetCommands).below == 5


def test_a_quote_of_an_unknown_symbol_is_refused(kit: Kit) -> None:
    assert refusal(kit, GetQuote(7, "NONE")) is Reason.UNKNOWN_SYMBOL


def test_what_is_listed_and_registered_outlives_a_crash(kit: Kit) -> None:
    kit.restart()

    kit.deliver(ORDER, "client")

    kit.expect(ANN, PlaceOrder)
