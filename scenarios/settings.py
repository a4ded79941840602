"""The keys of a scenario as Python values, in the words of `--set`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from scenarios.errors import InputError
from scenarios.toml_text import value_text
from scenarios.units import shown

SHORT: Final = {"users": "users.count", "symbols": "market.symbols"}
"""Tables that a number stands for the most wanted key of."""


def as_options(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return `KEY=VALUE` for each value, as after `--set`.

    A table is merged into what is there, key by key; `users=50` stands for `users.count`, and
    `symbols=10` for `market.symbols`.

    Args:
        values: By their dotted key, such as `{"market.symbols": 10, "cluster": {"workers": 4}}`.

    Raises:
        InputError: A value is nothing that TOML could hold.
    """
    return tuple(
        f"{key}={value_text(_plain(key, value))}" for name, given in values.items()
        for key, value in _flat(_long(name, given), given)
    )  # fmt: skip


def _long(name: str, value: Any) -> str:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return SHORT.get(name, name) if is_number else name


def _flat(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            quoted = f'"{name}"' if "." in str(name) else str(name)
            yield from _flat(f"{key}.{quoted}", inner)
    else:
        yield key, value


def _plain(key: str, value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(key, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(key, inner) for inner in value]
    if isinstance(value, str | bool | int | float):
        return value
    raise InputError(
        f"{key}: text, a number, true or false, a list or a table is meant, "
        f"not {type(value).__name__} {shown(value)}"
    )
