"""How long shares were held, and what accounts gained: from the transactions alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from reports.findings import Findings
from reports.moves import Moves, sums_by
from reports.tables import Integers, Table
from simulation.metric_names import PROFIT

PROFIT_EDGES: Final = tuple(10_000 * 10**power for power in range(1, 6))  # $10 to $100,000


class Lots(NamedTuple):
    """Shares that were bought at once and sold at once, as one row each.

    Attributes:
        shares: How many.
        held_us: How long.
        held: Shares bought in the run and not sold.
        unknown: Shares sold that nobody knows the purchase of.
    """

    shares: Integers
    held_us: Integers
    held: int
    unknown: int


class _Side(NamedTuple):
    """Rows that add shares to positions, or take some away, as spans of one long line of shares.

    Every position has its own stretch of that line, as long as the shares that ever were in it;
    what comes first takes the first shares, so spans that overlap belong together.
    """

    rows: Integers
    starts: Integers
    ends: Integers

    def at(self, points: Integers) -> Integers:
        """Return the row whose span covers each point; -1 for none."""
        if not len(self.rows):
            return np.full(len(points), -1)
        places = np.searchsorted(self.starts, points, side="right") - 1
        covered = (places >= 0) & (points < self.ends[places])
        return np.where(covered, self.rows[places], -1)


def lots_of(moves: Moves) -> Lots:
    """Match buys and sells of each position, first in, first out.

    Shares that were there before what is recorded stand in front: they are sold first.
    """
    came, went = moves.buys | moves.transfers, moves.sells
    positions = moves.positions
    added = positions.sums(np.where(came, moves.quantity, 0))
    before = _missing(moves, np.where(came, moves.quantity, np.where(went, -moves.quantity, 0)))
    stretch = np.cumsum(added + before) - (added + before)
    inward = _side(moves, np.flatnonzero(came), stretch + before)
    outward = _side(moves, np.flatnonzero(went), stretch)
    edges = np.concatenate([inward.starts, inward.ends, outward.starts, outward.ends])
    edges.sort(kind="stable")  # four sorted runs, which are merged
    points = edges[np.diff(edges, append=-1) != 0]
    bought, sold = inward.at(points[:-1]), outward.at(points[:-1])
    shares = np.diff(points)
    is_bought = (bought >= 0) & moves.buys[bought]
    closed = is_bought & (sold >= 0)
    return Lots(
        shares[closed],
        moves.at_us[sold[closed]] - moves.at_us[bought[closed]],
        int(shares[is_bought & (sold < 0)].sum()),
        int(shares[~is_bought & (sold >= 0)].sum()),
    )


def _missing(moves: Moves, changes: Integers) -> Integers:
    """Return how many shares each position must have had before, so as never to fall below 0."""
    of_row = moves.positions.of_row
    order = np.argsort(of_row, kind="stable")
    if not len(order):
        return changes
    running = np.cumsum(changes[order])
    firsts = np.flatnonzero(np.diff(of_row[order], prepend=-1))
    fallen: Integers = (running - changes[order])[firsts] - np.minimum.reduceat(running, firsts)
    return np.maximum(fallen, 0)


def _side(moves: Moves, rows: Integers, firsts: Integers) -> _Side:
    """Lay the shares of some rows behind one another, from the first place of their position."""
    of_row = moves.positions.of_row
    rows = rows[np.argsort(of_row[rows], kind="stable")]
    quantity, position = moves.quantity[rows], of_row[rows]
    ends = np.cumsum(quantity)
    firsts_here = np.flatnonzero(np.diff(position, prepend=-1))
    lengths = np.diff(firsts_here, append=len(rows))
    offsets = firsts[position[firsts_here]] - (ends - quantity)[firsts_here]
    ends += np.repeat(offsets, lengths)
    return _Side(rows, ends - quantity, ends)


def add_holding(moves: Moves, findings: Findings) -> None:
    """Add how long shares were held, and how many are left out of that."""
    if not moves.executions.any():
        return
    lots = lots_of(moves)
    findings.add_times("holding", lots.held_us, lots.shares)
    findings.metrics["holding.shares_sold"] = int(lots.shares.sum())
    findings.metrics["holding.shares_held"] = lots.held
    findings.metrics["holding.shares_of_unknown_age"] = lots.unknown


class Profits(NamedTuple):
    """Profit by account, in 1/10,000 USD; which of them sold shares, and which still hold some."""

    realised: Integers
    unrealised: Integers
    sold: Any
    holds: Any


def profits_of(moves: Moves, prices: Mapping[str, int]) -> Profits | None:
    """Return what each account gained; None where a share that is held has no known price.

    A sale takes its proceeds less its realised profit from the cost of the position, so what
    is left of the cost is exact, whatever the average was rounded to.
    """
    positions, accounts = moves.positions, len(moves.account.words)
    trade = np.where(moves.transfers, moves.cost, -moves.amount) + moves.realised
    moved = np.where(moves.executions | moves.transfers, trade, 0)
    sign = np.where(moves.sells, -1, np.where(moves.buys | moves.transfers, 1, 0))
    shares, cost = positions.sums(moves.quantity * sign), positions.sums(moved)
    price = np.array([prices.get(symbol, -1) for symbol in moves.symbol.words], np.int64)
    held = shares > 0
    if (price[positions.symbol[held]] < 0).any():
        return None
    gained = (shares * price[positions.symbol] - cost)[held]
    return Profits(
        sums_by(moves.account.codes, moves.realised, accounts),
        sums_by(positions.account[held], gained, accounts),
        np.bincount(moves.account.codes[moves.sells], minlength=accounts) > 0,
        np.bincount(positions.account[held], minlength=accounts) > 0,
    )


def last_prices(folder: Path, opening: Mapping[str, int]) -> dict[str, int]:
    """Return the price of each symbol after its last tick; without one, the opening price."""
    table = Table(folder, "prices")
    symbol, number, price = table.words("symbol"), table.numbers("number"), table.numbers("price")
    order = np.argsort(number, kind="stable")
    last = dict(opening)
    codes, prices = symbol.codes[order], price[order]
    last_rows = np.zeros(len(symbol.words), np.int64)
    last_rows[codes] = np.arange(len(codes))  # of the rows of one symbol the last one stays
    last |= dict(zip(symbol.words, prices[last_rows].tolist(), strict=True))
    return last


def add_profits(
    moves: Moves, prices: Mapping[str, int], findings: Findings
) -> dict[str, list[int]]:
    """Add what accounts gained; return how many lie between `PROFIT_EDGES`, for the figure."""
    profits = profits_of(moves, prices)
    if profits is None:
        return {}
    realised, unrealised = profits.realised[profits.sold], profits.unrealised[profits.holds]
    findings.add_money("profit.realised", realised, PROFIT)
    findings.add_money("profit.unrealised", unrealised, PROFIT)
    concerned = profits.sold | profits.holds
    users = moves.user_of_account
    gains = sums_by(users, profits.realised + profits.unrealised, int(users.max(initial=-1)) + 1)
    own = np.unique(users[concerned])
    findings.add_share("profit.users_share", int((gains[own] > 0).sum()), len(own))
    return {"realised": _bins(realised), "unrealised": _bins(unrealised)}


def _bins(profits: Integers) -> list[int]:
    """Count losses and profits by their size; the bin in the middle is for those below $10."""
    edges = np.array(PROFIT_EDGES)
    bins = np.sign(profits) * np.searchsorted(edges, np.abs(profits), side="right")
    counts: list[int] = np.bincount(bins + len(edges), minlength=2 * len(edges) + 1).tolist()
    return counts
