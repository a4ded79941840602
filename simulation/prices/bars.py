"""Prices that move like real days: a bridge through each day's open, high, low and close."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from simulation.plan import Plan
from simulation.prices.bar_table import Bar, StockDay, read_stock_days
from simulation.prices.tape import (
    MICROSECONDS,
    Floats,
    Int64s,
    PricesError,
    PriceTape,
    SymbolTicks,
    Window,
    join_ticks,
    market_hours,
    tick_times,
    to_us,
    trading_window,
    whole_cents,
)
from simulation.streams import Streams

FEWEST_TICKS: Final = 3  # the high, the low and the close, after the open


def bars_tape(plan: Plan, streams: Streams) -> PriceTape:
    """Make the prices of real stock-days, each on a stream of its own.

    A path spans the market's whole day; a run that is shorter sees its part of it.

    Raises:
        PricesError: The table is wrong, or has fewer stock-days than the plan asks for.
    """
    days = _listed(plan)
    hours, window = market_hours(plan), trading_window(plan)
    paths = [
        bar_path(
            day.bar, hours, plan.market.prices.ticks_per_s, streams.get(f"prices/{day.symbol}")
        ).within(window)
        for day in days
    ]
    return join_ticks([day.symbol for day in days], [day.name for day in days], paths)


def _listed(plan: Plan) -> list[StockDay]:
    days = read_stock_days(plan.market.prices.file)
    asked = plan.market.symbols
    if asked > len(days):
        what = too_few_days(asked, len(days), plan.market.prices.file)
        raise PricesError(f"market.symbols: {what}")
    return days[:asked]


def too_few_days(asked: int, available: int, file: Path | None) -> str:
    """Say that a table has fewer stock-days than stocks are asked for."""
    table = file or "the table of real bars"
    return (
        f"{asked} stocks asked for, but {table} has only {available} stock-days "
        "(one listed symbol each)"
    )


def bar_path(bar: Bar, hours: Window, ticks_per_s: float, rng: np.random.Generator) -> SymbolTicks:
    """Draw a day's path that opens, peaks, bottoms and closes as the bar says.

    Brownian bridges in the log price between these four points, folded back at the high and
    the low. Which of the two comes first, and when, is drawn. Their volatility is
    Parkinson's estimate from the range, `ln(high/low)**2 / (4 ln 2)` a day (J. Business
    53:61, 1980).

    Args:
        bar: The day.
        hours: From open to close on the run's clock.
        ticks_per_s: Mean ticks per second.
        rng: Source of randomness.

    Returns:
        Ticks in whole cents within [low, high]; the first is the open, at the opening; the
        last is the close.
    """
    at_us = tick_times(ticks_per_s, hours, rng, FEWEST_TICKS)
    at_us = np.concatenate(([to_us(hours.start_s)], at_us))
    points = _waypoints(bar, len(at_us), rng)
    day_share = (at_us - at_us[0]) / ((hours.end_s - hours.start_s) * MICROSECONDS)
    deviation = math.log(bar.high / bar.low) / math.sqrt(4 * math.log(2))
    path = _bridge(np.log(points.price), points.place, deviation, day_share, rng)
    prices = whole_cents(np.exp(_folded(path, math.log(bar.low), math.log(bar.high))))
    prices[points.place] = points.price
    return SymbolTicks(bar.open, at_us, np.clip(prices, bar.low, bar.high)).without_repeats()


class _Waypoints(NamedTuple):
    """Ticks whose price is given."""

    place: Int64s
    price: Int64s


def _waypoints(bar: Bar, ticks: int, rng: np.random.Generator) -> _Waypoints:
    turns = np.sort(rng.choice(np.arange(1, ticks - 1), 2, replace=False))
    extremes = (bar.high, bar.low) if rng.random() < 0.5 else (bar.low, bar.high)
    places = np.array([0, *turns, ticks - 1])
    return _Waypoints(places, np.array([bar.open, *extremes, bar.close], dtype=np.int64))


def _bridge(
    values: Floats, places: Int64s, deviation: float, time: Floats, rng: np.random.Generator
) -> Floats:
    """Draw Brownian bridges from waypoint to waypoint: `W(t) - line through W at waypoints`.

    Glasserman, Monte Carlo Methods in Financial Engineering, 2003, section 3.1.
    """
    steps = np.sqrt(np.diff(time, prepend=time[0])) * rng.standard_normal(len(time))
    walk = deviation * np.cumsum(steps)
    # Ticks may share an instant, so the line runs over their positions in time plus a trifle.
    position = time + np.arange(len(time)) * 1e-12
    bridge: Floats = walk + np.interp(position, position[places], values - walk[places])
    return bridge


def _folded(path: Floats, low: float, high: float) -> Floats:
    """Reflect a path at two walls until it lies between them."""
    width = high - low
    if width == 0:
        return np.full_like(path, low)
    beyond = np.mod(path - low, 2 * width)
    return low + np.minimum(beyond, 2 * width - beyond)
