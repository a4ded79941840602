"""What a whole trading day costs: time, memory, cost per order, and where the time goes.

    python benchmarks/trading_day.py                  # 10,000 users, 2,000,000 operations
    python benchmarks/trading_day.py --orders-only    # the 1,000,000 orders alone
    python benchmarks/trading_day.py --bare           # and the ratio to the plain rules in a loop
    python benchmarks/trading_day.py --profile        # and where the time goes
    python benchmarks/trading_day.py --scale          # 10,000, 100,000 and 1,000,000 orders
    python benchmarks/trading_day.py --users          # 1,000, 10,000 and 100,000 users
    python benchmarks/trading_day.py --orders 20000 --users 500 2000    # any sizes

It runs the scenario `trading-day` as `openoutcry run` does, from the workload to the audit and
the closed files; the report page is left out. Each run has a fresh process. A day of fewer orders
is shorter, at the same rates of orders, ticks and other operations. The cost per order is that of
the day itself, from the bell to rest: what the users do before the bell does not depend on the
orders.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from one_day import FULL_DAY, Day
from printing import against, busy_neighbours, machine, table
from sampling import Peaks

ONE_DAY = Path(__file__).with_name("one_day.py")
LOOK_EVERY_S = 0.05
WALL_BAR_S = 75.0
WALL_BAR_ORDERS_ONLY_S = 45.0
MEMORY_BAR_MIB = 1_024.0
FLAT_WITHIN = 1.25  # dearest over cheapest
SCALES = (10_000, 100_000, FULL_DAY)
USERS = (1_000, 10_000, 100_000)
PHASES = (
    ("imports", "begin", "start"),
    ("workload, set-up", "start", "set up"),
    ("before the bell", "set up", "bell"),
    ("the day", "bell", "at rest"),
    ("audit's end, files", "at rest", "end"),
)


class Took(NamedTuple):
    """What a run took.

    Attributes:
        wall_s: From the start of its process to its end.
        said: What it printed.
        peaks: Its memory.
    """

    wall_s: float
    said: dict[str, Any]
    peaks: Peaks

    def between(self, first: str, last: str) -> tuple[float, float, float]:
        """Return the seconds between two marks: wall, processor here, processor of the witness."""
        nothing = {"wall_s": self.said["marks"]["end"]["wall_s"] - self.wall_s}
        begin = nothing | {"main_s": 0.0, "witness_s": 0.0}
        marks = {"begin": begin, **self.said["marks"]}
        one, other = marks[first], marks[last]
        wall_s, main_s, witness_s = (
            other[name] - one[name] for name in ("wall_s", "main_s", "witness_s")
        )
        return wall_s, main_s, witness_s


def run(day: Day) -> Took:
    """Run a day in a process of its own, and watch its memory."""
    started_s = time.perf_counter()
    words = [sys.executable, str(ONE_DAY), msgspec.json.encode(day).decode()]
    peaks = Peaks()
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peaks.look(process.pid)
            time.sleep(LOOK_EVERY_S)
        wall_s = time.perf_counter() - started_s
        assert process.stdout is not None
        said = process.stdout.read()
    if process.returncode:
        sys.exit(f"the day failed with exit status {process.returncode}; see above")
    return Took(wall_s, json.loads(said.splitlines()[-1]), peaks)


def day_rows(day: Day, took: Took) -> list[Sequence[object]]:
    """Return the figures of one day, with the bars that hold for the full one."""
    is_full = day.orders == FULL_DAY
    wall_bar_s = WALL_BAR_ORDERS_ONLY_S if day.orders_only else WALL_BAR_S
    said, peaks = took.said, took.peaks
    end = said["marks"]["end"]
    return [
        ("wall, s", took.wall_s, against(took.wall_s, "<", wall_bar_s) if is_full else ""),
        ("processor, main process, s", end["main_s"], ""),
        ("processor, witness, s", end["witness_s"], ""),
        ("peak memory, main process, MiB", peaks.main, ""),
        ("peak memory, witness, MiB", peaks.witness, ""),
        ("peak memory, both, MiB", peaks.together, against(peaks.together, "<", MEMORY_BAR_MIB)),
        ("commands", said["commands"], ""),
        ("commands per s", said["commands"] / took.wall_s, ""),
        ("messages", said["messages"], ""),
        ("messages per s", said["messages"] / took.wall_s, ""),
        ("recorded, MiB", said["recorded_mib"], ""),
        ("commands without an answer", said["unanswered"], against(said["unanswered"], "<", 1)),
        ("audit", said["audit"], ""),
        ("digest", said["digest"][:12], ""),
    ]


def phase_rows(took: Took) -> list[Sequence[object]]:
    """Return the time of each phase."""
    return [(name, *took.between(first, last)) for name, first, last in PHASES]


def profile_rows(took: Took) -> list[Sequence[object]]:
    """Return the time and share of each part of the main process, largest first."""
    profile: dict[str, float] = took.said["profile"]
    total_s = sum(profile.values())
    parts = sorted(profile.items(), key=lambda item: -item[1])
    return [(name, seconds, f"{seconds / total_s:.1%}") for name, seconds in parts]


def bare_rows(day: Day, took: Took) -> list[Sequence[object]]:
    """Apply the plain rules to the same orders, and return the ratio of the whole to them."""
    bare = run(Day(day.orders, day.users, orders_only=True, bare=True)).said
    seconds = bare["bare_s"]
    end = took.said["marks"]["end"]
    both_s = end["main_s"] + end["witness_s"]
    return [
        ("the rules in one loop, s", seconds, ""),
        ("the rules in one loop, us per order", seconds / day.orders * 1e6, ""),
        ("wall of the whole", took.wall_s, f"{took.wall_s / seconds:.1f} x"),
        ("processor of the whole, both processes", both_s, f"{both_s / seconds:.1f} x"),
        ("orders executed by the rules", bare["executed"], ""),
        ("orders executed by the whole", took.said["executed"], ""),
    ]


def cost_row(day: Day) -> list[Any]:
    """Run a day, and return what an order costs."""
    took = run(day)
    wall_s, main_s, witness_s = took.between("bell", "at rest")
    seconds = (wall_s, main_s, main_s + witness_s)
    costs = [value / day.orders * 1e6 for value in seconds]
    peak = took.peaks.together
    return [f"{day.orders:,}", day.users, took.wall_s, *costs, peak, took.said["audit"]]


def cost_table(title: str, days: Sequence[Day]) -> str:
    """Return a table of costs per order, and whether they are flat."""
    rows = [cost_row(day) for day in days]
    heads = ["orders", "users", "wall s", "us/order wall", "us/order main", "us/order both"]
    ratio = max(row[3] for row in rows) / min(row[3] for row in rows)
    flat = f"dearest over cheapest, wall: {against(ratio, '<', FLAT_WITHIN)} ({ratio:.2f})"
    return table(title, [*heads, "peak MiB", "audit"], rows) + flat


def report_one(day: Day, *, with_bare: bool) -> None:
    """Run one day, and print everything about it."""
    took = run(day)
    what = "orders" if day.orders_only else "orders and as many other operations"
    title = f"trading day: {day.orders:,} {what}, {day.users:,} users"
    print(table(title, ["", "", "bar"], day_rows(day, took)))
    heads = ["phase", "wall s", "main s", "witness s"]
    print(table("phases", heads, phase_rows(took)))
    if day.profile:
        heads = ["main process", "s", "share"]
        print(table("where the wall time goes (sampled)", heads, profile_rows(took)))
    if with_bare:
        print(table("against the plain rules", ["", "", "ratio"], bare_rows(day, took)))


def main() -> None:
    """Measure, and print."""
    arguments = parse()
    print(machine())
    print(busy_neighbours(), flush=True)
    users, only = arguments.users, arguments.orders_only
    if arguments.scale is not None:
        days = [Day(orders, 10_000, only) for orders in arguments.scale or SCALES]
        print(cost_table("cost per order, by the size of the day", days))
    if users is not None and len(users) != 1:
        days = [Day(arguments.orders, count, only) for count in users or USERS]
        print(cost_table("cost per order, by the number of users", days))
    if arguments.scale is None and (users is None or len(users) == 1):
        count = users[0] if users else 10_000
        day = Day(arguments.orders, count, only or arguments.bare, profile=arguments.profile)
        report_one(day, with_bare=arguments.bare)


def parse() -> argparse.Namespace:
    """Read the command line."""
    summary, _, details = (__doc__ or "").partition("\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=summary, epilog=details, formatter_class=raw)
    parser.add_argument("--orders", type=int, default=FULL_DAY, help="of the day (1000000)")
    parser.add_argument("--orders-only", action="store_true", help="no other operations")
    parser.add_argument("--scale", type=int, nargs="*", metavar="ORDERS", help="compare days")
    parser.add_argument("--users", type=int, nargs="*", metavar="USERS", help="one, or several")
    parser.add_argument("--bare", action="store_true", help="orders only, and the ratio")
    parser.add_argument("--profile", action="store_true", help="sample where the time goes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
