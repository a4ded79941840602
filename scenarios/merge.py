"""Layers laid over each other, remembering which layer each key came from."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final

from scenarios.errors import Mistake, ScenarioError
from scenarios.layers import FileLayer, Layer, OptionLayer
from scenarios.locate import Path

_FLAT: Final = ("limits", "matrix")  # tables whose keys are dotted names


class Merged:
    """One document out of several layers: tables are merged, everything else is replaced."""

    def __init__(self, base: FileLayer) -> None:
        self.document: dict[str, Any] = {}
        self._owners: dict[Path, Layer] = {(): base}
        self.add_file(base)

    def add_file(self, layer: FileLayer) -> None:
        """Lay a file over what is there."""
        self._owners[()] = layer
        document = copy.deepcopy(layer.document)
        for name in _FLAT:
            if isinstance(table := document.get(name), dict):
                document[name] = dict(flat(table))
        self._merge(self.document, document, (), layer)

    def add_option(self, layer: OptionLayer) -> None:
        """Set the one key of an option.

        Raises:
            ScenarioError: The key leads through something that is not a table.
        """
        target: Any = self.document
        path: Path = ()
        *parents, last_segment = layer.path
        if parents and parents[0] in _FLAT:
            parents, last_segment = parents[:1], ".".join(layer.path[1:])
        for segment in parents:
            index = _index(target, segment, path, layer)
            path = (*path, index)
            if isinstance(target, dict) and index not in target:
                target[index] = {}
                self._own(path, layer)
            target = target[index]
        last = _index(target, last_segment, path, layer)
        target[last] = layer.value
        self._own((*path, last), layer)

    def owner(self, path: Path) -> Layer:
        """Return the layer that the value at `path`, or the nearest table around it, is from."""
        while path not in self._owners:
            path = path[:-1]
        return self._owners[path]

    def value(self, path: Path) -> Any:
        """Return what was given at `path`, which must be there."""
        value: Any = self.document
        for segment in path:
            value = value[segment]
        return value

    def _merge(self, below: dict[str, Any], above: dict[str, Any], at: Path, layer: Layer) -> None:
        for key, value in above.items():
            path = (*at, key)
            if isinstance(value, dict) and isinstance(below.get(key), dict):
                self._owners[path] = layer
                self._merge(below[key], value, path, layer)
            else:
                below[key] = value
                self._own(path, layer)

    def _own(self, path: Path, layer: Layer) -> None:
        inside = [known for known in self._owners if known[: len(path)] == path]
        for known in inside:
            del self._owners[known]
        self._owners[path] = layer


def flat(table: dict[str, Any], names: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield what a table holds by its dotted name, be it one quoted key or several bare ones."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, (*names, key))
        else:
            yield ".".join((*names, key)), value


def _index(target: Any, segment: str, path: Path, layer: OptionLayer) -> str | int:
    if isinstance(target, dict):
        return segment
    if isinstance(target, list):
        if segment.isdecimal() and int(segment) < len(target):
            return int(segment)
        what = f"'{segment}' is no position in it; it has {len(target)}, counted from 0"
    else:
        what = f"it is no table, so it has no key '{segment}'"
    raise ScenarioError([Mistake(layer.option, ".".join(map(str, path)), what)])
