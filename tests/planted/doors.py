"""Exchanges with a bug at the door."""

from __future__ import annotations

from actors.domain.orders import Reason
from actors.exchange import Command, Reply, StockExchange
from actors.messages.base import Address
from actors.messages.funds import DepositCash
from actors.messages.orders import CommandAccepted, CommandRejected
from planted.activation import act_up


class AcceptsAtTheDoor(StockExchange):
    """A deposit is confirmed at the door, before the account has it."""

    def take_in(self, command: Command, refusal: Reason | None, sender: Address) -> None:
        super().take_in(command, refusal, sender)
        is_taken = (command.account, command.command_id) in self.in_flight
        if is_taken and isinstance(command, DepositCash):
            act_up()
            client = command.reply_to or sender
            self.send(client, CommandAccepted(command.command_id, command.account))


class SwallowsRefusals(StockExchange):
    """A client is not told that its account has refused a command."""

    def answer(self, reply: Reply) -> None:
        if isinstance(reply, CommandRejected):
            act_up()
        else:
            super().answer(reply)
