"""What the brokerage did: totals of orders and money, busy actors, and Little's law."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from reports.findings import Window
from reports.requests import Requests
from reports.statistics import exact_sum
from reports.tables import Mask, Table

_US_PER_S: Final = 1_000_000
_ENOUGH_COUNTED: Final = 100


def order_totals(folder: Path) -> dict[str, float]:
    """Count accepted orders by status, side and kind."""
    table = Table(folder, "orders")
    totals: dict[str, float] = {"total.accepted": len(table.numbers("quantity"))}
    for status in ("executed", "cancelled", "expired", "pending"):
        totals[f"total.{status}"] = 0
    for column in ("status", "order_type", "price_type"):
        for word, count in table.words(column).counts().items():
            totals[f"total.{word.lower()}"] = count
    # What was refused at once is no row here; `total.rejected` counts only that.
    totals["total.rejected_later"] = totals.pop("total.rejected", 0)
    return totals


def money_totals(folder: Path) -> dict[str, float]:
    """Count transactions and sum deposits, withdrawals and realised profit (1/10,000 USD)."""
    table = Table(folder, "transactions")
    kind, amount = table.words("kind"), table.numbers("amount")
    return {
        "total.transactions": len(amount),
        "total.deposited": exact_sum(amount[kind.equal("deposit")]),
        "total.withdrawn": abs(exact_sum(amount[kind.equal("withdraw")])),
        "total.realised": exact_sum(table.numbers("realised")),
    }


def _sum(values: Any, rows: Mask) -> int:
    return int(values[rows].sum())


def actor_totals(folder: Path, virtual_s: float, workers: int) -> dict[str, float]:
    """Describe each class of actors over the whole run.

    Args:
        folder: The run.
        virtual_s: Length of the run.
        workers: Workers of all nodes together.

    Returns:
        By `actors.<class>`: `count`, `messages`, `busy_s`, `waiting_s`, `depth_max`,
        `restarts`, `dead_letters`, `refused`, and `worker_share` (of all workers' time).
        By `utilisation.<class>`: the busy share of its mean actor.
    """
    table = Table(folder, "actors")
    actor = table.words("actor")
    columns = ("actors", "messages", "busy_us", "waiting_us", "depth_max", "restarts",
               "dead_letters", "refused")  # fmt: skip
    numbers = {column: table.numbers(column) for column in columns}
    totals: dict[str, float] = {}
    for name in sorted(actor.words):
        rows = actor.equal(name)
        sums = {column: _sum(values, rows) for column, values in numbers.items()}
        sums["depth_max"] = int(numbers["depth_max"][rows].max())
        totals |= _of_class(name, sums, virtual_s, workers)
    return totals


def _of_class(name: str, sums: dict[str, int], virtual_s: float, workers: int) -> dict[str, float]:
    busy_s, waiting_s = sums.pop("busy_us") / _US_PER_S, sums.pop("waiting_us") / _US_PER_S
    count = sums.pop("actors")
    own = {"count": count, "busy_s": busy_s, "waiting_s": waiting_s, **sums}
    totals: dict[str, float] = {f"actors.{name}.{key}": value for key, value in own.items()}
    if virtual_s > 0:
        totals[f"actors.{name}.worker_share"] = busy_s / (virtual_s * max(workers, 1))
        totals[f"utilisation.{name}"] = busy_s / (virtual_s * max(count, 1))
        totals |= _law(f"littles_law.{name}", sums["messages"], busy_s + waiting_s, virtual_s)
    return totals


def _law(name: str, messages: int, sojourn_s: float, virtual_s: float) -> dict[str, float]:
    """State Little's law for a class: `lambda` x `w` messages are there on average.

    Both sides come from the same sums here, so this is a statement, not a check; checks are
    `queues_law` and `requests_law`, whose left sides are counted independently.
    """
    return {
        f"{name}.lambda": messages / virtual_s,
        f"{name}.w": sojourn_s / messages if messages else 0.0,
        f"{name}.l": sojourn_s / virtual_s,
    }


def queues_law(folder: Path, virtual_s: float) -> dict[str, float]:
    """Check Little's law on what waits for each class of actors.

    On one side the mean number that waits, as counted once a second; on the other the rate of
    messages times their mean wait, which sums what each of them waited and counts nobody.

    Returns:
        By `littles_law.<class>`: `waiting` and `expected`, and their `difference` as a share
        where at least a hundred messages were counted; with fewer it would be noise.
    """
    actors, queues = Table(folder, "actors"), Table(folder, "queues")
    actor, waited_us = actors.words("actor"), actors.numbers("waiting_us")
    queued, depth = queues.words("actor"), queues.numbers("depth")
    found: dict[str, float] = {}
    for name in sorted(set(actor.words) & set(queued.words)):
        own = depth[queued.equal(name)]
        if not len(own) or not virtual_s > 0:
            continue
        expected = _sum(waited_us, actor.equal(name)) / _US_PER_S / virtual_s
        found[f"littles_law.{name}.waiting"] = float(own.mean())
        found[f"littles_law.{name}.expected"] = expected
        if own.sum() >= _ENOUGH_COUNTED and expected > 0:
            found[f"littles_law.{name}.difference"] = float(own.mean()) / expected - 1
    return found


def worker_utilisation(folder: Path, window: Window) -> dict[str, float]:
    """Return the busy share of all workers while measured: mean, and in the busiest second."""
    table = Table(folder, "timeline")
    counted = window.holds(table.numbers("at_us"))
    busy, workers = table.numbers("busy_us")[counted], table.numbers("workers")[counted]
    if not workers.sum():
        return {}
    shares = busy / (np.maximum(workers, 1) * _US_PER_S)
    mean = busy.sum() / (workers.sum() * _US_PER_S)
    return {"utilisation.mean": float(mean), "utilisation.max": float(shares.max())}


def requests_law(folder: Path, requests: Requests) -> dict[str, float]:
    """Check Little's law on the requests: in flight as counted each second, against lambda W.

    Source: J. D. C. Little, Operations Research 9(3), 1961. `difference` is relative to lambda W;
    it shrinks with the length of the run, as what is in flight at its ends weighs less.
    """
    table, window = Table(folder, "timeline"), requests.window
    in_flight = table.numbers("in_flight")[window.holds(table.numbers("at_us"))]
    rows = window.holds(requests.sent) & (requests.answered >= 0)
    times = (requests.answered - requests.sent)[rows]
    if not len(in_flight) or not times.sum():
        return {}
    rate, mean_s = len(times) / window.seconds, float(times.mean()) / _US_PER_S
    found = {"l": float(in_flight.mean()), "lambda": rate, "w": mean_s}
    found["difference"] = found["l"] / (rate * mean_s) - 1
    return {f"littles_law.requests.{name}": value for name, value in found.items()}
