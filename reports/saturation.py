"""Which part of a brokerage fills up first: its workers, or a class of its actors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from reports.tables import Table

Facts = dict[str, Any]

WORKERS: Final = "workers"
_PREFIX: Final = "utilisation."
_NOT_CLASSES: Final = {"mean", "max"}


def saturation_of(metrics: Mapping[str, float]) -> list[Facts]:
    """Return the parts that can fill up, the busiest first.

    The utilisation of workers is of the measured time; that of a class of actors is of its mean
    actor over the whole run, so that one busy actor among many idle ones shows in its waits only.

    Returns:
        For each its `name`, `count`, `utilisation` (0..1), and `wait_s`, the mean seconds that a
        message waited from its arrival to the start of its service (for workers: that any did).
    """
    names = (name.removeprefix(_PREFIX) for name in metrics if name.startswith(_PREFIX))
    classes = [name for name in names if name not in _NOT_CLASSES]
    rows = [_of_class(metrics, name) for name in classes]
    if "utilisation.mean" in metrics:
        rows.append(_of_workers(metrics, classes))
    return sorted(rows, key=lambda row: (-row["utilisation"], row["name"]))


def nodes_of(folder: Path, virtual_s: float, workers: int) -> list[Facts]:
    """Return how full each node of a run was; empty where there is one node.

    Args:
        folder: The run.
        virtual_s: Length of the whole run, over which the busy time is taken.
        workers: Of each node.
    """
    table = Table(folder, "actors")
    node, busy_us = table.words("node"), table.numbers("busy_us")
    waiting_us, messages = table.numbers("waiting_us"), table.numbers("messages")
    if len(node.words) < 2 or virtual_s <= 0:
        return []
    rows = []
    for name in sorted(node.words):
        own = node.equal(name)
        handled = int(messages[own].sum())
        rows.append({
            "name": name,
            "count": workers,
            "utilisation": int(busy_us[own].sum()) / 1e6 / (virtual_s * workers),
            "wait_s": int(waiting_us[own].sum()) / 1e6 / handled if handled else 0.0,
        })  # fmt: skip
    return rows


def _of_class(metrics: Mapping[str, float], name: str) -> Facts:
    messages = metrics.get(f"actors.{name}.messages", 0)
    waiting_s = metrics.get(f"actors.{name}.waiting_s", 0.0)
    return {
        "name": name,
        "count": metrics.get(f"actors.{name}.count", 0),
        "utilisation": metrics[f"{_PREFIX}{name}"],
        "wait_s": waiting_s / messages if messages else 0.0,
    }


def _of_workers(metrics: Mapping[str, float], classes: list[str]) -> Facts:
    messages = sum(metrics.get(f"actors.{name}.messages", 0) for name in classes)
    waiting_s = sum(metrics.get(f"actors.{name}.waiting_s", 0.0) for name in classes)
    return {
        "name": WORKERS,
        "count": None,
        "utilisation": metrics["utilisation.mean"],
        "wait_s": waiting_s / messages if messages else 0.0,
    }
