"""The columns of a workload file, and which operation needs which."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from simulation.prices.tape import HIGHEST_PRICE
from simulation.records import OPERATIONS
from simulation.workload.details import DETAILED
from simulation.workload.workload import (
    CANCEL,
    DEPOSIT,
    HIGHEST_LIMIT,
    INTRUDE,
    MOST_MONEY,
    MOST_SHARES,
    PLACE_LIMIT,
    PLACE_MARKET,
    PLACE_STOP,
    PRICE_HISTORY,
    QUOTE,
    REMOVE_ALERT,
    SEARCH,
    SET_ALERT,
    TRANSFER,
    UNDO,
    UNWATCH,
    WATCH,
    WITHDRAW,
)

Kind = Literal["number", "text"]

COLUMNS: Final[dict[str, Kind]] = {
    "intended_us": "number",
    "user": "number",
    "account": "number",
    "operation": "text",
    "symbol": "text",
    "side": "text",
    "price_type": "text",
    "quantity": "number",
    "limit_price": "number",
    "seen_price": "number",
    "amount": "number",
    "query": "text",
    "target": "number",
    "command_id": "number",
    "detail": "text",
}
OPTIONAL: Final = ("seen_price", "detail")
ALWAYS: Final = ("intended_us", "user", "account", "command_id")

PLACE: Final = "place"
SPOKEN: Final = tuple(PLACE if name.startswith(PLACE) else name for name in OPERATIONS)
SIDES: Final = ("BUY", "SELL")
PRICE_TYPES: Final = ("MARKET", "LIMIT", "STOP_MARKET")

ORDERS: Final = (PLACE_MARKET, PLACE_LIMIT, PLACE_STOP)


class Range(NamedTuple):
    """Numbers that a column may hold, both ends included, and what an empty field stands for."""

    least: int
    most: int
    empty: int | None


RANGES: Final[dict[str, Range]] = {
    "intended_us": Range(0, 2**40 - 1, None),
    "user": Range(1, 2**31 - 1, None),
    "account": Range(1, 2**31 - 1, None),
    "command_id": Range(0, 2**62, None),
    "quantity": Range(1, MOST_SHARES, 0),
    "limit_price": Range(1, HIGHEST_LIMIT, 0),
    "seen_price": Range(1, HIGHEST_PRICE, 0),
    "amount": Range(1, MOST_MONEY, 0),
    "target": Range(0, 2**62, -1),
}

NEEDED_BY: Final[dict[str, tuple[int, ...]]] = {
    "symbol": (
        QUOTE,
        TRANSFER,
        WATCH,
        UNWATCH,
        PRICE_HISTORY,
        SET_ALERT,
        INTRUDE,
        *ORDERS,
    ),
    "side": ORDERS,
    "quantity": (TRANSFER, *ORDERS),
    "limit_price": (PLACE_LIMIT, PLACE_STOP, SET_ALERT),
    "seen_price": ORDERS,
    "amount": (DEPOSIT, WITHDRAW, TRANSFER, UNDO),
    "query": (SEARCH,),
    "target": (CANCEL, UNDO, REMOVE_ALERT),
    "detail": DETAILED,
}


def spoken(operation: int) -> str:
    """Name an operation as error messages do, with its article."""
    if operation in ORDERS:
        return f"a {PRICE_TYPES[ORDERS.index(operation)]} order"
    name = OPERATIONS[operation]
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
