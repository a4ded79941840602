"""The field types of a scenario: text with a unit outside, plain numbers inside."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Final, NoReturn, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from scenarios import units
from scenarios.trading_dates import parse_date
from scenarios.units import Quantity

MISPLACED = "misplaced"

Contradiction: TypeAlias = tuple[tuple[str | int, ...], str]
"""What does not fit together, with the path of the key to change."""


class Table(BaseModel):
    """A table of a scenario file: every key is known, nothing is converted in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def refuse(key: str, what: str) -> NoReturn:
    """Refuse a table because of one of its keys.

    Raises:
        PydanticCustomError: Always; the loader shows it at the place of `key`.
    """
    raise PydanticCustomError(MISPLACED, "{what}", {"what": what, "key": key})


_AMOUNT: Final = r"[0-9]+(_[0-9]+)*(\.[0-9]+)?"


def _as_text(pattern: str, *examples: str) -> WithJsonSchema:
    """Describe a value as text for editors; whether it is right, the parser alone decides."""
    described = {"type": "string", "pattern": f"^{pattern}$", "examples": list(examples)}
    return WithJsonSchema(described, mode="validation")


def _written_as(quantity: Quantity, *examples: str) -> tuple[Any, ...]:
    unit = "|".join(map(re.escape, quantity.factors))
    described = _as_text(f"[+-]?{_AMOUNT}({unit})", *examples)
    return BeforeValidator(quantity.parse), PlainSerializer(quantity.format), described


Duration = Annotated[float, *_written_as(units.DURATION, "250us", "5ms", "30s", "10m"), Field(ge=0)]
WarmUp = Annotated[
    Annotated[float, Field(ge=0)] | None,
    BeforeValidator(units.parse_warm_up),
    PlainSerializer(units.format_warm_up),
    _as_text(f"({_AMOUNT}(s|us|ms|m|h)|auto)", "60s", "auto"),
]
Rate = Annotated[float, *_written_as(units.RATE, "500/s", "30/m"), Field(ge=0)]
Share = Annotated[float, *_written_as(units.SHARE, "5%", "30bp"), Field(ge=0, le=1)]
Growth = Annotated[float, *_written_as(units.SHARE, "-20%"), Field(ge=-10, le=10)]
BasisPoints = Annotated[
    float, *_written_as(units.BASIS_POINTS, "30bp", "5%"), Field(ge=0, le=10_000)
]
Money = Annotated[
    int,
    BeforeValidator(units.parse_money),
    PlainSerializer(units.format_money),
    Field(gt=0),
    _as_text(rf"[+-]?\${_AMOUNT}", "$100", "$10_000"),
]
TimeOfDay = Annotated[
    int,
    BeforeValidator(units.parse_time_of_day),
    PlainSerializer(units.format_time_of_day),
    _as_text(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?( America/New_York)?", "09:25", "09:30:15"),
]
TradingDate = Annotated[
    date,
    BeforeValidator(parse_date),
    PlainSerializer(date.isoformat),
    _as_text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "2024-07-03"),
]
Count = Annotated[int, Field(ge=1, le=100_000_000)]
Weight = Annotated[float, Field(ge=0)]
