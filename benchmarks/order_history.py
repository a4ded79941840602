"""What the history of orders costs those who trade: orders per second with and without it.

Usage, from the root of a checkout: python benchmarks/order_history.py [options]

The same orders, as fast as they go on one worker thread, with so many in flight; the settings
take turns, so that a machine that slows down meets all of them. `cpu` is the processor time of
the whole process for one order, that of the thread that writes the history included.
"""

from __future__ import annotations

import time
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from guarantees import Orders, orders_of, parse
from printing import busy_neighbours, machine, table
from threads import WARM_UP_S, orders_plan

from actors.order_history import OrderHistory
from actors.order_history.store import Store
from actors.runtimes.journal import MemoryJournal
from actors.runtimes.threads import ThreadRuntime
from simulation.wall_clock import Replay

SETTINGS = ("without", "in memory", "in a file")


def measure(orders: Orders, setting: str, folder: Path, in_flight: int) -> tuple[float, float]:
    """Return orders per second, and microseconds of processor time an order."""
    runtime = ThreadRuntime(1, MemoryJournal(keep_all=False))
    history = None
    if setting != "without":
        history = OrderHistory(Store(folder / "orders" if setting == "in a file" else None))
        runtime.follow(history)
    with Replay(*orders, runtime=runtime, audited=False) as replay:
        replay.closed(in_flight, until_s=WARM_UP_S)
        used_s = time.process_time()
        measured = replay.closed(in_flight)
        if history is not None:
            history.catch_up()
        used_s = time.process_time() - used_s
        assert not measured.unanswered, "every order is answered"
    if history is not None:
        history.close()
    return measured.answered_per_s, used_s / len(measured) * 1e6


def main() -> None:
    """Measure, and print."""
    arguments = parse(__doc__, rounds=5)
    print(machine())
    print(busy_neighbours())
    orders = orders_of(orders_plan(arguments.users, arguments.rate, arguments.seconds))
    found: dict[str, list[tuple[float, float]]] = {setting: [] for setting in SETTINGS}
    for _, setting in product(range(arguments.rounds), SETTINGS):
        with TemporaryDirectory(dir=arguments.folder) as folder:
            found[setting].append(measure(orders, setting, Path(folder), arguments.in_flight))
    base = median(cpu_us for _, cpu_us in found["without"])
    shown = []
    for setting, measured in found.items():
        rates, cpu_us = zip(*measured, strict=True)
        cpu = median(cpu_us)
        shown.append([setting, median(rates), min(rates), max(rates), cpu, cpu / base])
    heads = ["history", "orders/s", "least", "most", "cpu us/order", "ratio"]
    print(table(f"medians of {arguments.rounds} rounds, wall-clock", heads, shown))


if __name__ == "__main__":
    main()
