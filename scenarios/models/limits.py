"""The table `[limits]` of a scenario: pass marks such as `"< 500ms"`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, cast, get_args

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from scenarios import units
from scenarios.suggest import did_you_mean
from simulation import plan
from simulation.abort import can_abort
from simulation.metric_names import (
    EVENTS,
    METRICS,
    TIMED,
    CountUnit,
    MetricUnit,
    metrics_named,
    range_of,
    unit_of,
)

Relation = Literal["<", "<=", ">", ">="]

_MARK: Final = re.compile(r"(?P<relation><=|>=|<|>) *(?P<bound>[^ ].*?)(?P<abort>,? or abort)?")
_ANY_PERCENTILE: Final = re.compile(r"latency\.[^.]+\.p.*")
_QUANTITIES: Final[dict[MetricUnit, units.Quantity]] = {
    "seconds": units.DURATION,
    "share": units.SHARE,
    "per_second": units.RATE,
    **{unit: units.counted(unit) for unit in get_args(CountUnit)},
}
_RELATIONS: Final[dict[Relation, Callable[[float, float], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_ABORT: Final = re.compile(",? or abort$")
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
    aborts: bool = False


def parse_mark(value: object) -> Mark:
    """Return the mark that a text such as `< 500ms` stands for.

    Raises:
        ValueError: `value` is not a relation followed by a bound with its unit.
    """
    match = _MARK.fullmatch(value) if isinstance(value, str) else None
    if match is not None:
        relation, aborts = cast("Relation", match["relation"]), bool(match["abort"])
        if "$" in match["bound"]:
            money = units.parse_money(match["bound"])
            return Mark(relation, money, "money", match[0], aborts)
        for unit, quantity in _QUANTITIES.items():
            if match["bound"].lstrip("+-0123456789_.") in quantity.factors:
                bound = quantity.parse(match["bound"])
                return Mark(relation, bound, unit, match[0], aborts)
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
    named = metrics_named(name)
    if not named and _ANY_PERCENTILE.fullmatch(name) and name.split(".")[1] in (*TIMED, "*"):
        raise ValueError(
            "no such percentile; p and two figures are per cent, further ones are decimals: "
            "p50, p75, p995 for 99.5 %, up to p99999; the largest is max"
        )
    if not named:
        raise ValueError(f"no such metric{did_you_mean(name, METRICS)}")
    if len({unit_of(one) for one in named}) > 1:
        raise ValueError(f"metrics of several units, such as {named[0]} and {named[-1]}")
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
    unit = unit_of(metrics_named(metric)[0])
    assert unit is not None, "a limit names a metric"
    if mark.unit != unit:
        return f"it is measured otherwise; write it like {EXAMPLES[unit]}"
    return None


def out_of_range(metric: str, mark: Mark) -> str | None:
    """Return what is wrong with a mark that no value, or every value, of its metric meets."""
    low, high = range_of(metrics_named(metric)[0])
    end = low if mark.relation.startswith("<") else high
    can_be_met = _RELATIONS[mark.relation](end, mark.bound)
    if can_be_met and low <= mark.bound <= high:
        return None
    ends = "between 0% and 100%" if high == 1.0 else "never below 0"
    return f'it is {ends}, so that "{mark.text}" is {"always" if can_be_met else "never"} met'


def idle_abort(metric: str, mark: Mark, *, finds_warm_up: bool) -> str | None:
    """Return what is wrong when a mark is to abort a run and cannot."""
    if not mark.aborts:
        return None
    if finds_warm_up:
        return 'it cannot abort: with warm_up = "auto" nobody knows before the end what counts'
    if mark.relation.startswith("<") and any(map(can_abort, metrics_named(metric))):
        return None
    return (
        "it cannot abort: only < and <= can, on percentiles, mean and max of the latencies of "
        "operations (not of ticks or notifications), and on refused.share"
    )


def to_limits(marks: dict[str, Mark]) -> tuple[plan.Limit, ...]:
    """Return the plan's limits, in the order of the file."""
    return tuple(
        plan.Limit(metric, mark.relation, mark.bound, _ABORT.sub("", mark.text), aborts=mark.aborts)
        for metric, mark in marks.items()
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
