"""What the customers of a small world do, and how its prices move, drawn from its seed."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import msgspec

from simulation.explore.draws import Draws
from simulation.explore.shapes import Basis, Shape
from simulation.explore.small_world import Market, Step, Tick

_MICROSECONDS: Final = 1_000_000
_OPERATIONS: Final = (
    ("place", 0.66), ("cancel", 0.78), ("deposit", 0.83), ("withdraw", 0.90),
    ("portfolio", 0.94), ("account", 0.97), ("quote", 1.0),
)  # fmt: skip
_AWAY_BP: Final = (-30, 10, 10, 50, 50, 200)
_CROWDED_LIMITS: Final = 0.9
_GAP_BP: Final = 1_500
_BASIS_POINTS: Final = 10_000


class Prices:
    """The prices of a small world over time.

    Args:
        opening: First price of each stock, 1/10,000 USD.
        ticks: By time.
    """

    def __init__(self, opening: tuple[int, ...], ticks: tuple[Tick, ...]) -> None:
        self._times = [[-1] for _ in opening]
        self._prices = [[price] for price in opening]
        for tick in ticks:
            self._times[tick.symbol].append(tick.at_us)
            self._prices[tick.symbol].append(tick.price)

    def at(self, symbol: int, at_us: int) -> int:
        """Return the price of a stock at an instant."""
        return self._prices[symbol][bisect_right(self._times[symbol], at_us) - 1]


def draw_ticks(draws: Draws, shape: Shape, market: Market) -> tuple[Tick, ...]:
    """Draw how prices move: small steps, and now and then a leap."""
    span_us = int(shape.span_s * 1.2 * _MICROSECONDS)
    prices = list(market.opening)
    ticks = []
    for at_us in sorted(draws.whole(0, span_us) for _ in range(shape.ticks)):
        symbol = draws.whole(0, len(prices) - 1)
        leap = _GAP_BP if draws.chance(shape.gap_share) else shape.moves_bp
        moved_bp = int(draws.between(-leap, leap))
        prices[symbol] = max(1, prices[symbol] * (_BASIS_POINTS + moved_bp) // _BASIS_POINTS)
        ticks.append(Tick(at_us, symbol, prices[symbol]))
    return tuple(ticks)


class Customers:
    """Draws what customers send.

    Args:
        draws: Where chance comes from.
        basis: The scenario's shares of buys, limit orders and excessive orders.
        shape: The character of the world.
        market: Its stocks.
        prices: What customers see.
        accounts: How many there are.
    """

    def __init__(
        self, draws: Draws, basis: Basis, shape: Shape, market: Market, prices: Prices,
        accounts: int,
    ) -> None:  # fmt: skip
        self._draws = draws
        self._basis = basis
        self._shape = shape
        self._market = market
        self._prices = prices
        self._accounts = accounts
        self._steps: list[Step] = []
        self._orders: list[Step] = []
        self._next_id = 0

    def draw(self) -> tuple[Step, ...]:
        """Draw everything that all customers send, by time."""
        for account in range(1, self._accounts + 1):
            self._fund(account)
        span_us = int(self._shape.span_s * _MICROSECONDS)
        while len(self._steps) < self._shape.commands:
            self._act(self._draws.whole(1_000, span_us))
        return tuple(sorted(self._steps, key=lambda step: step.at_us))

    def _add(self, step: Step) -> Step:
        """Take a step; an impatient customer sends it twice."""
        draws = self._draws
        self._steps.append(step)
        if draws.chance(self._shape.double_clicks):
            self._steps.append(
                msgspec.structs.replace(step, at_us=step.at_us + draws.whole(0, 2_000))
            )
        if draws.chance(self._shape.altered):
            self._steps.append(self._altered(step))
        return step

    def _altered(self, step: Step) -> Step:
        """Return another command under the same id, as a faulty client might send it."""
        later_us = step.at_us + self._draws.whole(0, 5_000)
        return msgspec.structs.replace(
            step, at_us=later_us, quantity=step.quantity and step.quantity + 1,
            amount=step.amount and step.amount + 1,
        )  # fmt: skip

    def _id(self) -> int:
        self._next_id += 1
        return self._next_id

    def _fund(self, account: int) -> None:
        """Let an account begin with cash and with shares of some stocks."""
        draws, market = self._draws, self._market
        dearest = max(market.opening)
        most = 60 if self._shape.is_tight else 2_000
        amount = dearest * draws.whole(10, most)
        self._add(Step(draws.whole(0, 900), self._id(), account, "deposit", amount=amount))
        for symbol, price in enumerate(market.opening):
            if draws.chance(0.6):
                quantity = draws.whole(1, most)
                at_us = draws.whole(0, 900)
                self._add(
                    Step(at_us, self._id(), account, "transfer", symbol, quantity=quantity,
                         amount=quantity * draws.whole(1, price))
                )  # fmt: skip

    def _act(self, at_us: int) -> None:
        draws = self._draws
        account, chance = draws.whole(1, self._accounts), draws.share()
        operation = next(name for name, upto in _OPERATIONS if chance < upto)
        match operation:
            case "place":
                self._place(at_us, account)
            case "cancel" if self._orders:
                self._cancel(draws.pick(self._orders), at_us)
            case "deposit" | "withdraw":
                amount = self._market.opening[0] * draws.whole(1, 40)
                self._add(Step(at_us, self._id(), account, operation, amount=amount))
            case "quote":
                symbol = draws.whole(0, len(self._market.opening) - 1)
                self._add(Step(at_us, self._id(), account, operation, symbol))
            case "portfolio" | "account":
                self._add(Step(at_us, self._id(), account, operation))
            case _:
                self._place(at_us, account)

    def _place(self, at_us: int, account: int) -> None:
        draws, shape = self._draws, self._shape
        symbol = draws.whole(0, len(self._market.opening) - 1)
        is_buy = draws.chance(self._basis.buy_share)
        order = self._order(at_us, account, symbol, is_buy=is_buy)
        if draws.chance(shape.conflicts):
            self._order(at_us + draws.whole(0, 300), account, symbol, is_buy=not is_buy)
        if draws.chance(shape.hasty_cancels):
            self._cancel(order, at_us + draws.whole(0, 3_000))

    def _cancel(self, order: Step, at_us: int) -> None:
        at_us = max(at_us, order.at_us)
        self._add(Step(at_us, self._id(), order.account, "cancel", target=order.command_id))

    def _order(self, at_us: int, account: int, symbol: int, *, is_buy: bool) -> Step:
        draws = self._draws
        seen_us = at_us - draws.pick((0, 0, 2_000, 500_000))
        seen = self._prices.at(symbol, seen_us)
        quantity = draws.whole(1, 40)
        if draws.chance(self._basis.excess_share):
            quantity *= 1_000
        is_crowded = self._shape.is_crowded
        is_limit = draws.chance(_CROWDED_LIMITS if is_crowded else self._basis.limit_share)
        limit = self._limit(seen, is_buy=is_buy) if is_limit else 0
        order = self._add(
            Step(
                at_us, self._id(), account, "place", symbol, "BUY" if is_buy else "SELL",
                "LIMIT" if is_limit else "MARKET", quantity, limit, 0 if is_limit else seen,
            )
        )  # fmt: skip
        self._orders.append(order)
        return order

    def _limit(self, seen: int, *, is_buy: bool) -> int:
        """Draw a limit that mostly waits for the price, and is often one of a few round ones."""
        if self._shape.is_crowded:
            seen = self._market.opening[0]
        away_bp = self._draws.pick((50, 100) if self._shape.is_crowded else _AWAY_BP)
        offset = seen * away_bp // _BASIS_POINTS
        return max(1, seen - offset if is_buy else seen + offset)
