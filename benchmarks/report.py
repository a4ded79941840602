"""Writes the report of a day of 1,000,000 orders and measures what that takes.

Usage, from the root of a checkout: python benchmarks/report.py [--orders N] [--run FOLDER]

Without `--run` the day is made up from a seed and recorded with the schemas of a run: 10,000
users, 100 symbols, one other request for each order, and a stall of half a minute. The report is
everything that `openoutcry report` writes: metrics, page, figures, tables. It is made in a fresh
process, whose peak memory is told; `cpu` is the processor time of all its threads.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from printing import against, busy_neighbours, machine, table

from reports import exports, page
from reports.metrics import summarise
from simulation.recorder import Coded, ColumnWriter
from simulation.records import OPERATIONS, SCHEMAS
from simulation.run_folder import RunFolder

WALL_BAR_S = 20.0
MEMORY_BAR_MIB = 1_024.0
PAGE_BAR_KB = 2_000.0
USERS = 10_000
DAY_US = 23_700_000_000
STALL_US = (12_000_000_000, 12_030_000_000)
SYMBOLS = [f"S{number:03}" for number in range(100)]
ACCOUNTS = [f"account/U{number:06}-1" for number in range(1, USERS + 1)]
ACTORS = ("Account", "MarketData", "OrderBook", "Stock", "StockExchange")
ROWS_AT_ONCE = 100_000
MEANS = {"network": 9, "mailbox": 2, "worker": 3, "service": 4, "commit": 5}  # of logarithms


def record(out: Path, orders: int) -> Path:
    """Record a made-up day with so many orders; return its folder."""
    rng = np.random.default_rng(1)
    with RunFolder.create(out, "made-up-day", "", "", 1, "openoutcry run made-up-day") as run:
        record_requests(run.table("requests"), 2 * orders, rng)
        record_orders(run.table("orders"), orders, rng)
        record_executions(run.table("transactions"), orders, rng)
        record_ticks(run.table("prices"), orders // 8, rng)
        record_seconds(run, rng)
        plan = {"duration_s": DAY_US / 1e6 - 300, "warm_up_s": 300.0, "starts_at_s": 33_900,
                "market": {"symbols": 100, "opens_s": 34_200, "closes_s": 57_600}}  # fmt: skip
        prices = dict.fromkeys(SYMBOLS, 1_000_000)
        run.write_json("plan.json", plan)
        counters = {"virtual_s": DAY_US / 1e6, "events": {}, "opening_prices": prices}
        run.write_json("counters.json", counters)
    return run.path


def in_chunks(writer: ColumnWriter, columns: dict[str, Any], count: int) -> None:
    """Write columns in pieces, as a run does."""
    for start in range(0, count, ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        writer.append_columns({
            name: Coded(values.codes[part], values.words)
            if isinstance(values, Coded) else values[part]
            for name, values in columns.items()
        })  # fmt: skip


def record_requests(writer: ColumnWriter, count: int, rng: np.random.Generator) -> None:
    intended = np.sort(rng.integers(0, DAY_US, count))
    parts = {
        f"{part}_us": rng.lognormal(mean, 0.6, count).astype(np.int64)
        for part, mean in MEANS.items()
    }
    stalled = (intended >= STALL_US[0]) & (intended < STALL_US[1])
    parts["mailbox_us"] += np.where(stalled, STALL_US[1] - intended, 0)
    answered = intended + sum(parts.values())
    operation = rng.choice([4, 2, 3, 8, 9, 10], count, p=[0.1, 0.2, 0.1, 0.3, 0.2, 0.1])
    rejected = rng.random(count) < 0.02
    users = rng.integers(1, USERS + 1, count)
    same = np.zeros(count, np.int64)
    in_chunks(writer, {
        "command_id": np.arange(count), "operation": Coded(operation, OPERATIONS),
        "user": users, "account": users, "symbol": Coded(rng.integers(0, 100, count), SYMBOLS),
        "intended_us": intended, "sent_us": intended, "accepted_us": answered,
        "executed_us": np.full(count, -1), "answered_us": answered,
        "status": Coded(rejected.astype(int), ("ok", "rejected")),
        "reason": Coded(rejected.astype(int), ("", "insufficient_funds")), **parts,
        "region": Coded(same, ("local",)), "node": Coded(same, ("node-1",)),
    }, count)  # fmt: skip


def record_orders(writer: ColumnWriter, count: int, rng: np.random.Generator) -> None:
    placed = np.sort(rng.integers(0, DAY_US, count))
    closed = placed + rng.integers(10_000, 3_600_000_000, count)
    executed = rng.random(count) < 0.8
    quantity = rng.integers(1, 200, count)
    account = rng.integers(0, USERS, count)
    in_chunks(writer, {
        "order_id": [f"U{number}" for number in range(count)], "command_id": np.arange(count),
        "account": Coded(account, ACCOUNTS), "symbol": Coded(rng.integers(0, 100, count), SYMBOLS),
        "order_type": Coded(rng.integers(0, 2, count), ("BUY", "SELL")),
        "price_type": Coded(rng.integers(0, 2, count), ("MARKET", "LIMIT")), "quantity": quantity,
        "worst_price": np.full(count, 1_050_000), "placed_us": placed,
        "executed_us": np.where(executed, closed, -1), "closed_us": closed,
        "status": Coded(executed.astype(int), ("CANCELLED", "EXECUTED")),
        "executed": np.where(executed, quantity, 0), "price": np.full(count, 1_000_000),
    }, count)  # fmt: skip


def record_executions(writer: ColumnWriter, count: int, rng: np.random.Generator) -> None:
    quantity = rng.integers(1, 200, count)
    sells = rng.integers(0, 2, count)
    in_chunks(writer, {
        "transaction_id": [f"T{number}" for number in range(count)],
        "account": Coded(rng.integers(0, USERS, count), ACCOUNTS),
        "kind": Coded(sells, ("buy", "sell")), "order_id": [""] * count,
        "execution_id": [""] * count, "symbol": Coded(rng.integers(0, 100, count), SYMBOLS),
        "quantity": quantity, "price": np.full(count, 1_000_000),
        "amount": np.where(sells, 1, -1) * quantity * 1_000_000,
        "realised": sells * rng.integers(-1_000_000, 1_000_000, count),
        "at_us": np.sort(rng.integers(0, DAY_US, count)), "cost": np.zeros(count, np.int64),
    }, count)  # fmt: skip


def record_ticks(writer: ColumnWriter, count: int, rng: np.random.Generator) -> None:
    due = np.sort(rng.integers(0, DAY_US, count))
    in_chunks(writer, {
        "symbol": Coded(rng.integers(0, 100, count), SYMBOLS), "number": np.arange(count),
        "price": np.full(count, 1_000_000), "intended_us": due, "book_us": due + 100,
        "valuation_us": due + 120,
    }, count)  # fmt: skip


def record_seconds(run: RunFolder, rng: np.random.Generator) -> None:
    seconds = DAY_US // 1_000_000
    at_us = np.arange(seconds) * 1_000_000
    names = SCHEMAS["timeline"].names
    rows = {name: rng.integers(0, 100, seconds) for name in names} | {"at_us": at_us}
    run.table("timeline").append_columns(rows | {"workers": np.full(seconds, 2)})
    run.table("queues").append_columns({
        "at_us": np.repeat(at_us, len(ACTORS)),
        "actor": Coded(np.tile(np.arange(len(ACTORS)), seconds), ACTORS),
        "depth": rng.integers(0, 9, seconds * len(ACTORS)),
    })  # fmt: skip
    for name in ACTORS:
        run.table("actors").append(name, "node-1", 100, 10**6, 10**9, 10**8, 50, 0, 0, 0)


def write_report(folder: Path) -> dict[str, float]:
    """Write everything about a run; return seconds by part, and the peak memory in MiB."""
    marks = [(time.perf_counter(), time.process_time())]
    for write in (summarise, page.write, exports.write_texts, exports.write_figures):
        write(folder)
        marks.append((time.perf_counter(), time.process_time()))
    names = ("metrics", "page", "tables", "figures")
    spent = {name: marks[place + 1][0] - marks[place][0] for place, name in enumerate(names)}
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    spent |= {f"all_{kind}": end - begin for kind, begin, end in
              zip(("wall", "cpu"), marks[0], marks[-1], strict=True)}  # fmt: skip
    size_kb = (folder / "report.html").stat().st_size / 1_000
    return {**spent, "peak_mib": peak_mib, "page_kb": size_kb}


def measured(folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--run", str(folder), "--json"]
    started_s = time.perf_counter()
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(text.splitlines()[-1])
    return found | {"process": time.perf_counter() - started_s}


def show(found: dict[str, float]) -> None:
    parts = ("metrics", "page", "tables", "figures", "all_cpu")
    rows = [[name, f"{found[name]:.1f} s", ""] for name in parts]
    for name, value, unit, bar in (
        ("all, with imports", found["process"], "s", WALL_BAR_S),
        ("peak memory", found["peak_mib"], "MiB", MEMORY_BAR_MIB),
        ("report.html", found["page_kb"], "kB", PAGE_BAR_KB),
    ):
        rows.append([name, f"{value:,.1f} {unit}", against(value, "<", bar)])
    print(table("the report of a day", ["what", "took", "bar"], rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--run", type=Path, help="the folder of a recorded run")
    parser.add_argument("--json", action="store_true", help="measure here, and print as JSON")
    given = parser.parse_args()
    if given.json:
        print(json.dumps(write_report(given.run)))
        return
    print(machine())
    with TemporaryDirectory() as out:
        show(measured(given.run or record(Path(out), given.orders)))
    print(busy_neighbours())


if __name__ == "__main__":
    main()
