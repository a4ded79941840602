"""Customers of small worlds open further accounts on the way, whatever happens then."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from actors.addresses import account_of
from actors.exchange import StockExchange
from actors.messages.base import Address, Fact
from actors.messages.control import RegisterAccount
from actors.messages.facts import ExecutionSettled
from simulation.explore.seeds import world_of
from simulation.explore.shapes import Basis
from simulation.explore.small_world import SmallWorld
from simulation.explore.world import Run, play


class Settled:
    """Counts the executions of further accounts."""

    def __init__(self) -> None:
        self.further = 0

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        kinds = [type(fact) for fact in facts]
        self.further += kinds.count(ExecutionSettled) * address.endswith("-2")


def worlds_with_openings(basis: Basis) -> list[SmallWorld]:
    worlds = [world_of(basis, seed, with_faults=seed % 2 == 0) for seed in range(60)]
    return [world for world in worlds if any(step.operation == "open" for step in world.steps)]


def test_orders_of_accounts_opened_on_the_way_execute_and_nothing_is_amiss(basis: Basis) -> None:
    worlds = worlds_with_openings(basis)
    settled = Settled()

    for world in worlds:
        run = Run(world)
        run.runtime.follow(settled)
        run.play()
        verdict = run.judge()
        assert verdict.passed, verdict.audit.render()

    assert 4 < len(worlds) < 30
    assert settled.further > 4


def test_a_door_that_gives_further_accounts_to_somebody_else_is_noticed(
    basis: Basis, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = StockExchange.register

    def confused(door: StockExchange, news: RegisterAccount) -> None:
        is_further = news.account != account_of(news.user)
        register(door, RegisterAccount(news.account, "U1", news.command_id, news.reply_to)
                 if is_further else news)  # fmt: skip

    monkeypatch.setattr(StockExchange, "register", confused)
    broken = [play(world).audit for world in worlds_with_openings(basis)]

    found = {one.id for audit in broken for one in audit.invariants if one.findings}
    assert "A25" in found
