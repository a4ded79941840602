"""Orders of a long run in five orders of sorting, so that a search reads little of them.

Parquet keeps the least and the largest value of each column in each group of rows. Where rows
that are looked for lie together, all other groups are skipped; a run as recorded is sorted by the
end of its orders, which helps nobody. What is here is derived, and can be deleted at any time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from actors.domain.order_query import SORT_COLUMNS, Cursor, OrderQuery, Sort
from simulation.records import UnreadableRun, part_files, read_json, write_json

INDEX_FOLDER: Final = "search"
ROWS_WORTH_AN_INDEX: Final = 1_000_000
SORTINGS: Final = {
    "by_time": "placed_us, number",
    "by_account": "account, placed_us, number",
    "by_symbol": "symbol, placed_us, number",
    "by_value": "value, number",
    "by_quantity": "quantity, number",
}
_SORTED: Final = {Sort.VALUE: "by_value", Sort.QUANTITY: "by_quantity"}
_STAMP: Final = "index.json"  # written last: without it there is no index
_VERSION: Final = 2
_ROWS_PER_GROUP: Final = 40_960
_WIDER: Final = (4, 64)  # times the rows that should be enough


class _Groups(NamedTuple):
    """What is known of a group of rows: its least and its largest values."""

    rows: int
    least: dict[str, Any]
    largest: dict[str, Any]


class OrderIndex:
    """The sorted files of a run, and what their statistics say.

    Args:
        folder: Where they are.

    Attributes:
        files: By the name of their sorting.

    Raises:
        UnreadableRun: One of them is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.files = {name: folder / f"{name}.parquet" for name in SORTINGS}
        self._groups: dict[str, list[_Groups]] = {}

    def best_for(self, query: OrderQuery) -> str:
        """Return the sorting in which what is looked for lies closest together."""
        if query.account:
            return "by_account"
        if query.symbol or query.sort is Sort.SYMBOL:
            return "by_symbol"
        return _SORTED.get(query.sort, "by_time")

    def best_for_page(self, query: OrderQuery) -> str:
        """Return the sorting in which the rows of one page lie closest together."""
        if query.sort in _SORTED and not query.account:
            return _SORTED[query.sort]
        return self.best_for(query)

    def bounds(self, table: str, query: OrderQuery, share: float) -> Iterator[int]:
        """Yield bounds of the sorted column beyond which the page probably lies, the best first.

        Args:
            table: A sorting.
            query: What is looked for.
            share: How many of all orders fit it, above 0, at most 1.
        """
        if query.sort is Sort.SYMBOL:
            return
        column = SORT_COLUMNS[query.sort]
        groups = self._fitting(table, query)
        share = min(1.0, share * self._rows(table) / max(1, sum(group.rows for group in groups)))
        groups.sort(key=lambda group: _edge(group, column, query), reverse=query.descending)
        if query.after is not None:
            groups = [group for group in groups if _is_ahead(group, column, query, query.after)]
        for factor in _WIDER:
            wanted = factor * (query.limit + 1) / share
            for group in groups:
                wanted -= group.rows
                if wanted <= 0:
                    yield _edge(group, column, query)
                    break

    def _fitting(self, table: str, query: OrderQuery) -> list[_Groups]:
        """Return the groups of rows in which there may be orders that fit."""
        fixed = {"account": query.account, "symbol": query.symbol}
        return [
            group
            for group in self._statistics(table)
            if all(
                not value or group.least[name] <= value <= group.largest[name]
                for name, value in fixed.items()
            )
        ]

    def _rows(self, table: str) -> int:
        return sum(group.rows for group in self._statistics(table))

    def _statistics(self, table: str) -> list[_Groups]:
        if table not in self._groups:
            try:
                self._groups[table] = list(_read_statistics(self.files[table]))
            except (OSError, KeyError, pa.ArrowException) as error:
                raise UnreadableRun(f"{self.files[table]}: not readable: {error}") from error
        return self._groups[table]


def _edge(group: _Groups, column: str, query: OrderQuery) -> int:
    """Return the bound that all rows of a group are within."""
    return int((group.least if query.descending else group.largest)[column])


def _is_ahead(group: _Groups, column: str, query: OrderQuery, end: Cursor) -> bool:
    """Tell whether rows of a group may come after the end of a page."""
    edge: int = _edge(group, column, query)
    return edge <= int(end.value) if query.descending else edge >= int(end.value)


def _read_statistics(file: Path) -> Iterator[_Groups]:
    metadata = pq.read_metadata(file)
    names = {*SORT_COLUMNS.values(), "account"}
    places = {name: metadata.schema.names.index(name) for name in names}
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        found = {name: group.column(place).statistics for name, place in places.items()}
        yield _Groups(
            group.num_rows,
            {name: statistics.min for name, statistics in found.items()},
            {name: statistics.max for name, statistics in found.items()},
        )


def index_of(folder: Path) -> OrderIndex | None:
    """Return the index of a run, if there is one and the run has not changed since."""
    where = folder / INDEX_FOLDER
    try:
        stamp = read_json(where / _STAMP)
    except UnreadableRun:
        return None
    return OrderIndex(where) if stamp == _stamp_of(folder) else None


def is_worth_an_index(folder: Path) -> bool:
    """Tell whether a run has so many orders that searching them as recorded takes long."""
    return orders_in(folder) > ROWS_WORTH_AN_INDEX


def orders_in(folder: Path) -> int:
    """Count the orders that a run has recorded as accepted.

    Raises:
        UnreadableRun: A part file is damaged.
    """
    rows = 0
    for file in part_files(folder, "orders"):
        try:
            rows += pq.read_metadata(file).num_rows
        except (OSError, pa.ArrowException) as error:
            raise UnreadableRun(f"{file}: not readable: {error}") from error
    return rows


def make_index(folder: Path) -> OrderIndex:
    """Sort a run's orders for searching; takes a while, and several times the disk of the orders.

    Raises:
        OSError: It cannot be written here.
        UnreadableRun: A file of the run is damaged.
    """
    from reports.order_search import RunOrders

    where = folder / INDEX_FOLDER
    where.mkdir(exist_ok=True)
    (where / _STAMP).unlink(missing_ok=True)
    with RunOrders(folder) as orders:
        for name, sorting in SORTINGS.items():
            orders.write_sorted(where / f"{name}.parquet", sorting, _ROWS_PER_GROUP)
    write_json(where / _STAMP, _stamp_of(folder))
    return OrderIndex(where)


def _stamp_of(folder: Path) -> dict[str, Any]:
    """Return what an index is of: which files, how large, and when they were last written."""
    parts = [part for table in ("orders", "refusals") for part in part_files(folder, table)]
    files = [
        [f"{part.parent.name}/{part.name}", part.stat().st_size, part.stat().st_mtime_ns]
        for part in parts
    ]
    stamp: dict[str, Any] = json.loads(json.dumps({"version": _VERSION, "files": files}))
    return stamp
