"""Plans, prices and workloads for tests of the workload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulation.plan import LoadPlan, MarketPlan, Plan, PricesPlan, Profile, UsersPlan
from simulation.prices import PriceTape, make_tape
from simulation.streams import Streams
from simulation.workload import Workload, make_workload

PlanMaker = Callable[..., Plan]
DAY_S = 23_400.0


@pytest.fixture(scope="session")
def plan_of() -> PlanMaker:
    """Return a maker of plans: a trading day after two minutes' warm-up."""

    def make(
        *load: LoadPlan,
        users: int = 200,
        symbols: int = 20,
        seed: int = 1,
        starts_at_s: int = 34_080,
        **profile: Any,
    ) -> Plan:
        market = MarketPlan(symbols, PricesPlan("walk", ticks_per_s=0.05))
        customers = UsersPlan(users, Profile(**profile))
        return Plan("test", "", seed, starts_at_s, 120.0, DAY_S, market, customers, load)

    return make


@pytest.fixture(scope="session")
def generate() -> Callable[[Plan], tuple[Workload, PriceTape]]:
    """Return a generator of a plan's workload, with its prices."""

    def make(plan: Plan) -> tuple[Workload, PriceTape]:
        streams = Streams(plan.seed)
        tape = make_tape(plan, streams)
        return make_workload(plan, tape, streams), tape

    return make


@pytest.fixture(scope="session")
def day(
    plan_of: PlanMaker, generate: Callable[[Plan], tuple[Workload, PriceTape]]
) -> tuple[Workload, PriceTape]:
    """Return a day of 20,000 orders and as many other operations by 200 rich users."""
    loads = (LoadPlan("intraday", unit, 120.0, DAY_S, total=20_000) for unit in ("orders", "other"))
    return generate(plan_of(*loads, deposit=10**12, opening_positions=10.0))
