"""The orders and cancels of a workload, decided on what users may expect to own.

Users should mostly ask for what they can have, so a brokerage without delays is assumed:
market orders execute at the quote, waiting orders when a tick reaches their limit. The run
decides anew, in the actors; here nothing is promised.

Every buy brings a *lot* of shares, as every opening position does. A sell sells the user's
oldest lot that has come in and is not sold yet, whole; who has none buys instead. All buys of
a user are then scaled down by one factor if the cash would not last for them.
"""

from __future__ import annotations

import numpy as np

from simulation.plan import Plan
from simulation.prices.crossings import NEVER_US, Crossings
from simulation.streams import Streams
from simulation.workload.budget import fit_to_cash
from simulation.workload.cancels import Waiting, choose_targets
from simulation.workload.customers import Positions
from simulation.workload.draft import Draft, Market
from simulation.workload.lots import collect_lots, sell_lots
from simulation.workload.orders import Orders, draw_orders
from simulation.workload.workload import (
    BUY,
    CANCEL,
    DEPOSIT,
    NONE,
    PLACE_STOP,
    QUOTE,
    SELL,
    UNDO,
    Flags,
    Int64s,
)


def decide(
    plan: Plan, market: Market, positions: Positions, draft: Draft, streams: Streams
) -> None:
    """Fill in what is ordered and what is cancelled.

    A cancel of a user who has no waiting order becomes a quote, as does an undo of one who has
    no later deposit either.

    Args:
        plan: The run.
        market: Its prices and how popular its stocks are.
        positions: What the users bring along.
        draft: Who does what when, with amounts; the other columns are filled.
        streams: Randomness, a stream for each purpose.
    """
    profile = plan.users.profile
    crossings = Crossings(market.tape)
    orders = draw_orders(profile, market, draft, streams)
    wished = orders.sells.copy()
    orders.quote(np.flatnonzero(~orders.sells), market, crossings)

    # Cancelled buys bring no lots, sells need lots: so cancels of buys come first.
    cancels = np.flatnonzero((draft.operation == CANCEL) | (draft.operation == UNDO))
    for_buys = streams.get("cancels").random(len(cancels)) < profile.buy_share
    _cancel(orders, ~orders.sells, draft, cancels[for_buys])
    lots = collect_lots(positions, orders)
    sell_lots(orders, lots)
    late = orders.sells | wished
    orders.quote(np.flatnonzero(late), market, crossings)
    _cancel(orders, late, draft, cancels[draft.target[cancels] == NONE])

    _undo_deposits(draft, cancels[draft.target[cancels] == NONE])
    draft.operation[cancels[draft.target[cancels] == NONE]] = QUOTE
    fit_to_cash(profile, draft, positions, lots, orders)
    _write(orders, draft)


def _cancel(orders: Orders, which: Flags, draft: Draft, cancels: Int64s) -> None:
    """Let rows of cancels take out some waiting orders; those without one keep no target."""
    open_ = np.flatnonzero(which & orders.waits() & ~orders.excessive)
    waiting = Waiting(orders.user[open_], orders.at_us[open_], orders.executed_us[open_])
    chosen = choose_targets(draft.user[cancels], draft.at_us[cancels], waiting)
    cancels, targets = cancels[chosen != NONE], open_[chosen[chosen != NONE]]
    draft.target[cancels] = orders.row[targets]
    orders.cancelled_us[targets] = draft.at_us[cancels]


def _undo_deposits(draft: Draft, vain: Int64s) -> None:
    """Let undos that found no waiting order undo a deposit: the latest, but never the first."""
    undos = vain[draft.operation[vain] == UNDO]
    deposits = np.flatnonzero(draft.operation == DEPOSIT)
    _, first = np.unique(draft.user[deposits], return_index=True)
    later = np.delete(deposits, first)
    never = np.full(len(later), NEVER_US)
    made = Waiting(draft.user[later], draft.at_us[later], never)
    chosen = choose_targets(draft.user[undos], draft.at_us[undos], made)
    undos, targets = undos[chosen != NONE], later[chosen[chosen != NONE]]
    draft.target[undos] = targets
    draft.amount[undos] = draft.amount[targets]


def _write(orders: Orders, draft: Draft) -> None:
    draft.operation[orders.row[orders.stops()]] = PLACE_STOP
    draft.order_type[orders.row] = np.where(orders.sells, SELL, BUY)
    draft.symbol[orders.row] = orders.symbol
    draft.quantity[orders.row] = orders.quantity
    draft.limit_price[orders.row] = orders.limit_price
    draft.seen_price[orders.row] = orders.seen_price
