"""An account's answers: the same to a command that comes again, and to its own user only."""

from __future__ import annotations

from typing import TypeAlias

from actors.account_state import AccountState, Outcome
from actors.account_views import refused_order
from actors.actor import Actor
from actors.addresses import EXCHANGE
from actors.domain.orders import Reason
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.base import CommandId, OrderId
from actors.messages.facts import CommandRefused, CommandsForgotten
from actors.messages.funds import (
    CloseAccount,
    DepositCash,
    ForgetCommands,
    TransferShares,
    WithdrawCash,
)
from actors.messages.notifications import GetPreferences, SetPreferences
from actors.messages.orders import (
    CancelOrder,
    CommandAccepted,
    CommandRejected,
    OrderAccepted,
    OrderReport,
    PlaceOrder,
)
from actors.messages.queries import GetAccount, GetPortfolio

Command: TypeAlias = (
    PlaceOrder
    | CancelOrder
    | DepositCash
    | WithdrawCash
    | TransferShares
    | CloseAccount
    | SetPreferences
    | SetAlert
    | RemoveAlert
)
# Looking an enumeration's member up in its class is slow in Python 3.11.
_DUPLICATE_COMMAND = Reason.DUPLICATE_COMMAND
_NOT_OWNER = Reason.NOT_OWNER


class Answering(Actor):
    """An actor that takes commands of one user, each of them once.

    Args:
        user: Id of whoever it takes commands from.
    """

    state: AccountState

    def __init__(self, user: str) -> None:
        super().__init__()
        self.user = user

    def refuses_stranger(
        self, message: Command | GetAccount | GetPortfolio | GetPreferences
    ) -> bool:
        """Turn away whoever is not the owner; nothing is recorded, nothing is told."""
        if message.user == self.user:
            return False
        self.send(
            message.reply_to, CommandRejected(message.command_id, message.account, _NOT_OWNER)
        )
        return True

    def refuse(
        self, command: Command, fingerprint: int, reason: Reason, symbol: str = "",
        needed: int = 0, *, next_session_us: int = -1,
    ) -> None:  # fmt: skip
        order = refused_order(command)
        self.record(
            CommandRefused(
                command.command_id, fingerprint, reason, symbol, needed, *order, self.now_us,
                next_session_us,
            )
        )  # fmt: skip
        self.reject(command.command_id, self.state.commands[command.command_id])

    def reject(self, command_id: CommandId, outcome: Outcome) -> None:
        assert outcome.reason is not None, "only what was refused is rejected"
        self.send(
            EXCHANGE,
            CommandRejected(command_id, self.address, outcome.reason, outcome.next_session_us),
        )

    def answered_before(self, command: Command, fingerprint: int) -> bool:
        """Answer a command that came before as it was answered then; turn away strangers."""
        if self.refuses_stranger(command):
            return True
        outcome = self.state.commands.get(command.command_id)
        if outcome is None:
            # A late copy of what was answered long ago: nobody waits for an answer any more.
            return self.state.has_forgotten(command.command_id)
        if outcome.fingerprint != fingerprint:
            self.send(
                EXCHANGE, CommandRejected(command.command_id, self.address, _DUPLICATE_COMMAND)
            )
        elif not outcome.is_pending:
            self.reply_again(command, outcome)
        return True

    def reply_again(self, command: Command, outcome: Outcome) -> None:
        command_id = command.command_id
        if outcome.reason is not None:
            self.reject(command_id, outcome)
        elif isinstance(command, PlaceOrder):
            self.send(EXCHANGE, OrderAccepted(command_id, self.address, outcome.order_id))
            if outcome.status is not None:
                self.send(command.reply_to, self.report_of(command_id, outcome))
        else:
            self.send(EXCHANGE, CommandAccepted(command_id, self.address))

    def report_of(self, command_id: CommandId, outcome: Outcome) -> OrderReport:
        assert outcome.status is not None, "only an order that has ended is reported"
        return OrderReport(
            command_id, self.address, outcome.order_id, outcome.status, outcome.settled,
            outcome.price, outcome.executed_us,
        )  # fmt: skip

    def reply_to_cancel(self, command_id: CommandId) -> None:
        """Tell whether an order was cancelled, now that it is closed."""
        reason = self.state.commands[command_id].reason
        if reason is None:
            self.send(EXCHANGE, CommandAccepted(command_id, self.address))
        else:
            self.send(EXCHANGE, CommandRejected(command_id, self.address, reason))

    def forget_commands(self, request: ForgetCommands) -> None:
        """Forget what its client will not repeat, so that memory stays bounded.

        Nobody can have the answer to a command that did not come yet: those stay welcome.
        """
        if request.user != self.user:
            return
        below = min(request.below, max(self.state.commands, default=-1) + 1)
        if below > self.state.forgotten_below:
            self.record(CommandsForgotten(below, request.since))

    def order_placed_by(self, command_id: CommandId) -> OrderId:
        outcome = self.state.commands.get(command_id)
        return "" if outcome is None else outcome.order_id
