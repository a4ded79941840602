"""A listed stock, as people hold it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from actors.addresses import stock_of
from actors.client import PATIENCE_S
from actors.domain.order_factory import checked_price
from actors.domain.price_history import PastPrice
from actors.messages.market import SetPrice

if TYPE_CHECKING:
    from actors.brokerage import Brokerage

Amount: TypeAlias = str | int | Decimal


class StockHandle:
    """A listed stock, as people hold it."""

    def __init__(self, brokerage: Brokerage, symbol: str, name: str) -> None:
        self._brokerage = brokerage
        self.symbol = symbol
        self.name = name

    @property
    def current_price(self) -> int:
        """The latest price, 1/10,000 USD."""
        return self._brokerage.quote(self.symbol)

    def history(self, limit: int = 100) -> list[PastPrice]:
        """Return at most so many of the last 1,000 prices, the oldest first, with their times."""
        from actors.watch_handles import history_of

        return history_of(self._brokerage, self.symbol, limit)

    def set_price(self, price: Amount) -> None:
        """Move the price, and wait until everybody has heard of it.

        Raises:
            ValueError: It is not an amount above zero.
        """
        self._brokerage.refuse_if_closed()
        units = checked_price(self.symbol, price)
        self._brokerage.runtime.send(stock_of(self.symbol), SetPrice(units))
        self._brokerage.runtime.run_until_idle(PATIENCE_S)

    def __repr__(self) -> str:
        return f"<stock {self.symbol} ({self.name})>"


def symbol_of(stock: StockHandle | str) -> str:
    """Return the symbol of a stock, by which it may also be named."""
    if isinstance(stock, str):
        return stock
    if isinstance(stock, StockHandle):
        return stock.symbol
    raise ValueError(f"give a stock or its symbol, not {stock!r}")
