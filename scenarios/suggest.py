"""Suggestions for names that do not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from scenarios.errors import InputError


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest known name, else the empty text."""
    nearest = difflib.get_close_matches(name, sorted(known), n=1)
    return f"; did you mean '{nearest[0]}'?" if nearest else ""


def check_operation(option: str, name: str) -> None:
    """Refuse an operation that customers do not have.

    Args:
        option: Who asks, as the error is to name it.
        name: The operation; empty for any.

    Raises:
        InputError: There is none of that name.
    """
    from simulation.records import OPERATIONS

    if name and name not in OPERATIONS:
        hint = did_you_mean(name, OPERATIONS) or f"; there are {', '.join(OPERATIONS)}"
        raise InputError(f"{option}: no such operation as {name}{hint}")
