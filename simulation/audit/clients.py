"""Judges what clients asked and were told (A10, A14, A16, A17)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.domain.money import dollars
from actors.domain.orders import Reason
from actors.messages.base import Address, CommandId, Message
from actors.messages.funds import DepositCash, TransferShares, WithdrawCash
from actors.messages.orders import (
    CancelOrder,
    CommandAccepted,
    CommandRejected,
    OrderAccepted,
    OrderReport,
    PlaceOrder,
)
from actors.messages.queries import (
    AccountAnswer,
    GetAccount,
    GetPortfolio,
    GetQuote,
    LogIn,
    LogOut,
    PortfolioAnswer,
    QuoteAnswer,
    SearchAnswer,
    SearchStocks,
    SessionAnswer,
)
from simulation.audit.model import CARRIED_OUT, PENDING, UNDECIDED, Order, Outcome, World

OF_ACCOUNTS: Final = frozenset({
    PlaceOrder, CancelOrder, DepositCash, WithdrawCash, TransferShares, GetPortfolio, GetAccount,
})  # fmt: skip
"""What is answered with the name of the account."""

OF_CLIENTS: Final = frozenset({LogIn, LogOut, GetQuote, SearchStocks})
"""What is answered with the id of the command alone."""

_BY_THE_ACCOUNT: Final = frozenset({
    Reason.MARKET_CLOSED, Reason.INSUFFICIENT_FUNDS, Reason.INSUFFICIENT_SHARES,
})  # fmt: skip
_AT_THE_DOOR: Final = frozenset({
    Reason.BUSY, Reason.INVALID_COMMAND, Reason.UNKNOWN_SYMBOL, Reason.UNKNOWN_ACCOUNT,
    Reason.INVALID_ORDER, Reason.INVALID_QUANTITY, Reason.INVALID_PRICE, Reason.INVALID_AMOUNT,
    Reason.DUPLICATE_COMMAND,
})  # fmt: skip


class ClientAudit:
    """Compares what clients are told with what is in the journal by then.

    A refusal at the exchange's door leaves no fact: the command was not taken in, so a retry
    of it may end differently. That is the one exception to "one answer per command".
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._accounts = world.accounts
        self._orders = world.orders
        self.questions: dict[tuple[Address, CommandId], Message] = {}
        self.told_count = 0  # of what accounts decide
        self.answers = 0  # to questions
        self.orders_refused = 0
        self.tellers: dict[type, Callable[[Address, Any], None]] = {
            OrderAccepted: self.order_accepted,
            CommandAccepted: self.command_accepted,
            CommandRejected: self.command_rejected,
            OrderReport: self.order_report,
            PortfolioAnswer: self.account_answer,
            AccountAnswer: self.account_answer,
            SessionAnswer: self.answer,
            QuoteAnswer: self.answer,
            SearchAnswer: self.answer,
        }

    def order_accepted(self, _: Address, message: OrderAccepted) -> None:
        """Check that the order stands in the journal, under this command."""
        self.told_count += 1
        account = self._accounts.get(message.account)
        if account is None:
            self._not_durable(message, message.order_id)
            return
        account.pending.pop(message.command_id, None)
        outcome = account.commands.get(message.command_id)
        known = outcome.placed.order_id if type(outcome) is Order else outcome
        if known != message.order_id:
            self._differs(message, outcome, message.order_id)

    def command_accepted(self, _: Address, message: CommandAccepted) -> None:
        """Check that the command was carried out."""
        self.told_count += 1
        account = self._accounts.get(message.account)
        if account is None:
            self._not_durable(message)
            return
        account.pending.pop(message.command_id, None)
        outcome = account.commands.get(message.command_id)
        if outcome is UNDECIDED:
            self._not_durable(message)
        elif outcome is not CARRIED_OUT:
            self._differs(message, outcome)

    def command_rejected(self, client: Address, message: CommandRejected) -> None:
        """Check that the refusal is the account's own, or one of the door."""
        self.told_count += 1
        account = self._accounts.get(message.account)
        asked = None if account is None else account.pending.pop(message.command_id, None)
        if asked is None:
            self.questions.pop((client, message.command_id), None)
        elif type(asked) is PlaceOrder:
            self.orders_refused += 1
        outcome = None if account is None else account.commands.get(message.command_id)
        if outcome is None:
            if message.reason in _BY_THE_ACCOUNT:
                self._not_durable(message)
        elif outcome is UNDECIDED and message.reason is Reason.TOO_LATE:
            self._not_durable(message)
        elif outcome is not message.reason and message.reason not in _AT_THE_DOOR:
            self._differs(message, outcome)

    def order_report(self, _: Address, message: OrderReport) -> None:
        """Compare the last word on an order with the facts."""
        self.told_count += 1
        order = self._orders.get(message.order_id)
        if order is None:
            self._repeated(message)
            return
        execution = order.execution
        price, at_us = (0, -1) if execution is None else (execution.price, execution.at_us)
        if order.status is PENDING:
            self._not_durable(message, message.order_id)
            return
        if (
            order.status is not message.status
            or order.executed != message.quantity
            or price != message.price
            or at_us != message.executed_us
            or order.account != message.account
            or order.placed.command_id != message.command_id
        ):
            self._explain_report(order, message)
        order.reported = True
        if order.unconfirmed <= 0:
            self._world.forget(order)

    def account_answer(self, client: Address, message: PortfolioAnswer | AccountAnswer) -> None:
        """Check that the balances that were read are possible."""
        self.answers += 1
        account = self._accounts.get(message.account)
        if account is not None:
            account.pending.pop(message.command_id, None)
        if not 0 <= message.held <= message.cash:
            self._world.report(
                "A03", f"{client} reads that {dollars(message.held)} of {dollars(message.cash)} "
                "are held", cause=message,
            )  # fmt: skip

    def answer(self, client: Address, message: SessionAnswer | QuoteAnswer | SearchAnswer) -> None:
        """Take an answer that names its command alone."""
        self.answers += 1
        self.questions.pop((client, message.command_id), None)

    def _repeated(self, message: OrderReport) -> None:
        """Allow the report of a forgotten order once more, to a client that asked again."""
        account = self._accounts.get(message.account)
        if account is None or account.commands.get(message.command_id) != message.order_id:
            self._not_durable(message, message.order_id)

    def _not_durable(self, message: Message, order_id: str = "") -> None:
        self._world.report(
            "A14", f"a client is told {type(message).__name__}, and the journal has no fact that "
            "says so yet", order_id, message,
        )  # fmt: skip

    def _differs(self, message: Message, outcome: Outcome | None, order_id: str = "") -> None:
        if outcome is None:
            self._not_durable(message, order_id)
            return
        self._world.report(
            "A10", f"a client is told {type(message).__name__}, and what became of the command "
            f"is {_worded(outcome)}", order_id, message,
        )  # fmt: skip

    def _explain_report(self, order: Order, message: OrderReport) -> None:
        price = 0 if order.execution is None else order.execution.price
        self._world.report(
            "A14", f"a client is told {message.status.value}, {message.quantity:,} at "
            f"{dollars(message.price)}; the journal says {order.status.value}, "
            f"{order.executed:,} at {dollars(price)}, command {order.placed.command_id} of "
            f"{order.account}", message.order_id, message,
        )  # fmt: skip


def _worded(outcome: Outcome) -> str:
    if type(outcome) is Order:
        return f"order {outcome.placed.order_id}"
    if type(outcome) is Reason:
        return f"a refusal, {outcome.value}"
    return outcome if outcome in {CARRIED_OUT, UNDECIDED} else f"order {outcome}"
