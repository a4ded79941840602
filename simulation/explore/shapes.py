"""What kind of small world a seed stands for: few or many, calm or wild, tight or ample."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from actors.domain.market_hours import ALWAYS_OPEN, Hours, MarketHours, TradingCalendar
from simulation.explore.draws import Draws
from simulation.explore.small_world import Machines, Market
from simulation.plan import Plan

_MICROSECONDS: Final = 1_000_000
_INNER: Final = (0.25, 0.75)
_LEAST_EXCESS: Final = 0.01
_SPANS_S: Final = (0.05, 0.5, 4.0, 30.0, 120.0)
_SPEEDS: Final = (1.0, 1.0, 0.1, 0.01)
_COMMITS_S: Final = (0.0, 0.0, 0.001, 0.02)
_MAILBOXES: Final = (100_000, 100_000, 100_000, 6)
_DOORS: Final = (10_000, 10_000, 10_000, 3)


class Basis(Struct, frozen=True):
    """What small worlds take over from the scenario that they are derived from.

    Attributes:
        accounts: Most accounts of a small world, 2 to 5.
        symbols: Most stocks, 1 to 3.
        start_price: About where prices begin, 1/10,000 USD.
        buy_share, limit_share, excess_share: Of the profile.
        collar_bp, nodes, workers, client_delay_s, node_delay_s: Of the market and the cluster.
    """

    name: str
    accounts: int
    symbols: int
    start_price: int
    buy_share: float
    limit_share: float
    excess_share: float
    collar_bp: int
    nodes: int
    workers: int
    client_delay_s: float
    node_delay_s: float


def basis_of(plan: Plan) -> Basis:
    """Return what small worlds take over from a scenario.

    Its shares are kept away from 0 and 1, so that every situation can come up in any scenario.
    """
    profile, cluster = plan.users.profile, plan.cluster
    return Basis(
        plan.name, max(2, min(5, plan.users.count)), min(3, plan.market.symbols),
        plan.market.prices.start_price, _inner(profile.buy_share), _inner(profile.limit_share),
        max(_LEAST_EXCESS, profile.excess_share), plan.market.collar_bp, min(2, cluster.nodes),
        min(2, cluster.workers), cluster.client_delay_s, cluster.node_delay_s,
    )  # fmt: skip


def _inner(share: float) -> float:
    return max(_INNER[0], min(_INNER[1], share))


class Shape(Struct, frozen=True):
    """The character of one small world.

    Attributes:
        span_s: Over which customers send.
        commands: About how many.
        is_tight: Funds cover a few orders only.
        double_clicks: Share of commands that are sent twice at once.
        hasty_cancels: Share of orders that are followed by their cancel at once.
        conflicts: Share of orders that are followed by one to the contrary at once.
        altered: Share of commands whose id is used again for something else.
        moves_bp: How far a tick moves a price, in basis points.
        gap_share: Share of ticks that leap beyond every collar.
        ticks: How many there are.
        is_crowded: Most orders are limit orders for one stock at a few round prices.
    """

    span_s: float
    commands: int
    is_tight: bool
    double_clicks: float
    hasty_cancels: float
    conflicts: float
    altered: float
    moves_bp: int
    gap_share: float
    ticks: int
    is_crowded: bool


def draw_shape(draws: Draws) -> Shape:
    """Draw the character of a small world."""
    is_crowded = draws.chance(0.25)
    return Shape(
        is_crowded=is_crowded,
        span_s=draws.pick(_SPANS_S),
        commands=draws.pick((10, 16, 24, 36, 48)),
        is_tight=draws.chance(0.4),
        double_clicks=draws.pick((0.0, 0.0, 0.3)),
        hasty_cancels=draws.pick((0.0, 0.2, 0.6)),
        conflicts=draws.pick((0.0, 0.0, 0.4)),
        altered=draws.pick((0.0, 0.0, 0.0, 0.1)),
        moves_bp=draws.pick((100, 300) if is_crowded else (20, 100, 300)),
        gap_share=draws.pick((0.0, 0.0, 0.3)),
        ticks=draws.pick((3, 6) if is_crowded else (0, 6, 20, 40)),
    )


def draw_machines(draws: Draws, basis: Basis) -> Machines:
    """Draw the machines: from quick ones to a single slow one with a slow disk."""
    machines = Machines(
        nodes=draws.pick((1, basis.nodes, 2)),
        workers=draws.pick((1, basis.workers, 2)),
        speed=draws.pick(_SPEEDS),
        mailbox_capacity=draws.pick(_MAILBOXES),
        client_delay_s=basis.client_delay_s,
        node_delay_s=basis.node_delay_s,
        commit_s=draws.pick(_COMMITS_S),
        snapshots=draws.chance(0.5),
        is_encoded=draws.chance(0.2),
    )
    drops_oldest = machines.mailbox_capacity == min(_MAILBOXES) and draws.chance(0.5)
    return replace(machines, drops_oldest=drops_oldest)


def draw_market(draws: Draws, basis: Basis, shape: Shape) -> Market:
    """Draw the stocks, their first prices, and when the market opens and closes."""
    opening = tuple(
        max(100, int(basis.start_price * draws.between(0.05, 3.0)))
        for _ in range(1 if shape.is_crowded else draws.whole(1, basis.symbols))
    )
    return Market(opening, _draw_hours(draws, shape), basis.collar_bp, draws.pick(_DOORS))


def _draw_hours(draws: Draws, shape: Shape) -> MarketHours:
    """Draw a market that is open all the time, or that closes while orders come in."""
    span_us = int(shape.span_s * _MICROSECONDS)
    if draws.chance(0.6):
        return ALWAYS_OPEN
    opens_us = -_MICROSECONDS if draws.chance(0.7) else int(span_us * draws.between(0.0, 0.2))
    return MarketHours(opens_us, int(span_us * draws.between(0.3, 1.1)) + 1_000)


def draw_sessions(draws: Draws, shape: Shape, hours: Hours) -> Hours:
    """Draw a market that takes limit orders before it opens, for one session or for two.

    A fifth of all worlds have one; the others keep their hours.
    """
    if not draws.chance(0.2):
        return hours
    span_us = int(shape.span_s * _MICROSECONDS)
    opens_us = 1 + int(span_us * draws.between(0.1, 0.4))
    closes_us = opens_us + 1_000 + int(span_us * draws.between(0.1, 0.4))
    sessions = [MarketHours(opens_us, closes_us)]
    if draws.chance(0.6):
        again_us = closes_us + int(span_us * draws.between(0.0, 0.2))
        sessions.append(MarketHours(again_us, again_us + 1_000 + int(span_us * draws.share())))
    return TradingCalendar(tuple(sessions), early_limits=draws.chance(0.8))
