"""`metrics.json` has a version and a schema, which is committed and fits every run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reports.metrics import summarise
from reports.metrics_file import METRICS_VERSION
from reports.metrics_schema import SCHEMA_FILE, as_text, schema
from reports.sheets import sheets_of

RecordRun = Callable[..., Path]


def mistakes(facts: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(facts)]


def test_the_committed_schema_is_the_one_of_the_code() -> None:
    again = "it is stale: write it with `python -m reports.metrics_schema`"
    assert SCHEMA_FILE.read_text(encoding="utf-8") == as_text(), again


@pytest.mark.parametrize("settings", [{}, {"count": 0, "audit": None, "counters": {}}])
def test_the_schema_fits_full_and_empty_runs(
    settings: dict[str, Any], record_run: RecordRun
) -> None:
    facts = summarise(record_run(**settings))

    assert facts["version"] == METRICS_VERSION
    assert mistakes(json.loads(json.dumps(facts))) == []


def test_a_metric_that_nobody_has_named_does_not_fit(made_up_run: Path) -> None:
    facts = summarise(made_up_run)
    assert mistakes({**facts, "metrics": {**facts["metrics"], "latency.sleep.p99": 1.0}})
    assert mistakes({**facts, "version": METRICS_VERSION + 1})


def test_a_limit_may_carry_an_interval_which_then_is_shown(made_up_run: Path) -> None:
    facts = summarise(made_up_run)
    first, *others = facts["verdict"]["limits"]
    facts["verdict"] |= {"limits": [{**first, "low": 0.04, "high": 0.06}, *others]}

    sheet = sheets_of(facts)["limits"]

    assert mistakes(json.loads(json.dumps(facts))) == []
    place = [column.title for column in sheet.columns].index("95 % interval")
    assert [row[place].text for row in sheet.rows][:2] == ["40.0 ms to 60.0 ms", "–"]
