"""What the audit costs: microseconds per fact and memory, over a synthetic journal.

Run it with `python benchmarks/audit.py [ORDERS [ACCOUNTS]]`. The journal is made ahead in
pieces, outside the measured time; the loop over it is taken off.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Iterator
from time import process_time
from typing import Any

from actors.domain.market_hours import MarketHours
from actors.domain.orders import OrderStatus, OrderType, PriceType
from actors.messages import facts as f
from actors.messages import orders, queries
from simulation.audit.auditor import Auditor
from simulation.audit.digest import Digest

PRICE = 1_500_000
SYMBOLS = 100
DAY_US = 23_400_000_000
BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT
USER = "U"
NUMBERS: dict[str, int] = {}  # of the latest price of each symbol
Event = tuple[str, str, Any, int]


def openings(accounts: int) -> Iterator[Event]:
    """Yield the prices of all stocks, and accounts that can pay."""
    for symbol in range(SYMBOLS):
        NUMBERS[f"S{symbol}"] = 1
        yield "appended", f"stock/S{symbol}", [f.PriceSet(1, PRICE)], 0
        yield "appended", "market-data", [f.QuoteNoted(f"S{symbol}", 1, PRICE)], 0
        yield "appended", f"book/S{symbol}", [f.QuoteApplied(1, PRICE)], 0
    for n in range(accounts):
        address = f"account/U{n:06}-1"
        deposit = f.CashDeposited(10**8 + n, 7, f"{address}/t0", 10**15, 0)
        yield "appended", address, [f.AccountOpened(USER)], 0
        yield "appended", address, [deposit], 0


def one_order(n: int, accounts: int) -> Iterator[Event]:
    """Yield everything about one order: every second waits as a limit order, some are sold."""
    account = f"account/U{n % accounts:06}-1"
    symbol = f"S{(n % accounts) % SYMBOLS}"
    own = n // accounts + 1
    order_type = SELL if own % 3 == 0 else BUY
    price_type = LIMIT if n % 2 else MARKET
    worst = PRICE if price_type is LIMIT else PRICE + (75_000 if order_type is BUY else -75_000)
    order_id, client, at = f"U{n % accounts:06}-1-{own}", "client", n * 20
    quantity, amount = 10, 10 * PRICE
    used = quantity * worst if order_type is BUY else quantity
    held_before = (own - 1) - 2 * ((own - 1) // 3)  # buys less sells so far
    cost = (held_before + (1 if order_type is BUY else -1)) * amount
    limit = worst if price_type is LIMIT else None
    ask = orders.PlaceOrder(
        n, account, symbol, order_type, price_type, quantity, limit, PRICE, client, USER
    )
    placed = f.OrderPlaced(
        order_id, n, 7, client, symbol, order_type, price_type, quantity, worst, used, at
    )
    entered = f.OrderEntered(order_id, account, order_type, price_type, quantity, worst)
    xid = f"{symbol}-{n:09}"
    executed = f.OrderExecuted(xid, order_id, account, order_type, quantity, PRICE, at, quantity)
    settled = f.ExecutionSettled(
        xid, order_id, f"{account}/t{own}", symbol, order_type, quantity, PRICE, amount, used, 0,
        cost, at,
    )  # fmt: skip
    closed = f.OrderClosed(order_id, OrderStatus.EXECUTED, 0, at)
    report = orders.OrderReport(n, account, order_id, OrderStatus.EXECUTED, quantity, PRICE, at)
    book = f"book/{symbol}"
    yield "asked", client, ask, at
    yield "appended", account, [placed], at
    yield "told", client, orders.OrderAccepted(n, account, order_id), at
    if price_type is LIMIT:
        yield from wait_for_price(symbol, entered, executed)
    else:
        yield "appended", book, [entered, executed], at
    yield "appended", account, [settled, closed], at
    yield "told", client, report, at
    yield "appended", book, [f.ReportConfirmed(order_id, xid, True)], at


def wait_for_price(
    symbol: str, entered: f.OrderEntered, executed: f.OrderExecuted
) -> Iterator[Event]:
    """Yield a price away from the limit, the arrival of an order, and the price it waits for."""
    aside = PRICE + (75_000 if entered.order_type is BUY else -75_000)
    number = NUMBERS[symbol] = NUMBERS[symbol] + 2
    stock, book, at = f"stock/{symbol}", f"book/{symbol}", executed.at_us
    yield "appended", stock, [f.PriceSet(number - 1, aside)], at
    yield "appended", book, [f.QuoteApplied(number - 1, aside)], at
    yield "appended", book, [entered], at
    yield "appended", entered.account, [f.SubmitConfirmed(entered.order_id)], at
    yield "appended", stock, [f.PriceSet(number, PRICE)], at
    yield "appended", book, [f.QuoteApplied(number, PRICE), executed], at


def one_question(n: int) -> Iterator[Event]:
    """Yield a question about a price, and its answer."""
    number, client, symbol = 10**9 + n, "client", f"S{n % SYMBOLS}"
    yield "asked", client, queries.GetQuote(number, symbol, client), n * 20
    yield "told", client, queries.QuoteAnswer(number, symbol, PRICE, 1), n * 20


def piece_of_journal(first: int, last: int, accounts: int) -> Iterator[Event]:
    """Yield everything about the orders from `first` up to, but not including, `last`."""
    for n in range(first, last):
        yield from one_order(n, accounts)
        yield from one_question(n)


def warm(follower: Any, accounts: int) -> None:
    """Let a follower take the openings."""
    for kind, address, content, at_us in openings(accounts):
        getattr(follower, kind)(address, content, at_us)


def measure(follower: Any, count: int, accounts: int, piece: int = 200) -> dict[str, float]:
    """Return the processor's seconds for all, and how many facts and messages that was."""
    spent = {"all": 0.0, "fact_count": 0.0, "talk_count": 0.0}
    warm(follower, accounts)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # as a run does: it makes no cycles
    for first in range(0, count, piece):
        events = [
            e for n in range(first, min(count, first + piece)) for e in one_order(n, accounts)
        ]
        batches = [content for kind, _, content, _ in events if kind == "appended"]
        spent["fact_count"] += sum(map(len, batches))
        spent["talk_count"] += len(events) - len(batches)
        spent["all"] += run(follower, events) - run_baseline(events)
    return spent


def run(follower: Any, events: list[Event]) -> float:
    """Return the seconds that a follower takes for everything, in order."""
    calls = {"appended": follower.appended, "asked": follower.asked, "told": follower.told}
    start = process_time()
    for kind, address, content, at_us in events:
        calls[kind](address, content, at_us)
    return process_time() - start


def run_baseline(events: list[Event]) -> float:
    """Return the seconds of the loop itself."""
    calls = {"appended": _nothing, "asked": _nothing, "told": _nothing}
    start = process_time()
    for kind, address, content, at_us in events:
        calls[kind](address, content, at_us)
    return process_time() - start


def _nothing(_: str, __: Any, ___: int) -> None:
    pass


def main() -> None:
    """Measure, and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    accounts = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    auditor = Auditor(MarketHours(0, DAY_US))
    spent = measure(auditor, count, accounts)
    facts, talk = int(spent["fact_count"]), int(spent["talk_count"])
    total = spent["all"]
    print(f"audit: {facts:,} facts and {talk:,} messages of clients in {total:.2f} s of processor:")
    print(
        f"{total / count * 1e6:.2f} us an order, {total / facts * 1e6:.2f} us a fact, talk and all"
    )
    result = auditor.finish()
    print(result.render())
    spent = measure(Digest(), count, accounts)
    print(f"digest: {spent['all'] / facts * 1e6:.2f} us a fact")
    tracemalloc.start()
    auditor = Auditor(MarketHours(0, DAY_US))
    warm(auditor, accounts)
    for kind, address, content, at_us in piece_of_journal(0, count, accounts):
        getattr(auditor, kind)(address, content, at_us)
    print(f"memory: {tracemalloc.get_traced_memory()[0] / 2**20:.0f} MiB after {count:,} orders")


if __name__ == "__main__":
    main()
