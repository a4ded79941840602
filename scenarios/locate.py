"""Line and column of every key of a TOML text, which `tomllib` does not tell.

The scanner expects text that `tomllib` has accepted. On any other text it finds fewer keys; it
neither raises nor loops.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

Path = tuple[str | int, ...]

_DEEPEST: Final = 40
_BLANK: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_STRING: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"""+|\'\'\'.*?\'\'\'+|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
)
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE: Final = re.compile(r"[^,\]}\n#]*")
_REST_OF_LINE: Final = re.compile(r"[^\n]*\n?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key and its value begin, as offsets into the text.

    Attributes:
        key: Of the key, or of the header for a table.
        value: Of the value; the same as `key` for a table with a header.
    """

    key: int
    value: int


class Locator:
    """Knows the place of every dotted path of one TOML text."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._places = _Scanner(self._text).scan()

    def key(self, path: Path) -> tuple[int, int] | None:
        """Return line and column, from 1, of the key at `path`; None if it is not there."""
        place = self._find(path)
        return None if place is None else self._line_and_column(place.key)

    def value(self, path: Path) -> tuple[int, int] | None:
        """Return line and column, from 1, of the value at `path`; None if it is not there."""
        place = self._find(path)
        return None if place is None else self._line_and_column(place.value)

    def paths(self) -> Iterator[Path]:
        """Yield every path that has a place, in the order of the text."""
        yield from self._places

    def _find(self, path: Path) -> Place | None:
        if path in self._places or not path:
            return self._places.get(path)
        return self._places.get(tuple(_spread(path)))

    def _line_and_column(self, offset: int) -> tuple[int, int]:
        before = self._text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _spread(path: Path) -> Iterator[str | int]:
    """Yield the segments of a path; a dotted name may be one quoted key or several bare ones."""
    for segment in path:
        yield from segment.split(".") if isinstance(segment, str) else (segment,)


def dotted(path: Path) -> str:
    """Return a path as people write it: `load.0.stages.1.target`."""
    return ".".join(map(str, path))


def split_key(text: str) -> tuple[tuple[str, ...], str]:
    """Return the dotted key at the beginning of a text and what follows it.

    The key is empty when the text does not begin with one.
    """
    scanner = _Scanner(text)
    segments = scanner.dotted_key()
    return tuple(segments), text[scanner.at :]


class _Scanner:
    """Walks over a text once, noting where each path begins."""

    def __init__(self, text: str) -> None:
        self.at = 0
        self._text = text
        self._places: dict[Path, Place] = {}
        self._lengths: dict[Path, int] = {}

    def scan(self) -> dict[Path, Place]:
        table: Path = ()
        while self._skip(_BLANK) and self.at < len(self._text):
            if self._text[self.at] == "[":
                table = self._header()
            else:
                self._key_and_value(table, depth=0)
            self._skip(_REST_OF_LINE)
        return self._places

    def dotted_key(self) -> list[str]:
        segments: list[str] = []
        while segment := self._segment():
            segments.append(segment[0])
            after_segment = self.at
            self._skip(_SPACE)
            if not self._take("."):
                self.at = after_segment
                break
            self._skip(_SPACE)
        return segments

    def _segment(self) -> tuple[str] | None:
        start = self.at
        if self._match(_BARE_KEY):
            return (self._text[start : self.at],)
        if self._text[start : start + 1] in {'"', "'"} and self._match(_STRING):
            return (_unquoted(self._text[start : self.at]),)
        return None

    def _header(self) -> Path:
        start = self.at
        self.at += 1
        is_array = self._take("[")
        self._skip(_SPACE)
        *parents, last = self.dotted_key() or [""]
        path: Path = (*self._inside(parents), last)
        if is_array:
            number = self._lengths[path] = self._lengths.get(path, -1) + 1
            self._note(path, start, start)
            path = (*path, number)
        else:
            path = self._inside([*parents, last])
        self._note(path, start, start)
        return path

    def _inside(self, segments: list[str]) -> Path:
        path: Path = ()
        for segment in segments:
            path = (*path, segment)
            if path in self._lengths:
                path = (*path, self._lengths[path])
        return path

    def _key_and_value(self, table: Path, depth: int) -> bool:
        start = self.at
        segments = self.dotted_key()
        self._skip(_SPACE)
        if not segments or not self._take("="):
            return False
        self._skip(_SPACE)
        for length in range(1, len(segments) + 1):
            self._note((*table, *segments[:length]), start, self.at)
        self._value((*table, *segments), depth)
        return True

    def _value(self, path: Path, depth: int) -> None:
        opening = self._text[self.at : self.at + 1]
        if opening in {"[", "{"} and depth < _DEEPEST:
            self.at += 1
            (self._array if opening == "[" else self._inline_table)(path, depth + 1)
        elif not (opening in {'"', "'"} and self._match(_STRING)):
            self._skip(_BARE_VALUE)

    def _array(self, path: Path, depth: int) -> None:
        number = 0
        while self._skip(_BLANK) and self.at < len(self._text) and not self._take("]"):
            start = self.at
            self._note((*path, number), start, start)
            self._value((*path, number), depth)
            self._skip(_BLANK)
            number += 1
            if not self._take(",") and self.at == start:
                return

    def _inline_table(self, path: Path, depth: int) -> None:
        while self._skip(_BLANK) and self.at < len(self._text) and not self._take("}"):
            if not self._key_and_value(path, depth):
                return
            self._skip(_BLANK)
            self._take(",")

    def _note(self, path: Path, key: int, value: int) -> None:
        self._places.setdefault(path, Place(key, value))

    def _match(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self._text, self.at)
        if match:
            self.at = match.end()
        return match is not None

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        self._match(pattern)
        return True

    def _take(self, mark: str) -> bool:
        found = self._text.startswith(mark, self.at)
        self.at += len(mark) if found else 0
        return found


def _unquoted(quoted: str) -> str:
    try:
        return str(tomllib.loads(f"key = {quoted}")["key"])
    except ValueError:
        return quoted[1:-1]
