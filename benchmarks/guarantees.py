"""What the guarantees cost: orders per second with and without journal, with and without audit.

Usage, from the root of a checkout: python benchmarks/guarantees.py [options]

The same orders, as fast as they go on one worker thread, with so many in flight. Each setting
has its turn in each round, so that a machine that slows down meets all of them; the medians are
shown, and their ratios to the setting that guarantees nothing. `none` keeps no fact at all; in
`file` every answer waits until what it says is on disk. The audit judges every batch and answer
at once, in the worker.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec
from printing import busy_neighbours, machine, table
from threads import WARM_UP_S, orders_plan

from actors.messages.base import Fact
from actors.runtimes.journal import Journal, MemoryJournal, Pen
from actors.runtimes.sqlite_journal import SqliteJournal
from actors.runtimes.threads import ThreadRuntime
from simulation.audit import Auditor
from simulation.plan import Plan
from simulation.prices import PriceTape, make_tape
from simulation.streams import Streams
from simulation.wall_clock import Replay
from simulation.workload import Workload, make_workload


class NoJournal(MemoryJournal):
    """Keeps nothing: what a crash would take is lost."""

    def append(self, pen: Pen, facts: list[Fact], state: msgspec.Struct) -> bytes:
        """Forget the facts."""
        return b""


JOURNALS: dict[str, Callable[[Path], Journal]] = {
    "none": lambda _: NoJournal(),
    "memory": lambda _: MemoryJournal(keep_all=False),
    "file": SqliteJournal,
}
SETTINGS = tuple(product(JOURNALS, (False, True)))

Orders = tuple[Workload, PriceTape]


def orders_of(plan: Plan) -> Orders:
    """Make the workload and the prices of a plan."""
    streams = Streams(plan.seed)
    tape = make_tape(plan, streams)
    return make_workload(plan, tape, streams), tape


def orders_per_s(orders: Orders, journal: Journal, audited: bool, in_flight: int) -> float:
    """Place all orders as fast as it goes, after the customers have paid in."""
    runtime = ThreadRuntime(1, journal)
    auditor = Auditor()
    if audited:
        runtime.follow(auditor)
    with Replay(*orders, runtime=runtime, audited=False) as replay:
        replay.closed(in_flight, until_s=WARM_UP_S)
        measured = replay.closed(in_flight)
        assert not measured.unanswered, "every order is answered"
        assert not runtime.supervisor.failures, runtime.supervisor.failures
    if audited:
        assert auditor.finish().passed, "nothing was lost"
    return measured.answered_per_s


def rounds(arguments: argparse.Namespace) -> dict[tuple[str, bool], list[float]]:
    """Measure every setting once in each round."""
    orders = orders_of(orders_plan(arguments.users, arguments.rate, arguments.seconds))
    rates: dict[tuple[str, bool], list[float]] = {setting: [] for setting in SETTINGS}
    for number, (kind, audited) in product(range(arguments.rounds), SETTINGS):
        with TemporaryDirectory(dir=arguments.folder) as folder:
            journal = JOURNALS[kind](Path(folder) / f"floor-{number}.db")
            rate = orders_per_s(orders, journal, audited, arguments.in_flight)
            rates[kind, audited].append(rate)
            journal.close()
    return rates


def rows(rates: dict[tuple[str, bool], list[float]]) -> Iterator[list[object]]:
    """Return the medians, and their ratios to the setting that guarantees nothing."""
    base = median(rates["none", False])
    for (kind, audited), measured in rates.items():
        rate = median(measured)
        name = f"journal {kind}, {'audited' if audited else 'no audit'}"
        yield [name, rate, rate / base, min(measured), max(measured)]


def main() -> None:
    """Measure, and print."""
    arguments = parse()
    print(machine())
    print(busy_neighbours())
    title = (
        f"{arguments.in_flight} orders in flight, {arguments.users:,} users, "
        f"medians of {arguments.rounds} rounds, wall-clock"
    )
    heads = ["setting", "orders/s", "ratio", "least", "most"]
    print(table(title, heads, list(rows(rounds(arguments)))))


def parse(doc: str | None = __doc__, rounds: int = 3) -> argparse.Namespace:
    """Read the command line of a benchmark that places orders in rounds.

    Args:
        doc: Its docstring.
        rounds: How many rounds it has by default.
    """
    summary, _, details = (doc or "").partition("\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=summary, epilog=details, formatter_class=raw)
    parser.add_argument("--seconds", type=float, default=6.0, help="of orders (6)")
    parser.add_argument("--rate", type=float, default=5_000.0, help="orders per second (5000)")
    parser.add_argument("--users", type=int, default=1_000, help="customers (1000)")
    parser.add_argument("--in-flight", type=int, default=100, help="orders at a time (100)")
    parser.add_argument("--rounds", type=int, default=rounds, help=f"of all settings ({rounds})")
    parser.add_argument("--folder", help="where the files lie (that of temporary files)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
