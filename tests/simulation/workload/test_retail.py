"""The retail workload: its totals, its shares, and that most of it can be had."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulation.plan import LoadPlan, Plan, Profile, Stage
from simulation.prices import PriceTape
from simulation.records import OPERATIONS
from simulation.workload import Workload, WorkloadError, read_workload, write_workload
from simulation.workload.workload import CANCEL, Flags, Int64s

PlanMaker = Callable[..., Plan]
Generate = Callable[[Plan], tuple[Workload, PriceTape]]
Day = tuple[Workload, PriceTape]
SESSIONS = LoadPlan("constant-arrival-rate", "sessions", 120.0, 3_600.0, total=500)


def of(workload: Workload, *operations: str) -> Flags:
    return np.isin(workload.operation, [OPERATIONS.index(name) for name in operations])


def orders(workload: Workload) -> Flags:
    return of(workload, "place_market", "place_limit")


def near(share: float, expected: float, count: int) -> bool:
    return abs(share - expected) < 3 * math.sqrt(expected * (1 - expected) / count)


def test_totals_are_met_exactly(day: Day) -> None:
    counts = day[0].counts()
    set_up = Counter(login=200, deposit=200, transfer=counts["transfer"])

    assert counts["place_market"] + counts["place_limit"] == 20_000
    assert sum(counts.values()) - 20_000 - set_up.total() == 20_000


def test_sides_and_price_types_have_the_shares_of_the_profile(day: Day) -> None:
    workload, _ = day
    buys = workload.order_type[orders(workload)] == 0

    assert near(float(buys.mean()), 0.55, 20_000)
    assert near(workload.counts()["place_limit"] / 20_000, 0.45, 20_000)


def test_other_operations_have_their_weights(day: Day) -> None:
    counts = day[0].counts()

    for name, weight in Profile().operations:
        if name not in {"quote", "cancel", "deposit"}:
            assert near(counts[name] / 20_000, weight, 20_000)
    assert near((counts["quote"] + counts["cancel"]) / 20_000, 0.55, 20_000)
    assert counts["cancel"] > 1_000


def test_popular_stocks_are_quoted_by_zipfs_law(day: Day) -> None:
    symbols = day[0].symbol[of(day[0], "quote")]

    weights = np.arange(1, 21) ** -0.8
    for rank in (0, 1, 19):
        share = float((symbols == rank).mean())
        assert near(share, weights[rank] / weights.sum(), len(symbols))


def test_orders_see_the_quote_of_their_instant(day: Day) -> None:
    workload, tape = day
    some = orders(workload)

    seen = tape.price_at(workload.symbol[some], workload.intended_us[some])

    assert (workload.seen_price[some] == seen).all()


def test_limits_lie_around_the_quote_in_whole_cents_and_most_are_passive(day: Day) -> None:
    workload, _ = day
    some = of(workload, "place_limit")
    limit, seen = workload.limit_price[some], workload.seen_price[some]

    passive = np.where(workload.order_type[some] == 0, seen - limit, limit - seen) / seen
    assert (limit % 100 == 0).all()
    assert (limit > 0).all()
    assert 0.85 < (passive >= 0).mean() < 0.95
    assert abs(np.abs(passive).mean() * 10_000 / 30 - 1) < 0.05


def test_columns_that_do_not_apply_stay_empty(day: Day) -> None:
    workload, _ = day
    placed = orders(workload)

    assert (workload.limit_price[~of(workload, "place_limit")] == 0).all()
    assert (workload.order_type[~placed] == -1).all()
    assert (workload.seen_price[~placed] == 0).all()
    assert (workload.quantity[~(placed | of(workload, "transfer"))] == 0).all()
    assert ((workload.amount > 0) == of(workload, "deposit", "withdraw", "transfer")).all()
    assert ((workload.query >= 0) == of(workload, "search")).all()
    assert ((workload.target >= 0) == of(workload, "cancel")).all()
    assert ((workload.symbol >= 0) == (placed | of(workload, "quote", "transfer"))).all()


def test_cancels_name_an_earlier_limit_order_of_the_same_user_once(day: Day) -> None:
    workload, _ = day
    cancels = np.flatnonzero(workload.operation == CANCEL)
    targets = workload.target[cancels]

    assert of(workload, "place_limit")[targets].all()
    assert (workload.user[targets] == workload.user[cancels]).all()
    assert (targets < cancels).all()
    assert len(set(targets.tolist())) == len(targets)


def test_the_set_up_of_every_user_lies_in_the_warm_up_in_its_order(day: Day) -> None:
    workload, _ = day
    early = workload.intended_us < 0.8 * 120 * 10**6

    assert early[of(workload, "login", "transfer")].all()
    for user in (1, 100, 200):
        names = [OPERATIONS[code] for code in workload.operation[early & (workload.user == user)]]
        assert names[:2] == ["login", "deposit"]
        assert set(names[2:]) <= {"transfer"}


def test_a_user_brings_each_stock_along_once(day: Day) -> None:
    workload, _ = day
    some = of(workload, "transfer")

    pairs = list(zip(workload.user[some].tolist(), workload.symbol[some].tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert abs(len(pairs) / 200 - 10) < 3 * np.sqrt(10 / 200)


def test_who_owns_nothing_buys_first(plan_of: PlanMaker, generate: Generate) -> None:
    load = LoadPlan("intraday", "orders", 120.0, 23_400.0, total=100)

    workload, _ = generate(plan_of(load, opening_positions=0.0, users=1_000, buy_share=0.0))

    first = np.unique(workload.user[orders(workload)], return_index=True)[1]
    assert (workload.order_type[orders(workload)][first] == 0).all()


def test_nobody_comes_twice_before_everybody_came_once(
    plan_of: PlanMaker, generate: Generate
) -> None:
    workload, _ = generate(plan_of(SESSIONS, users=200))
    logins = workload.user[of(workload, "login") & (workload.intended_us >= 120 * 10**6)]

    assert len(logins) == 500
    for start in (0, 200):
        assert len(set(logins[start : start + 200].tolist())) == 200


def test_sessions_have_their_lengths_and_pauses(plan_of: PlanMaker, generate: Generate) -> None:
    load = replace(SESSIONS, total=2_000)

    workload, _ = generate(plan_of(load, users=2_000))

    late = workload.intended_us >= 120 * 10**6
    operations = late & ~of(workload, "login", "logout")
    assert abs(operations.sum() / 2_000 - 6) < 3 * np.sqrt(6 / 2_000)
    assert near(orders(workload).sum() / operations.sum(), 1 / 6, int(operations.sum()))
    rows = np.argsort(workload.user[late], kind="stable")
    user, at_us = workload.user[late][rows], workload.intended_us[late][rows]
    pauses = np.diff(at_us)[np.diff(user) == 0] / 10**6
    assert abs(pauses.mean() / 8 - 1) < 3 / np.sqrt(len(pauses))


def test_a_session_begins_with_a_login_and_ends_with_a_logout(
    plan_of: PlanMaker, generate: Generate
) -> None:
    workload, _ = generate(plan_of(replace(SESSIONS, total=200), users=200))

    late = workload.intended_us >= 120 * 10**6
    for user in (1, 50, 200):
        names = [OPERATIONS[code] for code in workload.operation[late & (workload.user == user)]]
        assert (names[0], names[-1]) == ("login", "logout")


def test_sessions_order_nothing_while_the_market_is_closed(
    plan_of: PlanMaker, generate: Generate
) -> None:
    workload, _ = generate(plan_of(SESSIONS, starts_at_s=30_000))

    assert not orders(workload).any()


def test_no_command_is_intended_after_the_end_of_the_run(
    plan_of: PlanMaker, generate: Generate
) -> None:
    plan = plan_of(replace(SESSIONS, duration_s=None, total=2_000))

    workload, _ = generate(replace(plan, duration_s=100.0))

    assert workload.intended_us.max() < 220 * 10**6


def test_without_a_warm_up_users_are_set_up_in_the_first_second(
    plan_of: PlanMaker, generate: Generate
) -> None:
    workload, _ = generate(replace(plan_of(), warm_up_s=0.0))

    assert workload.intended_us.max() < 10**6
    assert workload.counts()["login"] == 200


@pytest.mark.parametrize("unit", ["sessions", "orders", "other"])
def test_one_user_and_one_stock_are_enough(
    plan_of: PlanMaker, generate: Generate, unit: Any
) -> None:
    load = LoadPlan("ramping-arrival-rate", unit, 120.0, stages=(Stage(60.0, 2.0),), total=50)

    workload, _ = generate(plan_of(load, users=1, symbols=1))

    assert len(workload) > 50


@pytest.mark.parametrize(
    ("load", "profile", "message"),
    [
        (LoadPlan("intraday", "orders"), {}, "load 0: shape intraday needs a total"),
        (replace(SESSIONS, duration_s=10**6), {}, "load 0: it lasts from 120 s to 1.00012e"),
        (replace(SESSIONS, duration_s=0.0), {}, "load 0: it lasts from 120 s to 120 s"),
        (SESSIONS, {"operations": (("place_market", 1.0),)}, "'place_market' is not one of quote"),
        (SESSIONS, {"operations": (("quote", 0.0),)}, "one weight must be above zero"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(
    plan_of: PlanMaker, generate: Generate, load: LoadPlan, profile: dict[str, Any], message: str
) -> None:
    with pytest.raises(WorkloadError, match=message):
        generate(plan_of(load, **profile))


def test_another_share_of_buys_leaves_the_arrivals_and_users(
    plan_of: PlanMaker, generate: Generate
) -> None:
    load = LoadPlan("intraday", "orders", 120.0, 23_400.0, total=1_000)

    first, _ = generate(plan_of(load))
    second, _ = generate(plan_of(load, buy_share=0.9))

    assert (first.intended_us == second.intended_us).all()
    assert (first.user == second.user).all()
    assert (first.order_type != second.order_type).any()


def digest(workload: Workload) -> str:
    content = hashlib.sha256(repr((workload.queries, workload.symbols)).encode())
    for name in workload.columns():
        column: Int64s = getattr(workload, name)
        content.update(column.tobytes())
    return content.hexdigest()


PROGRAM = """
import hashlib
from simulation.plan import *
from simulation.prices import make_tape
from simulation.streams import Streams
from simulation.workload import make_workload
loads = tuple(LoadPlan("intraday", u, 120.0, 23400.0, total=500) for u in ("orders", "other"))
plan = Plan("t", "", 1, 34080, 120.0, 23400.0, MarketPlan(100, PricesPlan()), UsersPlan(50), loads)
workload = make_workload(plan, make_tape(plan, Streams(1)), Streams(1))
content = hashlib.sha256(repr((workload.queries, workload.symbols)).encode())
for name in workload.columns():
    content.update(getattr(workload, name).tobytes())
print(content.hexdigest())
"""


def test_a_workload_is_the_same_in_every_process() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(printed) == 1
    assert len(printed.pop()) == 65


def test_sides_keep_their_shares_though_some_sells_find_nothing_to_sell(
    plan_of: PlanMaker, generate: Generate
) -> None:
    load = LoadPlan("intraday", "orders", 120.0, 23_400.0, total=20_000)

    workload, _ = generate(plan_of(load, opening_positions=2.0, activity_sigma=0.5))

    assert near(float((workload.order_type[orders(workload)] == 0).mean()), 0.55, 20_000)


@pytest.fixture(scope="module")
def regretful(plan_of: PlanMaker, generate: Generate) -> Day:
    """Return a day in which some sells are stop orders and customers undo what they did."""
    orders_placed, other = (
        LoadPlan("intraday", unit, 120.0, 23_400.0, total=5_000) for unit in ("orders", "other")
    )
    operations = (("quote", 0.5), ("deposit", 0.1), ("cancel", 0.2), ("undo", 0.2))
    return generate(
        plan_of(orders_placed, other, deposit=10**12, stop_share=0.5, operations=operations)
    )


def test_undos_are_of_an_own_order_that_waits_or_of_a_later_deposit(regretful: Day) -> None:
    workload, _ = regretful
    undos = np.flatnonzero(of(workload, "undo"))
    targets = workload.target[undos]
    deposits = of(workload, "deposit")[targets]
    first = np.unique(workload.user[of(workload, "deposit")], return_index=True)[1]

    assert 0 < deposits.sum() < len(undos)
    assert of(workload, "place_limit", "place_stop")[targets[~deposits]].all()
    assert (workload.user[targets] == workload.user[undos]).all()
    assert (targets < undos).all()
    assert (workload.amount[undos] == np.where(deposits, workload.amount[targets], 0)).all()
    assert not set(targets[deposits].tolist()) & set(
        np.flatnonzero(of(workload, "deposit"))[first].tolist()
    )


def test_nothing_is_cancelled_or_undone_twice(regretful: Day) -> None:
    targets = regretful[0].target[of(regretful[0], "cancel", "undo")].tolist()

    assert len(set(targets)) == len(targets) > 500


def test_stop_orders_are_half_of_the_sells_without_a_limit_and_wait_below_the_quote(
    regretful: Day,
) -> None:
    workload, _ = regretful
    stops = of(workload, "place_stop")
    at_market = of(workload, "place_market") & (workload.order_type == 1)

    assert near(float(stops.sum() / (stops | at_market).sum()), 0.5, int((stops | at_market).sum()))
    assert (workload.order_type[stops] == 1).all()
    assert (workload.limit_price[stops] < workload.seen_price[stops]).all()


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_day_with_stops_and_undos_survives_a_file(
    regretful: Day, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"w{suffix}"
    write_workload(regretful[0], path)

    assert digest(read_workload(path, regretful[0].symbols)) == digest(regretful[0])
