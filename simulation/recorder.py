"""Writes the rows of one table as typed columns in closed Parquet part files."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from simulation.columns import Chunk, Coded, Piece, column_of, length, part
from simulation.records import ROWS_PER_CHUNK, ROWS_PER_FILE, UnwritableRun

__all__ = ["BackgroundWriter", "Coded", "ColumnWriter"]

Job = Callable[[], None]

_VALUES_IN_PYTHON: Final = 40_960  # few enough to stay in the processor's cache
_JOBS_WAITING: Final = 4


class ColumnWriter:
    """The rows of one table, on their way to `folder/name/part-0000.parquet` and so on.

    Values wait in one flat list (kept tuples would cost the garbage collector half a microsecond
    a row), then as typed columns, then become one row group of a part file.

    Args:
        schema: Columns: integers, text, or text as a dictionary.
        folder: The run's folder; it exists.
        name: The table.
        background: Thread that writes; without one, writing happens in the caller's.
    """

    def __init__(
        self,
        schema: pa.Schema,
        folder: Path,
        name: str,
        background: BackgroundWriter | None = None,
    ) -> None:
        self.name = name
        self._schema = schema
        self._columns = [column_of(field.type) for field in schema]
        self._width = len(schema)
        self._values: list[int | str] = []
        self._values_at_most = _VALUES_IN_PYTHON // self._width * self._width
        self._pending = 0
        self._parts = _PartFiles(schema, folder / name)
        self._submit = background.submit if background else _at_once

    def append(self, *row: int | str) -> None:
        """Add one row, its values in the order of the schema.

        Raises:
            ValueError: The row has more or fewer values than the table has columns; or an
                earlier one had a value of another type (they are looked at in thousands).
            UnwritableRun: An earlier chunk could not be written.
        """
        if len(row) != self._width:
            raise ValueError(f"table {self.name} has the columns {self._schema.names}; got {row}")
        values = self._values
        values += row
        if len(values) >= self._values_at_most:
            self._settle()

    def append_columns(self, columns: Mapping[str, Chunk]) -> None:
        """Add many rows at once, as one array per column.

        Raises:
            ValueError: A column is missing, unknown, or of another length than the first.
            UnwritableRun: A chunk could not be written.
        """
        chunks = self._in_order(columns)
        self._settle()
        for start in range(0, length(chunks[0]), ROWS_PER_CHUNK):
            parts = [part(chunk, start, start + ROWS_PER_CHUNK) for chunk in chunks]
            pieces = [
                self._typed(name, column.chunk_piece, values)
                for name, column, values in zip(
                    self._schema.names, self._columns, parts, strict=True
                )
            ]
            self._keep(pieces, length(parts[0]))

    def close(self) -> None:
        """Write what is left and close the part file; nothing may be added after it.

        Raises:
            ValueError: One of the last rows does not fit the table.
            UnwritableRun: The part file could not be written.
        """
        try:
            self._settle()
        finally:
            if self._pending:
                self._flush()
            self._submit(self._parts.close)

    def _settle(self) -> None:
        values, self._values = self._values, []
        if values:
            columns = [values[place :: self._width] for place in range(self._width)]
            pieces = [
                self._typed(name, column.piece, column_values)
                for name, column, column_values in zip(
                    self._schema.names, self._columns, columns, strict=True
                )
            ]
            self._keep(pieces, len(columns[0]))

    def _typed(self, name: str, convert: Callable[[Any], Piece], values: object) -> Piece:
        try:
            return convert(values)
        except (TypeError, struct.error) as error:
            kind = self._schema.field(name).type
            raise ValueError(
                f"table {self.name}: column {name} ({kind}) has a value that does not fit: {error}"
            ) from error

    def _keep(self, pieces: list[Piece], count: int) -> None:
        for column, piece in zip(self._columns, pieces, strict=True):
            column.add(piece)
        self._pending += count
        if self._pending >= ROWS_PER_CHUNK:
            self._flush()

    def _in_order(self, columns: Mapping[str, Chunk]) -> list[Chunk]:
        if set(columns) != set(self._schema.names):
            odd = ", ".join(sorted(set(columns) ^ set(self._schema.names)))
            raise ValueError(f"table {self.name}: columns missing or unknown: {odd}")
        lengths = {name: length(chunk) for name, chunk in columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"table {self.name}: columns of different lengths: {lengths}")
        return [columns[name] for name in self._schema.names]

    def _flush(self) -> None:
        builds = [column.build() for column in self._columns]
        # Handed over before it is forgotten: an interrupt while this waits loses no row.
        self._submit(lambda: self._parts.write([build() for build in builds]))
        self._pending = 0
        for column in self._columns:
            column.clear()


class BackgroundWriter:
    """One thread that does the writing of all tables, in order, with a bounded queue.

    The first error is kept and raised in the caller's thread, at its next call.
    """

    def __init__(self) -> None:
        self._jobs: Queue[Job | None] = Queue(_JOBS_WAITING)
        self._error: Exception | None = None
        self._thread = Thread(target=self._serve, name="recorder", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Queue a job; wait while the queue is full.

        Raises:
            UnwritableRun: An earlier job could not write.
        """
        self._raise_error()
        self._jobs.put(job)

    def close(self) -> None:
        """Wait until every job is done, and stop.

        Raises:
            UnwritableRun: A job could not write.
        """
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()
        self._raise_error()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._error is None:  # after an error only drain, so that nobody waits for ever
                self._try(job)

    def _try(self, job: Job) -> None:
        try:
            job()
        except Exception as error:
            self._error = error  # raised again by the caller's next step

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error


def _at_once(job: Job) -> None:
    job()


class _PartFiles:
    """The Parquet files of one table; a file gets its name when it is closed and readable."""

    def __init__(self, schema: pa.Schema, folder: Path) -> None:
        self._schema = schema
        self._folder = folder
        self._number = 0
        self._rows = 0
        self._writer: pq.ParquetWriter | None = None

    def write(self, columns: list[pa.Array]) -> None:
        batch = pa.record_batch(columns, schema=self._schema)
        try:
            if self._writer is None:
                self._writer = self._open()
            self._writer.write_batch(batch, row_group_size=batch.num_rows)
        except OSError as error:
            self._give_up(error)
        self._rows += batch.num_rows
        if self._rows >= ROWS_PER_FILE:
            self.close()

    def close(self) -> None:
        if self._writer is None:
            return
        try:
            self._writer.close()
            self._partial.rename(self._partial.with_suffix(""))
        except OSError as error:
            self._give_up(error)
        self._writer = None
        self._rows = 0
        self._number += 1

    @property
    def _partial(self) -> Path:
        return self._folder / f"part-{self._number:04}.parquet.partial"

    def _open(self) -> pq.ParquetWriter:
        self._folder.mkdir(exist_ok=True)
        words = [field.name for field in self._schema if pa.types.is_dictionary(field.type)]
        return pq.ParquetWriter(
            self._partial,
            self._schema,
            compression="zstd",
            use_dictionary=words,
            column_encoding=_encodings(self._schema),
        )

    def _give_up(self, error: OSError) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(OSError):
                writer.close()
        raise UnwritableRun(self._partial, error) from error


def _encodings(schema: pa.Schema) -> dict[str, str]:
    """Differences for integers (times grow, ids count up), shared prefixes for ids as text."""
    return {
        field.name: "DELTA_BINARY_PACKED" if pa.types.is_integer(field.type) else "DELTA_BYTE_ARRAY"
        for field in schema
        if not pa.types.is_dictionary(field.type)
    }
