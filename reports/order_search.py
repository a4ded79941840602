"""Searches the orders of a recorded run, with DuckDB on its Parquet files.

What may be asked, and the SQL that asks it, is that of a live brokerage:
`actors.domain.order_query`.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from actors.domain.order_query import (
    COLUMNS,
    SORT_COLUMNS,
    Cursor,
    Group,
    Grouping,
    OrderQuery,
    Statement,
    group_from,
    groups_of,
    page_of,
    total_of,
)
from simulation.records import PLAN_FILE, UnreadableRun, part_files, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from reports.order_search_index import OrderIndex

Row = dict[str, Any]

_US_PER_S: Final = 1_000_000
_US_PER_DAY: Final = 86_400 * _US_PER_S
_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",  # nothing is ever fetched
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "false",
}
_ACCEPTED: Final = (
    "SELECT command_id AS number, order_id, command_id, account, symbol, order_type, price_type, "
    "quantity, worst_price, placed_us, executed_us, closed_us, status, executed, price, "
    "CASE WHEN status = 'REJECTED' THEN 'price_ran_away' ELSE '' END AS reason, "
    "executed * price AS value FROM accepted"
)
_REFUSED: Final = (
    "SELECT command_id AS number, '' AS order_id, command_id, account, symbol, order_type, "
    "price_type, quantity, worst_price, at_us AS placed_us, -1 AS executed_us, "
    "at_us AS closed_us, 'REJECTED' AS status, 0 AS executed, 0 AS price, reason, 0 AS value "
    "FROM refused"
)


class NoDuckDB(ValueError):  # noqa: N818 - what is the matter, not that it is an error
    """DuckDB is not installed."""


class FoundOrders(NamedTuple):
    """A page of what was found.

    Attributes:
        rows: Orders by the names of `order_query.COLUMNS`.
        total: How many there are on all pages.
        next: Where the next page begins; None on the last one.
    """

    rows: list[Row]
    total: int
    next: Cursor | None


def _midnight_us(plan: Path) -> int:
    """Return how long after midnight a run's clock stands at 0."""
    starts_at_s = read_json(plan).get("starts_at_s", 0)
    if type(starts_at_s) not in (int, float):
        raise UnreadableRun(f"{plan}: starts_at_s must be seconds after midnight")
    return _US_PER_S * int(starts_at_s)


class RunOrders:
    """The orders of one recorded run; a context manager.

    Args:
        folder: The run.
        index: Orders sorted for searching, if the run has them.

    Raises:
        NoDuckDB: It is not installed.
        UnreadableRun: The run has no orders, or a file of it is damaged.
    """

    def __init__(self, folder: Path, index: OrderIndex | None = None) -> None:
        self.folder = folder
        self._index = index
        self._midnight_us = _midnight_us(folder / PLAN_FILE)
        self._database = open_database()
        with self._reading():
            self._rows = self._make_view()

    def _make_view(self) -> int:
        """Make the view of all orders; return how many there are."""
        views = [
            select
            for select, name, table in (
                (_ACCEPTED, "accepted", "orders"),
                (_REFUSED, "refused", "refusals"),
            )
            if self._has_view(name, table)
        ]
        if not views:
            raise UnreadableRun(f"{self.folder}: the run has recorded no orders")
        day = f"(placed_us + {self._midnight_us}) // {_US_PER_DAY} AS day"
        for name, source in self._sources(" UNION ALL BY NAME ".join(views)):
            self._database.execute(f"CREATE VIEW {name} AS SELECT *, {day} FROM ({source})")
        ((rows,),) = self._ask(total_of(OrderQuery()))
        return int(rows)

    def _sources(self, every: str) -> Iterator[tuple[str, str]]:
        if self._index is None:
            yield "orders", every
            return
        for name, file in self._index.files.items():
            self._database.read_parquet(str(file)).create_view(f"{name}_file")
            yield name, f"SELECT * FROM {name}_file"
        yield "orders", "SELECT * FROM by_time_file"

    def _has_view(self, view: str, table: str) -> bool:
        files = [str(file) for file in part_files(self.folder, table)]
        if files:
            self._database.read_parquet(files).create_view(view)
        return bool(files)

    def search(self, query: OrderQuery) -> FoundOrders:
        """Return a page of the orders that fit.

        Raises:
            UnreadableRun: A file of the run is damaged.
        """
        with self._reading():
            table = "orders" if self._index is None else self._index.best_for(query)
            ((total,),) = self._ask(total_of(query, table))
            found = self._page(query, int(total))
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in found[: query.limit]]
        end = None
        if len(found) > query.limit:
            end = Cursor(rows[-1][SORT_COLUMNS[query.sort]], rows[-1]["number"])
        return FoundOrders(rows, int(total), end)

    def _page(self, query: OrderQuery, total: int) -> list[Any]:
        """Look where the rows of the page must be, and further only if they are not there."""
        table = "orders" if self._index is None else self._index.best_for_page(query)
        if self._index is not None and total:
            enough = min(query.limit + 1, total)
            for bound in self._index.bounds(table, query, total / self._rows):
                found = self._ask(page_of(query, table, bound))
                if len(found) >= enough:
                    return found
        return self._ask(page_of(query, table))

    def aggregate(self, query: OrderQuery, by: Grouping) -> list[Group]:
        """Sum up the orders that fit, by symbol or by trading day.

        Raises:
            UnreadableRun: A file of the run is damaged.
        """
        with self._reading():
            table = "orders" if self._index is None else self._index.best_for(query)
            found = self._ask(groups_of(query, by, table))
        return [group_from(self._key(by, row[0]), row) for row in found]

    def write_sorted(self, file: Path, sorting: str, rows_per_group: int) -> None:
        """Write all orders into one Parquet file.

        Args:
            file: Where to.
            sorting: Columns, in SQL.
            rows_per_group: Rows of a group, which has statistics of its own.

        Raises:
            UnreadableRun: A file of the run is damaged, or this one cannot be written.
        """
        options = f"FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE {rows_per_group}"
        with self._reading():
            self._database.execute(
                f"COPY (SELECT {', '.join(COLUMNS)} FROM orders ORDER BY {sorting}) "
                f"TO ? ({options})",
                [str(file)],
            )

    def values_of(self, column: str) -> list[str]:
        """Return what stands in a column of text, such as `symbol`, in alphabetical order."""
        assert column in COLUMNS, f"{column} is no column of orders"
        with self._reading():
            found = self._ask(Statement(f"SELECT DISTINCT {column} FROM orders ORDER BY 1"))
        return [value for (value,) in found]

    def instant(self, time_of_day_s: int) -> int:
        """Return a time of the first day on the run's clock, in microseconds."""
        return time_of_day_s * _US_PER_S - self._midnight_us

    def time_of_day(self, at_us: int) -> str:
        """Write an instant of the run's clock as a time of its day."""
        seconds, rest = divmod((at_us + self._midnight_us) % _US_PER_DAY, _US_PER_S)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest // 1000:03}"

    def _key(self, by: Grouping, key: Any) -> str:
        if by is Grouping.SYMBOL:
            return str(key)
        first = read_json(self.folder / PLAN_FILE).get("date")
        try:
            return str(date.fromisoformat(str(first)) + timedelta(days=int(key)))
        except ValueError:
            return f"day {key}"

    def _ask(self, statement: Statement) -> list[Any]:
        return self._database.execute(statement.text, list(statement.values)).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.Error as error:
            why = " ".join(str(error).split())
            raise UnreadableRun(f"{self.folder}: its orders are not readable: {why}") from error

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_database() -> duckdb.DuckDBPyConnection:
    """Open DuckDB in memory.

    Raises:
        NoDuckDB: It is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise NoDuckDB(
            'searching recorded runs needs DuckDB: pip install "openoutcry[sql]"'
        ) from error
    database = duckdb.connect(config=_SETTINGS)
    # Else every question reads the footers of all files again.
    database.execute("SET parquet_metadata_cache = true")
    return database
