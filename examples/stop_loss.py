"""A strategy of one's own: sell ten shares at market once the price has fallen to $90.

Run it with `python examples/stop_loss.py`. Nothing of the brokerage is touched: a strategy says
what an order may cost at worst, for which it is held, and when it is due.
"""

from __future__ import annotations

from actors import Brokerage, OrderStrategy, OrderType, PriceType, Stock, User, add_strategy
from actors.domain.money import dollars


class StopLossStrategy(OrderStrategy):
    """At market, whatever the price is by then, once it has fallen to the named one."""

    @staticmethod
    def worst_price(
        order_type: OrderType, limit_price: int | None, seen_price: int | None, collar_bp: int
    ) -> int:
        """Accept any price for a sell, for which shares are held; refuse to buy."""
        return 1 if order_type is OrderType.SELL else 0

    @staticmethod
    def is_due(order_type: OrderType, worst_price: int, trigger_price: int, price: int) -> bool:
        """Tell whether the price has fallen far enough."""
        return price <= trigger_price


STOP_LOSS = add_strategy("STOP_LOSS", StopLossStrategy())


def main() -> None:
    """Buy at $100, watch the price fall, and get out at the next one below $90."""
    with Brokerage() as exchange:
        account = exchange.register_account(User("U001", "Alice"), initial_balance="10000.00")
        stock = exchange.add_stock(Stock("AAPL", "Apple Inc.", "100.00"))
        account.place_order(stock, 10, OrderType.BUY, PriceType.MARKET)
        order = account.place_order(stock, 10, OrderType.SELL, STOP_LOSS, "90.00")
        for price in ("95.00", "90.01", "88.50"):
            stock.set_price(price)
            print(price, order.status.value)
        print("sold at", dollars(order.execution_price or 0), "cash", dollars(account.cash))


if __name__ == "__main__":
    main()
