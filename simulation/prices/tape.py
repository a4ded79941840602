"""The tape: every price of every symbol in a run, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.plan import Plan

Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

CENT: Final = 100
MOST_SYMBOLS: Final = 32_767  # a workload counts symbols in 16 bits
HIGHEST_PRICE: Final = 10_000_000_000  # times 10**8 shares it still fits into 64 bits
MICROSECONDS: Final = 1_000_000


class PricesError(ValueError):
    """The prices asked for cannot be had; the message says where and what would be right."""


class Window(NamedTuple):
    """An interval of the run's clock, seconds, its end left out."""

    start_s: float
    end_s: float

    def __bool__(self) -> bool:
        return self.end_s > self.start_s


@dataclass(frozen=True, slots=True, eq=False)
class PriceTape:
    """Prices of all symbols, 1/10,000 USD; one row per tick.

    Invariant: ticks are sorted by time, every price is above zero, every symbol is listed.

    Attributes:
        symbols: Ticker symbols, at least one, all different.
        names: Company names, in the order of `symbols`.
        opening: Price of each symbol before its first tick, shape (symbols,).
        at_us: Instant of each tick since the start of the run, microseconds, shape (ticks,).
        symbol: Index into `symbols`, shape (ticks,).
        price: The new price, shape (ticks,).
    """

    symbols: tuple[str, ...]
    names: tuple[str, ...]
    opening: Int64s
    at_us: Int64s
    symbol: Int32s
    price: Int64s

    def __post_init__(self) -> None:
        self._check_symbols()
        self._check_ticks()

    def _check_symbols(self) -> None:
        if not self.symbols or len(set(self.symbols)) != len(self.symbols):
            raise PricesError("tape: symbols must be at least one and all different")
        if not len(self.symbols) == len(self.names) == len(self.opening):
            raise PricesError("tape: every symbol needs one name and one opening price")

    def _check_ticks(self) -> None:
        if not len(self.at_us) == len(self.symbol) == len(self.price):
            raise PricesError("tape: every tick needs a time, a symbol and a price")
        prices = np.concatenate((self.opening, self.price))
        if prices.min() < 1 or prices.max() > HIGHEST_PRICE:
            raise PricesError(f"tape: prices must be 1 to {HIGHEST_PRICE:,} (1/10,000 USD)")
        if not len(self):
            return
        if self.at_us[0] < 0 or (np.diff(self.at_us) < 0).any():
            raise PricesError("tape: ticks must be sorted by time, from 0 on")
        if self.symbol.min() < 0 or self.symbol.max() >= len(self.symbols):
            raise PricesError("tape: a tick names a symbol that is not listed")

    def __len__(self) -> int:
        return len(self.at_us)

    def price_at(self, symbol: NDArray[np.integer], at_us: NDArray[np.integer]) -> Int64s:
        """Look up the last price at or before given instants.

        Args:
            symbol: Indices into `symbols`, shape (n,).
            at_us: Instants since the start of the run, microseconds, shape (n,).

        Returns:
            Prices, 1/10,000 USD, shape (n,); the opening price where no tick has come yet.
        """
        wanted_at = np.maximum(np.asarray(at_us, dtype=np.int64), -1)
        wanted = np.asarray(symbol, dtype=np.int64)
        last = max(self.at_us[-1] if len(self) else 0, wanted_at.max(initial=0))
        # One sorted key per (symbol, instant), so that one binary search serves all symbols.
        # The opening is a tick at -1 of each symbol, which any look-up finds at the latest.
        span = int(last) + 2
        symbols: Int64s = np.concatenate((np.arange(len(self.symbols)), self.symbol))
        instants = np.concatenate((np.full(len(self.symbols), -1), self.at_us))
        order = np.argsort(symbols, kind="stable")
        keys = (symbols * span + instants + 1)[order]
        found = np.searchsorted(keys, wanted * span + wanted_at + 1, side="right") - 1
        prices: Int64s = np.concatenate((self.opening, self.price))[order][found]
        return prices


class SymbolTicks(NamedTuple):
    """The price path of one symbol before it joins the tape."""

    opening: int
    at_us: Int64s
    price: Int64s

    def without_repeats(self) -> SymbolTicks:
        """Leave out every tick that repeats the price before it (the first one always stays)."""
        changed = np.ones(len(self.price), dtype=bool)
        changed[1:] = np.diff(self.price) != 0
        return SymbolTicks(self.opening, self.at_us[changed], self.price[changed])

    def within(self, window: Window) -> SymbolTicks:
        """Keep the ticks of a window; the last one before it becomes the opening price."""
        first, end = np.searchsorted(self.at_us, [to_us(window.start_s), to_us(window.end_s)])
        opening = int(self.price[first - 1]) if first else self.opening
        end = max(first, end)
        return SymbolTicks(opening, self.at_us[first:end], self.price[first:end])


def join_ticks(
    symbols: Sequence[str], names: Sequence[str], paths: Sequence[SymbolTicks]
) -> PriceTape:
    """Merge the paths of single symbols into one tape; simultaneous ticks in symbol order."""
    at_us = np.concatenate([path.at_us for path in paths])
    order = np.argsort(at_us, kind="stable")
    numbers = np.arange(len(paths), dtype=np.int32)
    return PriceTape(
        tuple(symbols),
        tuple(names),
        np.array([path.opening for path in paths], dtype=np.int64),
        at_us[order],
        np.repeat(numbers, [len(path.at_us) for path in paths])[order],
        np.concatenate([path.price for path in paths])[order],
    )


def market_hours(plan: Plan) -> Window:
    """Return the hours of trade on the run's clock; they may begin before it starts."""
    opens_s = plan.market.opens_s - plan.starts_at_s
    return Window(opens_s, plan.market.closes_s - plan.starts_at_s)


def trading_window(plan: Plan) -> Window:
    """Return the part of the market's hours that lies within the run (false if none does)."""
    hours = market_hours(plan)
    return Window(max(0.0, hours.start_s), min(plan.end_s, hours.end_s))


def tick_times(
    rate_per_s: float, window: Window, rng: np.random.Generator, at_least: int = 0
) -> Int64s:
    """Draw the instants of a Poisson process within a window.

    Args:
        rate_per_s: Mean ticks per second, not negative.
        window: Where they may lie.
        rng: Source of randomness.
        at_least: Fewer are filled up to this count.

    Returns:
        Instants in microseconds, sorted.
    """
    if not window:
        return np.empty(0, dtype=np.int64)
    count = max(at_least, int(rng.poisson(rate_per_s * (window.end_s - window.start_s))))
    return np.sort(rng.integers(to_us(window.start_s), to_us(window.end_s), count))


def to_us(time_s: float) -> int:
    """Convert seconds to whole microseconds."""
    return round(time_s * MICROSECONDS)


def whole_cents(prices: Floats) -> Int64s:
    """Round prices in 1/10,000 USD to whole cents, one cent at the least."""
    cents: Int64s = np.rint(prices / CENT).astype(np.int64)
    return np.maximum(cents, 1) * CENT
