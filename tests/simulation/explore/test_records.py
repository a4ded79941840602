"""Customers of small worlds look up their orders and transactions, and the audit reads along."""

from __future__ import annotations

from typing import Any

import pytest

from actors.messages.base import Message
from actors.messages.history import TransactionsAnswer
from actors.order_history.desk import answer_of
from simulation.explore.seeds import world_of
from simulation.explore.shapes import Basis
from simulation.explore.small_world import RECORDS, SmallWorld
from simulation.explore.world import play


def worlds_that_look_up(basis: Basis) -> list[SmallWorld]:
    worlds = [world_of(basis, seed, with_faults=seed % 2 == 0) for seed in range(60)]
    return [world for world in worlds if any(step.operation in RECORDS for step in world.steps)]


def test_some_worlds_look_up_orders_and_transactions_and_nothing_is_amiss(basis: Basis) -> None:
    worlds = worlds_that_look_up(basis)

    assert 4 < len(worlds) < 30
    assert {step.operation for world in worlds for step in world.steps} >= RECORDS
    for world in worlds:
        verdict = play(world)
        assert verdict.passed, verdict.audit.render()


def test_a_history_that_forgets_the_last_transaction_is_noticed(
    basis: Basis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(history: Any, asked: Any) -> Message:
        answer = answer_of(history, asked)
        if not isinstance(answer, TransactionsAnswer):
            return answer
        return TransactionsAnswer(
            answer.command_id, answer.account, answer.rows[:-1], answer.total, answer.end
        )

    monkeypatch.setattr("simulation.history_desk.answer_of", forgetful)
    broken = [play(world).audit for world in worlds_that_look_up(basis)[:8]]

    found = {one.id for audit in broken for one in audit.invariants if one.findings}
    assert found == {"A09"}
