"""Measures how long handlers take on threads, and writes it down for virtual time.

    python benchmarks/calibrate.py                          # prints the table
    python benchmarks/calibrate.py --write                  # and fills simulation/calibration.toml
    python benchmarks/calibrate.py --orders 5000 --users 500 -o mine.toml

One worker serves the mix of `trading-day` in a closed loop. The time of a message is that of its
handler and of the release of its effects: the journal's append, and putting what it sends into
mailboxes; what clients do with their answers is left out. Nobody audits meanwhile. Of each kind of
actor the median counts; a message that several kinds handle has their mean, weighted by number.
"""

from __future__ import annotations

import argparse
import datetime
import platform
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np
from printing import busy_neighbours, machine, table

from actors.actor import Effects
from actors.addresses import EXCHANGE, book_of
from actors.messages.base import Address
from actors.messages.market import CloseSession
from actors.messages.queries import GetAccount
from actors.runtimes.cell import Cell
from actors.runtimes.journal import MemoryJournal
from actors.runtimes.mailbox import Envelope
from actors.runtimes.threads import ThreadRuntime
from scenarios.loader import resolve
from simulation.commands import CLIENT
from simulation.customer_names import account_address, user_id
from simulation.plan import LoadPlan, Plan
from simulation.prices import make_tape
from simulation.service_times import BUILT_IN
from simulation.streams import Streams
from simulation.wall_clock import Replay
from simulation.workload import make_workload

WARM_UP_S = 60.0
ORDERS_PER_S = 1_000.0
SESSIONS_PER_ORDER = 0.02
IN_FLIGHT = 50

Kind = tuple[str, str]  # of a message, and of the actor that handles it


class TimedRuntime(ThreadRuntime):
    """One worker that notes how long it serves each message, without the clients' part."""

    def __init__(self) -> None:
        self.spent_ns: defaultdict[Kind, list[int]] = defaultdict(list)
        self._outside_ns = 0
        super().__init__(1, MemoryJournal(keep_all=False))

    def _serve_one(self, cell: Cell, envelope: Envelope, effects: Effects) -> None:
        self._outside_ns = 0
        started_ns = perf_counter_ns()
        super()._serve_one(cell, envelope, effects)
        spent_ns = perf_counter_ns() - started_ns - self._outside_ns
        kind = type(envelope.message).__name__, cell.actor_class.__name__
        self.spent_ns[kind].append(spent_ns)

    def _leave(self, recipient: Address, envelope: Envelope) -> None:
        started_ns = perf_counter_ns()
        super()._leave(recipient, envelope)
        self._outside_ns += perf_counter_ns() - started_ns


def mixed_plan(orders: int, users: int) -> Plan:
    """Return the plan of a realistic mix: orders, other operations, some whole sessions."""
    plan = resolve("trading-day", (), None).plan
    seconds = max(orders / ORDERS_PER_S, 1.0)
    unlike = {"orders": ORDERS_PER_S, "other": ORDERS_PER_S}
    unlike["sessions"] = ORDERS_PER_S * SESSIONS_PER_ORDER
    prices = replace(plan.market.prices, ticks_per_s=1.0)
    return replace(
        plan,
        starts_at_s=plan.market.opens_s - int(WARM_UP_S),
        warm_up_s=WARM_UP_S,
        duration_s=seconds,
        market=replace(plan.market, prices=prices),
        users=replace(plan.users, count=users),
        load=tuple(
            LoadPlan("constant-arrival-rate", unit, WARM_UP_S, seconds, rate_per_s)  # type: ignore[arg-type]
            for unit, rate_per_s in unlike.items()
        ),
    )


def measure(plan: Plan) -> dict[Kind, list[int]]:
    """Serve a plan with one worker, and return the nanoseconds of every message."""
    streams = Streams(plan.seed)
    tape = make_tape(plan, streams)
    workload = make_workload(plan, tape, streams)
    runtime = TimedRuntime()
    with Replay(workload, tape, runtime=runtime, audited=False) as replay:
        replay.closed(IN_FLIGHT)
        for message in range(1, min(plan.users.count, 1_000) + 1):
            runtime.send(
                EXCHANGE,
                GetAccount(-message, account_address(message), CLIENT, user_id(message)),
                CLIENT,
            )
        for symbol in tape.symbols:
            runtime.send(book_of(symbol), CloseSession())
        runtime.run_until_idle(60.0)
        assert not runtime.supervisor.failures, runtime.supervisor.failures[0]
    return runtime.spent_ns


def timer_ns() -> float:
    """Return what taking the time twice takes, in the median."""
    gaps = [-(perf_counter_ns() - perf_counter_ns()) for _ in range(10_000)]
    return float(np.median(gaps))


def service_times_us(spent_ns: dict[Kind, list[int]]) -> dict[str, float]:
    """Return the service time of each message, microseconds, by class name; sorted."""
    own_ns = timer_ns()
    counts: Counter[str] = Counter()
    sums: defaultdict[str, float] = defaultdict(float)
    for (message, _), times_ns in spent_ns.items():
        counts[message] += len(times_ns)
        sums[message] += len(times_ns) * max(float(np.median(times_ns)) - own_ns, 0.0)
    return {name: round(sums[name] / counts[name] / 1e3, 2) for name in sorted(counts)}


def default_us(spent_ns: dict[Kind, list[int]]) -> float:
    """Return the median over all messages, microseconds."""
    everything = np.concatenate([np.asarray(times) for times in spent_ns.values()])
    return round((float(np.median(everything)) - timer_ns()) / 1e3, 2)


def as_toml(times_us: dict[str, float], default: float, plan: Plan, count: int) -> str:
    """Return the calibration file."""
    how = (
        f"closed loop of {IN_FLIGHT}, one worker, {count:,} messages of {plan.users.count:,} users;"
        " median of handler and release, by benchmarks/calibrate.py"
    )
    today = datetime.datetime.now(tz=datetime.UTC).date()
    lines = [
        "# How long one worker takes for each message: measured on threads, used in virtual time.",
        f'machine = "{machine().partition(";")[0]}"',
        f'python = "{platform.python_implementation()} {platform.python_version()}"',
        f"measured = {today}",
        f'how = "{how}"',
        "",
        "[service_time_us]",
        f"default = {default}",
        *(f"{name} = {value}" for name, value in times_us.items()),
    ]
    return "\n".join(lines) + "\n"


def rows(spent_ns: dict[Kind, list[int]]) -> Iterator[list[Any]]:
    """Return what was seen of each message at each kind of actor, microseconds."""
    for (message, actor), times_ns in sorted(spent_ns.items()):
        quantiles = np.quantile(times_ns, (0.25, 0.5, 0.75, 0.99)) / 1e3
        yield [message, actor, len(times_ns), *map(float, quantiles)]


def main() -> None:
    """Measure, print, and write."""
    arguments = parse()
    print(machine())
    print(busy_neighbours(), flush=True)
    plan = mixed_plan(arguments.orders, arguments.users)
    spent_ns = measure(plan)
    heads = ["message", "actor", "count", "p25 us", "p50 us", "p75 us", "p99 us"]
    print(table("handler and release", heads, list(rows(spent_ns))))
    count = sum(map(len, spent_ns.values()))
    text = as_toml(service_times_us(spent_ns), default_us(spent_ns), plan, count)
    output = BUILT_IN if arguments.write else arguments.output
    if output is None:
        print(text)
        return
    output.write_text(text, encoding="utf-8")
    print(f"written: {output}")


def parse() -> argparse.Namespace:
    """Read the command line."""
    summary, _, details = (__doc__ or "").partition("\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=summary, epilog=details, formatter_class=raw)
    parser.add_argument("--orders", type=int, default=50_000, help="to be placed (50000)")
    parser.add_argument("--users", type=int, default=10_000, help="customers (10000)")
    parser.add_argument("-o", "--output", type=Path, help="write the calibration to this file")
    parser.add_argument("--write", action="store_true", help="write it to the built-in file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
