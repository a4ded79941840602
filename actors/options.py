"""What a brokerage is made with, looked at before anything is opened or started."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from actors.dispatch import Pace
from actors.domain.market_hours import Hours
from actors.domain.notifications import Channel
from actors.runtimes.runtime import Runtime
from actors.well_formed import LONGEST_TEXT, MOST_FOUND, is_text, is_whole

MOST_COLLAR_BP: Final = 10_000
"""Of a hundred per cent: twice the quote for a buy, next to nothing for a sell."""

_MOST_IN_FLIGHT: Final = 10**12
_Test = Callable[[Any], bool]


def _is_journal(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike)) or callable(getattr(value, "append", None))


def _are_paces(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        type(channel) is Channel and type(pace) is Pace for channel, pace in value.items()
    )


_RULES: Final[dict[str, tuple[_Test, str]]] = {
    "runtime": (
        lambda value: value is None or isinstance(value, Runtime),
        "a runtime is meant, like VirtualTimeRuntime(), or None for threads",
    ),
    "journal": (
        lambda value: value is None or _is_journal(value),
        "the name of a file is meant, or a journal, or None for memory",
    ),
    "hours": (
        lambda value: isinstance(value, Hours),
        "market hours are meant, like MarketHours(opens_us, closes_us) or trading_calendar(...)",
    ),
    "early_limits": (lambda value: type(value) is bool, "True or False is meant"),
    "collar_bp": (
        lambda value: is_whole(value, 0, MOST_COLLAR_BP),
        f"a whole number of basis points from 0 to {MOST_COLLAR_BP:,} is meant",
    ),
    "in_flight_limit": (
        lambda value: is_whole(value, 0, _MOST_IN_FLIGHT),
        "a whole number of commands is meant, at least 0",
    ),
    "client": (lambda value: is_text(value) and bool(value), "an address in text is meant"),
    "searchable": (lambda value: type(value) is bool, "True or False is meant"),
    "paces": (_are_paces, "paces by channel are meant, like {Channel.EMAIL: Pace(50)}"),
}


def check_search(text: object, limit: object) -> None:
    """Check what is to be searched for.

    Raises:
        ValueError: It cannot be; says what would be right.
    """
    if not is_text(text):
        raise ValueError(f"search for text of at most {LONGEST_TEXT} characters, not {text!r:.100}")
    if not is_whole(limit, 0, MOST_FOUND):
        raise ValueError(f"a search finds at most 0 to {MOST_FOUND} symbols, not {limit!r:.100}")


def check_options(**given: object) -> None:
    """Check what a brokerage is to be made with; a wrong kind would only show much later.

    Raises:
        ValueError: The first that cannot be; says which, and what would be right.
    """
    for name, value in given.items():
        fits, meant = _RULES[name]
        if not fits(value):
            raise ValueError(f"{name} is {value!r:.100}; {meant}")
