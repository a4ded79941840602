"""Reads the share by which something may be worse before it is called a regression."""

from __future__ import annotations

from scenarios.errors import InputError
from scenarios.units import SHARE, shown


def threshold_of(value: float | str | None, name: str = "threshold") -> float | None:
    """Return a threshold as a share of the base.

    Args:
        value: A number from 0 to 1, or a text such as `5%`, which may be beyond 100 %; None where
            nothing is judged.
        name: What it is given as, for errors.

    Raises:
        InputError: It is not a share, or is below 0; or a number above 1, such as 5 where 5 % is
            meant.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _parsed(value, name)
    is_share = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    if not is_share:
        what = 'a share from 0 to 1, like 0.05, or a text like "5%"'
        raise InputError(f"{name}: {what}, is meant, not {shown(value)}")
    return float(value)


def _parsed(text: str, name: str) -> float:
    try:
        share = SHARE.parse(text)
    except ValueError as error:
        raise InputError(f"{name}: {error}") from None
    if share < 0:
        raise InputError(f"{name}: a share of at least 0% is meant")
    return share
