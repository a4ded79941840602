"""Trade by hand: an account, a market order, a limit order, and what it all came to.

Run it with `python examples/trade_by_hand.py`.
"""

from __future__ import annotations

from actors import Brokerage, OrderType, PriceType, Stock, User
from actors.commands import DepositCommand
from actors.domain.money import dollars


def main() -> None:
    """Buy, wait, sell, and look at the log."""
    with Brokerage() as exchange:
        account = exchange.register_account(User("U001", "Alice"), initial_balance="10000.00")
        apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))

        bought = account.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)
        print("bought:", bought.status.value, dollars(bought.execution_price or 0))

        offer = account.place_order(apple, 5, OrderType.SELL, PriceType.LIMIT, "160.00")
        print("offer:", offer.status.value)
        apple.set_price("165.00")
        print("offer:", offer.status.value, dollars(offer.execution_price or 0))

        deposit = exchange.commands.execute(DepositCommand("U001", "500.00"))
        exchange.commands.undo(deposit)

        for entry in exchange.commands.history(user="U001"):
            print(entry.number, type(entry.command).__name__, entry.sentence)
        print("cash", dollars(account.cash), "net worth", dollars(account.net_worth))


if __name__ == "__main__":
    main()
