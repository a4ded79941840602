"""Values with units as people write them: `"250us"`, `"500/s"`, `"$10_000"`, `"5%"`, `"09:25"`.

A unit is part of the value; a bare number is refused, because nobody can see what it means.
Every format function writes what its parser reads back as the same value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

MONEY_PER_DOLLAR: Final = 10_000
AUTO: Final = "auto"
_NUMBER: Final = r"[0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?"
_AMOUNT: Final = re.compile(rf"(?P<number>[+-]?{_NUMBER})(?P<unit>.*)", re.DOTALL)
_MONEY: Final = re.compile(rf"(?P<sign>[+-]?)\$(?P<number>{_NUMBER})")
_TIME_OF_DAY: Final = re.compile(
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?(?: America/New_York)?"
)
_LARGEST_NUMBER: Final = Decimal(10**15)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One kind of value: the units it may be written in, the first being the one we write.

    Attributes:
        meant: What is meant, with examples, for errors.
        factors: The size of each unit, in the unit of the parsed value.
    """

    meant: str
    factors: Mapping[str, Decimal]

    def parse(self, value: object) -> float:
        """Return the value in the quantity's own unit.

        Raises:
            ValueError: `value` is not text of this form.
        """
        match = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
        if match is None or match["unit"] not in self.factors:
            raise ValueError(f"{self.meant} is meant, not {shown(value)}")
        return float(_number(match["number"]) * self.factors[match["unit"]])

    def format(self, value: float) -> str:
        """Return the text that `parse` reads as `value`."""
        unit, factor = next(iter(self.factors.items()))
        return f"{_plain(Decimal(repr(value)) / factor)}{unit}"


DURATION: Final = Quantity(
    'a duration with its unit, like "250us", "5ms", "30s", "10m" or "1h",',
    {
        "s": Decimal(1), "us": Decimal("0.000001"), "ms": Decimal("0.001"),
        "m": Decimal(60), "h": Decimal(3600),
    },
)  # fmt: skip
RATE: Final = Quantity(
    'a rate with its unit, like "500/s" or "30/m",',
    {"/s": Decimal(1), "/m": 1 / Decimal(60), "/h": 1 / Decimal(3600)},
)
SHARE: Final = Quantity(
    'a share, like "5%" or "30bp",', {"%": Decimal("0.01"), "bp": Decimal("0.0001")}
)
BASIS_POINTS: Final = Quantity(
    'a share, like "30bp" or "5%",', {"bp": Decimal(1), "%": Decimal(100)}
)


def counted(what: str) -> Quantity:
    """Return the quantity of things that are counted, written like `100 orders`.

    Args:
        what: Their name, in the plural.
    """
    return Quantity(f'a number of {what}, like "100 {what}",', {f" {what}": Decimal(1)})


_MONEY_MEANT: Final = 'an amount of money, like "$100", "$0.25" or "$10_000",'


def parse_money(value: object) -> int:
    """Return an amount in 1/10,000 USD.

    Raises:
        ValueError: `value` is not text with a dollar sign, or is finer than $0.0001.
    """
    match = _MONEY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{_MONEY_MEANT} is meant, not {shown(value)}")
    amount = _number(match["sign"] + match["number"]) * MONEY_PER_DOLLAR
    if amount != amount.to_integral_value():
        raise ValueError(f"money goes down to $0.0001, {shown(value)} is finer")
    return int(amount)


def format_money(amount: int) -> str:
    """Return the text that `parse_money` reads as `amount`."""
    sign = "-" if amount < 0 else ""
    return f"{sign}${_plain(abs(Decimal(amount)) / MONEY_PER_DOLLAR)}"


def parse_warm_up(value: object) -> float | None:
    """Return a warm-up in seconds, or None for `auto`: it is to be found.

    Raises:
        ValueError: `value` is neither.
    """
    if value == AUTO:
        return None
    try:
        return DURATION.parse(value)
    except ValueError as error:
        raise ValueError(f'{error}; or "{AUTO}", so that it is found') from None


def format_warm_up(seconds: float | None) -> str:
    """Return the text that `parse_warm_up` reads as `seconds`."""
    return AUTO if seconds is None else DURATION.format(seconds)


def parse_time_of_day(value: object) -> int:
    """Return a time of day in seconds after midnight in New York.

    Raises:
        ValueError: `value` is not text like `09:25`, or names another zone or no real time.
    """
    match = _TIME_OF_DAY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            'a time of day in New York, like "09:25" or "09:25 America/New_York", '
            f"is meant, not {shown(value)}"
        )
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"there is no such time of day as {shown(value)}")
    return hour * 3600 + minute * 60 + second


def format_time_of_day(seconds: int) -> str:
    """Return the text that `parse_time_of_day` reads as `seconds`."""
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{second:02}" if second else "")


def shown(value: object) -> str:
    """Return a value as it stands in a scenario, shortened to what fits in a line."""
    text = f'"{value}"' if isinstance(value, str) else _literal(value)
    text = text.replace("\n", "\\n")
    return text if len(text) <= 60 else f"{text[:57]}..."


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    return str(value)


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number) > _LARGEST_NUMBER:
        raise ValueError(f"{shown(text)} is beyond anything that can be simulated")
    return number


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
