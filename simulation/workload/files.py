"""Workloads as files: Parquet or CSV, one row per command, in words that people read.

Columns: `intended_us`, `user`, `account`, `operation` (`place` for all kinds of order),
`symbol`, `side` (BUY, SELL), `price_type` (MARKET, LIMIT, STOP_MARKET), `quantity`, `limit_price`,
`seen_price`, `amount` (money: 1/10,000 USD), `query`, `target`, `command_id`, `detail` (what an
operation says in words). What does not apply to an operation is empty or 0 (`target`: -1).
`seen_price` and `detail` may be left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simulation.workload.checks import check, operation_codes, side_codes, symbol_codes
from simulation.workload.columns import COLUMNS, ORDERS, PRICE_TYPES, SIDES, SPOKEN
from simulation.workload.reading import Words, read_rows
from simulation.workload.workload import (
    NONE,
    Int32s,
    Workload,
    WorkloadError,
)

ROWS_AT_ONCE: Final = 131_072


def write_workload(workload: Workload, path: Path) -> None:
    """Write a workload; the file appears under its name only when it is whole.

    Args:
        workload: What to write.
        path: Its suffix is the format, `.parquet` or `.csv`.

    Raises:
        WorkloadError: Another suffix, or the file cannot be written.
    """
    if path.suffix not in {".parquet", ".csv"}:
        raise WorkloadError(f"{path}: a workload file must end in .parquet or .csv")
    part = path.with_name(path.name + ".part")
    try:
        _write(workload, part, parquet=path.suffix == ".parquet")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise WorkloadError(f"{path}: cannot be written: {error.strerror or error}") from error


def _write(workload: Workload, path: Path, *, parquet: bool) -> None:
    schema = pa.schema((name, _arrow_type(name, parquet=parquet)) for name in COLUMNS)
    writer = (
        pq.ParquetWriter(path, schema, compression="zstd")
        if parquet
        else arrow_csv.CSVWriter(path, schema)
    )
    with writer:
        for batch in _batches(workload, schema):
            writer.write(batch)


def _arrow_type(name: str, *, parquet: bool) -> Any:
    if COLUMNS[name] != "text":
        return pa.int64()
    return pa.dictionary(pa.int32(), pa.string()) if parquet else pa.string()


def _batches(workload: Workload, schema: Any) -> Iterator[Any]:
    for start in range(0, len(workload), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        columns = [_column(workload, name, part) for name in COLUMNS]
        yield pa.Table.from_arrays(columns, names=list(COLUMNS)).cast(schema)


def _column(workload: Workload, name: str, part: slice) -> Any:
    match name:
        case "operation":
            return _words(SPOKEN, workload.operation[part])
        case "symbol":
            return _words(workload.symbols, workload.symbol[part])
        case "side":
            return _words(SIDES, workload.order_type[part])
        case "price_type":
            kind = workload.operation[part]
            codes = np.select([kind == order for order in ORDERS], range(len(ORDERS)), NONE)
            return _words(PRICE_TYPES, codes)
        case "query" | "detail":
            texts = workload.queries if name == "query" else workload.details
            return _words(texts, getattr(workload, name)[part])
        case _:
            return pa.array(getattr(workload, name)[part], pa.int64())


def _words(words: Sequence[str], codes: NDArray[np.integer]) -> Any:
    """Turn codes into text; -1, the last place of a Python list, becomes the empty text."""
    texts = [*words, ""]
    places = np.where(codes == NONE, len(words), codes).astype(np.int32)
    return pa.DictionaryArray.from_arrays(places, pa.array(texts, pa.string()))


def read_workload(path: Path, symbols: Sequence[str]) -> Workload:
    """Read and check a workload; nothing but numbers and text is taken from the file.

    Args:
        path: Parquet or CSV by its suffix.
        symbols: Ticker symbols of the run; the file may name these only.

    Raises:
        WorkloadError: One line per mistake, `FILE:LINE: column NAME: ...`, 20 at most (for
            Parquet the row counts from 1); or what keeps the file from being read at all.
    """
    rows = read_rows(path)
    operation, symbol, side = operation_codes(rows), symbol_codes(rows, symbols), side_codes(rows)
    check(rows, operation, symbol, side)
    queries, query = _used(rows.texts["query"])
    details, detail = _used(rows.texts["detail"])
    number = rows.numbers
    return Workload(
        intended_us=number["intended_us"],
        user=number["user"].astype(np.int32),
        account=number["account"].astype(np.int32),
        operation=operation,
        symbol=symbol.astype(np.int16),
        order_type=side.astype(np.int8),
        quantity=number["quantity"],
        limit_price=number["limit_price"],
        seen_price=number["seen_price"],
        amount=number["amount"],
        target=number["target"],
        command_id=number["command_id"],
        query=query,
        detail=detail,
        queries=queries,
        details=details,
        symbols=tuple(symbols),
    )


def _used(words: Words) -> tuple[tuple[str, ...], Int32s]:
    used = sorted({words.words[code] for code in np.unique(words.codes)} - {""})
    places = {text: number for number, text in enumerate(used)}
    return tuple(used), words.recoded(places).astype(np.int32)
