"""Runs one trading day in this process and prints what it took, as JSON on its last line.

`trading_day.py` starts it, each time in a fresh process: figures of memory and of the first run
would else be those of whatever ran before.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any
from unittest.mock import patch

import bare_rules
import msgspec
from sampling import Sampler, children_of, cpu_s

from scenarios.loader import ResolvedScenario, resolve
from simulation import driver
from simulation.plan import Plan
from simulation.prices import make_tape
from simulation.records import COUNTERS_FILE, read_json
from simulation.run_folder import RunFolder
from simulation.streams import Streams
from simulation.workload import make_workload

FULL_DAY = 1_000_000


class Day(msgspec.Struct, frozen=True):
    """What is to be run.

    Attributes:
        orders: Orders of the day; time, ticks and other operations go along with them.
        users: Customers.
        orders_only: Leave the other operations out.
        bare: Apply the plain rules in one loop instead.
        profile: Sample where the time goes.
    """

    orders: int = FULL_DAY
    users: int = 10_000
    orders_only: bool = False
    bare: bool = False
    profile: bool = False


def plan_of(day: Day, plan: Plan) -> Plan:
    """Return the plan of `trading-day`; fewer orders make a shorter day at the same rates."""
    share = day.orders / FULL_DAY
    lasts_s = plan.duration_s * share
    load = tuple(
        replace(part, total=round((part.total or 0) * share), duration_s=lasts_s)
        for part in plan.load
        if part.unit == "orders" or not day.orders_only
    )
    return replace(
        plan,
        duration_s=lasts_s,
        users=replace(plan.users, count=day.users),
        market=replace(plan.market, closes_s=plan.market.opens_s + ceil(lasts_s)),
        load=load,
    )


class Mark(msgspec.Struct, frozen=True):
    """How much time has gone by: of the wall clock, and of the processor in each process."""

    wall_s: float
    main_s: float
    witness_s: float


def mark() -> Mark:
    """Take the time; the witness counts while it runs and when it has been waited for."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    witness_s = ended.ru_utime + ended.ru_stime + cpu_s(children_of(os.getpid()))
    return Mark(time.perf_counter(), time.process_time(), witness_s)


class TimedWorld(driver.World):
    """The world of a run, with the time taken at the bell and when everything was at rest."""

    marks: dict[str, Mark]

    def run(self, progress: driver.Progress | None) -> None:
        """Send everything, and let everything come to rest."""
        marks = type(self).marks = {"set up": mark()}
        bell = self.env.timeout(self.plan.warm_up_s - self.env.now)
        assert bell.callbacks is not None
        bell.callbacks.append(lambda _: marks.update(bell=mark()))
        super().run(progress)
        marks["at rest"] = mark()


def simulate(resolved: ResolvedScenario, plan: Plan, sampler: Sampler | None) -> dict[str, Any]:
    """Run a plan, recorded and audited, and return what it took."""
    at_work = nullcontext() if sampler is None else sampler.at_work()
    own_process = patch.multiple(driver, World=TimedWorld, COMMANDS_WORTH_A_PROCESS=0)
    with tempfile.TemporaryDirectory(prefix="openoutcry-day-") as out, own_process:
        texts = (resolved.as_given, resolved.as_resolved)
        folder = RunFolder.create(Path(out), plan.name, *texts, plan.seed, "benchmark")
        start = mark()
        with at_work, folder:
            outcome = driver.run(plan, folder)
        marks = {"start": start, **TimedWorld.marks, "end": mark()}
        counters = read_json(folder.path / COUNTERS_FILE)
        size = sum(file.stat().st_size for file in folder.path.rglob("*") if file.is_file())
    counts = {name: counters[name] for name in ("messages", "commands", "ticks", "unanswered")}
    return {
        **counts,
        "executed": counters["events"].get("order_executed", 0),
        "audit": "clean" if outcome.audit_passed and not outcome.failures else "NOT CLEAN",
        "digest": outcome.digest,
        "recorded_mib": size / 2**20,
        "marks": {name: msgspec.to_builtins(value) for name, value in marks.items()},
    }


def apply_bare(plan: Plan) -> dict[str, Any]:
    """Apply the plain rules to the same orders, and return what it took."""
    streams = Streams(plan.seed)
    tape = make_tape(plan, streams)
    workload = make_workload(plan, tape, streams)
    seconds, brokerage = bare_rules.apply_all(workload, tape)
    return {"bare_s": seconds, "executed": brokerage.executed, "rejected": brokerage.rejected}


def main() -> None:
    """Run the day that the command line describes in JSON."""
    day = msgspec.json.decode(sys.argv[1], type=Day)
    resolved = resolve("trading-day", (), None)
    plan = plan_of(day, resolved.plan)
    sampler = Sampler() if day.profile else None
    result = apply_bare(plan) if day.bare else simulate(resolved, plan, sampler)
    if sampler is not None:
        result["profile"] = dict(sampler.seconds)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
