"""Who does which operation when, before it is known with which stock and how many shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from simulation.plan import LoadPlan, Plan, Profile
from simulation.records import OPERATIONS
from simulation.streams import Streams
from simulation.workload.arrivals import intraday, poisson, ramp
from simulation.workload.popularity import sample
from simulation.workload.workload import (
    BALANCE,
    CANCEL,
    CLOSE_ACCOUNT,
    DEPOSIT,
    INTRUDE,
    LOGIN,
    LOGOUT,
    OPEN_ACCOUNT,
    ORDER_SEARCH,
    PLACE_MARKET,
    PORTFOLIO,
    PREFER,
    PREFERENCES,
    PRICE_HISTORY,
    QUOTE,
    REMOVE_ALERT,
    SEARCH,
    SET_ALERT,
    TRANSACTIONS,
    TRANSFER,
    UNDO,
    UNWATCH,
    WATCH,
    WATCHLIST,
    WITHDRAW,
    Flags,
    Floats,
    Int8s,
    Int32s,
    Int64s,
    WorkloadError,
)

OTHER_OPERATIONS: Final = (
    QUOTE, SEARCH, PORTFOLIO, DEPOSIT, WITHDRAW, CANCEL, WATCH, UNWATCH, WATCHLIST, UNDO,
    BALANCE, PRICE_HISTORY, PREFERENCES, SET_ALERT, REMOVE_ALERT, PREFER, OPEN_ACCOUNT,
    CLOSE_ACCOUNT, ORDER_SEARCH, TRANSACTIONS, INTRUDE,
)  # fmt: skip
SET_UP_SHARE: Final = 0.8  # of the warm-up; the rest lets the last answers come
MICROSECONDS: Final = 1_000_000


class Schedule(NamedTuple):
    """Commands to be: instants in microseconds, users from 1, operations; shape (commands,).

    Every order stands as `place_market`; whether it has a limit is drawn later.
    """

    at_us: Int64s
    user: Int32s
    operation: Int8s


def make_schedule(plan: Plan, streams: Streams, activity: Floats, positions: Int64s) -> Schedule:
    """Draw the whole schedule of a run, sorted by time.

    Args:
        plan: The run.
        streams: Randomness; each load has streams of its own.
        activity: Weight of each user in single operations, shape (users,).
        positions: Opening positions of each user, which need a transfer each.

    Raises:
        WorkloadError: A load lasts longer than the run, lacks a total, or names an operation
            that is not one of `OTHER_OPERATIONS`.
    """
    parts = [_set_up(plan, positions, streams.get("set-up"))]
    for number, load in enumerate(plan.load):
        parts.append(_load(plan, load, f"load {number}", streams, activity))
    return _joined(parts)


def _joined(parts: Sequence[Schedule]) -> Schedule:
    at_us = np.concatenate([part.at_us for part in parts])
    order = np.argsort(at_us, kind="stable")
    return Schedule(
        at_us[order],
        np.concatenate([part.user for part in parts])[order],
        np.concatenate([part.operation for part in parts])[order],
    )


def _set_up(plan: Plan, positions: Int64s, rng: np.random.Generator) -> Schedule:
    """Let every user log in, then deposit, then bring the opening positions, in the warm-up."""
    everyone = np.arange(1, plan.users.count + 1, dtype=np.int32)
    each = positions + 2
    user = np.repeat(everyone, each)
    first = np.cumsum(each) - each
    operation = np.full(len(user), TRANSFER, dtype=np.int8)
    operation[first] = LOGIN
    operation[first + 1] = DEPOSIT
    span_s = plan.warm_up_s * SET_UP_SHARE or 1.0
    at_us = rng.integers(0, round(span_s * MICROSECONDS), len(user))
    return Schedule(at_us[np.lexsort((at_us, user))], user, operation)


def _load(plan: Plan, load: LoadPlan, name: str, streams: Streams, activity: Floats) -> Schedule:
    at_s = _arrivals(plan, load, name, streams.get(f"arrivals/{name}"))
    users = streams.get(f"users/{name}")
    operations = streams.get(f"operations/{name}")
    if load.unit == "sessions":
        thinking = streams.get(f"thinking/{name}")
        return _sessions(
            plan, at_s, _in_turn(plan.users.count, len(at_s), users), operations, thinking
        )
    user = _by_activity(activity, len(at_s), users)
    operation = np.full(len(at_s), PLACE_MARKET, dtype=np.int8)
    if load.unit == "other":
        operation = other_operations(plan.users.profile, len(at_s), operations)
    return Schedule(_microseconds(at_s), user, operation)


def _arrivals(plan: Plan, load: LoadPlan, name: str, rng: np.random.Generator) -> Floats:
    if load.shape == "ramping-arrival-rate":
        lasts_s = sum(stage.duration_s for stage in load.stages)
    else:
        lasts_s = plan.end_s - load.start_s if load.duration_s is None else load.duration_s
    end_s = load.start_s + lasts_s
    if lasts_s <= 0 or end_s > plan.end_s + 1e-6:
        raise WorkloadError(
            f"{name}: it lasts from {load.start_s:g} s to {end_s:g} s; "
            f"it must lie within the run, 0 s to {plan.end_s:g} s"
        )
    if load.shape == "constant-arrival-rate":
        return load.start_s + poisson(load.rate_per_s, lasts_s, rng, total=load.total)
    if load.shape == "ramping-arrival-rate":
        return load.start_s + ramp(load.rate_per_s, load.stages, rng, total=load.total)
    if load.total is None:
        raise WorkloadError(f"{name}: shape intraday needs a total")
    opens_s = plan.market.opens_s - plan.starts_at_s
    shares = plan.users.profile.half_hour_shares
    return intraday(shares, opens_s, (load.start_s, end_s), rng, total=load.total)


def _in_turn(users: int, count: int, rng: np.random.Generator) -> Int32s:
    """Draw users so that nobody comes a second time before everybody came once."""
    rounds = -(-count // users)
    turns = [rng.permutation(users) + 1 for _ in range(rounds)]
    return np.concatenate([np.empty(0, dtype=np.int64), *turns])[:count].astype(np.int32)


def _by_activity(activity: Floats, count: int, rng: np.random.Generator) -> Int32s:
    """Draw users by their weights: how often each one first, then in which order."""
    often = rng.multinomial(count, activity / activity.sum())
    users = np.repeat(np.arange(1, len(activity) + 1, dtype=np.int32), often)
    rng.shuffle(users)
    return users


def _sessions(
    plan: Plan,
    start_s: Floats,
    user: Int32s,
    operations: np.random.Generator,
    thinking: np.random.Generator,
) -> Schedule:
    """Draw sessions: log-in, a Poisson number of operations with pauses between, log-out."""
    profile = plan.users.profile
    each = operations.poisson(profile.session_operations, len(start_s)) + 2
    last = np.cumsum(each) - 1
    first = last - each + 1
    pauses = thinking.exponential(profile.think_time_s, int(each.sum()))
    pauses[first] = 0.0
    elapsed = np.cumsum(pauses)
    at_s = np.repeat(start_s - elapsed[first], each) + elapsed
    operation = _session_operations(plan, at_s, operations)
    operation[first] = LOGIN
    operation[last] = LOGOUT
    in_time = at_s < plan.end_s
    return Schedule(
        _microseconds(at_s[in_time]), np.repeat(user, each)[in_time], operation[in_time]
    )


def _session_operations(plan: Plan, at_s: Floats, rng: np.random.Generator) -> Int8s:
    """Draw operations; whoever would order while the market is closed looks at a quote."""
    profile = plan.users.profile
    operation = other_operations(profile, len(at_s), rng)
    order_share = profile.orders_per_session / max(profile.session_operations, 1e-9)
    orders = rng.random(len(at_s)) < order_share
    operation[orders] = np.where(_is_open(plan, at_s[orders]), PLACE_MARKET, QUOTE)
    return operation


def _is_open(plan: Plan, at_s: Floats) -> Flags:
    time_of_day_s = at_s + plan.starts_at_s
    return (time_of_day_s >= plan.market.opens_s) & (time_of_day_s < plan.market.closes_s)


def other_operations(profile: Profile, count: int, rng: np.random.Generator) -> Int8s:
    """Draw operations other than orders by the profile's weights.

    Raises:
        WorkloadError: The profile names an operation that users do not do on their own, or
            no weight is above zero.
    """
    known = {OPERATIONS[code]: code for code in OTHER_OPERATIONS}
    unknown = [name for name, _ in profile.operations if name not in known]
    if unknown:
        raise WorkloadError(f"profile.operations: {unknown[0]!r} is not one of {', '.join(known)}")
    codes = np.array([known[name] for name, _ in profile.operations], dtype=np.int8)
    weights = np.array([weight for _, weight in profile.operations], dtype=np.float64)
    if not weights.sum() > 0:
        raise WorkloadError("profile.operations: at least one weight must be above zero")
    return codes[sample(weights, count, rng)]


def _microseconds(at_s: Floats) -> Int64s:
    return (at_s * MICROSECONDS).astype(np.int64)
