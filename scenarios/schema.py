"""The JSON schema of scenario files, made from the models: what an editor checks and completes.

It describes a file as people write it: values are text with units, and a file may leave out
whatever the one that it `extends` says. Whether a scenario can be run, the models alone decide.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from scenarios.mistakes import writer_of
from scenarios.models.limits import EXAMPLES
from scenarios.models.scenario import Scenario
from simulation.metric_names import METRICS, UNITS, family_of

Schema = dict[str, Any]

SCHEMA_FILE: Final = Path(__file__).parent / "library" / "scenario.schema.json"

_DEFINITIONS: Final = "#/definitions/{model}"
_BOUNDS: Final = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
_NO_BOUND: Final = 10**9  # what lies beyond is there for safety, and says nothing to people


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(make_schema(), indent=1, ensure_ascii=False) + "\n"


def make_schema() -> Schema:
    """Return the JSON schema of a scenario file, in draft 7, which editors know best."""
    whole = Scenario.model_json_schema(ref_template=_DEFINITIONS)
    tables = whole.pop("$defs")
    models = {model.__name__: model for model in _models(Scenario)}
    for name, table in tables.items():
        _describe(table, models[name])
    _describe(whole, Scenario)
    whole["properties"]["limits"] |= _limits()
    extends = "A bundled scenario or a file that this one is laid over, key by key."
    whole["properties"] = {
        "extends": {"type": "string", "description": extends}, **whole["properties"],
    }  # fmt: skip
    for table in (whole, *(tables[name] for name in _merged(Scenario))):
        table.pop("required", None)  # the parent may have it
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Open Outcry scenario"}
    plain: Schema = _for_editors({**whole, **head, "definitions": tables})
    return plain


def _for_editors(schema: Any) -> Any:
    """Leave out what TOML does not have, and say things as the old draft does."""
    if isinstance(schema, list):
        return [_for_editors(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    known = {key: _for_editors(value) for key, value in schema.items() if key != "discriminator"}
    options = [each for each in known.get("anyOf", ()) if each != {"type": "null"}]
    if len(options) == 1:
        del known["anyOf"]
        known = {**options[0], **known}
    if "$ref" in known and len(known) > 1:  # beside a reference nothing else is read
        known = {"allOf": [{"$ref": known.pop("$ref")}], **known}
    return known


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and all that are used in it."""
    yield model
    for field in model.model_fields.values():
        for inner in _models_in(field.annotation):
            yield from _models(inner)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _merged(model: type[BaseModel]) -> Iterator[str]:
    """Yield the tables that are laid over those of a parent; lists of tables replace theirs."""
    for field in model.model_fields.values():
        if not any(origin in str(field.annotation) for origin in ("tuple[",)):
            for inner in _models_in(field.annotation):
                yield inner.__name__
                yield from _merged(inner)


def _describe(table: Schema, model: type[BaseModel]) -> None:
    """Say of each key what it means, in which range it lies, and what it is unless given."""
    table["description"] = " ".join((inspect.getdoc(model) or "").split())
    table.pop("title", None)
    for name, field in model.model_fields.items():
        known: Schema = table["properties"][field.alias or name]
        words = [_first_up(field.description or _notes_of(model).get(name, "")), _range_of(field)]
        known.pop("title", None)
        known.pop("default", None)  # as the models hold it, not as it is written
        known["description"] = " ".join(filter(None, words))
        default = default_of(field)
        if default is not None:
            known["default"] = default


@cache
def _notes_of(model: type[BaseModel]) -> dict[str, str]:
    """Return what stands below the keys of a table and of its parents, as they are written."""
    notes: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if not issubclass(one, BaseModel) or one is BaseModel:
            continue
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(one))).body
        assert isinstance(body, ast.ClassDef)
        notes |= dict(_notes_in(body))
    return notes


def _notes_in(body: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for key, note in zip(body.body, body.body[1:], strict=False):
        if isinstance(key, ast.AnnAssign) and isinstance(key.target, ast.Name):
            text = ast.get_docstring(ast.Module([note], []))
            if text:
                yield key.target.id, " ".join(text.split())


def _first_up(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "?")) else f"{text}."


def _range_of(field: FieldInfo) -> str:
    """Write the range of a key, in the unit that it is written with."""
    write = writer_of(field) or str
    found = {
        word: getattr(item, word)
        for item in _metadata(field)
        for word in _BOUNDS
        if getattr(item, word, None) is not None
    }
    if found.get("gt") == found.get("ge"):
        found.pop("ge", None)
    words = [
        f"{_BOUNDS[word]} {write(bound)}" for word, bound in found.items()
        if abs(bound) < _NO_BOUND
    ]  # fmt: skip
    return _first_up(" and ".join(words))


def _metadata(field: FieldInfo) -> Iterator[Any]:
    """Yield what is said of a key's values, also where it may be left out."""
    yield from _flat(field.metadata)
    for argument in get_args(field.annotation):
        yield from _flat(getattr(argument, "__metadata__", ()))


def _flat(items: Any) -> Iterator[Any]:
    for item in items:
        if isinstance(item, FieldInfo):
            yield from _flat(item.metadata)
        else:
            yield item


def default_of(field: FieldInfo) -> Any:
    """Return what a key is unless it is given, as it is written; None if that is nothing."""
    if field.is_required():
        return None
    value = field.get_default(call_default_factory=True)
    write = writer_of(field)
    if value is None or isinstance(value, BaseModel) or value in ((), {}):
        return None
    plain = value if write is None else write(value)
    return list(plain) if isinstance(plain, tuple) else plain


_MORE_LATENCIES: Final[Schema] = {
    "type": "string", "pattern": "^(<=|>=|<|>) *[^ ].*$",
    "description": "Any percentile: p and two figures of per cent, then decimals. Like \"< 1s\".",
}  # fmt: skip
_SEVERAL: Final[Schema] = {
    "type": "string", "pattern": "^(<=|>=|<|>) *[^ ].*$",
    "description": "Several metrics at once: a star stands for any one word of their names.",
}  # fmt: skip


def _limits() -> Schema:
    """Describe the pass marks: each metric by its name, in quotes or as dotted keys."""
    marks = {
        name: {
            "type": "string",
            "pattern": "^(<=|>=|<|>) *[^ ].*$",
            "description": f"{_meaning(name)} Like {EXAMPLES[UNITS[name]]}.",
        }
        for name in sorted(METRICS)
    }
    families: Schema = {
        name.split(".")[0]: {"type": "object"} for name in sorted(METRICS) if "." in name
    }
    known = {
        name: {"anyOf": [families[name], mark]} if name in families else mark
        for name, mark in marks.items()
    }
    return {
        "properties": {**families, **known},
        "patternProperties": {
            r"^latency\.[a-z_*]+\.p[0-9]{2}([0-9]{0,2}[1-9])?$": _MORE_LATENCIES,
            r"(^|\.)\*(\.|$)": _SEVERAL,
        },
        "additionalProperties": False,
    }


def _meaning(name: str) -> str:
    family = family_of(name)
    assert family is not None, "every metric is of a family"
    return family.meaning
