"""Judges what clients commanded and were told of that (A10, A14, A16, A17)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.domain.money import dollars
from actors.domain.orders import OrderType, Reason
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.base import Address, CommandId, Message
from actors.messages.funds import (
    CloseAccount,
    DepositCash,
    ForgetCommands,
    TransferShares,
    WithdrawCash,
)
from actors.messages.notifications import SetPreferences
from actors.messages.orders import (
    CancelOrder,
    CommandAccepted,
    CommandRejected,
    OrderAccepted,
    OrderReport,
    PlaceOrder,
)
from simulation.audit.funds import FundsAudit
from simulation.audit.linearizable import (
    Effect,
    History,
    MoveCash,
    Place,
    Settle,
    State,
    TakeShares,
)
from simulation.audit.model import PENDING, UNDECIDED, Account, Order, Outcome, Question, Rivals
from simulation.audit.reads import ReadAudit
from simulation.audit.world import World

_BUY: Final = OrderType.BUY
_FUNDS: Final = Reason.INSUFFICIENT_FUNDS
_SHARES: Final = Reason.INSUFFICIENT_SHARES
_AT_THE_DOOR: Final = frozenset({
    Reason.BUSY, Reason.UNKNOWN_SYMBOL, Reason.UNKNOWN_ACCOUNT, Reason.INVALID_COMMAND,
    Reason.INVALID_ORDER, Reason.INVALID_QUANTITY, Reason.INVALID_PRICE, Reason.INVALID_AMOUNT,
    Reason.DUPLICATE_COMMAND, Reason.NOT_OWNER, Reason.INVALID_PREFERENCES,
})  # fmt: skip


class ClientAudit:
    """Compares what clients are told with what is in the journal by then.

    A refusal at the exchange's door leaves no fact: the command was not taken in, so a retry
    of it may end differently. That is the one exception to "one answer per command". An answer
    to a command that its client has released is not judged any more.

    Args:
        world: What all parts share.
        funds: What knows the collar.
        reads: What takes the questions, which may be refused as well.
        histories: Of how many accounts it is asked whether their history is linearizable.
        copies: The network may deliver twice what a client sent once.
    """

    def __init__(
        self, world: World, funds: FundsAudit, reads: ReadAudit, histories: int, *, copies: bool
    ) -> None:
        self._world = world
        self._copies = copies
        self._questions = reads.questions
        self._accounts = world.accounts
        self._orders = world.orders
        self._worst_price = funds.worst_price
        self._histories_left = histories
        self.histories: list[History] = []
        self.told_count = 0  # of what accounts decide
        self.orders_refused = 0
        self.askers: dict[type, Callable[[Address, Any], None]] = {
            PlaceOrder: self.command_asked,
            CancelOrder: self.command_asked,
            DepositCash: self.command_asked,
            WithdrawCash: self.command_asked,
            TransferShares: self.command_asked,
            SetPreferences: self.command_asked,
            SetAlert: self.command_asked,
            RemoveAlert: self.command_asked,
            CloseAccount: self.command_asked,
            ForgetCommands: self.release_asked,
        }
        self.tellers: dict[type, Callable[[Address, Any], None]] = {
            OrderAccepted: self.order_accepted,
            CommandAccepted: self.command_accepted,
            CommandRejected: self.command_rejected,
            OrderReport: self.order_report,
        }

    def command_asked(self, _: Address, message: Any) -> None:
        """Remember what a client asked, until it is answered; it may ask again."""
        account = self._accounts.get(message.account) or self._world.account(message.account)
        command_id = message.command_id
        if command_id < account.forgotten_below and account.has_forgotten(command_id):
            return  # nobody answers that any more
        if not account.is_heard:
            account.is_heard = True
            self._follow(account)
        pending = account.pending
        before = pending.get(command_id) or account.turned_away.get(command_id)
        is_known = command_id in account.commands
        if is_known or before is not None or command_id in account.repeated:
            is_answered = is_known and command_id not in pending
            account.repeated.setdefault(command_id, is_answered)
        pending[command_id] = message if before is None or before == message else Rivals(message)
        if account.history is not None and command_id not in account.commands:
            account.history.asked(command_id)

    def release_asked(self, _: Address, message: ForgetCommands) -> None:
        """Note of which commands a client says that it has the last word."""
        account = self._world.account(message.account)
        account.released_below = max(account.released_below, message.below)

    def _follow(self, account: Account) -> None:
        """Follow the history of an account, if it is among the first."""
        if not self._histories_left:
            return
        self._histories_left -= 1

        def report(sentence: str) -> None:
            self._world.report("A20", sentence, account=account.address)

        def state() -> State | None:
            if account.open_orders:
                return None
            cash, held, _, lines = account.view()
            return State(cash, held, {symbol: line[:2] for symbol, line in lines.items()})

        account.history = History(report, state)
        self.histories.append(account.history)

    def order_accepted(self, client: Address, message: OrderAccepted) -> None:
        """Check that the order stands in the journal, under this command."""
        self.told_count += 1
        account = self._accounts.get(message.account)
        if account is None:
            self._not_durable(message, message.order_id)
            return
        command_id = message.command_id
        asked = _settled(account, command_id)
        outcome = account.commands.get(command_id)
        if type(outcome) is Order:
            known = outcome.placed.order_id
            account.seen[client] = max(outcome.revision, account.seen.get(client, 0))
        else:
            known = outcome  # type: ignore[assignment]
        if known != message.order_id and not account.has_forgotten(command_id):
            self._differs(message, outcome, message.order_id)
        if outcome is None and asked is not None:
            account.turned_away[command_id] = asked  # what is told too early may yet become true
        if account.history is not None:
            account.history.accepted(command_id, self._placing(asked, outcome))

    @staticmethod
    def _placing(asked: Any, outcome: Outcome | None) -> Place | None:
        """Return what an accepted order has done, if that is known."""
        if type(asked) is not PlaceOrder or type(outcome) is not Order:
            return None
        is_buy = asked.order_type is _BUY
        hold = asked.quantity * (outcome.worst if is_buy else 1)
        return Place(asked.command_id, is_buy, asked.symbol, hold)

    def command_accepted(self, client: Address, message: CommandAccepted) -> None:
        """Check that the command was carried out."""
        self.told_count += 1
        account = self._accounts.get(message.account)
        if account is None:
            self._not_durable(message)
            return
        command_id = message.command_id
        asked = _settled(account, command_id)
        outcome = account.commands.get(command_id)
        if type(outcome) is int:
            account.seen[client] = max(outcome, account.seen.get(client, 0))
        elif outcome is not None or not account.has_forgotten(command_id):
            if outcome is UNDECIDED:
                self._not_durable(message)
            else:
                self._differs(message, outcome)
        if outcome is None and asked is not None:
            account.turned_away[command_id] = asked
        if account.history is not None:
            if type(asked) is Rivals:
                account.history.give_up()
            account.history.told(command_id, _effect_of(asked))

    def command_rejected(self, client: Address, message: CommandRejected) -> None:
        """Check that the refusal is the account's own, or one of the door."""
        self.told_count += 1
        account = self._accounts.get(message.account)
        if account is None:
            self._questions.pop((client, message.command_id), None)
            if message.reason not in _AT_THE_DOOR:
                self._not_durable(message)
            return
        command_id, reason = message.command_id, message.reason
        if reason is Reason.BUSY:
            asked = account.pending.pop(command_id, None)
            self._busy(account, message, is_answered=asked is None)
        else:
            asked = _settled(account, command_id)
        if type(asked) is Question:
            account.reads -= 1
        elif asked is None:
            self._questions.pop((client, command_id), None)
        elif type(asked) is PlaceOrder:
            self.orders_refused += 1
        outcome = account.commands.get(command_id)
        if outcome is None:
            self._turn_away(account, message, asked)
        elif outcome is UNDECIDED and reason is Reason.TOO_LATE:
            self._not_durable(message)
        elif outcome is not reason and reason not in _AT_THE_DOOR:
            self._differs(message, outcome)
        if account.history is not None:
            if outcome is not None and outcome is not reason:
                account.history.give_up()  # a copy was refused of what was taken in
            account.history.told(command_id, self._not_covered(asked, reason))

    def _busy(self, account: Account, message: CommandRejected, *, is_answered: bool) -> None:
        """Ask whether a client may be told that a command was not taken in which was.

        Only one that asked again may be, be it through a network that copies; the true answer
        must have come before, or come in the end.
        """
        command_id = message.command_id
        outcome = account.commands.get(command_id)
        if outcome is None:
            return
        if command_id not in account.repeated and not self._copies:
            self._differs(message, outcome)
        elif not account.repeated.get(command_id, is_answered):
            account.repeated[command_id] = None

    def _turn_away(self, account: Account, message: CommandRejected, asked: Any) -> None:
        """Take a refusal that left no fact; a copy of the command may still come in."""
        if asked is not None and type(asked) is not Question:
            account.turned_away[message.command_id] = asked
        is_forgotten = account.has_forgotten(message.command_id)
        if message.reason not in _AT_THE_DOOR and not is_forgotten:
            self._not_durable(message)

    def _not_covered(self, asked: Any, reason: Reason) -> Effect | None:
        """Return what a refusal says about the account, if anything."""
        if type(asked) is WithdrawCash and reason is _FUNDS:
            return MoveCash(-asked.amount, is_done=False)
        if type(asked) is not PlaceOrder or reason not in {_FUNDS, _SHARES}:
            return None
        worst_price = self._worst_price(asked)
        if worst_price is None:
            return None
        is_buy = asked.order_type is _BUY
        hold = asked.quantity * (worst_price if is_buy else 1)
        return Place(asked.command_id, is_buy, asked.symbol, hold, is_done=False)

    def order_report(self, client: Address, message: OrderReport) -> None:
        """Compare the last word on an order with the facts; it is the answer as well."""
        self.told_count += 1
        teller = self._accounts.get(message.account)
        if teller is not None:
            _settled(teller, message.command_id)
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
        account = self._accounts[order.account]
        account.seen[client] = max(order.revision, account.seen.get(client, 0))
        if account.history is not None:
            placing = Place(
                message.command_id, order.placed.order_type is _BUY, order.placed.symbol,
                order.placed.quantity * (order.worst if order.placed.order_type is _BUY else 1),
            )  # fmt: skip
            account.history.reported(Settle(placing, message.quantity, message.price))
        if order.unconfirmed <= 0:
            self._world.forget(order)

    def _repeated(self, message: OrderReport) -> None:
        """Allow the report of a forgotten order once more, to a client that asked again."""
        account = self._accounts.get(message.account)
        if account is None or (
            not account.has_forgotten(message.command_id)
            and account.commands.get(message.command_id) != message.order_id
        ):
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


def _settled(account: Account, command_id: CommandId) -> Any:
    """Take that a client knows what became of a command; return what it asked."""
    if command_id in account.repeated:
        account.repeated[command_id] = True
    return account.pending.pop(command_id, None)


def _effect_of(asked: Any) -> Effect | None:
    """Return what a command has done that was carried out."""
    if type(asked) is DepositCash:
        return MoveCash(asked.amount)
    if type(asked) is WithdrawCash:
        return MoveCash(-asked.amount)
    if type(asked) is TransferShares:
        return TakeShares(asked.symbol, asked.quantity)
    return None


def _worded(outcome: Outcome) -> str:
    if type(outcome) is Order:
        return f"order {outcome.placed.order_id}"
    if type(outcome) is Reason:
        return f"a refusal, {outcome.value}"
    if type(outcome) is int:
        return f"that it was carried out, in revision {outcome}"
    return UNDECIDED if outcome is UNDECIDED else f"order {outcome}"
