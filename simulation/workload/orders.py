"""The table of all orders of a workload while they are decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulation.plan import Profile
from simulation.prices.crossings import NEVER_US, Crossings
from simulation.prices.tape import CENT
from simulation.streams import Streams
from simulation.workload.draft import Draft, Market
from simulation.workload.order_sizes import order_sizes
from simulation.workload.popularity import sample
from simulation.workload.workload import (
    NONE,
    PLACE_LIMIT,
    PLACE_MARKET,
    Flags,
    Floats,
    Int32s,
    Int64s,
)

LARGEST_OFFSET: Final = 0.5
NEAREST_STOP: Final = 0.000_1


@dataclass(slots=True, eq=False)
class Orders:
    """Orders sorted by time; every column has shape (orders,).

    Attributes:
        row: Row in the workload.
        user: Number of the user, from 1.
        at_us: When it is placed.
        sells: Whether it is a sell.
        excessive: Whether it is to be for more than the user has.
        offset: Distance of the limit from the quote as a share of it, negative for one that
            crosses it; not a number for a market order.
        symbol: The stock.
        quantity: Shares.
        seen_price: The quote when it is placed.
        limit_price: 0 for a market order.
        executed_us: When it is expected to execute, `NEVER_US` for never.
        cancelled_us: When it is cancelled, `NEVER_US` for never.
        lot: Index of the lot that a sell sells, -1 for a buy.
        stop: Distance from the quote at which it is sold, were it a sell, as a share of the
            quote; not a number for an order that is no stop order in any case.
    """

    row: Int64s
    user: Int32s
    at_us: Int64s
    sells: Flags
    excessive: Flags
    offset: Floats
    symbol: Int64s
    quantity: Int64s
    seen_price: Int64s
    limit_price: Int64s
    executed_us: Int64s
    cancelled_us: Int64s
    lot: Int64s
    stop: Floats

    def __len__(self) -> int:
        return len(self.row)

    def stops(self) -> Flags:
        """Tell which are stop orders: sells that wait for the price to fall."""
        return self.sells & ~self.excessive & ~np.isnan(self.stop)

    def waits(self) -> Flags:
        """Tell which orders wait for the price instead of executing at once."""
        return self.executed_us > self.at_us

    def quote(self, some: Int64s, market: Market, crossings: Crossings) -> None:
        """Set quotes, limits and expected executions of some orders from symbol and side."""
        seen = market.tape.price_at(self.symbol[some], self.at_us[some])
        self.seen_price[some] = seen
        self.executed_us[some] = self.at_us[some]
        self.limit_price[some] = 0
        limited = ~np.isnan(self.offset[some])
        self._limit(some[limited], seen[limited], crossings)
        stopped = self.stops()[some]
        self._stop(some[stopped], seen[stopped], crossings)

    def _stop(self, some: Int64s, seen: Int64s, crossings: Crossings) -> None:
        cents = np.floor(seen / CENT * (1.0 - self.stop[some])).astype(np.int64)
        trigger = np.maximum(cents, 1) * CENT
        self.limit_price[some] = trigger
        self.executed_us[some] = crossings.first_at_or_below(
            self.symbol[some], self.at_us[some], trigger
        )

    def _limit(self, some: Int64s, seen: Int64s, crossings: Crossings) -> None:
        signed = np.where(self.sells[some], self.offset[some], -self.offset[some])
        cents = np.rint(seen / CENT * (1.0 + signed)).astype(np.int64)
        limit = np.maximum(cents, 1) * CENT
        self.limit_price[some] = limit
        sells = self.sells[some]
        for waiting, reach in (
            (~sells & (limit < seen), crossings.first_at_or_below),
            (sells & (limit > seen), crossings.first_at_or_above),
        ):
            chosen = some[waiting]
            self.executed_us[chosen] = reach(
                self.symbol[chosen], self.at_us[chosen], limit[waiting]
            )


def draw_orders(profile: Profile, market: Market, draft: Draft, streams: Streams) -> Orders:
    """Draw what users would like to order, each order as it if were alone."""
    operation = draft.operation
    row = np.flatnonzero((operation == PLACE_MARKET) | (operation == PLACE_LIMIT))
    count = len(row)
    return Orders(
        row=row,
        user=draft.user[row],
        at_us=draft.at_us[row],
        sells=streams.get("sides").random(count) >= profile.buy_share,
        excessive=streams.get("excesses").random(count) < profile.excess_share,
        offset=_offsets(profile, operation[row] == PLACE_LIMIT, streams.get("limits")),
        symbol=sample(market.popularity, count, streams.get("symbols")),
        quantity=order_sizes(profile, count, streams.get("sizes")),
        seen_price=np.zeros(count, dtype=np.int64),
        limit_price=np.zeros(count, dtype=np.int64),
        executed_us=np.full(count, NEVER_US),
        cancelled_us=np.full(count, NEVER_US),
        lot=np.full(count, NONE, dtype=np.int64),
        stop=_stops(profile, operation[row] == PLACE_MARKET, streams.get("stops")),
    )


def _stops(profile: Profile, unlimited: Flags, rng: np.random.Generator) -> Floats:
    """Draw how far below the quote stop orders wait: as limits do, and a basis point at least."""
    chosen = unlimited & (rng.random(len(unlimited)) < profile.stop_share)
    distance = rng.exponential(profile.limit_offset_bp / 10_000, len(unlimited))
    return np.where(chosen, np.clip(distance, NEAREST_STOP, LARGEST_OFFSET), np.nan)


def _offsets(profile: Profile, limited: Flags, rng: np.random.Generator) -> Floats:
    """Draw distances of limits from the quote: exponential, most of them passive."""
    distance = rng.exponential(profile.limit_offset_bp / 10_000, len(limited))
    crossing = rng.random(len(limited)) < profile.marketable_share
    signed = np.where(crossing, -1.0, 1.0) * np.minimum(distance, LARGEST_OFFSET)
    return np.where(limited, signed, np.nan)
