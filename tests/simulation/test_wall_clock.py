"""Replays by the wall clock: on time, as fast as it goes, and one command at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from actors.messages.base import Address
from actors.runtimes.mailbox import Envelope
from actors.runtimes.runtime import Runtime
from actors.runtimes.threads import ThreadRuntime
from scenarios.loader import resolve
from simulation.commands import CLIENT
from simulation.measured import Measured
from simulation.prices import PriceTape, make_tape
from simulation.streams import Streams
from simulation.virtual_time import VirtualTimeRuntime
from simulation.wall_clock import Replay, replay_one_at_a_time
from simulation.workload import Workload, make_workload
from simulation.workload.workload import PLACE_MARKET

MINUTE = tuple[Workload, PriceTape]


@pytest.fixture(scope="module")
def minute() -> MINUTE:
    """Return the commands and prices of `quiet-minute`."""
    plan = resolve("quiet-minute", (), None).plan
    streams = Streams(plan.seed)
    tape = make_tape(plan, streams)
    return make_workload(plan, tape, streams), tape


@pytest.fixture
def replay(minute: MINUTE) -> Iterator[Replay]:
    with Replay(*minute) as replay:
        yield replay


def accounts_after(runtime: Runtime[Any], minute: MINUTE) -> dict[Address, Any]:
    """Replay a minute one command at a time; return what its accounts then have."""
    try:
        replay_one_at_a_time(runtime, *minute)
        assert not runtime.supervisor.failures
        return {
            address: (state.cash, state.held, state.portfolio, len(state.open_orders))
            for address, state in ((name, cell.actor.state) for name, cell in runtime.cells.items())
            if address.startswith("account/")
        }
    finally:
        runtime.close()


def squeezed(minute: MINUTE, factor: int) -> MINUTE:
    """Let a minute pass so many times as fast."""
    workload, tape = minute
    return (
        replace(workload, intended_us=workload.intended_us // factor),
        replace(tape, at_us=tape.at_us // factor),
    )


def test_one_command_at_a_time_ends_with_the_same_accounts_on_threads_and_in_virtual_time(
    minute: MINUTE,
) -> None:
    on_threads = accounts_after(ThreadRuntime(), minute)
    in_virtual_time = accounts_after(VirtualTimeRuntime(), minute)

    assert on_threads == in_virtual_time
    assert len(on_threads) == 100
    assert any(held for _, held, _, _ in on_threads.values())


def test_a_closed_loop_answers_everything_and_loses_nothing(replay: Replay, minute: MINUTE) -> None:
    measured = replay.closed(in_flight=50)

    assert len(measured) == len(minute[0])
    assert measured.unanswered == 0
    assert (measured.latency_s > 0).all()
    judgement = replay.judge()
    assert judgement.passed, judgement.audit.render()
    assert {row.id: row.checks for row in judgement.audit.invariants}["A05"] > 1_000


def test_a_closed_loop_of_one_has_one_command_in_flight(replay: Replay) -> None:
    measured = replay.closed(in_flight=1)

    assert (measured.sent_s[1:] >= measured.answered_s[:-1]).all()


def test_an_open_loop_sends_on_time_and_loses_nothing(minute: MINUTE) -> None:
    workload, tape = squeezed(minute, 30)
    with Replay(workload, tape) as replay:
        replay.closed(in_flight=50, until_s=1.0)
        measured = replay.open()

        assert measured.unanswered == 0
        assert replay.judge().passed
    meant_s = workload.intended_us[-len(measured) :] / 1e6
    np.testing.assert_allclose(np.diff(measured.intended_s), np.diff(meant_s), atol=1e-9)
    assert (measured.sent_s >= measured.intended_s).all()


def test_latency_counts_from_the_intended_start_and_a_late_feeder_says_so() -> None:
    measured = Measured(
        operation=np.array([PLACE_MARKET, PLACE_MARKET], np.int8),
        intended_s=np.array([1.0, 2.0]),
        sent_s=np.array([1.0, 3.0]),
        answered_s=np.array([1.5, 3.5]),
    )

    assert measured.latency_s.tolist() == [0.5, 1.5]
    assert measured.by_operation()["place_market"].tolist() == [0.5, 1.5]
    assert (measured.offered_per_s, measured.sent_per_s, measured.answered_per_s) == (1, 0.5, 0.8)
    assert measured.behind_s == 1.0
    assert not measured.kept_up


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_a_rate_is_the_inverse_of_the_mean_gap(count: int) -> None:
    starts_s = 5.0 + np.arange(count) / 10
    measured = Measured(
        operation=np.full(count, PLACE_MARKET, np.int8),
        intended_s=starts_s,
        sent_s=starts_s + 0.02,
        answered_s=starts_s + 0.1,
    )

    wanted = 10.0 if count > 1 else 0.0
    assert measured.offered_per_s == pytest.approx(wanted)
    assert measured.sent_per_s == pytest.approx(wanted)
    assert measured.answered_per_s == pytest.approx(10.0)


def test_a_market_order_is_answered_by_its_end_and_other_orders_by_the_first_word(
    replay: Replay, minute: MINUTE
) -> None:
    told: dict[int, dict[str, float]] = defaultdict(dict)
    port = replay.runtime.ports[CLIENT]

    def overhear(envelope: Envelope) -> None:
        told[envelope.message.command_id][type(envelope.message).__name__] = envelope.stamp_s
        port(envelope)

    replay.runtime.ports[CLIENT] = overhear

    measured = replay.closed(in_flight=1)

    for row, answered_s in enumerate(measured.answered_s.tolist()):
        words = told[row]
        if minute[0].operation[row] == PLACE_MARKET:
            assert answered_s == words.get("OrderReport", words.get("CommandRejected"))
        else:
            assert answered_s == min(words.values())
    assert any(len(words) == 2 for words in told.values())


def test_a_command_without_an_answer_is_counted_and_fails_the_audit(
    minute: MINUTE, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulation.wall_clock.PATIENCE_S", 0.5)
    with Replay(*minute) as replay:
        replay.closed(in_flight=50, until_s=30.0)
        replay.runtime.crash("exchange")
        measured = replay.closed(in_flight=5)

        assert measured.unanswered == len(measured)
        assert np.isfinite(measured.sent_s).sum() == 5
        judgement = replay.judge()
    broken = {row.id for row in judgement.audit.invariants if row.findings}
    assert "A16" in broken
    assert judgement.dead_letters
    assert not judgement.passed


def test_what_was_not_kept_cannot_be_judged(minute: MINUTE) -> None:
    with Replay(*minute, audited=False) as replay, pytest.raises(ValueError, match="audited=False"):
        replay.judge()


def test_errands_leave_the_same_accounts_behind_on_both_runtimes() -> None:
    plan = resolve("quiet-minute").plan
    names = (
        "set_alert", "remove_alert", "open_account", "close_account", "order_search",
        "transactions", "balance", "price_history", "preferences", "intrude",
    )  # fmt: skip
    profile = replace(plan.users.profile, operations=tuple((name, 1.0) for name in names))
    plan = replace(plan, users=replace(plan.users, profile=profile))
    streams = Streams(plan.seed)
    tape = make_tape(plan, streams)
    minute = make_workload(plan, tape, streams), tape

    in_virtual_time = accounts_after(VirtualTimeRuntime(), minute)

    assert accounts_after(ThreadRuntime(), minute) == in_virtual_time
    assert any(address.endswith("-2") for address in in_virtual_time)
