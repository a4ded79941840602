"""Prices that walk at random: geometric Brownian motion."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np

from simulation.plan import Plan, PricesPlan
from simulation.prices.tape import (
    HIGHEST_PRICE,
    MICROSECONDS,
    Floats,
    Int64s,
    PriceTape,
    SymbolTicks,
    Window,
    join_ticks,
    tick_times,
    trading_window,
    whole_cents,
)
from simulation.streams import Streams

TRADING_YEAR_S: Final = 252 * 23_400
"""Seconds of trade in a year: 252 days of six and a half hours."""

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST_WORDS: Final = (
    "Amber", "Birch", "Cedar", "Delta", "Ember", "Falcon", "Garnet", "Harbor", "Indigo",
    "Juniper", "Keystone", "Lantern", "Meridian", "Northern", "Orchard", "Pioneer", "Quarry",
)  # fmt: skip
_SECOND_WORDS: Final = (
    "Airlines", "Bank", "Chemicals", "Drilling", "Energy", "Foods", "Glass", "Health",
    "Insurance", "Logistics", "Motors", "Networks", "Optics", "Paper", "Robotics", "Steel",
)  # fmt: skip


def walk_tape(plan: Plan, streams: Streams) -> PriceTape:
    """Make invented stocks whose prices walk at random, each on a stream of its own."""
    symbols = [walk_symbol(number) for number in range(plan.market.symbols)]
    names = [walk_name(number) for number in range(plan.market.symbols)]
    window = trading_window(plan)
    paths = [
        _path(plan.market.prices, window, streams.get(f"prices/{symbol}")) for symbol in symbols
    ]
    return join_ticks(symbols, names, paths)


def walk_symbol(number: int) -> str:
    """Name an invented stock: AAAA, BAAA, ..., so that first letters tell stocks apart."""
    return "".join(_LETTERS[number // 26**power % 26] for power in range(4))


def walk_name(number: int) -> str:
    """Name its company; 272 names, after which a number tells them apart."""
    names = itertools.product(_SECOND_WORDS, _FIRST_WORDS)
    again, place = divmod(number, len(_FIRST_WORDS) * len(_SECOND_WORDS))
    second, first = next(itertools.islice(names, place, None))
    return f"{first} {second} Corp." if not again else f"{first} {second} {again + 1} Corp."


def _path(prices: PricesPlan, window: Window, rng: np.random.Generator) -> SymbolTicks:
    opening = int(whole_cents(np.array([prices.start_price]))[0])
    at_us = tick_times(prices.ticks_per_s, window, rng)
    elapsed_s = at_us / MICROSECONDS - window.start_s
    walk = brownian_prices(opening, prices.drift, prices.volatility, elapsed_s, rng)
    return SymbolTicks(opening, at_us, walk).without_repeats()


def brownian_prices(
    start_price: int,
    drift: float,
    volatility: float,
    elapsed_s: Floats,
    rng: np.random.Generator,
) -> Int64s:
    """Draw a path of geometric Brownian motion at given instants.

    `S(t) = S(0) exp(drift t + volatility W(t))` with a standard Wiener process W and t in
    trading years: the exact solution, no time step (Glasserman, Monte Carlo Methods in
    Financial Engineering, 2003, section 3.2.1; `drift` is its mu - sigma**2 / 2).

    Args:
        start_price: Price at time 0, 1/10,000 USD.
        drift: Mean of a year's log return.
        volatility: Standard deviation of a year's log return, not negative.
        elapsed_s: Seconds of trade since the start, sorted.
        rng: Source of randomness.

    Returns:
        Prices in whole cents, 1/10,000 USD.
    """
    years = elapsed_s / TRADING_YEAR_S
    steps = np.sqrt(np.diff(years, prepend=0.0)) * rng.standard_normal(len(years))
    log_return = drift * years + volatility * np.cumsum(steps)
    ceiling = np.log(HIGHEST_PRICE / start_price)
    return whole_cents(start_price * np.exp(np.minimum(log_return, ceiling)))
