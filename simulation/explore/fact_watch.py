"""Watches the facts and the talk of a small world for situations that come up in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Any, Final

from actors.addresses import account_of
from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.messages.base import Address, CommandId, Fact, Message
from actors.messages.facts import (
    AccountRegistered,
    CancelRequested,
    CashWithdrawn,
    CommandRefused,
    CommandsForgotten,
    ExecutionSettled,
    OrderClosed,
    OrderDeferred,
    OrderEntered,
    OrderExecuted,
    OrderFinished,
    OrderPlaced,
    QuoteApplied,
    SessionClosed,
    SessionOpened,
)
from actors.messages.notification_facts import (
    AlertDropped,
    AlertFired,
    NotificationGivenUp,
    NotificationsDelivered,
)
from actors.messages.orders import CommandRejected, Ending
from simulation.explore.situations import Situation
from simulation.stop_orders import STOP_MARKET
from simulation.virtual_time import VirtualTimeRuntime

_BASIS_POINTS: Final = 10_000
_REFUSED: Final = {
    Reason.MARKET_CLOSED: Situation.AFTER_CLOSE,
    Reason.TOO_LATE: Situation.CANCEL_TOO_LATE,
    Reason.UNKNOWN_ORDER: Situation.CANCEL_UNKNOWN,
    Reason.INSUFFICIENT_SHARES: Situation.NO_SHARES,
    Reason.ACCOUNT_NOT_EMPTY: Situation.NOT_EMPTY,
    Reason.ACCOUNT_CLOSED: Situation.CLOSED,
}
_AT_ONCE: Final = {
    PriceType.MARKET: Situation.EXECUTED_AT_ONCE, PriceType.LIMIT: Situation.LIMIT_AT_ONCE,
    STOP_MARKET: Situation.STOP_AT_ONCE,
}  # fmt: skip
_ENDED: Final = {Ending.CANCELLED: Situation.CANCELLED, Ending.PRICE_RAN_AWAY: Situation.RAN_AWAY}


class FactWatch:
    """A follower that looks for situations in what actors record and clients are told.

    Args:
        runtime: Where the actors live that record it; their state is looked at, never changed.
        collar_bp: Width of the collar, in basis points.
        seen: Takes what comes up.
        undos: Ids of the commands that undo others.
    """

    def __init__(
        self, runtime: VirtualTimeRuntime, collar_bp: int, seen: set[Situation],
        undos: Set[CommandId] = frozenset(),
    ) -> None:  # fmt: skip
        self._runtime = runtime
        self._collar_bp = collar_bp
        self._see = seen.add
        self._sides: dict[str, OrderPlaced] = {}  # open orders
        self._cancelling: set[str] = set()
        self._undos = undos
        self._undone: set[str] = set()  # orders that are to be undone
        self._fired: set[tuple[Address, Address, int]] = set()
        self._prices: dict[Address, int] = {}
        self._busy: set[int] = set()
        self._open: set[Address] = set()  # books that have opened a session
        self._accounts: set[Address] = set()  # that the door knows
        self._looks: dict[type, Callable[[Any, Any], None]] = {
            OrderPlaced: self._placed,
            OrderClosed: self._closed,
            ExecutionSettled: self._settled,
            CashWithdrawn: self._withdrawn,
            CommandRefused: self._refused,
            CancelRequested: self._cancel_asked,
            QuoteApplied: self._quoted,
            OrderFinished: self._finished,
            OrderDeferred: self._deferred,
            SessionOpened: self._opened,
            AlertFired: self._alert_fired,
            NotificationsDelivered: lambda _, __: self._see(Situation.DELIVERED),
            AlertDropped: lambda _, __: self._see(Situation.ALERT_DROPPED),
            NotificationGivenUp: lambda _, __: self._see(Situation.GIVEN_UP),
            CommandsForgotten: self._forgotten,
            AccountRegistered: self._registered,
        }

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        """Look at one batch."""
        for fact in facts:
            look = self._looks.get(type(fact))
            if look is not None:
                look(address, fact)
        if len(facts) > 1:
            self._together(facts)
        elif type(facts[0]) is OrderEntered:
            is_stop = facts[0].price_type is STOP_MARKET
            self._see(Situation.STOP_WAITED if is_stop else Situation.WAITED)

    def _together(self, facts: Sequence[Any]) -> None:
        """Look at what happens in one batch."""
        first, kinds = facts[0], [type(fact) for fact in facts[1:]]
        if type(first) is OrderEntered and OrderExecuted in kinds:
            self._see(_AT_ONCE[first.price_type])
        elif type(first) is OrderEntered and getattr(facts[1], "ending", "") is Ending.EXPIRED:
            self._see(Situation.EXPIRED_ON_ENTRY)
        elif type(first) is SessionOpened and kinds[0] is OrderExecuted:
            self._see(Situation.MET_AT_OPENING)
        elif type(first) is SessionClosed:
            self._see(Situation.EXPIRED)
        elif type(first) is QuoteApplied:
            self._see(Situation.TRIGGERED if len(facts) == 2 else Situation.SEVERAL_TRIGGERED)
            if any(self._is_stop(getattr(fact, "order_id", "")) for fact in facts):
                self._see(Situation.STOP_TRIGGERED)

    def told(self, client: Address, message: Message, at_us: int) -> None:
        """Look at what a client is told."""
        if type(message) is not CommandRejected:
            return
        if message.reason is Reason.BUSY:
            self._see(Situation.BUSY)
            self._busy.add(message.command_id)
        elif message.reason is Reason.NOT_OWNER:
            is_there = message.account in self._accounts
            self._see(Situation.STRANGER if is_there else Situation.FURTHER_TOO_SOON)
        elif message.reason is Reason.DUPLICATE_COMMAND:
            self._see(Situation.OTHER_CONTENT)

    def _placed(self, address: Address, fact: OrderPlaced) -> None:
        if fact.command_id in self._busy:
            self._see(Situation.TAKEN_AFTER_BUSY)
        for other in self._sides.values():
            if (
                other.symbol == fact.symbol
                and other.order_type is not fact.order_type
                and other.order_id.rpartition("-")[0] == fact.order_id.rpartition("-")[0]
            ):
                self._see(Situation.BOTH_SIDES)
        self._sides[fact.order_id] = fact

    def _is_stop(self, order_id: str) -> bool:
        placed = self._sides.get(order_id)
        return placed is not None and placed.price_type is STOP_MARKET

    def _deferred(self, _: Address, fact: OrderDeferred) -> None:
        is_stop = self._is_stop(fact.order_id)
        self._see(Situation.EARLY_STOP if is_stop else Situation.EARLY)

    def _cancel_asked(self, address: Address, fact: CancelRequested) -> None:
        self._cancelling.add(fact.order_id)
        if fact.command_id in self._undos:
            self._undone.add(fact.order_id)

    def _closed(self, address: Address, fact: OrderClosed) -> None:
        self._sides.pop(fact.order_id, None)
        if fact.order_id in self._undone:
            is_undone = fact.status is OrderStatus.CANCELLED
            self._see(Situation.ORDER_UNDONE if is_undone else Situation.UNDO_REFUSED)
        if fact.status is OrderStatus.EXECUTED and fact.order_id in self._cancelling:
            self._see(Situation.FILLED_WHILE_CANCELLING)

    def _settled(self, address: Address, fact: ExecutionSettled) -> None:
        if fact.realised < 0:
            self._see(Situation.LOSS)
        if fact.order_type is OrderType.SELL and fact.cost_after == 0:
            self._see(Situation.SOLD_OUT)
        placed = self._sides.get(fact.order_id)
        if placed is None:
            return
        if placed.price_type is PriceType.LIMIT and placed.worst_price != fact.price:
            self._see(Situation.BETTER_THAN_LIMIT)

    def _withdrawn(self, address: Address, fact: CashWithdrawn) -> None:
        if fact.command_id in self._undos:
            self._see(Situation.DEPOSIT_UNDONE)
        if self._state(address).held:
            self._see(Situation.PAID_BESIDE_HOLDS)

    def _refused(self, address: Address, fact: CommandRefused) -> None:
        if fact.command_id in self._undos:
            self._see(Situation.UNDO_REFUSED)
        if fact.reason in _REFUSED:
            self._see(_REFUSED[fact.reason])
        elif fact.reason is Reason.INSUFFICIENT_FUNDS:
            if fact.symbol:
                self._see(Situation.NO_FUNDS)
            elif fact.needed <= self._state(address).cash:
                self._see(Situation.HELD_BACK)

    def _quoted(self, address: Address, fact: QuoteApplied) -> None:
        before = self._prices.get(address)
        self._prices[address] = fact.price
        if before and abs(fact.price - before) * _BASIS_POINTS > before * self._collar_bp:
            self._see(Situation.GAP)

    def _finished(self, address: Address, fact: OrderFinished) -> None:
        if fact.ending in _ENDED:
            self._see(_ENDED[fact.ending])

    def _opened(self, address: Address, _: SessionOpened) -> None:
        if address in self._open:
            self._see(Situation.OPENED_AGAIN)
        self._open.add(address)

    def _alert_fired(self, address: Address, fact: AlertFired) -> None:
        alert = address, fact.account, fact.armed_by
        self._see(Situation.FIRED_AGAIN if alert in self._fired else Situation.ALERT_FIRED)
        self._fired.add(alert)

    def _forgotten(self, address: Address, _: CommandsForgotten) -> None:
        if address.startswith("watchlist/"):
            self._see(Situation.WATCH_FORGOTTEN)

    def _registered(self, _: Address, fact: AccountRegistered) -> None:
        self._accounts.add(fact.account)
        if fact.account != account_of(fact.user):
            self._see(Situation.FURTHER)

    def _state(self, address: Address) -> Any:
        return self._runtime.cells[address].actor.state
