"""Money as whole 1/10,000 USD, read from and shown as dollars without loss."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

UNITS_PER_DOLLAR: Final = 10_000
DECIMALS: Final = 4
MAX_MONEY: Final = 10**17
"""Largest amount in units ($10 trillion): sums of ninety such amounts still fit into int64."""

_MOST_DOLLARS: Final = MAX_MONEY // UNITS_PER_DOLLAR
_DOLLARS: Final = re.compile(
    r"-?\$?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:_[0-9]+)*)(?:\.[0-9]+)?", re.ASCII
)
_EXAMPLE: Final = 'for example 10000, "10000.00", "$10_000" or "1,234.5678"'


class InvalidAmount(ValueError):  # noqa: N818 - the domain's word; it is a refusal, not a failure
    """An amount that cannot be represented exactly, or is no amount at all."""


def money(value: str | int | Decimal) -> int:
    """Return the units (1/10,000 USD) of an amount in dollars.

    >>> money("$1,234.5678"), money(-3), money(Decimal("0.01"))
    (12345678, -30000, 100)

    Args:
        value: Whole dollars as a number, or dollars with at most four decimals as text or
            decimal; a dollar sign, thousands separators and a leading minus are understood.

    Returns:
        Units, between -MAX_MONEY and MAX_MONEY.

    Raises:
        InvalidAmount: The value is of another type, no number, finer than a unit, beyond
            MAX_MONEY, or a negative zero.
    """
    amount = _decimal(value)
    if not amount.is_finite():
        raise InvalidAmount(f"{amount} is not an amount of money; give dollars, {_EXAMPLE}")
    if amount.is_signed() and not amount:
        raise InvalidAmount(f"{_shown(value)} is a negative zero; write 0")
    if not -_MOST_DOLLARS <= amount <= _MOST_DOLLARS:
        raise InvalidAmount(f"{_shown(value)} is too large; at most {dollars(MAX_MONEY)}")
    if amount.as_tuple().exponent < -DECIMALS:  # type: ignore[operator]  # finite, so a number
        raise InvalidAmount(
            f"{_shown(value)} has too many decimals; money has at most {DECIMALS}, {_EXAMPLE}"
        )
    # Arithmetic on decimals would round to the precision that the caller has set.
    numerator, denominator = amount.as_integer_ratio()
    return numerator * UNITS_PER_DOLLAR // denominator


def dollars(units: int) -> str:
    """Show an amount, with two decimals, or up to four where they are needed.

    >>> dollars(100_000_000), dollars(-35_000), dollars(1_234)
    ('$10,000.00', '-$3.50', '$0.1234')
    """
    whole, fraction = divmod(abs(units), UNITS_PER_DOLLAR)
    decimals = f"{fraction:04d}".removesuffix("0").removesuffix("0")
    return f"{'-' if units < 0 else ''}${whole:,}.{decimals}"


def _decimal(value: str | int | Decimal) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        if not _DOLLARS.fullmatch(value):
            raise InvalidAmount(f"{_shown(value)} is not an amount; write dollars, {_EXAMPLE}")
        return Decimal(re.sub(r"[$,_]", "", value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise InvalidAmount(
        f"a {type(value).__name__} ({_shown(value)}) cannot hold money exactly; "
        f"give text, a decimal or whole dollars, {_EXAMPLE}"
    )


def _shown(value: object) -> str:
    """Quote a value briefly, whatever its size: Python refuses to print very long integers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{Decimal(value):.10g}"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:36]}..."
