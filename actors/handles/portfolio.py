"""The holdings of an account, as people hold them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from actors.messages.queries import GetPortfolio, PortfolioAnswer

if TYPE_CHECKING:
    from actors.handles.account import AccountHandle


class HoldingSummary(msgspec.Struct, frozen=True):
    """The shares of one symbol in an account; money is in 1/10,000 USD.

    Attributes:
        quantity: Shares, held ones included.
        held: Shares set aside for open sell orders.
        cost: What all of them have cost together.
        price: The latest price of one; 0 where there is none yet.
    """

    symbol: str
    quantity: int
    held: int
    cost: int
    price: int

    @property
    def average_cost(self) -> Fraction:
        """The exact cost of one share."""
        return Fraction(self.cost, self.quantity)

    @property
    def current_value(self) -> int:
        """What they are worth at the latest price."""
        return self.quantity * self.price

    @property
    def profit_loss(self) -> int:
        """What a sale at the latest price would realise."""
        return self.current_value - self.cost


class PortfolioHandle:
    """The holdings of an account, valued at the latest prices."""

    def __init__(self, account: AccountHandle) -> None:
        self._account = account

    def read(self) -> PortfolioAnswer:
        """Return holdings, prices and value."""
        answer = self._account._command(GetPortfolio)
        assert isinstance(answer, PortfolioAnswer)
        return answer

    def calculate_value(self) -> int:
        """Return the value of all holdings, 1/10,000 USD."""
        return self.read().current_value

    def get_holdings_summary(self) -> dict[str, HoldingSummary]:
        """Return what is held of each symbol, what it has cost and what it is worth."""
        answer = self.read()
        return {
            line.symbol: HoldingSummary(line.symbol, line.quantity, line.held, line.cost, price)
            for line, price in zip(answer.holdings, answer.prices, strict=True)
        }

    def get_profit_loss(self) -> dict[str, int | float]:
        """Return what the holdings are worth against what they cost.

        Returns:
            `profit_loss`, `cost_total`, `current_value` and `realised` in 1/10,000 USD,
            `percentage` of the cost (0.0 where nothing was paid).
        """
        answer = self.read()
        profit = answer.current_value - answer.cost_total
        return {
            "profit_loss": profit,
            "percentage": 100 * profit / answer.cost_total if answer.cost_total else 0.0,
            "cost_total": answer.cost_total,
            "current_value": answer.current_value,
            "realised": answer.realised,
        }
