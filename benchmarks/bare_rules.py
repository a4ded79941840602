"""The plain rules, applied by direct calls in one loop: the limit of what actors could reach.

The same orders meet the same domain objects (order factory, strategies, portfolio, price-time
queue) as in a run, at the same prices; there are no actors, no messages, no journal, no clients
and no audit. Cancels and questions are left out.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from actors.domain.matching import PriceTimeQueue
from actors.domain.order_factory import OrderFactory
from actors.domain.orders import OrderType, PriceType
from actors.domain.portfolio import Portfolio
from actors.domain.strategies import STRATEGIES
from simulation.prices import PriceTape
from simulation.workload import Workload
from simulation.workload.workload import DEPOSIT, PLACE_LIMIT, PLACE_MARKET, TRANSFER

COLLAR_BP = 500
BUY, SELL = OrderType.BUY, OrderType.SELL
ORDER_TYPES = (BUY, SELL)
PRICE_TYPES = {PLACE_MARKET: PriceType.MARKET, PLACE_LIMIT: PriceType.LIMIT}


class Customer:
    """Cash, holds and portfolio."""

    __slots__ = ("cash", "held", "portfolio")

    def __init__(self) -> None:
        self.cash = 0
        self.held = 0
        self.portfolio = Portfolio()


class Waiting(NamedTuple):
    """An order in a book."""

    customer: Customer
    order_type: OrderType
    quantity: int
    worst_price: int


class Book:
    """The current price and the waiting orders of one symbol."""

    def __init__(self, symbol: str, price: int) -> None:
        self.symbol = symbol
        self.price = price
        self.buys = PriceTimeQueue(BUY)
        self.sells = PriceTimeQueue(SELL)
        self.waiting: dict[str, Waiting] = {}


class BareBrokerage:
    """Applies commands and ticks.

    Attributes:
        executed: Orders executed so far.
        rejected: Orders refused for want of funds or shares.
    """

    def __init__(self, tape: PriceTape, accounts: int) -> None:
        self.customers = [Customer() for _ in range(accounts + 1)]
        opening = zip(tape.symbols, tape.opening.tolist(), strict=True)
        self.books = [Book(symbol, price) for symbol, price in opening]
        self.executed = 0
        self.rejected = 0

    def place(
        self, number: int, customer: Customer, book: Book, order_type: OrderType,
        price_type: PriceType, quantity: int, limit_price: int | None, seen_price: int | None,
    ) -> None:  # fmt: skip
        """Hold the worst case; execute, let wait, or release."""
        OrderFactory.create_order(
            book.symbol, quantity, order_type, price_type, limit_price, seen_price
        )
        strategy = STRATEGIES[price_type]
        worst_price = strategy.worst_price(order_type, limit_price, seen_price, COLLAR_BP)
        if not self.hold(customer, book.symbol, order_type, quantity, worst_price):
            self.rejected += 1
        elif strategy.can_execute(order_type, worst_price, book.price):
            self.settle(customer, book, order_type, quantity, worst_price)
        elif strategy.waits:
            queue = book.buys if order_type is BUY else book.sells
            order_id = str(number)
            queue.add(order_id, worst_price)
            book.waiting[order_id] = Waiting(customer, order_type, quantity, worst_price)
        else:
            self.release(customer, book.symbol, order_type, quantity, worst_price)

    def hold(
        self, customer: Customer, symbol: str, order_type: OrderType, quantity: int, price: int
    ) -> bool:
        """Set cash or shares aside, if there are enough."""
        if order_type is BUY:
            if quantity * price > customer.cash - customer.held:
                return False
            customer.held += quantity * price
            return True
        if quantity > customer.portfolio.available(symbol):
            return False
        customer.portfolio.hold(symbol, quantity)
        return True

    def release(
        self, customer: Customer, symbol: str, order_type: OrderType, quantity: int, price: int
    ) -> None:
        """Make cash or shares available again."""
        if order_type is BUY:
            customer.held -= quantity * price
        else:
            customer.portfolio.release(symbol, quantity)

    def settle(
        self, customer: Customer, book: Book, order_type: OrderType, quantity: int, worst_price: int
    ) -> None:
        """Move cash and shares, at the current price."""
        amount = quantity * book.price
        if order_type is BUY:
            customer.held -= quantity * worst_price
            customer.cash -= amount
            customer.portfolio.add(book.symbol, quantity, amount)
        else:
            customer.cash += amount
            customer.portfolio.consume(book.symbol, quantity, amount)
        self.executed += 1

    def tick(self, book: Book, price: int) -> None:
        """Move the price, and execute every order whose limit it meets."""
        book.price = price
        for queue in (book.buys, book.sells):
            while (order_id := queue.first_met(price)) is not None:
                queue.remove(order_id)
                self.settle(book=book, **book.waiting.pop(order_id)._asdict())

    def close_session(self) -> None:
        """Expire what still waits."""
        for book in self.books:
            for customer, order_type, quantity, worst_price in book.waiting.values():
                self.release(customer, book.symbol, order_type, quantity, worst_price)
            book.waiting.clear()


def apply_all(workload: Workload, tape: PriceTape) -> tuple[float, BareBrokerage]:
    """Apply the deposits, transfers and orders of a workload, with the ticks in between.

    Returns:
        The processor's seconds in the loop, and the brokerage.
    """
    brokerage = BareBrokerage(tape, int(workload.account.max(initial=0)))
    columns = (
        workload.intended_us, workload.account, workload.operation, workload.symbol,
        workload.order_type, workload.quantity, workload.limit_price, workload.seen_price,
        workload.amount,
    )  # fmt: skip
    rows = list(enumerate(zip(*(column.tolist() for column in columns), strict=True)))
    ticks = zip(tape.at_us.tolist(), tape.symbol.tolist(), tape.price.tolist(), strict=True)
    due = [*ticks, (2**62, 0, 0)]
    started_s = time.process_time()
    loop(brokerage, rows, due)
    brokerage.close_session()
    return time.process_time() - started_s, brokerage


def loop(
    brokerage: BareBrokerage,
    rows: list[tuple[int, tuple[int, ...]]],
    due: list[tuple[int, int, int]],
) -> None:
    """Apply rows and ticks in the order of their instants."""
    customers, books, place = brokerage.customers, brokerage.books, brokerage.place
    ticks = iter(due)
    tick_us, ticking, price = next(ticks)
    for number, (at_us, account, operation, symbol, side, quantity, limit, seen, amount) in rows:
        while tick_us <= at_us:
            brokerage.tick(books[ticking], price)
            tick_us, ticking, price = next(ticks)
        customer = customers[account]
        price_type = PRICE_TYPES.get(operation)
        if price_type is not None:
            prices = (limit, None) if operation == PLACE_LIMIT else (None, seen)
            place(number, customer, books[symbol], ORDER_TYPES[side], price_type, quantity, *prices)
        elif operation == DEPOSIT:
            customer.cash += amount
        elif operation == TRANSFER:
            customer.portfolio.add(books[symbol].symbol, quantity, amount)
