"""The field types of a scenario: text with a unit outside, plain numbers inside."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, NoReturn, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
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


def _written_as(quantity: Quantity) -> tuple[Any, ...]:
    return BeforeValidator(quantity.parse), PlainSerializer(quantity.format)


Duration = Annotated[float, *_written_as(units.DURATION), Field(ge=0)]
WarmUp = Annotated[
    Annotated[float, Field(ge=0)] | None,
    BeforeValidator(units.parse_warm_up),
    PlainSerializer(units.format_warm_up),
]
Rate = Annotated[float, *_written_as(units.RATE), Field(ge=0)]
Share = Annotated[float, *_written_as(units.SHARE), Field(ge=0, le=1)]
Growth = Annotated[float, *_written_as(units.SHARE), Field(ge=-10, le=10)]
BasisPoints = Annotated[float, *_written_as(units.BASIS_POINTS), Field(ge=0, le=10_000)]
Money = Annotated[
    int, BeforeValidator(units.parse_money), PlainSerializer(units.format_money), Field(gt=0)
]
TimeOfDay = Annotated[
    int, BeforeValidator(units.parse_time_of_day), PlainSerializer(units.format_time_of_day)
]
TradingDate = Annotated[date, BeforeValidator(parse_date), PlainSerializer(date.isoformat)]
Count = Annotated[int, Field(ge=1, le=100_000_000)]
Weight = Annotated[float, Field(ge=0)]
