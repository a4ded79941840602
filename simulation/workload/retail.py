"""The `retail` workload: what the customers of an online brokerage do on a trading day."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulation.plan import Plan
from simulation.prices.tape import PriceTape
from simulation.streams import Streams
from simulation.workload.customers import DOLLAR, Customers, draw_customers
from simulation.workload.decisions import decide
from simulation.workload.draft import Draft, Market
from simulation.workload.errands import Errands
from simulation.workload.popularity import sample, zipf_weights
from simulation.workload.queries import draw_queries
from simulation.workload.schedule import make_schedule
from simulation.workload.workload import (
    DEPOSIT,
    NONE,
    PLACE_LIMIT,
    PLACE_MARKET,
    QUOTE,
    SEARCH,
    TRANSFER,
    UNWATCH,
    WATCH,
    WITHDRAW,
    Floats,
    Int64s,
    Workload,
    WorkloadError,
)

MOST_USERS: Final = 2**31 - 1
LATER_DEPOSITS: Final = (0.05, 0.5)  # least and largest share of the first deposit
WITHDRAWALS: Final = (0.01, 0.1)
FREE_WITHDRAWALS: Final = 3  # more of them by one user are the smaller


def make_workload(plan: Plan, tape: PriceTape, streams: Streams) -> Workload:
    """Generate the commands of a run: the set-up of every user, then its loads.

    Stocks are popular in the order in which the tape lists them.

    Args:
        plan: The run.
        tape: Its prices; users see the last one at or before their command.
        streams: Randomness, a stream for each purpose.

    Raises:
        WorkloadError: The plan asks for what cannot be, such as a load beyond the run's end.
    """
    users = plan.users.count
    if not 1 <= users <= MOST_USERS:
        raise WorkloadError(f"users.count: {users} is out of range; it must be 1 to {MOST_USERS:,}")
    popularity = zipf_weights(len(tape.symbols), plan.users.profile.zipf_slope)
    customers = draw_customers(plan, tape, popularity, streams)
    schedule = make_schedule(plan, streams, customers.activity, customers.positions.each)
    draft = Draft.of(schedule)
    market = Market(tape, popularity)
    _choose_price_types(plan, draft, streams)
    _fill_set_up(draft, customers)
    _fill_amounts(draft, customers, streams)
    decide(plan, market, customers.positions, draft, streams)
    errands = Errands(plan, market, draft, streams)
    _fill_quotes(draft, market, streams)
    return _finished(draft, errands, market, streams)


def _choose_price_types(plan: Plan, draft: Draft, streams: Streams) -> None:
    orders = np.flatnonzero(draft.operation == PLACE_MARKET)
    limited = streams.get("price types").random(len(orders)) < plan.users.profile.limit_share
    draft.operation[orders[limited]] = PLACE_LIMIT


def _fill_set_up(draft: Draft, customers: Customers) -> None:
    rows = np.flatnonzero(draft.operation == TRANSFER)
    rows = rows[np.argsort(draft.user[rows], kind="stable")]
    draft.symbol[rows] = customers.positions.symbol
    draft.quantity[rows] = customers.positions.quantity
    draft.amount[rows] = customers.positions.cost


def _fill_amounts(draft: Draft, customers: Customers, streams: Streams) -> None:
    """Draw deposits and withdrawals; the latter stay far below the first deposit in sum."""
    rng = streams.get("amounts")
    deposits = np.flatnonzero(draft.operation == DEPOSIT)
    whole = customers.deposit[draft.user[deposits] - 1]
    draft.amount[deposits] = _whole_dollars(whole * rng.uniform(*LATER_DEPOSITS, len(deposits)))
    _, first = np.unique(draft.user[deposits], return_index=True)
    draft.amount[deposits[first]] = customers.deposit

    withdrawals = np.flatnonzero(draft.operation == WITHDRAW)
    users = draft.user[withdrawals]
    often = np.maximum(np.bincount(users, minlength=len(customers.deposit) + 1), FREE_WITHDRAWALS)
    shares = rng.uniform(*WITHDRAWALS, len(withdrawals)) * FREE_WITHDRAWALS / often[users]
    draft.amount[withdrawals] = _whole_dollars(customers.deposit[users - 1] * shares)


def _whole_dollars(amounts: Floats) -> Int64s:
    dollars: Int64s = np.maximum(np.rint(amounts / DOLLAR), 1).astype(np.int64)
    return dollars * DOLLAR


def _fill_quotes(draft: Draft, market: Market, streams: Streams) -> None:
    rows = np.flatnonzero(draft.operation == QUOTE)
    draft.symbol[rows] = sample(market.popularity, len(rows), streams.get("quotes"))
    rows = np.flatnonzero((draft.operation == WATCH) | (draft.operation == UNWATCH))
    draft.symbol[rows] = sample(market.popularity, len(rows), streams.get("watching"))


def _finished(draft: Draft, errands: Errands, market: Market, streams: Streams) -> Workload:
    tape = market.tape
    searches = np.flatnonzero(draft.operation == SEARCH)
    rng = streams.get("queries")
    drawn = draw_queries(tape.symbols, tape.names, market.popularity, len(searches), rng)
    query = np.full(len(draft.at_us), NONE, dtype=np.int32)
    query[searches] = drawn.numbers
    return Workload(
        intended_us=draft.at_us,
        user=draft.user,
        account=errands.account,
        operation=draft.operation,
        symbol=draft.symbol,
        order_type=draft.order_type,
        quantity=draft.quantity,
        limit_price=draft.limit_price,
        seen_price=draft.seen_price,
        amount=draft.amount,
        target=draft.target,
        command_id=np.arange(len(draft.at_us), dtype=np.int64),
        query=query,
        detail=errands.detail,
        queries=drawn.texts,
        details=errands.details,
        symbols=tape.symbols,
    )
