"""Judges what accounts record of their orders, but for settlements (A03 to A05, A10, A15, A16)."""

from __future__ import annotations

from typing import Any, Final

from actors.domain.money import dollars
from actors.domain.orders import TRANSITIONS, OrderStatus, PriceType, Reason
from actors.domain.strategies import STRATEGIES
from actors.messages.facts import (
    CancelRequested,
    CommandsForgotten,
    OrderClosed,
    OrderEnded,
    OrderPlaced,
    SubmitConfirmed,
)
from actors.messages.orders import STATUS_OF_ENDING, Ending, PlaceOrder
from simulation.audit.bounds import Bounds
from simulation.audit.findings import shares, told_of
from simulation.audit.funds import FundsAudit
from simulation.audit.model import BUY, PENDING, UNDECIDED, Account, Handler, Order, Outcome
from simulation.audit.world import World

_LIMIT: Final = PriceType.LIMIT
_FILLED: Final = Ending.FILLED
_CANCELLED: Final = OrderStatus.CANCELLED
_EXECUTED: Final = OrderStatus.EXECUTED
_TOO_LATE: Final = Reason.TOO_LATE
_STEPS: Final = dict(TRANSITIONS)  # a proxy is slower to ask


def _trigger_of(asked: PlaceOrder) -> int:
    """Return the price that a book is to watch for: none, but for a strategy of one's own."""
    return asked.limit_price or 0 if STRATEGIES[asked.price_type].is_watched else 0


class AccountAudit:
    """Follows orders through their accounts: placed, ended, closed.

    Holds and statuses are computed from the orders' own quantities and prices; where a fact
    says otherwise that is reported, and the computed figure is kept.

    Args:
        world: What all parts share.
        funds: Where commands are taken down.
        bounds: What no account may exceed.
    """

    def __init__(self, world: World, funds: FundsAudit, bounds: Bounds) -> None:
        self._world = world
        self._orders = world.orders
        self._take_command = funds.take_command
        self._worst_price = funds.worst_price
        self._open_at_most = bounds.open_orders
        self._commands_at_most = bounds.commands
        self.placed = 0
        self.ended = 0
        self.closed = 0
        self.cancels = 0
        self.covered = 0  # holds compared with what the client asked for
        self.forgotten = 0

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return {
            OrderPlaced: self.order_placed,
            SubmitConfirmed: self.submit_confirmed,
            CancelRequested: self.cancel_requested,
            OrderEnded: self.order_ended,
            OrderClosed: self.order_closed,
            CommandsForgotten: self.commands_forgotten,
        }

    def order_placed(self, account: Account, fact: OrderPlaced) -> None:
        """Hold the worst case of a new order."""
        self.placed += 1
        order_id = fact.order_id
        command_id = fact.command_id
        quantity = fact.quantity
        asked: Any = account.pending.get(command_id)
        if fact.order_type is BUY:
            hold = quantity * fact.worst_price
            held = account.held = account.held + hold
            owned = account.cash
        else:
            hold = quantity
            holding = account.holdings.get(fact.symbol) or account.holding(fact.symbol)
            held = holding.held = holding.held + hold
            owned = holding.quantity
        if held > owned or hold != fact.hold or hold <= 0:
            self._explain_hold(fact, hold, held, owned)
        last = account.last_order_id
        if len(order_id) < len(last) or (order_id <= last and len(order_id) == len(last)):
            self._explain_order_id(fact, last)
        account.last_order_id = order_id
        order = self._orders[order_id] = Order(
            fact, account.address, hold, fact.worst_price, account.revision
        )
        account.open_orders += 1
        if type(asked) is PlaceOrder and command_id not in account.commands:
            account.commands[command_id] = order
        else:
            asked = account.asked_as(command_id)
            self._take_command(account, command_id, order, fact)
            account.commands[command_id] = order
        if type(asked) is PlaceOrder:
            self._compare(order, asked)
        if account.open_orders > self._open_at_most or len(account.commands) > (
            self._commands_at_most
        ):
            self._explain_size(account)

    def _compare(self, order: Order, asked: PlaceOrder) -> None:
        """Compare an order with what its client asked for, and its hold with what that needs."""
        fact = order.placed
        order.asked = fact.client != ""
        if (
            asked.quantity != fact.quantity
            or asked.symbol != fact.symbol
            or asked.order_type is not fact.order_type
            or asked.price_type is not fact.price_type
            or (fact.price_type is _LIMIT and asked.limit_price != fact.worst_price)
            or fact.trigger_price != _trigger_of(asked)
        ):
            self._world.report(
                "A10", f"the order placed is not the one asked for: {told_of(asked)}",
                fact.order_id, fact,
            )  # fmt: skip
            return
        worst = self._worst_price(asked)
        if worst is not None:
            self.covered += 1
            if worst != fact.worst_price:
                self._explain_collar(fact, worst)
                order.worst = worst

    def submit_confirmed(self, _: Account, fact: SubmitConfirmed) -> None:
        """Check that the book knows the order: it is in, or the book has ended it."""
        order = self._orders.get(fact.order_id)
        if order is not None:
            order.submitted = True
        if order is not None and not order.entered and order.ending is None:
            self._world.report(
                "A16", "the account takes the order as submitted, and the book does not know it",
                fact.order_id, fact,
            )  # fmt: skip

    def cancel_requested(self, account: Account, fact: CancelRequested) -> None:
        """Note that the customer wants an order out, which must be open."""
        self.cancels += 1
        order = self._orders.get(fact.order_id)
        self._take_command(account, fact.command_id, UNDECIDED, fact)
        if order is None or order.status is not PENDING or order.account != account.address:
            self._world.report(
                "A04", "a cancel was taken in for an order that is not open", fact.order_id, fact
            )
        else:
            order.cancels = (*order.cancels, fact.command_id)

    def commands_forgotten(self, account: Account, fact: CommandsForgotten) -> None:
        """Forget commands that their client has the last word on, but for what is still open."""
        self.forgotten += 1
        below = fact.below
        if below <= account.forgotten_below or (
            account.is_heard and below > account.released_below
        ):
            self._world.report(
                "A10", f"the account forgets the commands below {below}; its client has released "
                f"those below {account.released_below}, and those below "
                f"{account.forgotten_below} were forgotten before", cause=fact,
            )  # fmt: skip
        is_first = account.forgotten_below < 0
        since = fact.since if is_first else min(fact.since, account.forgotten_since)
        account.forgotten_since = since
        account.forgotten_below = max(below, account.forgotten_below)
        account.commands = {
            command_id: outcome
            for command_id, outcome in account.commands.items()
            if not since <= command_id < below or self._is_open(outcome)
        }
        for table in (account.turned_away, account.repeated):
            for command_id in [n for n in table if since <= n < below]:
                del table[command_id]

    @staticmethod
    def _is_open(outcome: Outcome) -> bool:
        return outcome is UNDECIDED or (type(outcome) is Order and outcome.status is PENDING)

    def order_ended(self, _: Account, fact: OrderEnded) -> None:
        """Check that the book has said so."""
        self.ended += 1
        order = self._orders.get(fact.order_id)
        if order is None or order.status is not PENDING:
            self._world.report("A04", "an order ends that is not open", fact.order_id, fact)
            return
        order.ended = order.submitted = True
        if fact.ending is not order.ending:
            self._world.report(
                "A04", f"the account ends the order as {fact.ending.value}; the book's word on it "
                f"is {_word(order.ending)}", fact.order_id, fact,
            )  # fmt: skip
        if fact.executed != order.executed:
            self._world.report(
                "A05", f"the account was told {fact.executed:,} shares executed in all, and the "
                f"book has executed {order.executed:,}", fact.order_id, fact,
            )  # fmt: skip

    def order_closed(self, account: Account, fact: OrderClosed) -> None:
        """Release what is left of the hold; only a step of TRANSITIONS may lead here."""
        self.closed += 1
        order = self._orders.get(fact.order_id)
        status = fact.status
        if order is None or status not in _STEPS[order.status]:
            self._explain_step(fact, order)
            return
        ending = order.ending
        if (
            not order.ended
            or ending is None
            or order.settled != order.executed
            or (
                status is not _EXECUTED
                if order.executed
                else ending is _FILLED or status is not STATUS_OF_ENDING[ending]
            )
        ):
            self._explain_closing(fact, order)
        if order.left or fact.released:
            self._release(account, order, fact)
        order.status = status
        order.revision = account.revision
        account.open_orders -= 1
        if account.history is not None:
            account.history.decided(order.placed.command_id)
        if order.cancels:
            self._decide_cancels(account, order)
        if order.unconfirmed <= 0 and (order.reported or not order.asked):
            self._world.forget(order)

    def _release(self, account: Account, order: Order, fact: OrderClosed) -> None:
        buy = order.placed.order_type is BUY
        if order.left != fact.released:
            self._world.report(
                "A03", f"{_shown(order.left, buy)} are left of the hold at the close, and "
                f"{_shown(fact.released, buy)} were released", fact.order_id, fact,
            )  # fmt: skip
        if buy:
            account.held -= order.left
        else:
            account.holding(order.placed.symbol).held -= order.left
        order.left = 0

    @staticmethod
    def _decide_cancels(account: Account, order: Order) -> None:
        """Let the close of an order decide what has become of the wishes to cancel it."""
        outcome = account.revision if order.status is _CANCELLED else _TOO_LATE
        for command_id in order.cancels:
            account.commands[command_id] = outcome

    def _explain_hold(self, fact: OrderPlaced, hold: int, held: int, owned: int) -> None:
        buy = fact.order_type is BUY
        if hold != fact.hold or hold <= 0:
            self._world.report(
                "A15" if fact.hold < hold else "A03",
                f"an order for {shares(fact.quantity, fact.symbol)} at worst at "
                f"{dollars(fact.worst_price)} must hold {_shown(hold, buy)}, and the account "
                f"held {_shown(fact.hold, buy)}", fact.order_id, fact,
            )  # fmt: skip
        if held > owned:
            self._world.report(
                "A03", f"with this order {_shown(held, buy)} are held, and the account has only "
                f"{_shown(owned, buy)}", fact.order_id, fact,
            )  # fmt: skip

    def _explain_collar(self, fact: OrderPlaced, worst: int) -> None:
        self._world.report(
            "A15", f"the book may go as far as {dollars(worst)} with what the client asked for, "
            f"and the account has reckoned with {dollars(fact.worst_price)}", fact.order_id, fact,
        )  # fmt: skip

    def _explain_size(self, account: Account) -> None:
        self._world.report(
            "A21", f"the account has {account.open_orders:,} open orders and remembers "
            f"{len(account.commands):,} commands; at most {self._open_at_most:,} and "
            f"{self._commands_at_most:,} are allowed", account.last_order_id,
        )  # fmt: skip

    def _explain_order_id(self, fact: OrderPlaced, last: str) -> None:
        self._world.report(
            "A10", f"order id {fact.order_id} does not come after {last}, the account's last one",
            fact.order_id, fact,
        )  # fmt: skip

    def _explain_step(self, fact: OrderClosed, order: Order | None) -> None:
        before = "done at both ends" if order is None else order.status.value
        self._world.report(
            "A04", f"an order becomes {fact.status.value} that was {before}", fact.order_id, fact
        )

    def _explain_closing(self, fact: OrderClosed, order: Order) -> None:
        self._world.report(
            "A04", f"the order is closed as {fact.status.value} with {order.settled:,} of "
            f"{order.executed:,} executed shares settled; the book's last word is "
            f"{_word(order.ending)}, {'known' if order.ended else 'not known'} to the account",
            fact.order_id, fact,
        )  # fmt: skip


def _word(ending: Ending | None) -> str:
    return "nothing yet" if ending is None else ending.value


def _shown(amount: int, buy: bool) -> str:
    return dollars(amount) if buy else shares(amount, "")
