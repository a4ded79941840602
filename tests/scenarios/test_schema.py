"""The schema of scenario files: complete, up to date, and of one mind with the models."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from good_scenario import GOOD
from jsonschema import Draft7Validator

from scenarios.cli import openoutcry
from scenarios.loader import bundled, resolve
from scenarios.schema import SCHEMA_FILE, make_schema, schema_text

VALIDATOR = Draft7Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


def mistakes(text: str) -> list[str]:
    """Give the places of mistakes as an editor sees them: to it a date is text."""
    document = json.loads(json.dumps(tomllib.loads(text), default=str))
    return [".".join(map(str, each.absolute_path)) for each in VALIDATOR.iter_errors(document)]


def keys(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, table in {"": schema, **schema["definitions"]}.items():
        for key, known in table.get("properties", {}).items():
            yield f"{name}.{key}", known


def test_the_schema_that_is_kept_is_the_one_that_the_models_make() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), (
        "write it again: openoutcry schema -o scenarios/library/scenario.schema.json"
    )


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(make_schema())


@pytest.mark.parametrize("key", [name for name, _ in keys(make_schema())])
def test_every_key_says_what_it_means(key: str) -> None:
    description = dict(keys(make_schema()))[key]["description"]

    assert description[0].isupper() or description[0] in "`$"
    assert description.endswith((".", "?", "given.", ")."))


@pytest.mark.parametrize("path", bundled().values(), ids=lambda path: path.stem)
def test_a_bundled_scenario_names_the_schema_and_keeps_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.startswith("#:schema ./scenario.schema.json\n")
    assert mistakes(text) == []


@pytest.mark.parametrize("name", [name for name in bundled() if name not in {"retail"}])
def test_a_scenario_with_every_key_filled_in_keeps_it_too(name: str) -> None:
    if name == "real-morning":
        pytest.skip("its prices are a file that is not in the package")

    assert mistakes(resolve(name).as_resolved) == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('duration = "10m"', "duration = 10", "duration"),
        ('duration = "10m"', 'duration = "10 minutes"', "duration"),
        ('rate = "5/s"', 'rate = "5"', "load.0"),
        ('ticks = "1/s"', 'tick = "1/s"', "market.prices"),
        ("symbols = 10", 'symbols = "10"', "market.symbols"),
        ('"latency.search.p99"', '"latency.search.p5"', "limits"),
        ("count = 100", "count = 0", "users.count"),
        ('description = "Is this file good?"', 'discription = "?"', ""),
    ],
)
def test_an_editor_sees_what_the_loader_would_refuse(old: str, new: str, place: str) -> None:
    assert mistakes(GOOD) == []
    assert old in GOOD

    assert place in mistakes(GOOD.replace(old, new))


@pytest.mark.parametrize(
    "line",
    [
        'warm_up = "auto"',
        'warm_up = "1.5s"',
        'starts_at = "09:25 America/New_York"',
        'date = "2024-07-03"',
        'accepted_share = "30bp"',
        'limits = { latency = { search = { p99 = "< 100ms" } } }',
        'limits.latency.search.p99 = "< 100ms"',
        'profile.deposit = "$10_000.50"',
        'cluster = { commit = "250us", client_delay = "5ms" }',
        'fault = [{ kind = "price_gap", at = "1m", for = "10s", amount = "-20%" }]',
        'fault = [{ kind = "slow_node", at = "1m", for = "10s", amount = 4.5 }]',
        'matrix = { "cluster.workers" = [1, 2], exclude = [{ "cluster.workers" = 2 }] }',
        'extends = "retail"',
    ],
)
def test_an_editor_takes_values_with_their_units(line: str) -> None:
    assert mistakes(line) == []


def test_the_command_prints_or_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "scenario.schema.json"
    printed = CliRunner().invoke(openoutcry, ["schema"])
    written = CliRunner().invoke(openoutcry, ["schema", "-o", str(file)])

    assert printed.stdout == file.read_text(encoding="utf-8") == schema_text()
    assert written.stdout == f"{file}\n"


def test_a_place_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(openoutcry, ["schema", "-o", str(tmp_path / "no" / "x.json")])

    assert result.exit_code == 2
    assert "cannot be written: No such file" in result.stderr
