"""The timeline adds up what waits for the actors of one class."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import simpy

from simulation.recorder import ColumnWriter
from simulation.records import SCHEMAS
from simulation.timeline import Timeline


class Account: ...


class OrderBook: ...


def place(address: str, actor_class: type, waiting: int) -> Any:
    return SimpleNamespace(address=address, actor_class=actor_class, queue=[None] * waiting)


class Machine:
    """A node whose actors wait as a test says."""

    workers = 2
    busy_s = 0.0

    def __init__(self, ready: Callable[[], list[Any]], *classes: str) -> None:
        self._ready = ready
        self.staff: list[Any] = []
        self.tallies = dict.fromkeys(classes)

    @property
    def ready(self) -> list[Any]:
        return self._ready()


def rows_of(env: simpy.Environment, node: Machine, end_s: float, folder: Path) -> list[Any]:
    """Return what the timeline says of mailboxes while messages are on their way until `end_s`."""
    runtime: Any = SimpleNamespace(
        env=env, now=0.0, cluster=SimpleNamespace(nodes=[node]), is_idle=lambda: env.now >= end_s
    )
    timeline = Timeline(runtime, None, end_s=0.0)
    env.run()
    timeline.close()
    with closing(ColumnWriter(SCHEMAS["queues"], folder, "queues")) as table:
        timeline.write_queues(table)
    rows: list[Any] = pq.read_table(folder / "queues" / "part-0000.parquet").to_pylist()
    return rows


def test_messages_that_wait_are_summed_by_class_at_each_second(tmp_path: Path) -> None:
    ready = [place("account/1", Account, 3), place("book/X", OrderBook, 2)]
    node = Machine(lambda: ready, "OrderBook", "Account", "Stock")
    served = place("account/2", Account, 4)
    node.staff = [SimpleNamespace(cell=served), SimpleNamespace(cell=None)]

    rows = rows_of(simpy.Environment(), node, 0.0, tmp_path)

    assert {row["actor"]: row["depth"] for row in rows} == {
        "Account": 7,
        "OrderBook": 2,
        "Stock": 0,
    }


def test_what_waits_after_the_end_is_counted_until_nothing_does(tmp_path: Path) -> None:
    node = Machine(lambda: [place("book/X", OrderBook, 5)], "OrderBook")

    rows = rows_of(simpy.Environment(), node, 3.0, tmp_path)

    assert [row["at_us"] for row in rows] == [0, 1_000_000, 2_000_000, 3_000_000]


def test_what_waits_only_at_whole_seconds_does_not_seem_to_wait_always(tmp_path: Path) -> None:
    env = simpy.Environment()
    burst = [place("book/X", OrderBook, 100)]
    node = Machine(lambda: burst if env.now % 1.0 < 0.01 else [], "OrderBook")

    rows = rows_of(env, node, 50.0, tmp_path)

    assert len(rows) == 51
    assert sum(row["depth"] > 0 for row in rows) <= 2
