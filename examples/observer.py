"""An observer of your own, in ten lines: it rings when a price rises above a threshold.

Run it with `python examples/observer.py`.
"""

from __future__ import annotations

from actors import Brokerage, Stock
from actors.domain.money import dollars, money


class Bell:
    """Rings when a price rises above a threshold."""

    def __init__(self, above: str) -> None:
        self.above = money(above)

    def update(self, symbol: str, old_price: int, new_price: int) -> None:
        """Take a change; whoever has this method is an observer."""
        if old_price <= self.above < new_price:
            print(f"ring: {symbol} rose from {dollars(old_price)} to {dollars(new_price)}")


def main() -> None:
    """Attach the bell to a stock, move the price, and detach it again."""
    with Brokerage() as exchange:
        apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        observed = exchange.observe(apple, Bell(above="155.00"))
        for price in ("152.00", "156.50", "157.00"):
            apple.set_price(price)
        observed.detach()
        apple.set_price("140.00")
        apple.set_price("160.00")
        print(f"{observed.updates} changes were told, the last prices were", end=" ")
        print(*(dollars(one.price) for one in apple.history(3)))


if __name__ == "__main__":
    main()
