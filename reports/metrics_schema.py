"""The JSON schema of `metrics.json`: `python -m reports.metrics_schema` writes it anew."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from reports.format import OUTCOMES, WORDS
from reports.metrics_file import METRICS_VERSION
from reports.parts import PARTS
from simulation.metric_names import FAMILIES, OTHERS, Family

Schema = dict[str, Any]

SCHEMA_FILE: Final = Path(__file__).with_name("metrics.schema.json")

_TEXT: Final[Schema] = {"type": "string"}
_NUMBER: Final[Schema] = {"type": "number"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_TRUTH: Final[Schema] = {"type": "boolean"}


def schema() -> Schema:
    """Return the schema."""
    whole = _object(
        "What was measured in one run of Open Outcry; every view shows these numbers.",
        version={"const": METRICS_VERSION, "description": "Of the shape of this file."},
        run=_run(), verdict=_verdict(),
        events=_mapping("How often each event happened.", _COUNT),
        faults=_list("Faults that struck, in the order of the scenario.", _fault()),
        market=_list("Openings and closes of the market within the run.", _event()),
        slowest=_list("The slowest requests that count, the slowest first.", _request()),
        metrics=_metrics(),
        undersampled=_list(
            "Percentiles with fewer than ten values beyond them, which no view shows.", _TEXT
        ),
        in_dollars=_mapping("Those metrics that are money, as text.", _TEXT),
    )  # fmt: skip
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "metrics.json"}
    return head | whole


def _object(told: str, /, **properties: Schema) -> Schema:
    """Describe an object that has all of these properties, and maybe others."""
    return {
        "description": told, "type": "object", "properties": properties,
        "required": list(properties),
    }  # fmt: skip


def _list(description: str, of: Schema) -> Schema:
    return {"description": description, "type": "array", "items": of}


def _mapping(description: str, of: Schema) -> Schema:
    return {"description": description, "type": "object", "additionalProperties": of}


def _or_none(of: Schema) -> Schema:
    return {"anyOf": [of, {"type": "null"}]}


def _pair() -> Schema:
    return {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}


def _run() -> Schema:
    texts = dict.fromkeys(("folder", "clock", "description", "session"), _TEXT)
    maybe = dict.fromkeys(
        ("id", "scenario", "started", "ended", "command", "error", "digest"), _TEXT
    )
    counts = dict.fromkeys(
        (
            "seed",
            "users",
            "symbols",
            "messages",
            "restarts",
            "dead_letters",
            "peak_bytes",
            "witness_peak_bytes",
        ),
        _COUNT,
    )
    times = dict.fromkeys(("starts_at_s", "warm_up_s", "virtual_s", "measured_s"), _NUMBER)
    own = ("wall_s", "messages_per_s", "processor_s", "witness_processor_s")
    rates = dict.fromkeys(own, _or_none(_NUMBER))
    return _object(
        "Which run it is. Times are seconds; `starts_at_s` counts from midnight in New York.",
        status={"enum": ["running", "complete", "interrupted", "aborted", "failed"]},
        replications={"type": "integer", "minimum": 1},
        versions={"type": "object"}, warm_up={"type": "object"}, machine={"type": "object"},
        **texts, **times, **rates,
        **{name: _or_none(of) for name, of in (maybe | counts).items()},
    )  # fmt: skip


def _verdict() -> Schema:
    return _object(
        "The verdict, and what it rests on.",
        word={"enum": list(WORDS)}, passed=_TRUTH, audited=_TRUTH,
        limits=_list("Limits of the scenario.", _limit()),
        must_see=_list(
            "Events without which the run proves nothing; None where it is not known.",
            _object("An event.", event=_TEXT, count=_or_none(_COUNT)),
        ),
        audit=_list("Invariants.", _object(
            "How often it was checked and broken, and the first findings as sentences.",
            id=_TEXT, title=_TEXT, checked=_COUNT, broken=_COUNT,
            findings={"type": "array", "items": _TEXT},
        )),
        handlers=_list("The first handlers that raised, as sentences.", _TEXT),
    )  # fmt: skip


def _limit() -> Schema:
    limit = _object(
        "A limit; `margin` is the share of the bound that is left, negative when it is missed.",
        metric=_TEXT, relation={"enum": ["<", "<=", ">", ">="]}, bound=_NUMBER, text=_TEXT,
        measured=_or_none(_NUMBER), judged_by=_TEXT, margin=_or_none(_NUMBER), passed=_TRUTH,
        outcome={"enum": list(OUTCOMES)}, note=_TEXT,
    )  # fmt: skip
    ends = {end: _or_none(_NUMBER) for end in ("low", "high")}
    limit["properties"] |= ends  # of its 95 % interval, where there are replications
    return limit


def _fault() -> Schema:
    return _object(
        "When and where it was: bands are pairs of seconds after the run's start.",
        number=_COUNT, kind=_TEXT, places={"type": "array", "items": _TEXT}, more=_COUNT,
        decisions=_COUNT, effects=_COUNT, first_s=_NUMBER, last_s=_NUMBER,
        bands={"type": "array", "items": _pair()},
    )  # fmt: skip


def _event() -> Schema:
    return _object("Seconds after the run's start.", at_s=_NUMBER, name=_TEXT)


def _request() -> Schema:
    parts = {part: _or_none(_NUMBER) for part in PARTS}
    hop = _object(
        "A message: whom it went to, since when (after the intended start), and its parts in "
        "seconds until what it caused could leave.",
        actor=_TEXT, address=_TEXT, message=_TEXT, from_s=_NUMBER,
        **dict.fromkeys(PARTS, _NUMBER),
    )  # fmt: skip
    return _object(
        "A request with its parts in seconds, and its way through the actors where it is known.",
        command_id=_COUNT, operation=_TEXT, user=_COUNT, account=_COUNT, symbol=_TEXT,
        at_s=_NUMBER, latency_s=_NUMBER, status=_TEXT, reason=_TEXT, **parts,
        hops={"type": "array", "items": hop},
    )  # fmt: skip


def _metrics() -> Schema:
    """Describe every metric by a pattern of its name."""
    return {
        "description": "Every number by its name; docs/metrics.md tells what they mean.",
        "type": "object",
        "patternProperties": {
            _expression(family): {
                "type": "integer" if family.unit == "money" else "number",
                "description": f"{family.meaning} Unit: {family.unit}.",
            }
            for family in (*FAMILIES, *OTHERS)
        },
        "additionalProperties": False,
    }  # fmt: skip


def _expression(family: Family) -> str:
    """Return the regular expression that the names of a family match."""
    places = {
        place: f"({'|'.join(map(re.escape, words))})" for place, words in family.fillings.items()
    }
    pieces = re.split(r"(\{\w+\}|\*)", family.pattern)
    return "^{}$".format("".join(
        places[piece[1:-1]] if piece.startswith("{") else ".+" if piece == "*" else
        re.escape(piece) for piece in pieces
    ))  # fmt: skip


def as_text() -> str:
    """Return the schema as it is committed."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(as_text(), encoding="utf-8")
