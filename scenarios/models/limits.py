"""The table `[limits]` of a scenario: pass marks such as `"< 500ms"`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal, cast, get_args

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from scenarios import units
from scenarios.suggest import did_you_mean
from simulation import plan
from simulation.metric_names import EVENTS, METRICS, UNITS, CountUnit, MetricUnit

Relation = Literal["<", "<=", ">", ">="]

_MARK: Final = re.compile(r"(?P<relation><=|>=|<|>) *(?P<bound>[^ ].*)")
_QUANTITIES: Final[dict[MetricUnit, units.Quantity]] = {
    "seconds": units.DURATION,
    "share": units.SHARE,
    "per_second": units.RATE,
    **{unit: units.counted(unit) for unit in get_args(CountUnit)},
}
EXAMPLES: Final[dict[MetricUnit, str]] = {
    "seconds": '"< 500ms"',
    "share": '"< 5%"',
    "per_second": '"> 100/s"',
    "money": '"> $1_000"',
    **{unit: f'"< 100 {unit}"' for unit in get_args(CountUnit)},
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A pass mark before it is known which metric it is for."""

    relation: Relation
    bound: float
    unit: MetricUnit
    text: str


def parse_mark(value: object) -> Mark:
    """Return the mark that a text such as `< 500ms` stands for.

    Raises:
        ValueError: `value` is not a relation followed by a bound with its unit.
    """
    match = _MARK.fullmatch(value) if isinstance(value, str) else None
    if match is not None:
        if "$" in match["bound"]:
            money = units.parse_money(match["bound"])
            return Mark(cast("Relation", match["relation"]), money, "money", match[0])
        for unit, quantity in _QUANTITIES.items():
            if match["bound"].lstrip("0123456789_.") in quantity.factors:
                bound = quantity.parse(match["bound"])
                return Mark(cast("Relation", match["relation"]), bound, unit, match[0])
    raise ValueError(
        'a limit with its relation and unit, like "< 500ms", "<= 5%", "> 100/s", "> $1_000" or '
        '">= 100 users", '
        f"is meant, not {units.shown(value)}"
    )


def known_metric(name: str) -> str:
    """Return the name of a metric that exists.

    Raises:
        ValueError: No report will ever hold such a metric.
    """
    if name not in METRICS:
        raise ValueError(f"no such metric{did_you_mean(name, METRICS)}")
    return name


def known_event(name: str) -> str:
    """Return the name of an event that exists.

    Raises:
        ValueError: No run will ever see such an event.
    """
    if name not in EVENTS:
        raise ValueError(f"no such event as {units.shown(name)}{did_you_mean(name, EVENTS)}")
    return name


def wrong_unit(metric: str, mark: Mark) -> str | None:
    """Return what is wrong when a mark's unit is not that of its metric."""
    if mark.unit == UNITS[metric]:
        return None
    return f"it is measured otherwise; write it like {EXAMPLES[UNITS[metric]]}"


def to_limits(marks: dict[str, Mark]) -> tuple[plan.Limit, ...]:
    """Return the plan's limits, in the order of the file."""
    return tuple(
        plan.Limit(metric, mark.relation, mark.bound, mark.text) for metric, mark in marks.items()
    )


MetricName = Annotated[str, AfterValidator(known_metric)]
EventName = Annotated[
    str, AfterValidator(known_event), WithJsonSchema({"type": "string", "enum": sorted(EVENTS)})
]
PassMark = Annotated[
    Mark,
    BeforeValidator(parse_mark),
    PlainSerializer(lambda mark: mark.text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^(<=|>=|<|>) *[^ ].*$"}),
]
