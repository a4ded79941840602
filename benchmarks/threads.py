"""What the brokerage carries on threads: orders per second, and latency at a steady rate.

    python benchmarks/threads.py                                # all, about three minutes
    python benchmarks/threads.py --seconds 10 --workers 1       # shorter
    python benchmarks/threads.py --rate 8000 --switch-interval 0.001
    python benchmarks/threads.py --highest                      # the highest rate it keeps up with

The orders are those of the profile `retail`, for 100 stocks. Customers deposit and transfer their
shares in first, which is not measured. Everything is heard in the order in which it happens and
audited at the end. In the closed loop so many orders are in flight and the next one is sent upon
an answer; in the open loop each is sent at its instant (a Poisson process), and its latency counts
from then. A feeder that falls behind is shown: compare `sent/s` with `offered/s`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from printing import against, busy_neighbours, machine, table

from scenarios.loader import resolve
from simulation.measured import Measured
from simulation.plan import LoadPlan, Plan
from simulation.prices import make_tape
from simulation.streams import Streams
from simulation.wall_clock import Judgement, Replay
from simulation.workload import make_workload

WARM_UP_S = 60.0
LEAST_ORDERS_PER_S = 25_000.0
P99_BAR_S = 0.020
P99_BAR_HIGHEST_S = 0.500
QUANTILES = (0.5, 0.99, 0.999, 1.0)


def orders_plan(users: int, rate_per_s: float, seconds: float) -> Plan:
    """Return the plan of a steady stream of orders after the customers have paid in."""
    plan = resolve("trading-day", (), None).plan
    load = LoadPlan("constant-arrival-rate", "orders", WARM_UP_S, seconds, rate_per_s)
    return replace(
        plan,
        starts_at_s=plan.market.opens_s - int(WARM_UP_S),
        warm_up_s=WARM_UP_S,
        duration_s=seconds,
        users=replace(plan.users, count=users),
        load=(load,),
    )


@contextmanager
def brokerage(plan: Plan, workers: int) -> Iterator[Replay]:
    """Open a brokerage for a plan, and let its customers pay in."""
    streams = Streams(plan.seed)
    tape = make_tape(plan, streams)
    with Replay(make_workload(plan, tape, streams), tape, workers=workers) as replay:
        replay.closed(in_flight=100, until_s=WARM_UP_S)
        yield replay


@contextmanager
def switching(interval_s: float) -> Iterator[None]:
    """Let threads take turns after so many seconds."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(interval_s)
    try:
        yield
    finally:
        sys.setswitchinterval(usual_s)


def closed_loop(plan: Plan, workers: int, in_flight: int) -> tuple[Measured, Judgement]:
    """Place the orders of a plan as fast as it goes."""
    with brokerage(plan, workers) as replay:
        return replay.closed(in_flight), replay.judge()


def open_loop(plan: Plan, workers: int) -> tuple[Measured, Judgement]:
    """Place the orders of a plan on time."""
    with brokerage(plan, workers) as replay:
        return replay.open(), replay.judge()


def milliseconds(measured: Measured) -> list[float]:
    """Return the latencies at `QUANTILES`."""
    quantiles_s = np.quantile(measured.latency_s, QUANTILES)
    return [float(value) for value in quantiles_s * 1e3]


def verdict(measured: Measured, judgement: Judgement) -> str:
    """Say in a word what the audit found."""
    if measured.unanswered:
        return f"{measured.unanswered} unanswered"
    return "clean" if judgement.passed else "NOT CLEAN"


def closed_rows(arguments: argparse.Namespace) -> Iterator[list[object]]:
    """Measure the closed loop at each setting."""
    plan = orders_plan(arguments.users, arguments.rate, arguments.seconds)
    for workers in arguments.workers:
        for interval_s in arguments.switch_interval:
            with switching(interval_s):
                measured, judgement = closed_loop(plan, workers, arguments.in_flight)
            rate = measured.answered_per_s
            bar = against(rate, ">", LEAST_ORDERS_PER_S)
            latencies = milliseconds(measured)
            setting = [workers, interval_s * 1e3]
            yield [*setting, len(measured), rate, bar, *latencies, verdict(measured, judgement)]


def open_rows(arguments: argparse.Namespace) -> Iterator[list[object]]:
    """Measure the open loop at each setting."""
    plan = orders_plan(arguments.users, arguments.rate, arguments.seconds)
    for workers in arguments.workers:
        for interval_s in arguments.switch_interval:
            with switching(interval_s):
                measured, judgement = open_loop(plan, workers)
            latencies = milliseconds(measured)
            bar = against(latencies[1], "<", P99_BAR_S * 1e3)
            rates = [measured.offered_per_s, measured.sent_per_s]
            setting = [workers, interval_s * 1e3]
            yield [*setting, *rates, bar, *latencies, verdict(measured, judgement)]


def carries(arguments: argparse.Namespace, rate_per_s: float) -> bool:
    """Tell whether p99 stays below half a second at a rate, and print what was seen."""
    plan = orders_plan(arguments.users, rate_per_s, arguments.seconds)
    measured, judgement = open_loop(plan, arguments.workers[0])
    p99_ms = milliseconds(measured)[1]
    print(
        f"  {rate_per_s:8,.0f} orders/s offered, {measured.sent_per_s:8,.0f} sent: "
        f"p99 {p99_ms:,.1f} ms, audit {verdict(measured, judgement)}",
        flush=True,
    )
    return p99_ms < P99_BAR_HIGHEST_S * 1e3 and judgement.passed


def highest_rate(arguments: argparse.Namespace) -> float:
    """Find the highest rate that is carried, within 5 %, by bisection.

    Returns:
        Orders per second; 0 where not even a thousandth of the rate asked for is carried.
    """
    low, high = 0.0, float(arguments.rate)
    while carries(arguments, high):
        low, high = high, high * 2
    while high - low > 0.05 * high and high > arguments.rate / 1_000:
        middle = (low + high) / 2
        low, high = (middle, high) if carries(arguments, middle) else (low, middle)
    return low


def main() -> None:
    """Measure, and print."""
    arguments = parse()
    print(machine())
    print(busy_neighbours())
    if arguments.highest:
        rate = highest_rate(arguments)
        print(f"highest rate with p99 < {P99_BAR_HIGHEST_S * 1e3:.0f} ms: {rate:,.0f} orders/s")
        return
    quantiles = ["p50 ms", "p99 ms", "p99.9 ms", "max ms", "audit"]
    setting = ["workers", "switch ms"]
    heads = [*setting, "orders", "orders/s", "bar", *quantiles]
    title = f"closed loop, {arguments.in_flight} orders in flight, {arguments.users:,} users"
    print(table(title, heads, list(closed_rows(arguments))), flush=True)
    heads = [*setting, "offered/s", "sent/s", "p99 bar ms", *quantiles]
    title = f"open loop, {arguments.seconds:g} s, latency from the intended start"
    print(table(title, heads, list(open_rows(arguments))))


def parse() -> argparse.Namespace:
    """Read the command line."""
    summary, _, details = (__doc__ or "").partition("\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=summary, epilog=details, formatter_class=raw)
    parser.add_argument("--seconds", type=float, default=60.0, help="of orders (60)")
    parser.add_argument("--rate", type=float, default=5_000.0, help="orders per second (5000)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="threads (1 2)")
    parser.add_argument("--users", type=int, default=10_000, help="customers (10000)")
    parser.add_argument("--in-flight", type=int, default=100, help="of the closed loop (100)")
    parser.add_argument(
        "--switch-interval", type=float, nargs="+", default=[sys.getswitchinterval()],
        metavar="S", help="seconds after which threads take turns (0.005)",
    )  # fmt: skip
    parser.add_argument("--highest", action="store_true", help="only find the highest rate")
    return parser.parse_args()


if __name__ == "__main__":
    main()
