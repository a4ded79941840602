"""Tells whether what a client has sent is what it should be, before any rule looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.domain.order_query import LIMIT_AT_MOST, Sort
from actors.domain.orders import OrderStatus, OrderType
from actors.domain.price_history import KEPT
from actors.domain.thresholds import Direction
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.feed import GetHistory
from actors.messages.history import FindOrders, GetTransactions
from actors.messages.orders import CancelOrder
from actors.messages.queries import SearchStocks
from actors.messages.watching import GetWatchlist, UnwatchSymbol, WatchSymbol

NUMBERS: Final = (-(2**63), 2**63 - 1)
"""The least and the largest whole number that a journal can keep."""

_LEAST, _MOST = NUMBERS
LONGEST_TEXT: Final = 200
"""Characters of anything that a client may say."""
MOST_FOUND: Final = 200
"""Symbols that one search may ask for."""


def is_whole(value: object, least: int, most: int) -> bool:
    """Tell whether something is a whole number within a range; True is none."""
    return type(value) is int and least <= value <= most


def is_well_formed(message: Any) -> bool:
    """Tell whether the parts of a client's message that no rule looks at are what they should be.

    A client may send anything: a message is checked by nobody when it is made.
    """
    number, client = message.command_id, message.reply_to
    if type(number) is not int or not _LEAST <= number <= _MOST:
        return False
    if type(client) is not str or len(client) > LONGEST_TEXT:
        return False
    check = _CHECKS.get(type(message))
    return check is None or check(message)


def _is_list_named(message: WatchSymbol | UnwatchSymbol | GetWatchlist) -> bool:
    return is_text(message.user) and is_name(message.name)


def is_text(value: object) -> bool:
    """Tell whether something is a text of a length that a message may have."""
    return type(value) is str and len(value) <= LONGEST_TEXT


def is_name(value: object) -> bool:
    """Tell whether something can be the name of a watch list."""
    return is_text(value) and bool(value) and str(value).isprintable()


def _is_order_question(message: FindOrders) -> bool:
    """Tell whether a question about orders can be asked; what it names need not be there."""
    instants = message.since_us, message.until_us
    return (
        is_text(message.symbol)
        and type(message.status) in (OrderStatus, type(None))
        and type(message.order_type) in (OrderType, type(None))
        and all(is_whole(at_us, -1, _MOST) for at_us in instants)
        and type(message.sort) is Sort
        and type(message.descending) is bool
        and is_whole(message.limit, 1, LIMIT_AT_MOST)
        and (message.after is None or _is_end(message.after))
    )


def _is_end(value: object) -> bool:
    """Tell whether something can be where a page ended."""
    if type(value) is not tuple or len(value) != 2:
        return False
    return (is_text(value[0]) or is_whole(value[0], *NUMBERS)) and is_whole(value[1], *NUMBERS)


_CHECKS: Final[dict[type, Callable[[Any], bool]]] = {
    CancelOrder: lambda m: is_text(m.order_id) and is_whole(m.placed_by, *NUMBERS),
    SetAlert: lambda m: type(m.direction) is Direction and type(m.repeats) is bool,
    RemoveAlert: lambda m: is_whole(m.alert, *NUMBERS),
    WatchSymbol: _is_list_named,
    UnwatchSymbol: _is_list_named,
    GetWatchlist: _is_list_named,
    GetHistory: lambda m: is_whole(m.limit, 0, KEPT),
    FindOrders: _is_order_question,
    GetTransactions: lambda m: is_whole(m.after, 0, _MOST) and is_whole(m.limit, 1, LIMIT_AT_MOST),
    SearchStocks: lambda m: is_text(m.text) and is_whole(m.limit, 0, MOST_FOUND),
}
"""What is asked of the parts of some messages; of the others the rules look at all of them."""
