"""Five short stories of a brokerage, told as they happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from actors import AccountHandle, Brokerage, OrderHandle, OrderType, PriceType, Stock, User
from actors.domain.money import dollars

BUY: Final = OrderType.BUY
SELL: Final = OrderType.SELL
MARKET: Final = PriceType.MARKET
LIMIT: Final = PriceType.LIMIT
_WHAT_WIDTH: Final = 44  # of the column that says what is done

Say = Callable[[str], None]


class Teller:
    """Tells what is done and what came of it, in lines of at most 80 columns.

    Args:
        say: Takes one line.
    """

    def __init__(self, say: Say) -> None:
        self._say = say

    def step(self, what: str, outcome: str) -> None:
        """Tell of one step."""
        self._say(f"  {what:<{_WHAT_WIDTH}} {outcome}")

    def order(self, what: str, order: OrderHandle) -> None:
        """Tell what has become of an order."""
        price = order.execution_price
        outcome = order.status.value.lower()
        if order.reason is not None:
            outcome = f"{outcome}: {order.reason.value}"
        self.step(what, outcome if price is None else f"{outcome} at {dollars(price)}")

    def balance(self, account: AccountHandle) -> None:
        """Tell what an account has."""
        cash = f"cash {dollars(account.cash)}, held {dollars(account.held)}"
        self._say(f"  = {cash}, net worth {dollars(account.net_worth)}")

    def profit(self, account: AccountHandle) -> None:
        """Tell what an account has gained, with and without having sold."""
        profit = account.portfolio.get_profit_loss()
        open_profit, realised = int(profit["profit_loss"]), int(profit["realised"])
        percentage = profit["percentage"]
        self._say(
            f"  = profit of what is held {dollars(open_profit)} ({percentage:+.2f} %), "
            f"realised {dollars(realised)}"
        )


class Story(NamedTuple):
    """A title, and what happens on a brokerage that has nobody yet."""

    title: str
    play: Callable[[Brokerage, Teller], None]


def set_up_and_deposit(exchange: Brokerage, teller: Teller) -> None:
    """List a stock, register a user, pay cash in and out."""
    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
    teller.step("Apple is listed", f"{apple.symbol} at {dollars(apple.current_price)}")
    alice = exchange.register_account(User("U001", "Alice", "alice@example.com", "555-0001"))
    teller.step("Alice opens an account", alice.address)
    alice.deposit("10000.00")
    teller.step("she deposits $10,000.00", f"cash {dollars(alice.cash)}")
    alice.withdraw("250.50")
    teller.step("she withdraws $250.50", f"cash {dollars(alice.cash)}")
    alice.deposit("250.50")
    teller.step("she brings it back", f"cash {dollars(alice.cash)}")
    teller.balance(alice)


def market_orders(exchange: Brokerage, teller: Teller) -> None:
    """Buy and sell at market, and be refused for want of cash."""
    alice = _alice(exchange)
    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
    teller.order("Alice buys 10 AAPL at market", alice.place_order(apple, 10, BUY, MARKET))
    teller.balance(alice)
    apple.set_price("155.00")
    teller.step("AAPL moves", dollars(apple.current_price))
    teller.order("she sells 4 of them at market", alice.place_order(apple, 4, SELL, MARKET))
    teller.order("she tries to buy 1,000", alice.place_order(apple, 1_000, BUY, MARKET))
    teller.balance(alice)
    teller.profit(alice)


def portfolio_valuation(exchange: Brokerage, teller: Teller) -> None:
    """Hold two stocks, and see their worth move with their prices."""
    alice = _alice(exchange)
    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
    alphabet = exchange.add_stock(Stock("GOOGL", "Alphabet Inc.", "2800.00"))
    teller.order("Alice buys 10 AAPL", alice.place_order(apple, 10, BUY, MARKET))
    teller.order("she buys 2 GOOGL", alice.place_order(alphabet, 2, BUY, MARKET))
    teller.balance(alice)
    apple.set_price("165.00")
    alphabet.set_price("2750.00")
    teller.step("AAPL rises and GOOGL falls", "$165.00 and $2,750.00")
    for holding in alice.portfolio.get_holdings_summary().values():
        cost, value = dollars(holding.cost), dollars(holding.current_value)
        teller.step(f"{holding.quantity} {holding.symbol} cost {cost}", f"worth {value}")
    teller.balance(alice)
    teller.profit(alice)


def limit_order_that_triggers(exchange: Brokerage, teller: Teller) -> None:
    """Wait with a limit until the price jumps over it, and get the better price."""
    alice = _alice(exchange)
    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
    teller.order("Alice buys 10 AAPL at market", alice.place_order(apple, 10, BUY, MARKET))
    order = alice.place_order(apple, 5, SELL, LIMIT, "160.00")
    teller.order("she offers 5 at a limit of $160.00", order)
    apple.set_price("159.99")
    teller.order("AAPL rises to $159.99: not enough", order)
    apple.set_price("165.00")
    teller.order("AAPL jumps to $165.00", order)
    teller.balance(alice)
    teller.profit(alice)


def full_trading_cycle(exchange: Brokerage, teller: Teller) -> None:
    """Deposit, buy, sell with a profit, and take everything home."""
    alice = _alice(exchange)
    alphabet = exchange.add_stock(Stock("GOOGL", "Alphabet Inc.", "2800.00"))
    teller.step("Alice deposits", dollars(alice.cash))
    teller.order("she buys 2 GOOGL", alice.place_order(alphabet, 2, BUY, MARKET))
    teller.balance(alice)
    alphabet.set_price("3000.00")
    teller.step("GOOGL rises", dollars(alphabet.current_price))
    teller.profit(alice)
    teller.order("she sells both", alice.place_order(alphabet, 2, SELL, MARKET))
    teller.balance(alice)
    teller.profit(alice)
    alice.withdraw("10400.00")
    alice.close()
    teller.step("she withdraws $10,400.00", "account closed")


STORIES: Final = (
    Story("set-up and deposit", set_up_and_deposit),
    Story("market orders", market_orders),
    Story("portfolio valuation", portfolio_valuation),
    Story("a limit order that triggers", limit_order_that_triggers),
    Story("a full trading cycle", full_trading_cycle),
)


def _alice(exchange: Brokerage) -> AccountHandle:
    return exchange.register_account(User("U001", "Alice"), "10000.00")
