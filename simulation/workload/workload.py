"""A workload: every command of every user in a run, as columns."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulation.records import OPERATIONS

Int8s = NDArray[np.int8]
Int16s = NDArray[np.int16]
Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LOGIN, LOGOUT, QUOTE, SEARCH, PORTFOLIO, DEPOSIT, WITHDRAW, TRANSFER, PLACE_MARKET, PLACE_LIMIT, CANCEL, WATCH, UNWATCH, WATCHLIST, PLACE_STOP, UNDO, BALANCE, PRICE_HISTORY, PREFERENCES, SET_ALERT, REMOVE_ALERT, PREFER, OPEN_ACCOUNT, CLOSE_ACCOUNT, ORDER_SEARCH, TRANSACTIONS, INTRUDE = range(len(OPERATIONS))  # fmt: skip  # noqa: E501
BUY: Final = 0
SELL: Final = 1
NONE: Final = -1

_WORDS: Final = ("queries", "details", "symbols")
MOST_SHARES: Final = 100_000_000  # times the highest price it still fits into 64 bits
HIGHEST_LIMIT: Final = 20_000_000_000
MOST_MONEY: Final = 10**17


class WorkloadError(ValueError):
    """A workload is wrong or cannot be made; the message says where and what would be right."""


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """Commands in the order of their intended time; every column has shape (commands,).

    Money and prices are 1/10,000 USD.
    Invariant: all columns have one length and `intended_us` is sorted.

    Attributes:
        intended_us: When the command is to be sent, microseconds since the start of the run.
        user: Number of the user, from 1.
        account: Number of the account, from 1: first the users' first ones, in their order, then
            those that rows open.
        operation: Index into `simulation.records.OPERATIONS`.
        symbol: Index into `symbols`; -1 where the operation has none.
        order_type: 0 buy, 1 sell, -1 no order.
        quantity: Shares ordered or transferred in; else 0.
        limit_price: Limit of a limit order, or the price that a stop order or an alert waits for;
            else 0.
        seen_price: The quote an order's customer saw; 0 for none known, or no order.
        amount: Money deposited or withdrawn; the cost of shares transferred in; of an undo, what
            the deposit that it undoes brought; else 0.
        target: Command id of the order that a cancel is for, of what an undo undoes, or that set
            the alert to be removed; else -1.
        command_id: Identity of the command; the row number unless a file says otherwise.
        query: Index into `queries`; -1 where the operation is no search.
        detail: Index into `details`; -1 where the operation needs no words.
        queries: Search texts, sorted, all different, each used.
        details: What operations say in words (see `simulation.workload.details`), likewise.
        symbols: Ticker symbols of the run.
    """

    intended_us: Int64s
    user: Int32s
    account: Int32s
    operation: Int8s
    symbol: Int16s
    order_type: Int8s
    quantity: Int64s
    limit_price: Int64s
    seen_price: Int64s
    amount: Int64s
    target: Int64s
    command_id: Int64s
    query: Int32s
    detail: Int32s
    queries: tuple[str, ...]
    details: tuple[str, ...]
    symbols: tuple[str, ...]

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, name)) for name in self.columns()}
        if len(lengths) != 1:
            raise WorkloadError("workload: columns differ in length")
        if (np.diff(self.intended_us) < 0).any():
            raise WorkloadError("workload: commands must be sorted by intended time")

    def __len__(self) -> int:
        return len(self.intended_us)

    @classmethod
    def columns(cls) -> list[str]:
        """Return the names of what has a value in each row."""
        return [field.name for field in fields(cls) if field.name not in _WORDS]

    def counts(self) -> dict[str, int]:
        """Count the commands of each operation, in the order of `OPERATIONS`, zeros included."""
        counts = np.bincount(self.operation, minlength=len(OPERATIONS))
        return dict(zip(OPERATIONS, counts.tolist(), strict=True))

    def narrowed(self) -> Workload:
        """Return the same commands in the narrowest whole numbers that hold each column.

        A day of two million commands takes a third less memory; arithmetic on the columns
        must widen them again. Instants stay as they are.
        """
        names = [name for name in self.columns() if name != "intended_us"]
        columns: dict[str, Any] = {name: _narrowed(getattr(self, name)) for name in names}
        if np.array_equal(columns["account"], columns["user"]):
            columns["account"] = columns["user"]
        return replace(self, **columns)


def _narrowed(column: NDArray[Any]) -> NDArray[Any]:
    least, most = int(column.min(initial=0)), int(column.max(initial=0))
    widths: tuple[type[np.signedinteger[Any]], ...] = (np.int8, np.int16, np.int32)
    for width in widths:
        if np.iinfo(width).min <= least and most <= np.iinfo(width).max:
            return column.astype(width, copy=False)
    return column
