"""The timeline adds up what waits for the actors of one class."""

from __future__ import annotations

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


def test_messages_that_wait_are_summed_by_class_at_each_second(tmp_path: Path) -> None:
    served = place("account/2", Account, 4)
    node = SimpleNamespace(
        ready=[place("account/1", Account, 3), place("book/X", OrderBook, 2)],
        staff=[SimpleNamespace(cell=served), SimpleNamespace(cell=None)],
        busy_s=0.0, workers=2, tallies={"OrderBook": None, "Account": None, "Stock": None},
    )  # fmt: skip
    runtime: Any = SimpleNamespace(
        env=simpy.Environment(), now=0.0, cluster=SimpleNamespace(nodes=[node])
    )
    timeline = Timeline(runtime, None, end_s=0.0)
    runtime.env.run()
    table = ColumnWriter(SCHEMAS["queues"], tmp_path, "queues")
    timeline.write_queues(table)
    table.close()

    rows = pq.read_table(tmp_path / "queues" / "part-0000.parquet").to_pylist()
    assert {row["actor"]: row["depth"] for row in rows} == {
        "Account": 7,
        "OrderBook": 2,
        "Stock": 0,
    }
