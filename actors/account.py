"""A customer's account: the one owner of its cash and shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from actors.account_hours import opening_after, session_of, takes_orders
from actors.account_notices import NoticeMessage, Notices
from actors.account_state import AccountState, OpenOrder
from actors.account_views import Watchers, answer_of, valuation_of
from actors.actor import Outbox
from actors.addresses import EXCHANGE, MARKET_DATA, OPERATIONS, book_of
from actors.answering import Answering, Command
from actors.domain.market_hours import ALWAYS_OPEN, Hours
from actors.domain.money import MAX_MONEY
from actors.domain.order_factory import MAX_QUANTITY
from actors.domain.orders import OrderStatus, OrderType, Reason, advance
from actors.domain.pricing import StrategyFailed, worst_price_of
from actors.domain.strategies import STRATEGIES
from actors.messages.alerts import AlertTriggered, RemoveAlert, SetAlert
from actors.messages.base import (
    Address,
    ByKind,
    ExecutionId,
    OrderId,
    TransactionId,
    fingerprint_of,
)
from actors.messages.control import Alarm, Remind
from actors.messages.facts import (
    AccountClosed,
    AccountFact,
    AccountOpened,
    CancelRequested,
    CashDeposited,
    CashWithdrawn,
    ExecutionSettled,
    OrderClosed,
    OrderEnded,
    OrderPlaced,
    SharesTransferred,
    SubmitConfirmed,
)
from actors.messages.funds import (
    CloseAccount,
    DepositCash,
    ForgetCommands,
    TransferShares,
    WithdrawCash,
)
from actors.messages.notifications import GetPreferences, Receipt, RoomAgain, SetPreferences
from actors.messages.orders import (
    STATUS_OF_ENDING,
    CancelOrder,
    CancelSubmitted,
    CommandAccepted,
    Ending,
    EndReport,
    ExecutionReport,
    OrderAccepted,
    PlaceOrder,
    ReportAck,
    SubmitAck,
    SubmitOrder,
)
from actors.messages.queries import GetAccount, GetPortfolio
from actors.messages.watching import FollowHoldings

AccountMessage: TypeAlias = (
    Command | SubmitAck | ExecutionReport | EndReport | GetPortfolio | GetAccount
    | ForgetCommands | FollowHoldings | NoticeMessage | Remind
)  # fmt: skip
# Looking an enumeration's member up in its class is slow in Python 3.11.
_BUY = OrderType.BUY
_FILLED = Ending.FILLED
_EXECUTED = OrderStatus.EXECUTED
_PENDING = OrderStatus.PENDING
_TOO_LATE = Reason.TOO_LATE
_MARKET_CLOSED = Reason.MARKET_CLOSED
_INVALID_ORDER = Reason.INVALID_ORDER
_INVALID_QUANTITY = Reason.INVALID_QUANTITY
_UNKNOWN_ORDER = Reason.UNKNOWN_ORDER
_ACCOUNT_CLOSED = Reason.ACCOUNT_CLOSED
_ACCOUNT_NOT_EMPTY = Reason.ACCOUNT_NOT_EMPTY
_INVALID_AMOUNT = Reason.INVALID_AMOUNT
_INSUFFICIENT_FUNDS = Reason.INSUFFICIENT_FUNDS
_INSUFFICIENT_SHARES = Reason.INSUFFICIENT_SHARES

_DIGITS_AT_MOST = 18  # of an order's number


class Account(Answering):
    """Cash, holds and portfolio of one customer account.

    Invariants: cash == available + held with neither part negative; what is held is the sum of
    what is left of the holds of the open orders; an order that is closed holds nothing.

    Args:
        user: Id of its owner.
        collar_bp: Width of the collar around the quote that a customer saw, in basis points.
        hours: When it takes orders, and for which session; judged here and not at the door, as
            a command that came before gets the answer it got then, whatever the hour.
    """

    state_type = AccountState
    state: AccountState

    def __init__(self, user: str, collar_bp: int = 500, hours: Hours = ALWAYS_OPEN) -> None:
        super().__init__(user)
        self.hours = hours
        self.collar_bp = collar_bp
        self.name = self.address.partition("/")[2]
        self.notices = Notices(self)
        self.watchers = Watchers(self)
        self.derive()

    def on_start(self) -> None:
        self.record(AccountOpened(self.user))

    def derive(self) -> None:
        self.state.notices.user, self.state.notices.name = self.user, self.address

    def outbox(self) -> Outbox:
        """Return what no book has confirmed, and what should be cancelled and has not ended."""
        waiting: Outbox = {}
        for order_id, order in self.state.open_orders.items():
            if not order.submitted:
                waiting[order_id] = book_of(order.symbol), self.submission(order_id, order)
            if order.cancels and order.executed is None:
                cancel = CancelSubmitted(order_id, self.address)
                waiting[order_id, "cancel"] = book_of(order.symbol), cancel
        owed = self.state.notices.owed
        return waiting | owed.outbox() if owed.waiting else waiting

    def receive(self, message: AccountMessage, sender: Address) -> None:
        _HANDLERS[type(message)](self, message, sender)

    def place_order(self, command: PlaceOrder) -> None:
        """Hold the worst case and submit, or refuse."""
        fingerprint = fingerprint_of(command)
        if self.answered_before(command, fingerprint):
            return
        worst_price = self.worst_price_of(command)
        if worst_price <= 0:
            self.refuse(command, fingerprint, _INVALID_ORDER, command.symbol)
            return
        if self.refuses_now(command, fingerprint):
            return
        quantity = command.quantity
        if command.order_type is _BUY:
            hold, available = quantity * worst_price, self.state.cash - self.state.held
            lack = _INSUFFICIENT_FUNDS
        else:
            hold, available = quantity, self.state.portfolio.available(command.symbol)
            lack = _INSUFFICIENT_SHARES
        if hold > available:
            self.refuse(command, fingerprint, lack, command.symbol, hold)
            return
        order_id = f"{self.name}-{self.state.orders + 1}"
        self.record(
            OrderPlaced(
                order_id, command.command_id, fingerprint, command.reply_to, command.symbol,
                command.order_type, command.price_type, quantity, worst_price, hold, self.now_us,
                (command.limit_price or 0) if STRATEGIES[command.price_type].is_watched else 0,
            )
        )  # fmt: skip
        self.send(EXCHANGE, OrderAccepted(command.command_id, self.address, order_id))
        order = self.state.open_orders[order_id]
        self.promise(book_of(order.symbol), self.submission(order_id, order))

    def worst_price_of(self, order: PlaceOrder) -> int:
        """Return 0, as for no such order, where a strategy has no answer that can be used."""
        try:
            return worst_price_of(
                order.price_type, order.order_type, order.limit_price, order.seen_price,
                self.collar_bp,
            )  # fmt: skip
        except StrategyFailed as failed:
            self.send(OPERATIONS, Alarm(f"{self.address}: {failed}"))
            return 0

    def refuses_now(self, order: PlaceOrder, fingerprint: int) -> bool:
        """Refuse an order because the account is closed, or the market is, and until when."""
        now_us = self.now_us
        if self.state.is_closed:
            self.refuse(order, fingerprint, _ACCOUNT_CLOSED, order.symbol)
            return True
        if takes_orders(self.hours, now_us, order.price_type):
            return False
        opens_us = opening_after(self.hours, now_us)
        self.refuse(order, fingerprint, _MARKET_CLOSED, order.symbol, next_session_us=opens_us)
        return True

    def submission(self, order_id: OrderId, order: OpenOrder) -> SubmitOrder:
        return SubmitOrder(
            order_id, self.address, order.order_type, order.price_type, order.quantity,
            order.worst_price, order.trigger_price, session_of(self.hours, order),
        )  # fmt: skip

    def confirm_submit(self, ack: SubmitAck) -> None:
        order = self.state.open_orders.get(ack.order_id)
        if order is not None and not order.submitted:
            self.record(SubmitConfirmed(ack.order_id))

    def settle(self, report: ExecutionReport, book: Address) -> None:
        """Move cash and shares by an execution, once."""
        order_id = report.order_id
        order = self.state.open_orders.get(order_id)
        if order is None:
            # Closed orders have had all their executions; one never placed here cannot be
            # acknowledged, so that its book goes on asking until a person looks.
            if self.has_placed(order_id):
                self.acknowledge(report.order_id, report.execution_id, report.executed, book)
            return
        if report.execution_id not in order.applied:
            self.record(self.settlement(order, report))
            self.watchers.tell()
            if report.executed is not None and order.executed is None:
                order_executed = report.executed
                if order.settled == order_executed:
                    self.close(order_id, order, _FILLED)
                else:
                    self.record(OrderEnded(order_id, order_executed, _FILLED))
            elif order.executed is not None and order.settled == order.executed:
                self.close(order_id, order, order.ending)
        self.acknowledge(order_id, report.execution_id, report.executed, book)

    def settlement(self, order: OpenOrder, report: ExecutionReport) -> ExecutionSettled:
        """Return the transaction of an execution."""
        quantity, symbol = report.quantity, order.symbol
        amount = quantity * report.price
        holding = self.state.portfolio.holdings.get(symbol)
        cost = 0 if holding is None else holding.cost
        if order.order_type is _BUY:
            hold_used, realised, cost_after = quantity * order.worst_price, 0, cost + amount
        else:
            cost_removed = self.state.portfolio.cost_of(symbol, quantity)
            hold_used, realised, cost_after = quantity, amount - cost_removed, cost - cost_removed
        return ExecutionSettled(
            report.execution_id, report.order_id, self.next_transaction(), symbol,
            order.order_type, quantity, report.price, amount, hold_used, realised, cost_after,
            report.at_us,
        )  # fmt: skip

    def take_end(self, report: EndReport, book: Address) -> None:
        """Take the book's last word; the order closes when all its executions are settled."""
        order = self.state.open_orders.get(report.order_id)
        if order is not None and order.executed is None:
            self.record(OrderEnded(report.order_id, report.executed, report.ending))
            if order.settled == report.executed:
                self.close(report.order_id, order, report.ending)
        if order is not None or self.has_placed(report.order_id):
            self.send(book, ReportAck(report.order_id, None, True))

    def close(self, order_id: OrderId, order: OpenOrder, ending: Ending) -> None:
        """Release what is left of the hold, and tell everybody who waits for the order."""
        status = advance(_PENDING, _EXECUTED if order.settled else STATUS_OF_ENDING[ending])
        self.record(OrderClosed(order_id, status, order.hold, self.now_us))
        outcome = self.state.commands[order.command_id]
        self.send(order.client, self.report_of(order.command_id, outcome))
        for command_id in order.cancels:
            self.reply_to_cancel(command_id)
        self.notices.owe_order(order_id, order, status)

    def acknowledge(
        self, order_id: OrderId, execution_id: ExecutionId, executed: int | None, book: Address
    ) -> None:
        self.send(book, ReportAck(order_id, execution_id, executed is not None))

    def cancel_order(self, command: CancelOrder) -> None:
        """Ask the book for an open order back; all that is left of its hold is still held."""
        fingerprint = fingerprint_of(command)
        if self.answered_before(command, fingerprint):
            return
        order_id = command.order_id or self.order_placed_by(command.placed_by)
        order = self.state.open_orders.get(order_id)
        if order is None or order.executed is not None:
            is_forgotten = not order_id and self.state.has_forgotten(command.placed_by)
            late = order is not None or is_forgotten or self.has_placed(order_id)
            self.refuse(command, fingerprint, _TOO_LATE if late else _UNKNOWN_ORDER)
            return
        self.record(CancelRequested(order_id, command.command_id, fingerprint, command.reply_to))
        self.promise(book_of(order.symbol), CancelSubmitted(order_id, self.address))

    def has_placed(self, order_id: OrderId) -> bool:
        """Tell whether an order of this id was ever placed here: they are numbered from 1."""
        name, _, number = order_id.rpartition("-")
        if name != self.name or not number.isdecimal() or len(number) > _DIGITS_AT_MOST:
            return False
        return number == str(int(number)) and 0 < int(number) <= self.state.orders

    def deposit(self, command: DepositCash) -> None:
        """Take cash in, as long as the sum stays within what can be counted."""
        fits = self.state.cash + command.amount <= MAX_MONEY
        self.move_cash(command, CashDeposited, None if fits else _INVALID_AMOUNT)

    def withdraw(self, command: WithdrawCash) -> None:
        """Pay out what is not held, or refuse."""
        covered = command.amount <= self.state.cash - self.state.held
        self.move_cash(command, CashWithdrawn, None if covered else _INSUFFICIENT_FUNDS)

    def move_cash(
        self,
        command: DepositCash | WithdrawCash,
        fact: type[CashDeposited | CashWithdrawn],
        refusal: Reason | None,
    ) -> None:
        fingerprint = fingerprint_of(command)
        if self.answered_before(command, fingerprint):
            return
        if self.state.is_closed:
            refusal = _ACCOUNT_CLOSED
        if refusal is not None:
            self.refuse(command, fingerprint, refusal, "", command.amount)
            return
        transaction_id = self.next_transaction()
        self.record(
            fact(command.command_id, fingerprint, transaction_id, command.amount, self.now_us)
        )
        self.send(EXCHANGE, CommandAccepted(command.command_id, self.address))
        self.notices.owe_cash(transaction_id, command.amount, came_in=fact is CashDeposited)

    def take_shares(self, command: TransferShares) -> None:
        fingerprint = fingerprint_of(command)
        if self.answered_before(command, fingerprint):
            return
        fits = self.state.portfolio.quantity(command.symbol) + command.quantity <= MAX_QUANTITY
        if self.state.is_closed or not fits:
            refusal = _INVALID_QUANTITY if not fits else _ACCOUNT_CLOSED
            self.refuse(command, fingerprint, refusal, command.symbol, command.quantity)
            return
        self.record(
            SharesTransferred(
                command.command_id, fingerprint, self.next_transaction(), command.symbol,
                command.quantity, command.cost, self.now_us,
            )
        )  # fmt: skip
        self.watchers.tell()
        self.send(EXCHANGE, CommandAccepted(command.command_id, self.address))

    def close_account(self, command: CloseAccount) -> None:
        """Take no further commands, if there is nothing left to lose."""
        fingerprint = fingerprint_of(command)
        if self.answered_before(command, fingerprint):
            return
        state = self.state
        if state.is_closed:
            self.refuse(command, fingerprint, _ACCOUNT_CLOSED)
        elif state.cash or state.portfolio.holdings or state.open_orders:
            self.refuse(command, fingerprint, _ACCOUNT_NOT_EMPTY)
        else:
            self.record(AccountClosed(command.command_id, fingerprint, self.now_us))
            self.notices.drop_alerts()
            self.send(EXCHANGE, CommandAccepted(command.command_id, self.address))

    def value(self, query: GetPortfolio) -> None:
        if not self.refuses_stranger(query):
            self.send(MARKET_DATA, valuation_of(self.state, query))

    def answer(self, query: GetAccount) -> None:
        if not self.refuses_stranger(query):
            self.send(query.reply_to, answer_of(self.state, query))

    def next_transaction(self) -> TransactionId:
        return f"{self.name}/{self.state.transactions + 1}"

    def apply(self, fact: AccountFact) -> None:
        self.state.apply(fact)


_NOTICE: Final = lambda account, message, sender: account.notices.take(message, sender)  # noqa: E731
_HANDLERS: Final[ByKind[Callable[[Account, Any, Address], None]]] = ByKind({
    PlaceOrder: lambda account, command, _: account.place_order(command),
    ExecutionReport: lambda account, report, book: account.settle(report, book),
    SubmitAck: lambda account, ack, _: account.confirm_submit(ack),
    EndReport: lambda account, report, book: account.take_end(report, book),
    GetPortfolio: lambda account, query, _: account.value(query),
    DepositCash: lambda account, command, _: account.deposit(command),
    WithdrawCash: lambda account, command, _: account.withdraw(command),
    CancelOrder: lambda account, command, _: account.cancel_order(command),
    TransferShares: lambda account, command, _: account.take_shares(command),
    GetAccount: lambda account, query, _: account.answer(query),
    ForgetCommands: lambda account, request, _: account.forget_commands(request),
    FollowHoldings: lambda account, request, _: account.watchers.add(request),
    CloseAccount: lambda account, command, _: account.close_account(command),
    Remind: lambda account, *_: account.resend(),
    Receipt: _NOTICE, AlertTriggered: _NOTICE, SetPreferences: _NOTICE, SetAlert: _NOTICE,
    RemoveAlert: _NOTICE, GetPreferences: _NOTICE, RoomAgain: _NOTICE,
})  # fmt: skip
