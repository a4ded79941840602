"""Every metric has a unit and a meaning, in the code and on one page of the documentation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from actors.actor import Actor
from actors.domain.orders import Reason
from actors.observers import ObserverActor
from reports.metrics import summarise
from scenarios.models.limits import parse_mark, wrong_unit
from simulation.explore.cast import REAL, Cast
from simulation.metric_names import (
    ACTORS,
    FAMILIES,
    METRICS,
    OTHERS,
    REASONS,
    UNITS,
    Family,
    family_of,
)

RecordRun = Callable[..., Path]
PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
EXAMPLES = {"seconds": "< 1s", "share": ">= 99.9%", "per_second": "> 1/s", "money": "> -$1_000.50"}


def row_of(family: Family) -> str:
    """The row of a family in the table of the documentation."""
    unit = family.unit.replace("per_second", "per second").replace("money", "1/10,000 USD")
    return f"| `{family.pattern}` | {unit} | {family.meaning} |"


@pytest.mark.parametrize("family", [*FAMILIES, *OTHERS], ids=lambda family: family.pattern)
def test_a_family_of_metrics_says_what_it_is_and_is_documented(family: Family) -> None:
    assert family.meaning.endswith(".")
    assert row_of(family) in PAGE.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("word", "known"), [("actor", ACTORS), ("reason", REASONS)])
def test_all_that_a_word_in_a_name_may_stand_for_is_documented(
    word: str, known: tuple[str, ...]
) -> None:
    row = f"| `{{{word}}}` | {', '.join(known)} |"
    assert row in PAGE.read_text(encoding="utf-8").splitlines()


def test_every_class_of_actors_in_a_run_has_metrics_of_its_own() -> None:
    parts = [ObserverActor, *(getattr(REAL, part) for part in Cast.__slots__)]

    assert sorted(one.__name__ for one in parts if issubclass(one, Actor)) == sorted(ACTORS)


def test_every_metric_of_a_run_has_a_unit_and_a_meaning(record_run: RecordRun) -> None:
    metrics = summarise(record_run())["metrics"]
    assert [name for name in metrics if family_of(name) is None] == []


def test_a_name_that_nobody_knows_has_no_family() -> None:
    assert family_of("business.volume_usd") is not None
    assert family_of("business.volume_eur") is None
    assert family_of("traded.IBM.shares") is not None


def test_families_do_not_share_a_name() -> None:
    assert sum(len(list(family.names())) for family in FAMILIES) == len(METRICS)


def test_every_reason_to_reject_has_its_metric() -> None:
    assert [reason.value for reason in Reason] == list(REASONS)


@pytest.mark.parametrize("unit", sorted(set(UNITS.values())))
def test_a_limit_on_any_metric_is_written_with_its_unit(unit: str) -> None:
    name = next(name for name in sorted(METRICS) if UNITS[name] == unit)
    mark = parse_mark(EXAMPLES.get(unit, f"<= 1_000 {unit}"))
    assert wrong_unit(name, mark) is None
    assert (wrong_unit("latency.search.p99", mark) is None) == (unit == "seconds")


@pytest.mark.parametrize("text", ["< 1000", "> $", "< 3 sheep", "< 100 order s", "> 1.000,5 users"])
def test_a_limit_without_a_unit_that_is_known_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="meant"):
        parse_mark(text)


def test_money_in_a_limit_is_exact() -> None:
    assert parse_mark("> $90_071_992.5475").bound == 900_719_925_475


def test_amounts_are_also_given_in_dollars(record_run: RecordRun) -> None:
    folder = record_run()
    facts = summarise(folder)
    assert facts["in_dollars"]["total.deposited"] == "$0.09"
    assert set(facts["in_dollars"]) == {n for n in facts["metrics"] if _is_money(n)}
    assert json.loads((folder / "metrics.json").read_text()) == facts


def _is_money(name: str) -> bool:
    family = family_of(name)
    return family is not None and family.unit == "money"
