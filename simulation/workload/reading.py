"""The raw columns of a workload file: whole numbers and texts, not yet judged."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from simulation.hexadecimal import may_hold_hexadecimal
from simulation.workload.columns import COLUMNS, OPTIONAL, RANGES
from simulation.workload.workload import NONE, Flags, Int32s, Int64s, WorkloadError

MOST_MISTAKES: Final = 20
EMPTY: Final = -(2**63)
_WHOLE: Final = re.compile(r"\s*-?\d{1,18}\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of text: `codes`, shape (rows,), point into `words`."""

    words: tuple[str, ...]
    codes: Int32s

    def recoded(self, places: Mapping[str, int], unknown: int = NONE) -> Int64s:
        """Translate each text into its place; those without one into `unknown`."""
        table = np.array([places.get(word, unknown) for word in self.words], dtype=np.int64)
        return table[self.codes]

    def at(self, row: int) -> str:
        """Return the text of a row."""
        return self.words[int(self.codes[row])]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """All rows of a file.

    Attributes:
        path: The file.
        numbers: Columns of numbers; an empty field has the value for nothing, or `EMPTY`.
        texts: Columns of text.
    """

    path: Path
    numbers: dict[str, Int64s]
    texts: dict[str, Words]

    def __len__(self) -> int:
        return len(self.numbers["intended_us"])

    def where(self, row: int) -> str:
        """Name a row, counted from 0, as people find it in the file."""
        return place_in(self.path, row)


def place_in(path: Path, row: int) -> str:
    """Name a row of a file, counted from 0, as people find it."""
    # A CSV file has a line of column names before its first row.
    return f"{path}:{row + 2}" if path.suffix == ".csv" else f"{path}:row {row + 1}"


def refuse(mistakes: Sequence[str]) -> NoReturn:
    """Raise mistakes as one error, a line each."""
    more = ["... and more"] if len(mistakes) > MOST_MISTAKES else []
    raise WorkloadError("\n".join([*mistakes[:MOST_MISTAKES], *more]))


def read_rows(path: Path) -> Rows:
    """Read a workload file of either format.

    Raises:
        WorkloadError: It cannot be read, has no row, a column is missing or unknown, or text
            stands where a number belongs.
    """
    try:
        match path.suffix:
            case ".parquet":
                table = _read_parquet(path)
            case ".csv":
                table = _read_csv(path)
            case _:
                raise WorkloadError(f"{path}: a workload file must end in .parquet or .csv")
    except OSError as error:
        raise WorkloadError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not table.num_rows:
        raise WorkloadError(f"{path}: holds no commands; at least one row is needed")
    kinds = {name: kind for name, kind in COLUMNS.items() if name in table.column_names}
    numbers = {n: _numbers(path, table, n) for n, kind in kinds.items() if kind == "number"}
    numbers.setdefault("seen_price", np.zeros(table.num_rows, dtype=np.int64))
    texts = {n: _words(path, table, n) for n, kind in kinds.items() if kind == "text"}
    texts.setdefault("detail", Words(("",), np.zeros(table.num_rows, dtype=np.int32)))
    return Rows(path, numbers, texts)


def _check_names(where: str, names: Sequence[str]) -> None:
    needed = [name for name in COLUMNS if name not in OPTIONAL]
    missing = [name for name in needed if name not in names]
    unknown = [repr(name) for name in names if name not in COLUMNS]
    mistakes = [
        f"{where}: {_columns(found)} {what}; {hint} are {', '.join(right)}"
        for found, what, hint, right in (
            (missing, "missing", "needed", needed),
            (unknown, "unknown", "known", COLUMNS),
        )
        if found
    ]
    mistakes += [f"{where}: column {name} stands twice" for name in _doubles(names)]
    if mistakes:
        refuse(mistakes)


def _columns(names: Sequence[str]) -> str:
    return f"column {names[0]} is" if len(names) == 1 else f"columns {', '.join(names)} are"


def _doubles(names: Sequence[str]) -> list[str]:
    return [name for name in COLUMNS if names.count(name) > 1]


def _read_parquet(path: Path) -> Any:
    try:
        schema = pq.read_schema(path)
        _check_names(str(path), schema.names)
        return pq.read_table(path, partitioning=None)
    except pa.ArrowInvalid as error:
        raise WorkloadError(f"{path}: is not a Parquet file: {error}") from error


def _read_csv(path: Path) -> Any:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        try:
            names = next(csv.reader(lines), [])
        except (UnicodeDecodeError, csv.Error):
            raise WorkloadError(f"{path}: is not text in UTF-8") from None
    _check_names(f"{path}:1", names)
    words = pa.dictionary(pa.int32(), pa.string())
    types = {name: pa.int64() if kind == "number" else words for name, kind in COLUMNS.items()}
    try:
        table = arrow_csv.read_csv(
            path,
            parse_options=arrow_csv.ParseOptions(ignore_empty_lines=False),
            convert_options=arrow_csv.ConvertOptions(column_types=types, null_values=[""]),
        )
    except pa.ArrowInvalid as error:
        refuse(_line_by_line(path, names) or [f"{path}: {error}"])
    if may_hold_hexadecimal(path) and (mistakes := _line_by_line(path, names)):
        refuse(mistakes)
    return table


def _line_by_line(path: Path, names: Sequence[str]) -> list[str]:
    return list(islice(_csv_mistakes(path, names), MOST_MISTAKES + 1))


def _csv_mistakes(path: Path, names: Sequence[str]) -> Iterator[str]:
    """Look at every line of a file that could not be read as a whole."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines)
            next(reader)
            for fields in reader:
                yield from _line_mistakes(f"{path}:{reader.line_num}", names, fields)
    except UnicodeDecodeError:
        yield f"{path}: is not text in UTF-8"
    except csv.Error as error:
        yield f"{path}:{reader.line_num}: {error}"


def _line_mistakes(where: str, names: Sequence[str], fields: Sequence[str]) -> Iterator[str]:
    if len(fields) != len(names):
        yield f"{where}: {len(fields)} fields; it must be {len(names)} like the first line"
        return
    for name, field in zip(names, fields, strict=True):
        if COLUMNS[name] == "number" and field and not _WHOLE.fullmatch(field):
            yield _not_whole(where, name, field)


def _not_whole(where: str, name: str, value: object) -> str:
    return f"{where}: column {name}: {value!r} is not a whole number"


def _numbers(path: Path, table: Any, name: str) -> Int64s:
    column = table.column(name)
    empty = RANGES[name].empty
    if pa.types.is_floating(column.type):
        _refuse_fractions(path, name, column.to_numpy())
        column = pc.if_else(pc.is_nan(column), None, column)  # how some write an empty field
    elif pa.types.is_uint64(column.type):
        _refuse_overflow(path, name, column)
    elif not pa.types.is_integer(column.type):
        refuse([f"{path}: column {name}: must hold whole numbers, not {column.type}"])
    whole = pc.fill_null(column.cast(pa.int64()), EMPTY if empty is None else empty)
    numbers: Int64s = whole.to_numpy()
    return numbers


def _refuse_fractions(path: Path, name: str, values: Any) -> None:
    whole: Flags = np.isnan(values) | ((np.rint(values) == values) & (abs(values) < 2**53))
    bad = np.flatnonzero(~whole)[: MOST_MISTAKES + 1]
    if len(bad):
        refuse([_not_whole(place_in(path, row), name, float(values[row])) for row in bad])


def _refuse_overflow(path: Path, name: str, column: Any) -> None:
    too_large = pc.fill_null(pc.greater(column, pa.scalar(2**63 - 1, pa.uint64())), False)
    bad = np.flatnonzero(too_large.to_numpy())[: MOST_MISTAKES + 1].tolist()
    if bad:
        at = f"column {name}:"
        refuse(
            [f"{place_in(path, row)}: {at} {column[row].as_py()} is out of range" for row in bad]
        )


def _words(path: Path, table: Any, name: str) -> Words:
    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if column.type not in (pa.string(), pa.large_string(), pa.null()):
        refuse([f"{path}: column {name}: must hold text, not {column.type}"])
    coded = pc.fill_null(column.cast(pa.string()), "").dictionary_encode().combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = pa.concat_arrays(coded.unify_dictionaries().chunks) if coded.num_chunks else None
    if coded is None:
        return Words((), np.empty(0, dtype=np.int32))
    return Words(tuple(coded.dictionary.to_pylist()), coded.indices.to_numpy())
