"""Reads the tables of a recorded run, one column at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simulation.records import UnreadableRun, part_files

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Words(NamedTuple):
    """A text column as codes: row i reads `words[codes[i]]`."""

    codes: NDArray[np.int32]
    words: list[str]

    def equal(self, word: str) -> Mask:
        """Return which rows read `word`."""
        code = self.words.index(word) if word in self.words else -1
        return np.asarray(self.codes == code)

    def counts(self, rows: Mask | None = None) -> dict[str, int]:
        """Return how often each word occurs among the given rows, in alphabetical order."""
        codes = self.codes if rows is None else self.codes[rows]
        counts = np.bincount(codes, minlength=len(self.words))
        return {word: int(counts[self.words.index(word)]) for word in sorted(self.words)}


class Table:
    """One table of a run: all its closed part files; empty where there is none."""

    def __init__(self, folder: Path, name: str) -> None:
        self._files = part_files(folder, name)

    @property
    def is_there(self) -> bool:
        """Whether it has part files; a table without a row has none."""
        return bool(self._files)

    def numbers(self, column: str) -> Integers:
        """Read a column of integers.

        Raises:
            UnreadableRun: A part file is damaged or lacks the column.
        """
        chunks = [chunk.to_numpy() for file in self._files for chunk in _chunks(file, column)]
        empty = np.empty(0, np.int64)
        return np.concatenate(chunks).astype(np.int64, copy=False) if chunks else empty

    def words(self, column: str) -> Words:
        """Read a text column that is stored as a dictionary.

        Raises:
            UnreadableRun: A part file is damaged or lacks the column.
        """
        codes: dict[str, int] = {}
        pieces = [np.empty(0, np.int32)]
        for file in self._files:
            for chunk in _chunks(file, column):
                words = chunk.dictionary.to_pylist()
                own = np.array([codes.setdefault(word, len(codes)) for word in words], np.int32)
                pieces.append(own[chunk.indices.to_numpy()])
        return Words(np.concatenate(pieces), list(codes))

    def texts(self, column: str) -> list[str]:
        """Read a text column that is stored as it stands.

        Raises:
            UnreadableRun: A part file is damaged or lacks the column.
        """
        return [text for file in self._files for chunk in _chunks(file, column)
                for text in chunk.to_pylist()]  # fmt: skip


def _chunks(file: Path, column: str) -> list[Any]:
    try:
        chunked = pq.read_table(file, columns=[column], partitioning=None).column(column)
    except (OSError, KeyError, pa.ArrowException) as error:
        why = str(error).partition("\n")[0]  # what follows is Arrow's list of all columns
        raise UnreadableRun(f"{file}: column {column} is not readable: {why}") from error
    return list(chunked.chunks)
