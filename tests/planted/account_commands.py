"""Accounts with a bug in how they take commands in, dedupe and answer them."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import msgspec
from msgspec.structs import force_setattr, replace

from actors.account import Account
from actors.account_state import OpenOrder, Outcome
from actors.addresses import EXCHANGE
from actors.answering import Command
from actors.domain.orders import OrderType, Reason
from actors.messages.base import CommandId, Fact, OrderId, TransactionId
from actors.messages.facts import SharesTransferred
from actors.messages.funds import WithdrawCash
from actors.messages.orders import CommandAccepted, PlaceOrder, SubmitOrder
from planted.activation import act_up
from planted.lax import LaxState

_BUY = OrderType.BUY
_encode = msgspec.msgpack.Encoder().encode


class NoCommandDedupe(Account):
    """A command that comes again is carried out again."""

    state_type = LaxState

    def answered_before(self, command: Command, fingerprint: int) -> bool:
        if command.command_id in self.state.commands:
            act_up()
        return False


class CommandDedupeInMemory(Account):
    """The memory of commands does not outlive a crash."""

    state_type = LaxState

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.seen: set[CommandId] = set()

    def answered_before(self, command: Command, fingerprint: int) -> bool:
        command_id = command.command_id
        if command_id in self.state.commands and command_id not in self.seen:
            act_up()
            self.seen.add(command_id)
            return False
        self.seen.add(command_id)
        return super().answered_before(command, fingerprint)


class UsedIdAgain(Account):
    """Another command under a used id is carried out as well."""

    state_type = LaxState

    def answered_before(self, command: Command, fingerprint: int) -> bool:
        outcome = self.state.commands.get(command.command_id)
        if outcome is not None and outcome.fingerprint != fingerprint:
            act_up()
            return False
        return super().answered_before(command, fingerprint)


class ForgottenCommandAgain(Account):
    """A late copy of a command that was answered and forgotten is carried out again."""

    def answered_before(self, command: Command, fingerprint: int) -> bool:
        if command.command_id in self.state.commands:
            return super().answered_before(command, fingerprint)
        if command.command_id < self.state.forgotten_below:
            act_up()
        return False


class AnswersRefusedAsAccepted(Account):
    """A repeat of a command that was refused is told that it was carried out."""

    def reply_again(self, command: Command, outcome: Outcome) -> None:
        if outcome.reason is None:
            super().reply_again(command, outcome)
            return
        act_up()
        self.send(EXCHANGE, CommandAccepted(command.command_id, self.address))


class LateCancelAccepted(Account):
    """A cancel that came too late is told that it was carried out."""

    def reply_to_cancel(self, command_id: CommandId) -> None:
        if self.state.commands[command_id].reason is not None:
            act_up()
        self.send(EXCHANGE, CommandAccepted(command_id, self.address))


class SpendsHeldFunds(Account):
    """A buy may use cash that is held for other orders."""

    state_type = LaxState

    def place_order(self, command: PlaceOrder) -> None:
        held, self.state.held = self.state.held, 0
        super().place_order(command)
        self.state.held += held
        if self.state.held > self.state.cash:
            act_up()


class WithdrawsHeldFunds(Account):
    """A withdrawal may take cash that is held for orders."""

    state_type = LaxState

    def withdraw(self, command: WithdrawCash) -> None:
        held, self.state.held = self.state.held, 0
        super().withdraw(command)
        self.state.held += held
        if self.state.held > self.state.cash:
            act_up()


class RefusesCoverable(Account):
    """An order that could be covered is refused now and then."""

    def place_order(self, command: PlaceOrder) -> None:
        fingerprint = crc32(_encode(command))
        is_unlucky = fingerprint % 8 == 0 and command.order_type is _BUY
        if is_unlucky and not self.answered_before(command, fingerprint):
            price = command.limit_price or command.seen_price or 0
            needed = command.quantity * price
            if needed <= self.state.cash - self.state.held:
                act_up()
                self.refuse(command, fingerprint, Reason.INSUFFICIENT_FUNDS, command.symbol, needed)
                return
        if not is_unlucky or command.command_id not in self.state.commands:
            super().place_order(command)


class TransactionsRestart(Account):
    """The numbers of transactions begin anew after a crash."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.made = 0

    def next_transaction(self) -> TransactionId:
        self.made += 1
        if self.made <= self.state.transactions:
            act_up()
        return f"{self.name}/{self.made}"


class OrdersRestart(Account):
    """The numbers of orders begin anew after a crash."""

    state_type = LaxState

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.placed = 0

    def place_order(self, command: PlaceOrder) -> None:
        placed, self.state.orders = self.state.orders, self.placed
        if self.placed < placed:
            act_up()
        super().place_order(command)
        self.placed = self.state.orders
        self.state.orders = max(placed, self.placed)


class TransferWithoutCost(Account):
    """Shares that come from another broker are taken in as if they had cost nothing."""

    def record(self, fact: Fact) -> None:
        if isinstance(fact, SharesTransferred) and fact.cost:
            act_up()
            fact = replace(fact, cost=0)
        super().record(fact)


class MutatesAfterSending(Account):
    """A message is changed by its sender after it was sent."""

    state_type = LaxState
    sent: SubmitOrder | None = None

    def submission(self, order_id: OrderId, order: OpenOrder) -> SubmitOrder:
        if self.sent is not None and self.sent.order_id != order_id:
            act_up()
            force_setattr(self.sent, "quantity", self.sent.quantity + 1)
        self.sent = super().submission(order_id, order)
        return self.sent


class OutboxNotResent(Account):
    """What was not confirmed before a crash is not sent again after it."""

    def on_recovered(self) -> None:
        if self.outbox():
            act_up()
