"""From the `[matrix]` of a scenario to its cells: all are resolved before the first one runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from pydantic import ValidationError

from scenarios.errors import Mistake, ScenarioError
from scenarios.layers import FileLayer, OptionLayer, read_override
from scenarios.loader import ResolvedScenario, family_of, finish, merge
from scenarios.locate import Path, dotted, split_key
from scenarios.merge import Merged, flat
from scenarios.mistakes import mistake_at, mistakes_in
from scenarios.models.matrix import Matrix
from scenarios.models.scenario import Scenario
from scenarios.suggest import did_you_mean
from scenarios.units import shown

MOST_CELLS: Final = 1_000
_KEY: Final = "matrix"

Values = Mapping[str, Any]
Place = tuple[str, Any, str]  # axis, value, and where it is written


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of values, ready to run.

    Attributes:
        number: From 1 on.
        values: What each axis is here, as it is written.
        resolved: The scenario with these values.
    """

    number: int
    values: Values
    resolved: ResolvedScenario


def cells_of(
    name_or_path: str, overrides: Sequence[str] = (), seed: int | None = None
) -> list[Cell]:
    """Resolve every cell of a scenario's matrix.

    Args:
        name_or_path: A bundled name, or the path of a TOML file.
        overrides: `KEY=VALUE` each, as after `--set`; they are laid under the matrix.
        seed: Replaces the scenario's seed, in every cell.

    Raises:
        ScenarioError: With every mistake of every cell, each with its place.
    """
    files = family_of(name_or_path)
    merged = merge(files, overrides, seed)
    matrix = _read(files[0], merged)
    _refuse_double(matrix, overrides)
    cells: list[Cell] = []
    mistakes: dict[str, Mistake] = {}
    for number, places in enumerate(_combinations(matrix, merged), 1):
        try:
            resolved = _resolve(files, overrides, seed, places)
            cells.append(Cell(number, {axis: value for axis, value, _ in places}, resolved))
        except ScenarioError as error:
            mistakes |= {str(mistake): mistake for mistake in error.mistakes}
    if mistakes:
        raise ScenarioError(list(mistakes.values()))
    return cells


def has_matrix(name_or_path: str, overrides: Sequence[str] = ()) -> bool:
    """Tell whether a scenario has a matrix, be it by what it extends or by an option."""
    return _KEY in merge(family_of(name_or_path), overrides, None).document


def _resolve(
    files: list[FileLayer], overrides: Sequence[str], seed: int | None, places: Sequence[Place]
) -> ResolvedScenario:
    merged = merge(files, overrides, seed)
    for axis, value, where in places:
        folder = merged.owner((_KEY, axis)).folder
        merged.add_option(OptionLayer(where, split_key(axis)[0], value, folder))
    merged.document.pop(_KEY)
    return finish(files, merged)


def _read(file: FileLayer, merged: Merged) -> Matrix:
    given = merged.document.get(_KEY)
    if given is None:
        what = 'it has no [matrix]; write one like: [matrix] "cluster.workers" = [1, 2, 4]'
        raise ScenarioError([Mistake(str(file.path), "", what)])
    try:
        matrix = Matrix.model_validate(given)
    except ValidationError:
        # The same mistakes, found where the whole scenario is looked at.
        try:
            Scenario.model_validate(merged.document)
        except ValidationError as error:
            raise ScenarioError(mistakes_in(error, merged)) from None
        raise
    if not matrix.axes:
        what = 'at least one key with its values is needed, like "cluster.workers" = [1, 2, 4]'
        raise ScenarioError([mistake_at((_KEY,), what, merged, key=True)])
    if mistakes := list(_odd(matrix, merged)):
        raise ScenarioError(mistakes)
    return matrix


def _odd(matrix: Matrix, merged: Merged) -> Iterator[Mistake]:
    """Yield what is wrong with the matrix itself, whatever its cells are."""
    for axis, values in matrix.axes.items():
        if split_key(axis) != (tuple(axis.split(".")), "") or axis.split(".")[0] == _KEY:
            what = "the dotted path of a key of the scenario is meant"
            yield mistake_at((_KEY, axis), what, merged, key=True)
        if axis == "extends":
            what = "a file that is extended is no axis; write a sweep for each"
            yield mistake_at((_KEY, axis), what, merged, key=True)
        for place, value in enumerate(values):
            if value in values[:place]:
                what = f"{shown(value)} stands there twice"
                yield mistake_at((_KEY, axis, place), what, merged)
    for key in ("include", "exclude"):
        for number, given in enumerate(getattr(matrix, key)):
            path: Path = (_KEY, key, number)
            for what in _odd_cell(matrix, dict(flat(given)), is_whole=key == "include"):
                yield mistake_at(path, what, merged)


def _odd_cell(matrix: Matrix, given: Values, *, is_whole: bool) -> Iterator[str]:
    axes = matrix.axes
    for axis in given:
        if axis not in axes:
            known = f"; axes are {', '.join(axes)}"
            yield f"'{axis}' is no axis of the matrix{did_you_mean(axis, axes) or known}"
    if is_whole:
        missing = [axis for axis in axes if axis not in given]
        if missing:
            yield f"a whole cell is meant; missing: {', '.join(missing)}"
        return
    if not given:
        yield "an axis with a value is meant"
    for axis, value in given.items():
        if axis in axes and value not in axes[axis]:
            among = ", ".join(map(shown, axes[axis]))
            yield f"{shown(value)} is no value of {axis}; there are {among}"


def _refuse_double(matrix: Matrix, overrides: Sequence[str]) -> None:
    """Refuse to set what the matrix sets: one of the two would be lost in silence."""
    for override in overrides:
        layer = read_override(override)
        axis = dotted(layer.path)
        if axis in matrix.axes:
            what = f"it is an axis of the matrix; set {_KEY}.{axis} to a list of values instead"
            raise ScenarioError([Mistake(layer.option, axis, what)])


def _combinations(matrix: Matrix, merged: Merged) -> list[list[Place]]:
    """Return the cells in the order of the file, the last axis moving fastest."""
    excluded = [dict(flat(given)) for given in matrix.exclude]
    rows = [
        [(axis, value, _where(merged, (_KEY, axis, place))) for axis, (place, value) in
         zip(matrix.axes, row, strict=True)]
        for row in product(*(enumerate(values) for values in matrix.axes.values()))
    ]  # fmt: skip
    kept = [row for row in rows if not any(_fits(row, given) for given in excluded)]
    for number, given in enumerate(matrix.include):
        where = _where(merged, (_KEY, "include", number))
        values = dict(flat(given))
        if any(_fits(row, values) for row in kept):
            what = "this cell is in the matrix already"
            raise ScenarioError([mistake_at((_KEY, "include", number), what, merged)])
        kept.append([(axis, values[axis], where) for axis in matrix.axes])
    if not kept or len(kept) > MOST_CELLS:
        what = f"{len(kept):,} cells; 1 to {MOST_CELLS:,} are meant"
        raise ScenarioError([mistake_at((_KEY,), what, merged, key=True)])
    return kept


def _fits(row: Sequence[Place], given: Values) -> bool:
    values = {axis: value for axis, value, _ in row}
    return all(values[axis] == value for axis, value in given.items())


def _where(merged: Merged, path: Path) -> str:
    return merged.owner(path).where(path, key=False)
