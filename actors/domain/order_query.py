"""Questions about orders: what may be asked, and the one SQL that asks it of every store.

A store is whatever understands SQL and has a table `orders` with the columns `COLUMNS`: the
history of a live brokerage (SQLite), and a recorded run (DuckDB). Values are always bound, never
part of the text.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Final, NamedTuple, TypeVar

from msgspec import Struct

from actors.domain.orders import OrderStatus, OrderType, Word

COLUMNS: Final = (
    "number", "order_id", "command_id", "account", "symbol", "order_type", "price_type",
    "quantity", "worst_price", "placed_us", "executed_us", "closed_us", "status", "executed",
    "price", "reason", "value",
)  # fmt: skip
"""Of an order, in their order; `value` is what was executed in money. A store has `day` besides."""

_WordT = TypeVar("_WordT", bound=Word)

LIMIT_AT_MOST: Final = 10_000
_INTEGER_AT_MOST: Final = 2**63 - 1
_HALF: Final = 2**31  # sums of what is above and below it cannot overflow 64 bits


class InvalidQuery(ValueError):  # noqa: N818 - what is the matter, not that it is an error
    """A question that no store can answer; says what is wrong with it and what would be right."""


class Sort(Word):
    """What orders are sorted by; the number of the order decides between equals."""

    TIME = "time"  # of placing
    SYMBOL = "symbol"
    QUANTITY = "quantity"
    VALUE = "value"  # of what was executed


class Grouping(Word):
    """What orders are summed up by."""

    SYMBOL = "symbol"
    DAY = "day"


SORT_COLUMNS: Final = {
    Sort.TIME: "placed_us", Sort.SYMBOL: "symbol", Sort.QUANTITY: "quantity", Sort.VALUE: "value",
}  # fmt: skip


class Cursor(NamedTuple):
    """Where a page ended: the next one begins behind it, whatever has come in between.

    Attributes:
        value: What the last row was sorted by.
        number: Its number.
    """

    value: int | str
    number: int


class Statement(NamedTuple):
    """SQL with a question mark for each of its values."""

    text: str
    values: tuple[Any, ...] = ()


class OrderQuery(Struct, frozen=True):
    """Which orders are looked for, and how they are shown.

    Attributes:
        account: Address; empty for any.
        symbol: Empty for any.
        status: None for any.
        order_type: None for any.
        since_us: Placed at or after this instant of the store's clock.
        until_us: Placed before it.
        sort: What they are sorted by.
        descending: Largest, last or newest first.
        limit: Rows of a page, 1 to LIMIT_AT_MOST.
        after: Where the page before ended.

    Raises:
        InvalidQuery: The times are reversed, or the limit or the cursor is impossible.
    """

    account: str = ""
    symbol: str = ""
    status: OrderStatus | None = None
    order_type: OrderType | None = None
    since_us: int | None = None
    until_us: int | None = None
    sort: Sort = Sort.TIME
    descending: bool = False
    limit: int = 50
    after: Cursor | None = None

    def __post_init__(self) -> None:
        for name in ("account", "symbol"):
            _check_text(name, getattr(self, name))
        for name in ("since_us", "until_us"):
            _check_instant(name, getattr(self, name))
        if self.since_us is not None and self.until_us is not None:
            _check_order(self.since_us, self.until_us)
        if type(self.limit) is not int or not 1 <= self.limit <= LIMIT_AT_MOST:
            raise InvalidQuery(f"a page has 1 to {LIMIT_AT_MOST:,} rows, not {_shown(self.limit)}")
        if type(self.descending) is not bool:
            raise InvalidQuery(f"descending is True or False, not {_shown(self.descending)}")
        if self.after is not None:
            _check_cursor(self.sort, self.after)


def word(kind: type[_WordT], text: _WordT | str | None) -> _WordT | None:
    """Return the member that a text stands for, in any case of its letters; None for None.

    Raises:
        InvalidQuery: There is no such member; names those there are.
    """
    if text is None or isinstance(text, kind):
        return text
    by_name = {str(member.value).upper(): member for member in kind}
    found = by_name.get(text.upper()) if isinstance(text, str) else None
    if found is None:
        near = get_close_matches(str(text).upper(), by_name, n=1)
        hint = f"; did you mean {by_name[near[0]].value}?" if near else ""
        names = ", ".join(str(member.value) for member in kind)
        raise InvalidQuery(f"{_shown(text)} is none of {names}{hint}")
    return found


def page_of(query: OrderQuery, table: str = "orders", bound: int | None = None) -> Statement:
    """Ask for one page, and one row more, which tells whether there is a next one.

    Args:
        query: What is looked for.
        table: Where; a name of the store's own.
        bound: Look only at orders that are sorted by this much at least (at most, ascending).
    """
    column = SORT_COLUMNS[query.sort]
    conditions, values = _conditions(query)
    beyond, way = ("<", "DESC") if query.descending else (">", "ASC")
    if query.after is not None:
        value, number = query.after
        conditions += [f"{column} {beyond}= ?", f"({column} {beyond} ? OR number {beyond} ?)"]
        values += [value, value, number]
    if bound is not None:
        conditions.append(f"{column} {'>' if query.descending else '<'}= ?")
        values.append(bound)
    text = (
        f"SELECT {', '.join(COLUMNS)} FROM {table}{_where(conditions)} "
        f"ORDER BY {column} {way}, number {way} LIMIT ?"
    )
    return Statement(text, (*values, query.limit + 1))


def total_of(query: OrderQuery, table: str = "orders") -> Statement:
    """Ask how many orders there are on all pages."""
    conditions, values = _conditions(query)
    return Statement(f"SELECT count(*) FROM {table}{_where(conditions)}", tuple(values))


def groups_of(query: OrderQuery, by: Grouping, table: str = "orders") -> Statement:
    """Ask for sums: key, orders, shares ordered, shares executed, and the value in two halves."""
    conditions, values = _conditions(query)
    key = by.value
    text = (
        f"SELECT {key}, count(*), sum(quantity), sum(executed), "
        f"sum(value >> 31), sum(value & {_HALF - 1}) "
        f"FROM {table}{_where(conditions)} GROUP BY {key} ORDER BY {key}"
    )
    return Statement(text, tuple(values))


class Group(Struct, frozen=True):
    """What the orders of one symbol or one day come to.

    Attributes:
        key: The symbol, or the day.
        orders: How many there are, whatever became of them.
        quantity: Shares that were ordered.
        executed: Shares that were executed.
        volume: What those cost, 1/10,000 USD.
        average_price: Of a share that was executed, 1/10,000 USD, rounded half up; None where
            there is none.
    """

    key: str
    orders: int
    quantity: int
    executed: int
    volume: int

    @property
    def average_price(self) -> int | None:
        """Price of a share in the mean."""
        return (2 * self.volume + self.executed) // (2 * self.executed) if self.executed else None


def group_from(key: str, row: tuple[Any, ...]) -> Group:
    """Make a group of what the SQL of `groups_of` found."""
    _, orders, quantity, executed, high, low = row
    return Group(key, int(orders), int(quantity), int(executed), int(high) * _HALF + int(low))


def _conditions(query: OrderQuery) -> tuple[list[str], list[Any]]:
    """Return what must hold of an order, and the values of it: the only place that says so."""
    wanted: list[tuple[str, Any]] = [
        ("account = ?", query.account or None),
        ("symbol = ?", query.symbol or None),
        ("status = ?", query.status and query.status.value),
        ("order_type = ?", query.order_type and query.order_type.value),
        ("placed_us >= ?", query.since_us),
        ("placed_us < ?", query.until_us),
    ]
    asked = [(condition, value) for condition, value in wanted if value is not None]
    return [condition for condition, _ in asked], [value for _, value in asked]


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _check_text(name: str, text: object) -> None:
    if not isinstance(text, str):
        raise InvalidQuery(f"{name} is given as text, not as {_shown(text)}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidQuery(f"{name} {_shown(text)} is no text: {error.reason}") from error


def _check_instant(name: str, instant: object) -> None:
    if instant is not None and (
        type(instant) is not int or not -_INTEGER_AT_MOST <= instant <= _INTEGER_AT_MOST
    ):
        raise InvalidQuery(f"{name} is a whole number of microseconds, not {_shown(instant)}")


def _check_order(since_us: int, until_us: int) -> None:
    if since_us >= until_us:
        raise InvalidQuery(
            f"the times are reversed: from {since_us:,} us until {until_us:,} us there is nothing"
        )


def _check_cursor(sort: Sort, cursor: object) -> None:
    kinds = [str if sort is Sort.SYMBOL else int, int]
    parts = list(cursor) if isinstance(cursor, tuple) else []
    if [type(part) for part in parts] != kinds or any(
        isinstance(part, int) and abs(part) > _INTEGER_AT_MOST for part in parts
    ):
        raise InvalidQuery(
            f"this is no end of a page that was sorted by {sort.value}: {_shown(cursor)}"
        )
    _check_text("the end of a page", str(parts[0]))


def _shown(value: object) -> str:
    """Quote a value briefly, whatever it is: Python refuses to print very long integers."""
    try:
        return f"{value!r:.60}"
    except ValueError:
        return "that number"
