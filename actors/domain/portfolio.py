"""The portfolio of an account: its shares, what they cost, what has been earned with them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from msgspec import Struct, field


class Holding(Struct, gc=False):
    """The shares of one symbol.

    Attributes:
        quantity: Shares, held ones included.
        held: Shares set aside for open sell orders.
        cost: What all of them have cost together; the average is derived from it, so that
            no rounding of it can lose money.
    """

    quantity: int
    held: int
    cost: int


class ProfitLoss(Struct, frozen=True, gc=False):
    """What a portfolio is worth against what it has cost.

    Attributes:
        profit_loss: Unrealised: the current value less the cost.
        percentage: The same in percent of the cost, for show; 0.0 where nothing was paid.
        cost_total: Cost of all holdings.
        current_value: Their value at the prices given.
        realised: Profit of all sales so far.
    """

    profit_loss: int
    percentage: float
    cost_total: int
    current_value: int
    realised: int


class Portfolio(Struct):
    """All holdings of one account, at average cost.

    Invariants: no holding is empty; of each holding 0 <= held <= quantity, and its cost is not
    negative. Cost is conserved to the unit: all that was paid equals the cost of what is left
    plus the cost of what was removed, which is the proceeds less the realised profit.

    A breach is a bug of the caller, so it is an `AssertionError`, raised before any change.

    Attributes:
        holdings: By symbol.
        realised: Profit of all sales so far; negative for a loss.
    """

    holdings: dict[str, Holding] = field(default_factory=dict)
    realised: int = 0

    def add(self, symbol: str, quantity: int, cost: int) -> None:
        """Take in shares that cost so much in total."""
        assert quantity > 0, f"{quantity} shares of {symbol} cannot be added"
        assert cost >= 0, f"{symbol} cannot be added at a cost of {cost}"
        holding = self.holdings.get(symbol)
        if holding is None:
            self.holdings[symbol] = Holding(quantity, 0, cost)
        else:
            holding.quantity += quantity
            holding.cost += cost

    def remove(self, symbol: str, quantity: int, proceeds: int) -> int:
        """Give away shares that are not held, and return the profit that this realises.

        Their share of the cost is rounded down to the unit; the last sale takes the rest.
        """
        available = self.available(symbol)
        assert 0 < quantity <= available, (
            f"{quantity} of {available} available shares of {symbol} cannot be removed"
        )
        holding = self.holdings[symbol]
        cost = holding.cost * quantity // holding.quantity
        if quantity == holding.quantity:
            del self.holdings[symbol]
        else:
            holding.quantity -= quantity
            holding.cost -= cost
        profit = proceeds - cost
        self.realised += profit
        return profit

    def hold(self, symbol: str, quantity: int) -> None:
        """Set shares aside for an open sell order."""
        available = self.available(symbol)
        assert 0 < quantity <= available, (
            f"{quantity} of {available} available shares of {symbol} cannot be held"
        )
        self.holdings[symbol].held += quantity

    def release(self, symbol: str, quantity: int) -> None:
        """Make held shares available again."""
        holding = self.holdings.get(symbol)
        assert holding is not None, f"no shares of {symbol} are held, so none can be released"
        assert 0 < quantity <= holding.held, (
            f"{quantity} of {holding.held} held shares of {symbol} cannot be released"
        )
        holding.held -= quantity

    def consume(self, symbol: str, quantity: int, proceeds: int) -> int:
        """Give away held shares, as their sell order is executed; return the profit."""
        self.release(symbol, quantity)
        return self.remove(symbol, quantity, proceeds)

    def available(self, symbol: str) -> int:
        """Return the shares of a symbol that are not held."""
        holding = self.holdings.get(symbol)
        return 0 if holding is None else holding.quantity - holding.held

    def quantity(self, symbol: str) -> int:
        """Return the shares of a symbol, held ones included."""
        holding = self.holdings.get(symbol)
        return 0 if holding is None else holding.quantity

    def cost_of(self, symbol: str, quantity: int) -> int:
        """Return the cost that `remove` takes along with so many shares.

        Shares that are moved to another account, at these proceeds, realise nothing.
        """
        holding = self.holdings[symbol]
        return holding.cost * quantity // holding.quantity

    def average_cost(self, symbol: str) -> Fraction | None:
        """Return the exact cost of one share, or None where there is none."""
        holding = self.holdings.get(symbol)
        return None if holding is None else Fraction(holding.cost, holding.quantity)

    def profit_loss(self, prices: Mapping[str, int]) -> ProfitLoss:
        """Value the holdings.

        Args:
            prices: Current price by symbol; every symbol that is held must be among them.

        Raises:
            KeyError: The price of a holding is missing.
        """
        cost = value = 0
        for symbol, holding in self.holdings.items():
            cost += holding.cost
            value += holding.quantity * prices[symbol]
        profit = value - cost
        return ProfitLoss(profit, 100 * profit / cost if cost else 0.0, cost, value, self.realised)

    def check(self) -> None:
        """Assert the invariants of every holding."""
        for symbol, holding in self.holdings.items():
            assert holding.quantity > 0, f"the holding of {symbol} is empty"
            assert 0 <= holding.held <= holding.quantity, (
                f"{holding.held} of {holding.quantity} shares of {symbol} are held"
            )
            assert holding.cost >= 0, f"the cost of {symbol} is {holding.cost}"
