"""What customers do beside trading: errands that can be carried out, and are the user's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from actors.domain.notifications import Channel
from simulation.notification_plan import ChannelPlan, NotificationsPlan
from simulation.plan import LoadPlan, Plan
from simulation.prices import PriceTape
from simulation.records import OPERATIONS
from simulation.workload import Workload, WorkloadError, read_workload, write_workload
from simulation.workload.details import (
    ALERTS,
    INTRUSIONS,
    WATCHING_INTRUSIONS,
    search_of,
    wishes_of,
)
from simulation.workload.errands import FARTHEST_ALERT, SETTLED_US
from simulation.workload.numbering import Numbering
from simulation.workload.schedule import OTHER_OPERATIONS
from simulation.workload.workload import (
    BALANCE,
    CLOSE_ACCOUNT,
    INTRUDE,
    OPEN_ACCOUNT,
    PREFER,
    QUOTE,
    REMOVE_ALERT,
    SET_ALERT,
    TRANSACTIONS,
)

Generate = Callable[[Plan], tuple[Workload, PriceTape]]
Day = tuple[Workload, PriceTape]
USERS = 50
CHANNELS = tuple(ChannelPlan(name, 1.0, 1, 10.0) for name in ("email", "push"))
NOTIFICATIONS = NotificationsPlan(1.0, ("deposit",), CHANNELS)


@pytest.fixture(scope="module")
def errands(plan_of: Callable[..., Plan], generate: Generate) -> Day:
    """Return a day of 20,000 operations beside orders, all of them equally likely."""
    load = LoadPlan("intraday", "other", 120.0, 23_400.0, total=20_000)
    weights = tuple((OPERATIONS[code], 1.0) for code in OTHER_OPERATIONS)
    plan = plan_of(load, users=USERS, operations=weights)
    return generate(replace(plan, notifications=NOTIFICATIONS))


def rows(workload: Workload, *operations: int) -> np.ndarray:
    return np.flatnonzero(np.isin(workload.operation, operations))


def test_every_operation_that_there_is_can_be_drawn(errands: Day) -> None:
    counts = errands[0].counts()

    seldom = [OPERATIONS[code] for code in OTHER_OPERATIONS if counts[OPERATIONS[code]] < 50]
    assert seldom == ["cancel"]  # as nobody has an order that waits


def test_further_accounts_are_numbered_by_their_opening_and_used_between_that_and_their_close(
    errands: Day,
) -> None:
    workload = errands[0]
    opens, closes = rows(workload, OPEN_ACCOUNT), rows(workload, CLOSE_ACCOUNT)
    opened = dict(zip(workload.account[opens].tolist(), opens.tolist(), strict=True))
    closed = {int(workload.account[row]): row for row in closes if workload.account[row] > USERS}
    further = [row for row in np.flatnonzero(workload.account > USERS) if row not in opens]

    assert list(opened) == [*range(USERS + 1, USERS + 1 + len(opens))]
    assert 100 < len(closed) < len(closes)
    assert {workload.operation[row] for row in further} > {BALANCE, SET_ALERT, TRANSACTIONS, PREFER}
    for row in further:
        account = int(workload.account[row])
        since = opened[account]
        assert workload.user[row] == workload.user[since]
        assert workload.intended_us[row] >= workload.intended_us[since] + SETTLED_US
        if workload.operation[row] != REMOVE_ALERT:
            assert row <= closed.get(account, len(workload))


def test_alerts_lie_around_the_quote_and_look_both_ways(errands: Day) -> None:
    workload, tape = errands
    alerts = rows(workload, SET_ALERT)
    seen = tape.price_at(workload.symbol[alerts], workload.intended_us[alerts])
    away = workload.limit_price[alerts] / seen - 1.0
    words = [workload.details[code] for code in workload.detail[alerts]]

    assert (abs(away) <= FARTHEST_ALERT + 1e-4).all()
    assert set(words) == set(ALERTS)
    assert all(("above" in word) == (side >= 0) for word, side in zip(words, away, strict=True))


def test_what_is_removed_is_an_own_alert_that_was_set_before_and_each_but_once(
    errands: Day,
) -> None:
    workload = errands[0]
    removals = rows(workload, REMOVE_ALERT)
    targets = workload.target[removals]

    assert len(set(targets.tolist())) == len(targets) > 200
    assert (workload.operation[targets] == SET_ALERT).all()
    assert (targets < removals).all()
    assert (workload.account[targets] == workload.account[removals]).all()


def test_wishes_name_channels_of_the_run_only(errands: Day) -> None:
    workload = errands[0]
    said = {workload.details[code] for code in workload.detail[rows(workload, PREFER)]}
    named = {channel for text in said for channel, _ in wishes_of(text)}

    assert named == {Channel.EMAIL, Channel.PUSH}
    assert "nothing" in said


def test_strangers_try_everything_there_is_at_accounts_of_others(errands: Day) -> None:
    workload = errands[0]
    intrusions = rows(workload, INTRUDE)
    tried = {workload.details[code] for code in workload.detail[intrusions]}

    assert tried == set(INTRUSIONS)  # this run has no watch lists
    assert not tried & set(WATCHING_INTRUSIONS)
    assert (workload.account[intrusions] != workload.user[intrusions]).all()
    assert (workload.account[intrusions] <= USERS).all()
    assert len(set((workload.account - workload.user)[intrusions].tolist())) > USERS


def test_whose_each_account_is_follows_from_the_rows_that_open_it(errands: Day) -> None:
    workload = errands[0]

    numbering = Numbering(workload)

    assert numbering.firsts == USERS
    assert numbering.places[: USERS + 1] == [(user, 1) for user in range(USERS + 1)]
    owners = [user for user, _ in numbering.places[USERS + 1 :]]
    assert owners == workload.user[rows(workload, OPEN_ACCOUNT)].tolist()
    assert len(set(numbering.places)) == len(numbering.places)


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_day_of_errands_survives_a_file(errands: Day, tmp_path: Path, suffix: str) -> None:
    workload, path = errands[0], tmp_path / f"w{suffix}"

    write_workload(workload, path)

    again = read_workload(path, workload.symbols)
    assert again.details == workload.details
    for name in Workload.columns():
        assert np.array_equal(getattr(again, name), getattr(workload, name)), name


def test_errands_change_no_draw_of_anything_else(
    plan_of: Callable[..., Plan], generate: Generate
) -> None:
    orders = LoadPlan("intraday", "orders", 120.0, 23_400.0, total=500)
    other = LoadPlan("intraday", "other", 120.0, 23_400.0, total=500)
    quiet, busy = (
        generate(plan_of(orders, other, operations=weights))[0]
        for weights in ((("quote", 1.0),), (("set_alert", 0.5), ("open_account", 0.5)))
    )

    placed = quiet.order_type >= 0
    for name in ("intended_us", "user", "symbol", "quantity", "limit_price", "seen_price"):
        assert np.array_equal(getattr(quiet, name)[placed], getattr(busy, name)[placed]), name


def test_a_lonely_user_looks_at_quotes_instead_of_intruding(
    plan_of: Callable[..., Plan], generate: Generate
) -> None:
    load = LoadPlan("intraday", "other", 120.0, 23_400.0, total=100)

    workload, _ = generate(plan_of(load, users=1, operations=(("intrude", 1.0),)))

    assert not len(rows(workload, INTRUDE))
    assert len(rows(workload, QUOTE)) == 100


def test_preferences_without_channels_are_refused(
    plan_of: Callable[..., Plan], generate: Generate
) -> None:
    load = LoadPlan("intraday", "other", 120.0, 23_400.0, total=100)

    with pytest.raises(WorkloadError, match=r"prefer needs a table \[notifications\]"):
        generate(plan_of(load, operations=(("prefer", 1.0),)))


def test_a_search_is_read_as_it_is_said() -> None:
    said = search_of("symbol=AAA status=executed side=buy sort=value")
    words = {name: getattr(value, "value", value) for name, value in said.items()}

    assert words == {"symbol": "AAA", "status": "EXECUTED", "side": "BUY", "sort": "value"}
    assert search_of("all") == {}
