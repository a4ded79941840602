"""Searches ten million recorded orders with DuckDB, and a million of a live history in SQLite.

Usage, from the root of a checkout: python benchmarks/order_search.py [options]

The orders are made up from a seed, 100 symbols and 10,000 accounts, four in five of them
executed, and recorded as a run records them; then they are sorted for searching, as the first
`openoutcry search` of a long run does. A search is a page of 50 rows and the number of all that
fit. The bars are for recorded orders; a live history has none. `first` is the first time that
this process asks a question, with the files in the page cache; the median and p99 are of the
repetitions. `cpu` is the processor time of all threads.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from printing import against, busy_neighbours, machine, table

from actors.domain.order_query import Grouping, OrderQuery, Sort
from actors.domain.orders import OrderStatus, OrderType
from actors.order_history import OrderHistory
from actors.order_history.store import Store
from reports.order_search import RunOrders
from reports.order_search_index import make_index
from simulation.recorder import Coded, ColumnWriter
from simulation.records import SCHEMAS

SEARCH_BAR_MS = 100.0
SUM_BAR_MS = 500.0
ACCOUNTS = [f"account/U{number:06}-1" for number in range(1, 10_001)]
SYMBOLS = [f"S{number:03}" for number in range(100)]
WORDS = ["EXECUTED", "CANCELLED", "EXPIRED", "REJECTED"]
HALF_HOUR_US = 1_800_000_000
SESSION_US = 13 * HALF_HOUR_US
ROWS_AT_A_TIME = 1_000_000

Columns = dict[str, Any]
_EXECUTED, _BUY = OrderStatus.EXECUTED, OrderType.BUY

QUESTIONS = {
    "newest of an account": OrderQuery(ACCOUNTS[776], descending=True),
    "newest of a symbol": OrderQuery(symbol="S000", descending=True),
    "executed buys of a symbol, half an hour": OrderQuery(
        "", "S000", _EXECUTED, _BUY, 0, HALF_HOUR_US, descending=True
    ),
    "largest of a symbol": OrderQuery(symbol="S050", sort=Sort.VALUE, descending=True),
    "newest cancelled": OrderQuery(status=OrderStatus.CANCELLED, descending=True),
    "largest executed": OrderQuery(status=_EXECUTED, sort=Sort.VALUE, descending=True),
    "newest of all": OrderQuery(descending=True),
    "most shares of all": OrderQuery(sort=Sort.QUANTITY, descending=True),
}
SUMS = {
    "all, by symbol": (OrderQuery(), Grouping.SYMBOL),
    "all, by day": (OrderQuery(), Grouping.DAY),
    "executed buys, by symbol": (
        OrderQuery(status=_EXECUTED, order_type=_BUY), Grouping.SYMBOL
    ),
}  # fmt: skip


def orders_of(seed: int, count: int) -> Iterator[Columns]:
    """Make orders in the order of their ends, some at a time."""
    draw = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, 101)
    placed = np.sort(draw.integers(0, SESSION_US, count))
    for first in range(0, count, ROWS_AT_A_TIME):
        placed_us = placed[first : first + ROWS_AT_A_TIME]
        size = len(placed_us)
        is_limit = draw.random(size) < 0.4
        waits_us = np.where(is_limit, draw.exponential(6e8, size), 5e4).astype(np.int64)
        ends = np.argsort(placed_us + waits_us, kind="stable")
        status = draw.choice(4, size, p=[0.8, 0.12, 0.05, 0.03])
        quantity, price = draw.integers(1, 500, size), draw.integers(10**5, 5 * 10**6, size)
        is_executed = status == 0
        closed_us = (placed_us + waits_us)[ends]
        account = draw.integers(0, len(ACCOUNTS), size)
        number = np.arange(first, first + size)[ends]
        symbol = draw.choice(100, size, p=popularity / popularity.sum())
        ids = [f"U{a + 1:06}-1-{n}" for a, n in zip(account.tolist(), number.tolist(), strict=True)]
        yield {
            "order_id": ids, "command_id": number, "account": Coded(account, ACCOUNTS),
            "symbol": Coded(symbol, SYMBOLS),
            "order_type": Coded(draw.integers(0, 2, size), ["BUY", "SELL"]),
            "price_type": Coded(is_limit[ends].astype(np.int64), ["MARKET", "LIMIT"]),
            "quantity": quantity, "worst_price": price, "placed_us": placed_us[ends],
            "executed_us": np.where(is_executed, closed_us, -1), "closed_us": closed_us,
            "status": Coded(status, WORDS), "executed": np.where(is_executed, quantity, 0),
            "price": np.where(is_executed, price, 0),
        }  # fmt: skip


def timed(act: Callable[[], object], rounds: int) -> list[float]:
    """Return the first, the median and the 99th percentile in ms, and the processor's median."""
    wall, processor = [], []
    for _ in range(rounds + 1):
        started_s, used_s = time.perf_counter(), time.process_time()
        act()
        wall.append((time.perf_counter() - started_s) * 1e3)
        processor.append((time.process_time() - used_s) * 1e3)
    median, p99 = np.quantile(wall[1:], (0.5, 0.99))
    return [wall[0], float(median), float(p99), float(np.median(processor[1:]))]


def rows(store: Any, rounds: int, has_bars: bool) -> Iterator[list[object]]:
    """Ask everything of a store."""
    asked: list[tuple[str, Callable[[], object], float]] = [
        (name, lambda query=query: store.search(query), SEARCH_BAR_MS)  # type: ignore[misc]
        for name, query in QUESTIONS.items()
    ]
    first = store.search(QUESTIONS["newest of all"])
    second = OrderQuery(descending=True, after=first.next)
    asked.append(("second page of all", lambda: store.search(second), SEARCH_BAR_MS))
    asked += [
        (f"sum: {name}", lambda content=content: store.aggregate(*content), SUM_BAR_MS)  # type: ignore[misc]
        for name, content in SUMS.items()
    ]
    for name, act, bar_ms in asked:
        first_ms, median_ms, p99_ms, cpu_ms = timed(act, rounds)
        bar = against(p99_ms, "<", bar_ms).replace(" ok", " met") if has_bars else "-"
        yield [name, first_ms, median_ms, p99_ms, cpu_ms, bar]


def recorded(folder: Path, arguments: argparse.Namespace) -> None:
    """Record orders, sort them, and search them."""
    writer = ColumnWriter(SCHEMAS["orders"], folder, "orders")
    for columns in orders_of(arguments.seed, arguments.orders):
        writer.append_columns(columns)
    writer.close()
    started_s = time.perf_counter()
    index = make_index(folder)
    sorted_s = time.perf_counter() - started_s
    size = sum(part.stat().st_size for part in (folder / "orders").iterdir())
    sizes = sum(file.stat().st_size for file in index.files.values())
    with RunOrders(folder, index) as orders:
        found = list(rows(orders, arguments.rounds, has_bars=True))
    show(f"{arguments.orders:,} recorded orders, DuckDB", found)
    print(f"recorded {size / 1e6:,.0f} MB; sorted in {sorted_s:,.0f} s into {sizes / 1e6:,.0f} MB")


def live(folder: Path, arguments: argparse.Namespace) -> None:
    """Fill a history in a file, and search it."""
    store = Store(folder / "floor.db-orders")
    history = OrderHistory(store)
    number = 0
    for columns in orders_of(arguments.seed, arguments.live_orders):
        content = [
            [values.words[code] for code in values.codes] if isinstance(values, Coded)
            else list(values) if isinstance(values, list) else values.tolist()
            for values in columns.values()
        ]  # fmt: skip
        batch: list[list[Any]] = []
        for row in zip(*content, strict=True):
            number += 1
            batch.append([number, *row, "", row[-1] * row[-2], 0])
        store.put(batch, [], store.position())
    found = list(rows(history, arguments.rounds, has_bars=False))
    show(f"{number:,} orders of a live history, SQLite", found)
    print(f"file {(folder / 'floor.db-orders').stat().st_size / 1e6:,.0f} MB")
    history.close()


def show(title: str, found: list[list[object]]) -> None:
    """Print a table."""
    heads = ["question", "first ms", "median ms", "p99 ms", "cpu ms", "p99 bar ms"]
    print(table(f"{title}, wall-clock", heads, found), flush=True)


def main() -> None:
    """Measure, and print."""
    arguments = parse()
    print(machine())
    print(busy_neighbours(), flush=True)
    with TemporaryDirectory(dir=arguments.folder) as folder:
        live(Path(folder), arguments)
        recorded(Path(folder), arguments)


def parse() -> argparse.Namespace:
    """Read the command line."""
    summary, _, details = (__doc__ or "").partition("\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=summary, epilog=details, formatter_class=raw)
    parser.add_argument("--orders", type=int, default=10_000_000, help="recorded (10000000)")
    parser.add_argument("--live-orders", type=int, default=1_000_000, help="live (1000000)")
    parser.add_argument("--rounds", type=int, default=50, help="of every question (50)")
    parser.add_argument("--seed", type=int, default=1, help="of the orders (1)")
    parser.add_argument("--folder", help="where the files lie (that of temporary files)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
