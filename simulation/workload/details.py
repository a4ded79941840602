"""What some operations say in words: the column `detail` of a workload file."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar

from actors.domain.notifications import Channel, Event
from actors.domain.order_query import InvalidQuery, Sort, word
from actors.domain.orders import OrderStatus, OrderType
from actors.domain.thresholds import Direction
from simulation.workload.workload import INTRUDE, ORDER_SEARCH, PREFER, SET_ALERT

_T = TypeVar("_T")

Wishes: TypeAlias = tuple[tuple[Channel, tuple[Event, ...]], ...]

ALERTS: Final = {
    "above": (Direction.ABOVE, False), "below": (Direction.BELOW, False),
    "above each time": (Direction.ABOVE, True), "below each time": (Direction.BELOW, True),
}  # fmt: skip
"""Which way an alert looks, and whether it is armed again, by its words."""
INTRUSIONS: Final = (
    "place", "cancel", "deposit", "withdraw", "transfer", "portfolio", "balance", "close_account",
    "prefer", "preferences", "set_alert", "remove_alert", "order_search", "transactions", "login",
    "logout",
)  # fmt: skip
"""What a stranger may try at somebody else's account."""
WATCHING_INTRUSIONS: Final = ("watch", "unwatch", "watchlist")
"""The same where there are watch lists."""
NO_WISHES: Final = "nothing"
ALL_ORDERS: Final = "all"


def _once(named: tuple[_T, ...]) -> tuple[_T, ...]:
    """Return what is named, unless something is named twice."""
    if len(set(named)) < len(named):
        raise ValueError("something stands twice")
    return named


def _filled(said: _T) -> _T:
    """Return what is said, unless it is nothing."""
    if not said:
        raise ValueError("nothing is said")
    return said


_ALL_INTRUSIONS: Final = (*INTRUSIONS, *WATCHING_INTRUSIONS)
_WORDS: Final[dict[str, Callable[[str], Any]]] = {
    "symbol": _filled,
    "status": lambda text: word(OrderStatus, text),
    "side": lambda text: word(OrderType, text),
    "sort": lambda text: word(Sort, text),
}


@cache
def wishes_of(detail: str) -> Wishes:
    """Read preferences such as `email:deposit+withdrawal sms:price_alert`, or `nothing`.

    Raises:
        ValueError: They name no such channel or event, one twice, or none at all.
    """
    if detail == NO_WISHES:
        return ()
    wishes = []
    for wish in detail.split():
        name, _, events = wish.partition(":")
        wishes.append((Channel(name), _once(tuple(Event(event) for event in events.split("+")))))
    _once(tuple(channel for channel, _ in wishes))
    return _filled(tuple(wishes))


@cache
def search_of(detail: str) -> dict[str, Any]:
    """Read a search such as `symbol=AAA status=executed side=buy sort=value`, or `all`.

    Raises:
        ValueError: A word is unknown, stands twice, or cannot be meant so; or there is none.
    """
    if detail == ALL_ORDERS:
        return {}
    pairs = [pair.partition("=") for pair in detail.split()]
    _once(tuple(name for name, _, _ in pairs))
    return _filled({name: _WORDS[name](value) for name, _, value in pairs})


def _intrusion_of(detail: str) -> str:
    return _ALL_INTRUSIONS[_ALL_INTRUSIONS.index(detail)]


_READ: Final[dict[int, tuple[Callable[[str], Any], str]]] = {
    SET_ALERT: (ALERTS.__getitem__, f"one of {', '.join(ALERTS)}"),
    PREFER: (wishes_of, f"{NO_WISHES}, or something like email:deposit+withdrawal sms:price_alert"),
    ORDER_SEARCH: (search_of, f"{ALL_ORDERS}, or something like status=executed side=buy"),
    INTRUDE: (_intrusion_of, f"one of {', '.join(_ALL_INTRUSIONS)}"),
}
DETAILED: Final = tuple(_READ)
"""Operations that need a detail."""


def wanted_instead(operation: int, detail: str) -> str:
    """Return what an operation's detail should be; nothing where it is right."""
    read, wanted = _READ[operation]
    try:
        read(detail)
    except (ValueError, KeyError, InvalidQuery):
        return wanted
    return ""
