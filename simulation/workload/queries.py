"""What people type into a search: the first letters of a symbol, or a word of a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simulation.workload.popularity import sample
from simulation.workload.workload import Floats, Int32s


class Queries(NamedTuple):
    """Drawn searches: texts, sorted and each used; the number of each search's text."""

    texts: tuple[str, ...]
    numbers: Int32s


def draw_queries(
    symbols: Sequence[str],
    names: Sequence[str],
    popularity: Floats,
    count: int,
    rng: np.random.Generator,
) -> Queries:
    """Draw searches for stocks by their popularity, each way to find one alike.

    Args:
        symbols: Ticker symbols.
        names: Company names, in the same order.
        popularity: Weight of each stock.
        count: How many to draw.
        rng: Source of randomness.
    """
    ways = [_ways(symbol, name) for symbol, name in zip(symbols, names, strict=True)]
    texts = sorted({text for texts in ways for text in texts})
    place = {text: number for number, text in enumerate(texts)}
    flat = np.array([place[text] for texts in ways for text in texts], dtype=np.int64)
    each = np.array([len(texts) for texts in ways])
    stock = sample(popularity, count, rng)
    way = (rng.random(count) * each[stock]).astype(np.int64)
    drawn = flat[(np.cumsum(each) - each)[stock] + way]
    used, numbers = np.unique(drawn, return_inverse=True)
    return Queries(tuple(texts[number] for number in used), numbers.astype(np.int32))


def _ways(symbol: str, name: str) -> list[str]:
    prefixes = [symbol[:length] for length in range(1, len(symbol) + 1)]
    words = [word.strip("().,") for word in name.split()]
    return list(dict.fromkeys(text for text in prefixes + words if text))
