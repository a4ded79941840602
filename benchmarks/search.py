"""How long a search by symbol and name takes among many stocks.

    python benchmarks/search.py                     # 10,000 stocks, 20,000 searches
    python benchmarks/search.py --stocks 100000

Names are made of two to four words of a vocabulary of 2,000, so that many share a word; texts are
what people type: beginnings of symbols, of words, two words, with accents, and what finds nothing.
`index` is the bare index, each text searched anew; `threads` asks a brokerage through its handle,
one search after the other, so that it counts the way to the actor and back; `first` is the very
first search, which builds the index, and `after listing` the first one after each of 150 listings.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import perf_counter

import numpy as np
from printing import against, busy_neighbours, machine, table

from actors import Brokerage
from actors.addresses import EXCHANGE, MARKET_DATA
from actors.domain.search import SymbolIndex
from actors.messages.market import ListStock

P99_BAR_MS = 100.0
VOCABULARY = 2_000
LATE = 150
LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def listings(count: int, rng: np.random.Generator) -> dict[str, str]:
    """Return names by symbol."""
    words = ["".join(rng.choice(LETTERS, rng.integers(3, 10))).title() for _ in range(VOCABULARY)]
    names: dict[str, str] = {}
    while len(names) < count:
        symbol = "".join(rng.choice(LETTERS, rng.integers(1, 6)))
        picked = rng.integers(0, VOCABULARY, rng.integers(2, 5))
        names[symbol] = " ".join(words[number] for number in picked) + " Inc."
    return names


def texts(names: dict[str, str], count: int, rng: np.random.Generator) -> list[str]:
    """Return what people type, all different as far as chance has it."""
    symbols = list(names)
    typed = []
    for number in range(count):
        symbol = symbols[int(rng.integers(len(symbols)))]
        first, second = names[symbol].split()[:2]
        kinds = (
            symbol[: 1 + number % 5].lower(), first[: 1 + number % 6].lower(),
            f"{first[:3]} {second[:4]}", f"{first.upper()} inc", "inc", f"zz{number}",
        )  # fmt: skip
        typed.append(kinds[number % len(kinds)])
    return typed


def timed(search: Callable[[str], object], typed: list[str]) -> list[float]:
    """Return how long each search took, in milliseconds."""
    spent_ms = []
    for text in typed:
        started_s = perf_counter()
        search(text)
        spent_ms.append((perf_counter() - started_s) * 1e3)
    return spent_ms


def row(name: str, spent_ms: list[float]) -> list[object]:
    """Return a row of the table."""
    p50, p99 = (float(np.quantile(spent_ms, q, method="inverted_cdf")) for q in (0.5, 0.99))
    return [name, len(spent_ms), p50, p99, max(spent_ms), against(p99, "<", P99_BAR_MS)]


def by_index(names: dict[str, str], typed: list[str]) -> list[list[object]]:
    """Search the bare index."""
    index = SymbolIndex()
    for symbol, name in names.items():
        index.add(symbol, name)
    first_ms = timed(index.search, typed[:1])
    late_ms = [late_listing(index, number, text) for number, text in enumerate(typed[:LATE])]
    return [
        row("first", first_ms), row("after listing", late_ms),
        row("index", timed(index.search, typed)),
    ]  # fmt: skip


def late_listing(index: SymbolIndex, number: int, text: str) -> float:
    """List one more stock, and return how long the next search took, in milliseconds."""
    index.add(f"LATE{number}", "Late Comers Inc.")
    return timed(index.search, [text])[0]


def by_handle(names: dict[str, str], typed: list[str]) -> list[object]:
    """Search through a handle, on threads."""
    with Brokerage() as exchange:
        for symbol, name in names.items():
            for address in (EXCHANGE, MARKET_DATA):
                exchange.runtime.send(address, ListStock(symbol, name))
        exchange.runtime.run_until_idle(60.0)
        exchange.search("warm up")
        return row("threads", timed(exchange.search, typed))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--stocks", type=int, default=10_000, help="listed (10000)")
    parser.add_argument("--searches", type=int, default=20_000, help="(20000)")
    arguments = parser.parse_args()
    print(machine())
    print(busy_neighbours(), flush=True)
    rng = np.random.default_rng(1)
    names = listings(arguments.stocks, rng)
    typed = texts(names, arguments.searches, rng)
    heads = ("search", "count", "p50 ms", "p99 ms", "max ms", "p99 bar")
    rows = [*by_index(names, typed), by_handle(names, typed[: arguments.searches // 4])]
    print(table(f"searches among {arguments.stocks:,} stocks", heads, rows))


if __name__ == "__main__":
    main()
