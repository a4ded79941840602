"""Sets up a run: its machines, its runtime and its brokerage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simpy import Environment

from actors.actor import MICROSECONDS
from actors.brokerage import Brokerage
from actors.domain.market_hours import Hours, MarketHours
from actors.domain.money import UNITS_PER_DOLLAR
from actors.domain.users import User
from actors.runtimes.journal import MemoryJournal
from actors.stock import Stock
from simulation.cluster import Cluster, Node
from simulation.customer_names import user_id
from simulation.faults import FaultyRuntime, Injector, SimulatedDisk
from simulation.history_desk import SimulatedDesk
from simulation.notices import paces_of
from simulation.plan import ClusterPlan, Plan
from simulation.prices import PriceTape
from simulation.virtual_time import VirtualTimeRuntime


def make_runtime(
    plan: Plan,
    env: Environment,
    injector: Injector,
    calm: type[VirtualTimeRuntime] = VirtualTimeRuntime,
    faulty: type[FaultyRuntime] = FaultyRuntime,
) -> VirtualTimeRuntime:
    """Make the runtime of a plan, on an environment; faults cost where there are some."""
    cluster = plan.cluster
    options: dict[str, Any] = {
        "commit_s": cluster.commit_s,
        "client_delay_s": cluster.client_delay_s,
        "node_delay_s": cluster.node_delay_s,
        "mailbox_capacity": cluster.mailbox_capacity,
    }
    machines = make_cluster(cluster, env)
    if plan.faults:
        disk = SimulatedDisk(keep_all=False)
        return faulty(env, machines, injector=injector, journal=disk, **options)
    return calm(env, machines, journal=MemoryJournal(keep_all=False), **options)


def make_cluster(plan: ClusterPlan, env: Environment) -> Cluster:
    """Make the machines of a plan."""
    return Cluster(
        [Node(env, f"node-{n}", plan.workers, plan.speed) for n in range(1, plan.nodes + 1)]
    )


def market_hours_of(plan: Plan) -> MarketHours:
    """Return the market's hours on the run's clock."""
    market = plan.market
    return MarketHours(
        (market.opens_s - plan.starts_at_s) * MICROSECONDS,
        (market.closes_s - plan.starts_at_s) * MICROSECONDS,
    )


def open_brokerage(
    runtime: VirtualTimeRuntime, plan: Plan, hours: Hours, tape: PriceTape, accounts: int,
    *, searchable: bool = False,
) -> Brokerage:  # fmt: skip
    """Start all actors of a run, before its clock stands at 0."""
    brokerage = Brokerage(
        runtime, hours=hours, collar_bp=plan.market.collar_bp, in_flight_limit=plan.in_flight_limit,
        client="handles", searchable=searchable, paces=paces_of(plan.notifications),
    )  # fmt: skip
    for symbol, name, price in zip(tape.symbols, tape.names, tape.opening.tolist(), strict=True):
        brokerage.list_stock(Stock(symbol, name, Decimal(price) / UNITS_PER_DOLLAR))
    for number in range(1, accounts + 1):
        brokerage.open_account(User(user_id(number), f"User {number}"))
    if plan.subscriptions is not None:
        brokerage.conflation_us = round(plan.subscriptions.conflation_s * MICROSECONDS)
        for number in range(1, max(accounts, plan.users.count) + 1):
            brokerage.open_watching(user_id(number))
    if searchable:
        SimulatedDesk(runtime, brokerage.history)
    runtime.run_until_idle()
    return brokerage


def end_set_up(runtime: VirtualTimeRuntime) -> None:
    """Let the run begin with nothing under way and nothing counted."""
    assert runtime.now < 0, "the set-up must be over before the run starts"
    for node in runtime.cluster.nodes:
        node.reset()
