"""What an account durably knows, and how each fact changes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from actors.account_notices import NoticeState
from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.domain.portfolio import Portfolio
from actors.messages.base import Address, ByKind, CommandId, ExecutionId, OrderId
from actors.messages.facts import (
    AccountClosed,
    AccountFact,
    AccountOpened,
    CancelRequested,
    CashDeposited,
    CashWithdrawn,
    CommandRefused,
    CommandsForgotten,
    ExecutionSettled,
    OrderClosed,
    OrderEnded,
    OrderPlaced,
    SharesTransferred,
    SubmitConfirmed,
)
from actors.messages.notification_facts import (
    AlertDropped,
    AlertHeard,
    AlertRemoved,
    AlertSet,
    DebtSettled,
    NoticeFact,
    NotificationsOwed,
    PreferencesSet,
)
from actors.messages.orders import Ending

# Looking an enumeration's member up in its class is slow in Python 3.11.
_BUY = OrderType.BUY
_CANCELLED = OrderStatus.CANCELLED
_TOO_LATE = Reason.TOO_LATE


class Outcome(msgspec.Struct, array_like=True, gc=False):
    """What became of a command, so that its repetition gets the same answer.

    Attributes:
        fingerprint: Of the command's content; another one under the same id is refused.
        order_id: The order that it placed or cancelled.
        reason: Why it was refused, if it was.
        is_pending: A cancel that the book has not answered yet.
    """

    fingerprint: int
    order_id: OrderId = ""
    reason: Reason | None = None
    is_pending: bool = False
    # How the order ended that it placed.
    status: OrderStatus | None = None
    settled: int = 0
    price: int = 0
    executed_us: int = -1
    next_session_us: int = -1  # when the market opens next, if it was closed


class OpenOrder(msgspec.Struct, array_like=True, gc=False):
    """An order between its acceptance and its close.

    Attributes:
        hold: What is left of its hold: 1/10,000 USD for a buy, shares for a sell.
        settled: Shares whose execution has moved cash and shares here.
        executed: Shares executed in all, once the book's last word is in.
        applied: Its executions so far.
        submitted: The book is known to have it.
        cancels: Commands that wait to learn whether it was cancelled.
    """

    command_id: CommandId
    client: Address
    symbol: str
    order_type: OrderType
    price_type: PriceType
    quantity: int
    worst_price: int
    hold: int
    settled: int = 0
    executed: int | None = None
    ending: Ending = Ending.FILLED
    applied: tuple[ExecutionId, ...] = ()
    submitted: bool = False
    cancels: tuple[CommandId, ...] = ()
    price: int = 0  # of its last execution
    executed_us: int = -1  # by the book's clock
    trigger_price: int = 0
    placed_us: int = 0  # by the account's clock


class AccountState(msgspec.Struct, array_like=True):
    """What an account durably knows."""

    cash: int = 0
    held: int = 0
    portfolio: Portfolio = msgspec.field(default_factory=Portfolio)
    open_orders: dict[OrderId, OpenOrder] = {}
    orders: int = 0  # placed so far; their numbers are 1 to this
    transactions: int = 0
    commands: dict[CommandId, Outcome] = {}
    forgotten_below: CommandId = 0  # what is below and not in `commands` is done at both ends,
    revision: int = 0  # how many facts made this state
    is_closed: bool = False  # it takes no further commands
    notices: NoticeState = msgspec.field(default_factory=NoticeState)
    forgotten_since: CommandId = 0  # from this number on

    def apply(self, fact: AccountFact) -> None:
        """Change the state by a fact, live and in recovery alike."""
        self.revision += 1
        _APPLIES[type(fact)](self, fact)

    def _apply_placed(self, fact: OrderPlaced) -> None:
        self.orders += 1
        self.commands[fact.command_id] = Outcome(fact.fingerprint, fact.order_id)
        self.open_orders[fact.order_id] = OpenOrder(
            fact.command_id, fact.client, fact.symbol, fact.order_type, fact.price_type,
            fact.quantity, fact.worst_price, fact.hold, trigger_price=fact.trigger_price,
            placed_us=fact.at_us,
        )  # fmt: skip
        if fact.order_type is _BUY:
            self.held += fact.hold
            assert self.held <= self.cash, "a hold must be covered by cash"
        else:
            self.portfolio.hold(fact.symbol, fact.hold)

    def _apply_submitted(self, fact: SubmitConfirmed) -> None:
        self.open_orders[fact.order_id].submitted = True

    def _apply_ended(self, fact: OrderEnded) -> None:
        order = self.open_orders[fact.order_id]
        order.executed, order.ending, order.submitted = fact.executed, fact.ending, True

    def _apply_notice(self, fact: NoticeFact) -> None:
        self.notices.apply(fact)

    def _apply_preference(self, fact: PreferencesSet | AlertSet | AlertRemoved) -> None:
        self.notices.apply(fact)
        self.commands[fact.command_id] = Outcome(fact.fingerprint)

    def _apply_account_closed(self, fact: AccountClosed) -> None:
        self.is_closed = True
        self.commands[fact.command_id] = Outcome(fact.fingerprint)

    def _apply_nothing(self, _: AccountOpened) -> None:
        """Let the fact pass that there is an account."""

    def _apply_refused(self, fact: CommandRefused) -> None:
        self.commands[fact.command_id] = Outcome(
            fact.fingerprint, reason=fact.reason, next_session_us=fact.next_session_us
        )

    def _apply_settled(self, fact: ExecutionSettled) -> None:
        order = self.open_orders[fact.order_id]
        order.hold -= fact.hold_used
        order.settled += fact.quantity
        order.submitted = True
        order.applied = (*order.applied, fact.execution_id)
        order.price, order.executed_us = fact.price, fact.at_us
        assert order.hold >= 0, "an execution must not use more than its order holds"
        self.transactions += 1
        if fact.order_type is _BUY:
            self.cash -= fact.amount
            self.held -= fact.hold_used
            self.portfolio.add(fact.symbol, fact.quantity, fact.amount)
            assert 0 <= self.held <= self.cash, "a settlement must leave what is held covered"
        else:
            self.cash += fact.amount
            self.portfolio.consume(fact.symbol, fact.quantity, fact.amount)

    def _apply_closed(self, fact: OrderClosed) -> None:
        order = self.open_orders.pop(fact.order_id)
        if order.order_type is _BUY:
            self.held -= fact.released
            assert self.held >= 0, "a release must not free more than is held"
        elif fact.released:
            self.portfolio.release(order.symbol, fact.released)
        outcome = self.commands[order.command_id]
        outcome.status, outcome.settled = fact.status, order.settled
        outcome.price, outcome.executed_us = order.price, order.executed_us
        reason = None if fact.status is _CANCELLED else _TOO_LATE
        for command_id in order.cancels:
            outcome = self.commands[command_id]
            outcome.is_pending, outcome.reason = False, reason

    def _apply_money(self, fact: CashDeposited | CashWithdrawn, amount: int) -> None:
        self.cash += amount
        self.transactions += 1
        self.commands[fact.command_id] = Outcome(fact.fingerprint)
        assert self.held <= self.cash, "a withdrawal must leave what is held"

    def _apply_cancel(self, fact: CancelRequested) -> None:
        order = self.open_orders[fact.order_id]
        order.cancels = (*order.cancels, fact.command_id)
        self.commands[fact.command_id] = Outcome(fact.fingerprint, fact.order_id, is_pending=True)

    def has_forgotten(self, command_id: CommandId) -> bool:
        """Tell whether a command that is not remembered may have been answered long ago."""
        return self.forgotten_since <= command_id < self.forgotten_below

    def _apply_forgotten(self, fact: CommandsForgotten) -> None:
        """Forget answered commands; those of open orders stay, as their clients may cancel."""
        is_first = not self.forgotten_below
        since = fact.since if is_first else min(fact.since, self.forgotten_since)
        self.forgotten_below, self.forgotten_since = fact.below, since
        below, open_orders = fact.below, self.open_orders
        self.commands = {
            command_id: outcome
            for command_id, outcome in self.commands.items()
            if not since <= command_id < below
            or outcome.is_pending
            or outcome.order_id in open_orders
        }

    def _apply_transfer(self, fact: SharesTransferred) -> None:
        self.portfolio.add(fact.symbol, fact.quantity, fact.cost)
        self.transactions += 1
        self.commands[fact.command_id] = Outcome(fact.fingerprint)


# The methods are looked up when they are called, so that a state of another kind has its own.
_APPLIES: Final[ByKind[Callable[[AccountState, Any], None]]] = ByKind({
    OrderPlaced: lambda state, fact: state._apply_placed(fact),
    ExecutionSettled: lambda state, fact: state._apply_settled(fact),
    OrderClosed: lambda state, fact: state._apply_closed(fact),
    SubmitConfirmed: lambda state, fact: state._apply_submitted(fact),
    CashDeposited: lambda state, fact: state._apply_money(fact, fact.amount),
    CashWithdrawn: lambda state, fact: state._apply_money(fact, -fact.amount),
    CommandRefused: lambda state, fact: state._apply_refused(fact),
    CancelRequested: lambda state, fact: state._apply_cancel(fact),
    OrderEnded: lambda state, fact: state._apply_ended(fact),
    SharesTransferred: lambda state, fact: state._apply_transfer(fact),
    CommandsForgotten: lambda state, fact: state._apply_forgotten(fact),
    NotificationsOwed: lambda state, fact: state._apply_notice(fact),
    DebtSettled: lambda state, fact: state._apply_notice(fact),
    AlertHeard: lambda state, fact: state._apply_notice(fact),
    AlertDropped: lambda state, fact: state._apply_notice(fact),
    PreferencesSet: lambda state, fact: state._apply_preference(fact),
    AlertSet: lambda state, fact: state._apply_preference(fact),
    AlertRemoved: lambda state, fact: state._apply_preference(fact),
    AccountClosed: lambda state, fact: state._apply_account_closed(fact),
    AccountOpened: lambda state, fact: state._apply_nothing(fact),
})  # fmt: skip
