"""`metrics.json` has a version and a schema, which is committed and fits every run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reports.metrics import METRICS_VERSION, summarise
from reports.metrics_schema import SCHEMA_FILE, as_text, schema

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


def test_a_run_with_replications_may_carry_intervals(made_up_run: Path) -> None:
    facts = summarise(made_up_run)
    limits = [{**limit, "interval": [0.1, 0.2]} for limit in facts["verdict"]["limits"]]
    facts["verdict"] |= {"limits": limits}
    facts["intervals"] = {"latency.search.p99": [0.1, 0.2]}
    assert mistakes(json.loads(json.dumps(facts))) == []
