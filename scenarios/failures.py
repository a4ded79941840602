"""A small world as a scenario file, and back: a failure that anybody can read and play again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from actors.domain.market_hours import (
    ALWAYS_OPEN,
    Hours,
    MarketHours,
    TradingCalendar,
    with_early_limits,
)
from scenarios import units
from scenarios.toml_text import to_toml
from simulation.explore.files import read_commands, read_ticks, write_commands, write_ticks
from simulation.explore.shrinking import Shrunk
from simulation.explore.small_world import STALE_AFTER_S, Machines, Market, SmallWorld
from simulation.notification_plan import ChannelPlan
from simulation.plan import FaultPlan, Plan, ReplayPlan

_MICROSECONDS: Final = 1_000_000
_STARTS_AT: Final = "09:30"


def write_world(path: Path, world: SmallWorld, description: str, comment: str) -> Path:
    """Write a small world as a scenario, with its commands and prices beside it.

    Args:
        path: The scenario, ending in `.toml`.
        world: What to write.
        description: The question it asks, in a sentence.
        comment: What people should know, as lines of text.

    Returns:
        The path.
    """
    commands, ticks = path.with_suffix(".commands.csv"), path.with_suffix(".ticks.csv")
    write_commands(commands, world.steps)
    write_ticks(ticks, world.market.opening, world.ticks)
    document = {"description": description} | _document(world, commands.name, ticks.name)
    lines = "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    path.write_text(lines + to_toml(document), encoding="utf-8")
    return path


def write_failure(path: Path, shrunk: Shrunk, seed: int, scenario: str) -> Path:
    """Write a failure that was made smaller, with what it shows as a comment above."""
    comment = (
        f"Found by `openoutcry explore {scenario}`, seed {seed}, and made smaller.\n"
        f"{shrunk.size_in_words} break {shrunk.target}:\n\n{shrunk.story()}\n"
        f"Play it again: openoutcry run {path}\n"
    )
    description = f"Does {shrunk.target} break again, as in seed {seed} of {scenario}?"
    return write_world(path, shrunk.world, description, comment)


def _document(world: SmallWorld, commands: str, ticks: str) -> dict[str, Any]:
    seconds, machines, market = units.DURATION.format, world.machines, world.market
    return {
        "seed": world.seed,
        "starts_at": _STARTS_AT,
        "duration": seconds(world.faulty_s),
        "drain": seconds(world.settle_s),
        "in_flight_limit": market.in_flight_limit,
        "replay": {
            "commands": commands, "ticks": ticks, **_hours(market.hours),
            "snapshots": machines.snapshots, "encoded": machines.is_encoded,
            "drops_oldest": machines.drops_oldest, "begins_faulty": world.begins_faulty,
        },
        "market": {
            "symbols": len(market.opening),
            "collar": units.BASIS_POINTS.format(float(market.collar_bp)),
            "accept_early_limits": getattr(market.hours, "early_limits", False) or None,
        },
        "users": {"count": world.accounts, "retry_after": seconds(world.retry_s)},
        "cluster": {
            "nodes": machines.nodes, "workers": machines.workers, "speed": machines.speed,
            "mailbox_capacity": machines.mailbox_capacity,
            "client_delay": seconds(machines.client_delay_s),
            "node_delay": seconds(machines.node_delay_s), "commit": seconds(machines.commit_s),
        },
        "notifications": _notifications(world.channels),
        "subscriptions": None
        if world.conflation_s is None
        else {"conflation": seconds(world.conflation_s), "staleness": seconds(STALE_AFTER_S)},
        "fault": [_fault(fault) for fault in world.faults] or None,
    }  # fmt: skip


def _notifications(channels: tuple[ChannelPlan, ...]) -> dict[str, Any] | None:
    """Return the channels of a small world, which alone decide how its notifications fare."""
    seconds, share = units.DURATION.format, units.SHARE.format
    tables = {
        plan.channel: {
            "workers": plan.workers, "rate": units.RATE.format(plan.rate_per_s),
            "latency": seconds(plan.latency_s), "failures": share(plan.failures),
            "refusals": share(plan.refusals), "patience": seconds(plan.patience_s),
            "capacity": plan.capacity,
            "outages": [
                {"at": seconds(outage.at_s), "for": seconds(outage.for_s)}
                for outage in plan.outages
            ],
        }
        for plan in channels
    }  # fmt: skip
    return tables or None


def _hours(hours: Hours) -> dict[str, Any]:
    seconds = units.DURATION.format
    if isinstance(hours, TradingCalendar):
        spans = [(one.opens_us, one.closes_us) for one in hours.sessions]
        return {"sessions": [[seconds(us / _MICROSECONDS) for us in span] for span in spans]}
    written = {}
    if hours.opens_us > 0:
        written["opens"] = units.DURATION.format(hours.opens_us / _MICROSECONDS)
    if hours.ever_closes():
        written["closes"] = units.DURATION.format(hours.closes_us / _MICROSECONDS)
    return written


def _fault(fault: FaultPlan) -> dict[str, Any]:
    """Return a fault as a scenario has it, without what is left to its defaults."""
    seconds = units.DURATION.format
    usual = FaultPlan(fault.kind)
    written: dict[str, Any] = {"kind": fault.kind}
    for key, value in (("at", fault.at_s or None), ("for", fault.for_s), ("every", fault.every_s)):
        if value is not None:
            written[key] = seconds(value)
    for key in ("where", "to", "message", "which"):
        if getattr(fault, key) != getattr(usual, key):
            written[key] = getattr(fault, key)
    if fault.share is not None:
        written["share"] = units.SHARE.format(fault.share)
    if fault.amount is not None:
        is_factor = fault.kind == "slow_node"
        written["amount"] = fault.amount if is_factor else seconds(fault.amount)
    return written


def world_of_plan(plan: Plan, replay: ReplayPlan) -> SmallWorld:
    """Return the small world that a scenario spells out.

    Raises:
        FileError: One of its files cannot be used; says what is wrong and where.
    """
    symbols, cluster = plan.market.symbols, plan.cluster
    opening, ticks = read_ticks(replay.ticks, symbols)
    market = Market(
        opening, _market_hours(plan, replay), plan.market.collar_bp, plan.in_flight_limit
    )
    machines = Machines(
        cluster.nodes, cluster.workers, cluster.speed, cluster.mailbox_capacity,
        cluster.client_delay_s, cluster.node_delay_s, cluster.commit_s, replay.snapshots,
        replay.is_encoded, replay.drops_oldest,
    )  # fmt: skip
    return SmallWorld(
        plan.seed, plan.users.count, market, machines,
        read_commands(replay.commands, plan.users.count, symbols), ticks, plan.faults,
        retry_s=plan.users.retry_after_s or SmallWorld.retry_s,
        faulty_s=plan.end_s, settle_s=plan.drain_s, begins_faulty=replay.begins_faulty,
        channels=() if plan.notifications is None else plan.notifications.channels,
        conflation_s=None if plan.subscriptions is None else plan.subscriptions.conflation_s,
    )  # fmt: skip


def _market_hours(plan: Plan, replay: ReplayPlan) -> Hours:
    if replay.sessions:
        spans = [tuple(round(at_s * _MICROSECONDS) for at_s in span) for span in replay.sessions]
        sessions = tuple(MarketHours(opens_us, closes_us) for opens_us, closes_us in spans)
        return TradingCalendar(sessions, plan.market.early_limits)
    opens_us, closes_us = ALWAYS_OPEN.opens_us, ALWAYS_OPEN.closes_us
    if replay.opens_s:
        opens_us = round(replay.opens_s * _MICROSECONDS)
    if replay.closes_s is not None:
        closes_us = round(replay.closes_s * _MICROSECONDS)
    hours = MarketHours(opens_us, closes_us)
    return with_early_limits(hours) if plan.market.early_limits else hours


def file_name(target: str, seed: int) -> str:
    """Return how the file of a failure is called, like `a05-1234.toml`."""
    word = re.sub(r"[^a-z0-9]+", "-", target.lower()).strip("-") or "failure"
    return f"{word}-{seed}.toml"
