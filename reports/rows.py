"""Finds single rows of a recorded run: one order, one command, or the slowest ones."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from math import inf
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reports.findings import Window
from reports.requests import Requests
from reports.slowest import slowest_places
from reports.tables import Integers, Table
from simulation.records import UnreadableRun, part_files

Row = dict[str, Any]

_NEAR: Final = 5
_GREATEST: Final = 2**63 - 1  # no table holds a greater number
_COMPARED: Final = 20_000  # accounts that a mistyped one is compared with; more would take seconds


class UnknownOrder(ValueError):  # noqa: N818 - what is the matter, not that it is an error
    """A run has no such order."""


def find_command(folder: Path, name: str) -> tuple[Row, Row | None]:
    """Return the request and the order of an order id, or of the number of a command.

    Returns:
        Its row of the table `requests`, and that of the table `orders`; None if it placed none.

    Raises:
        UnknownOrder: There is none; the message names near ones.
        UnreadableRun: A file of the run is damaged.
    """
    if name.isdecimal():
        command_id = min(int(name), _GREATEST)
        order = row_where(folder, "orders", "command_id", command_id)
    else:
        order = row_where(folder, "orders", "order_id", name)
        if order is None:
            raise UnknownOrder(f"{folder}: no order {name!r:.60}{_near(folder, name)}")
        command_id = order["command_id"]
    request = row_where(folder, "requests", "command_id", command_id)
    if request is None:
        raise UnknownOrder(f"{folder}: no command {command_id}{_numbers(folder)}")
    return request, order


def row_where(folder: Path, table: str, column: str, value: str | int) -> Row | None:
    """Return the first row of a table whose column has a value; None if there is none.

    Raises:
        UnreadableRun: A part file is damaged or lacks the column.
    """
    for file in part_files(folder, table):
        try:
            part = pq.ParquetFile(file)
            for group in range(part.num_row_groups):
                found = pc.index(part.read_row_group(group, [column]).column(0), value).as_py()
                if found >= 0:
                    row: Row = part.read_row_group(group).slice(found, 1).to_pylist()[0]
                    return row
        except (OSError, KeyError, pa.ArrowException) as error:
            raise UnreadableRun(f"{file}: not readable: {error}") from error
    return None


def rows_at(folder: Path, table: str, places: Integers) -> list[Row]:
    """Return the rows of a table at some places, counted over all its part files.

    Raises:
        UnreadableRun: A part file is damaged.
    """
    files = part_files(folder, table)
    try:
        dataset = pq.ParquetDataset(files) if files else None
        rows: list[Row] = [] if dataset is None else dataset.read().take(places).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise UnreadableRun(f"{folder}: its {table} are not readable: {error}") from error
    return rows


def slowest(folder: Path, count: int, *, from_us: int = 0, operation: str = "") -> list[Row]:
    """Return the requests with the largest latencies, the slowest first.

    Args:
        folder: The run.
        count: How many.
        from_us: Only those intended at or after this instant: the end of the warm-up.
        operation: Only of this one; empty for any.

    Returns:
        Rows of the table `requests` with `latency_us` and `order_id` (empty if none) besides.
        Refusals at the door do not count, as in all latencies.

    Raises:
        UnreadableRun: A file of the run is damaged.
    """
    if not Table(folder, "requests").is_there:
        raise UnreadableRun(f"{folder}: it has no table requests; it is damaged, or nobody asked")
    requests = Requests(folder, Window(from_us, sys.maxsize), cut_s=inf)
    rows = rows_at(folder, "requests", slowest_places(requests, count, operation))
    placed = _orders_by_command(folder, [row["command_id"] for row in rows])
    for row in rows:
        row["latency_us"] = row["answered_us"] - row["intended_us"]
        row["order_id"] = placed.get(row["command_id"], "")
    return rows


def _orders_by_command(folder: Path, commands: list[int]) -> dict[int, str]:
    table = Table(folder, "orders")
    places = np.flatnonzero(np.isin(table.numbers("command_id"), commands))
    return {row["command_id"]: row["order_id"] for row in rows_at(folder, "orders", places)}


def _near(folder: Path, name: str) -> str:
    """Name some orders that may have been meant."""
    accounts = Table(folder, "orders").words("account").words[:_COMPARED]
    if not accounts:
        return "; the run has no orders"
    account = f"account/{name.rpartition('-')[0]}"
    (nearest,) = get_close_matches(account, accounts, n=1, cutoff=0.0)
    files = part_files(folder, "orders")
    own = pq.read_table(files[0], columns=["order_id"], filters=pc.field("account") == nearest)
    ids = sorted(own.column(0).to_pylist(), key=lambda text: (len(text), text))[:_NEAR]
    return f"; near it there are {', '.join(ids)}" if ids else ""


def _numbers(folder: Path) -> str:
    numbers = Table(folder, "requests").numbers("command_id")
    if not len(numbers):
        return ": its table requests is missing or empty"
    return f"; they are {numbers.min()} to {numbers.max()}"
