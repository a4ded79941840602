"""Accounts whose memory goes wrong while every fact of theirs is right."""

from __future__ import annotations

from actors.account import Account
from actors.domain.orders import OrderType
from actors.messages.facts import AccountFact, ExecutionSettled
from planted.activation import act_up

_BUY = OrderType.BUY


class LosesShareInMemory(Account):
    """A buy adds one share too few to what the account remembers."""

    def apply(self, fact: AccountFact) -> None:
        super().apply(fact)
        if isinstance(fact, ExecutionSettled) and fact.order_type is _BUY:
            holding = self.state.portfolio.holdings[fact.symbol]
            if holding.quantity - holding.held > 1:
                act_up()
                holding.quantity -= 1


class BasisOffInMemory(Account):
    """A buy adds a little too much to the cost basis that the account remembers."""

    def apply(self, fact: AccountFact) -> None:
        super().apply(fact)
        if isinstance(fact, ExecutionSettled) and fact.order_type is _BUY:
            act_up()
            self.state.portfolio.holdings[fact.symbol].cost += 1


class RealisedOffInMemory(Account):
    """A sale adds a little too much to the realised profit that the account remembers."""

    def apply(self, fact: AccountFact) -> None:
        super().apply(fact)
        if isinstance(fact, ExecutionSettled) and fact.order_type is not _BUY:
            act_up()
            self.state.portfolio.realised += 1
