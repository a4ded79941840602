"""Plain values as TOML text: always the same text for the same values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES: Final = str.maketrans(
    {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    | {chr(code): f"\\u{code:04x}" for code in (*range(9), 11, 12, *range(14, 32), 127)}
)


def to_toml(document: Mapping[str, Any]) -> str:
    """Return a document as TOML: plain keys first, then tables, then arrays of tables.

    Keys whose value is None are left out, as TOML has no such value.
    """
    return "\n".join(_table(document, ())).strip("\n") + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    given = {key: value for key, value in table.items() if value is not None}
    nested = {key: value for key, value in given.items() if _is_nested(value)}
    for key, value in given.items():
        if key not in nested:
            yield f"{_key(key)} = {value_text(value)}"
    for key, value in nested.items():
        header = ".".join(map(_key, (*path, key)))
        if isinstance(value, Mapping):
            yield from ("", f"[{header}]", *_table(value, (*path, key)))
        else:
            for item in value:
                yield from ("", f"[[{header}]]", *_table(item, (*path, key)))


def _is_nested(value: object) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(item, Mapping) for item in value)
    return isinstance(value, Mapping)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def value_text(value: Any) -> str:
    """Return one value as TOML text, in one line."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(k)} = {value_text(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return repr(value)


def _text(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'
