"""What pydantic found wrong, in the words of a scenario file and at its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, cast, get_args

from pydantic import BaseModel, PlainSerializer, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from scenarios.errors import Mistake
from scenarios.locate import Path, dotted
from scenarios.merge import Merged
from scenarios.models import Scenario
from scenarios.models.types import MISPLACED
from scenarios.suggest import did_you_mean
from scenarios.units import shown

_KEY: Final = "[key]"
# A path inside one of these holds a tag at this position.
_TAGGED: Final = {"load": 2, "fault": 2, "market": 2}
_POSITION: Final = re.compile(r"(?P<file>.*):(?P<line>[0-9]+):(?P<column>[0-9]+)")
_QUOTED: Final = re.compile(r"'([^']*)'")
_QUOTE: Final = '"'
_WRONG_TYPE: Final = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text in quotes",
    "tuple_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "finite_number": "a finite number",
}
_BOUNDS: Final = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("above", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("below", "lt"),
}


def mistakes_in(error: ValidationError, merged: Merged) -> list[Mistake]:
    """Return every mistake pydantic found, in the order of the files."""
    details = error.errors(include_url=False)
    paths = [detail["loc"] for detail in details]
    told = [detail for detail in details if not _is_only_an_echo(detail, paths)]
    return sorted((_mistake(detail, merged) for detail in told), key=_reading_order)


def _reading_order(mistake: Mistake) -> tuple[str, int, int]:
    position = _POSITION.fullmatch(mistake.where)
    if position is None:
        return mistake.where, 0, 0
    return position["file"], int(position["line"]), int(position["column"])


def mistake_at(path: Path, what: str, merged: Merged, *, key: bool = False) -> Mistake:
    """Return a mistake at the place of the value (or of the key) at `path`."""
    return Mistake(merged.owner(path).where(path, key=key), dotted(path), what)


def _is_only_an_echo(detail: ErrorDetails, paths: Iterable[Path]) -> bool:
    """Tell whether a list counts as too short because its items were refused already."""
    here = detail["loc"]
    inside = any(path[: len(here)] == here and path != here for path in paths)
    return detail["type"] == "too_short" and inside


def _mistake(detail: ErrorDetails, merged: Merged) -> Mistake:
    path = _without_tag(detail["loc"])
    is_key = detail["type"] == "extra_forbidden" or path[-1:] == (_KEY,)
    path = path[:-1] if path[-1:] == (_KEY,) else path
    if detail["type"] == MISPLACED:
        path = (*path, detail["ctx"]["key"])
    elif detail["type"].startswith("union_tag"):
        path = (*path, _QUOTED.findall(detail["ctx"]["discriminator"])[0])
    what = _out_of_bounds(detail, path, merged) or _what(detail)
    return mistake_at(path, what, merged, key=is_key)


def _without_tag(location: Path) -> Path:
    tag_at = _TAGGED.get(str(location[0]), len(location)) if location else 0
    if location[:1] == ("market",) and location[1:2] != ("prices",):
        return location
    return (*location[:tag_at], *location[tag_at + 1 :])


def _what(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _WRONG_TYPE:
        return f"{_WRONG_TYPE[kind]} is meant, not {shown(detail['input'])}"
    if kind == "value_error":
        return str(context["error"])
    explain = _EXPLANATIONS.get(kind)
    return explain(detail) if explain else detail["msg"]


def _out_of_bounds(detail: ErrorDetails, path: Path, merged: Merged) -> str | None:
    """Return what is wrong with a value out of bounds, in the unit that it was written with."""
    if detail["type"] not in _BOUNDS:
        return None
    words, key = _BOUNDS[detail["type"]]
    bound = detail["ctx"][key]
    *parents, name = detail["loc"]
    write = writer_of(_fields_at(tuple(parents)).get(str(name)))
    if write is None:
        return f"must be {words} {bound}, not {shown(detail['input'])}"
    return f"must be {words} {write(bound)}, not {shown(merged.value(path)).strip(_QUOTE)}"


def writer_of(field: FieldInfo | None) -> Callable[[Any], Any] | None:
    """Return what writes a field's values with their unit; None for those without one."""
    if field is None:
        return None
    inner = [getattr(argument, "__metadata__", ()) for argument in get_args(field.annotation)]
    for metadata in (field.metadata, *inner):
        for item in metadata:
            if isinstance(item, PlainSerializer):
                return cast("Callable[[Any], Any]", item.func)
    return None


def _unknown_key(detail: ErrorDetails) -> str:
    *parents, key = detail["loc"]
    known = _keys_at(tuple(parents))
    elsewhere = f"; known are {', '.join(known)}"
    return f"unknown key{did_you_mean(str(key), known) or elsewhere}"


def _missing(detail: ErrorDetails) -> str:
    *parents, key = detail["loc"]
    field = _fields_at(tuple(parents)).get(str(key))
    return f"missing: {field.description}" if field and field.description else "missing"


def _unknown_choice(detail: ErrorDetails) -> str:
    known = _QUOTED.findall(detail["ctx"].get("expected_tags") or detail["ctx"]["expected"])
    given = detail["ctx"].get("tag", detail["input"])
    guess = did_you_mean(given, known) if isinstance(given, str) else ""
    return f"one of {', '.join(known)} is meant, not {shown(given)}{guess}"


def _missing_choice(detail: ErrorDetails) -> str:
    kinds = _choices_at(_without_tag(detail["loc"]))
    return f"missing: one of {', '.join(kinds)}"


_EXPLANATIONS: Final[dict[str, Callable[[ErrorDetails], str]]] = {
    MISPLACED: lambda detail: str(detail["ctx"]["what"]),
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "literal_error": _unknown_choice,
    "union_tag_invalid": _unknown_choice,
    "union_tag_not_found": _missing_choice,
    "too_short": lambda detail: f"at least {detail['ctx']['min_length']} is needed",
    "string_too_short": lambda _: "it must not be empty",
}


def _keys_at(location: Path) -> tuple[str, ...]:
    extends = () if location else ("extends",)
    return (*_fields_at(location), *extends)


def _fields_at(location: Path) -> dict[str, FieldInfo]:
    """Return the fields of the table at a location of pydantic, tags included."""
    tables: list[type[BaseModel]] = [Scenario]
    for segment in location:
        tagged = [table for table in tables if str(segment) in _tags(table)]
        if isinstance(segment, str):
            inside = [
                fields[segment] for table in tables if segment in (fields := _fields_of(table))
            ]
            tables = tagged or [table for field in inside for table in _tables(field.annotation)]
    return _fields_of(tables[0]) if tables else {}


def _fields_of(table: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a table by the names that they have in a file."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


def _choices_at(path: Path) -> list[str]:
    field = Scenario.model_fields[str(path[0])]
    if path[:2] == ("market", "prices"):
        field = next(_tables(Scenario.model_fields["market"].annotation)).model_fields["prices"]
    return [tag for table in _tables(field.annotation) for tag in _tags(table)]


def _tags(table: type[BaseModel]) -> tuple[str, ...]:
    field = table.model_fields.get("shape") or table.model_fields.get("kind")
    return get_args(field.annotation) if field else ()


def _tables(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _tables(argument)
