"""The values of one column that wait to be written, compact and typed."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Piece = Any  # some values of one column, in that column's own form
Build = Callable[[], pa.Array]


class Coded(NamedTuple):
    """A text column as whole numbers: row i reads `words[codes[i]]`."""

    codes: NDArray[Any]
    words: Sequence[str]


Chunk = NDArray[Any] | Coded | Sequence[str]


class Column(Protocol):
    """Takes values in steps that can fail without a trace: first `piece`, then `add`."""

    def piece(self, values: Sequence[Any]) -> Piece:
        """Bring values into this column's form; TypeError or struct.error if unfit."""

    def chunk_piece(self, chunk: Chunk) -> Piece:
        """Bring a whole array into this column's form; TypeError if unfit."""

    def add(self, piece: Piece) -> None:
        """Keep a piece."""

    def build(self) -> Build:
        """Return what makes the Arrow array of all pieces so far, on any thread."""

    def clear(self) -> None:
        """Forget the pieces."""


def column_of(kind: pa.DataType) -> Column:
    """Make the column for an Arrow type: an integer, text, or text as a dictionary."""
    if pa.types.is_integer(kind):
        return _Integers(kind)
    if pa.types.is_dictionary(kind):
        return _Words()
    return _Texts()


def length(chunk: Chunk) -> int:
    """Return how many rows a chunk has."""
    return len(chunk.codes) if isinstance(chunk, Coded) else len(chunk)


def part(chunk: Chunk, start: int, stop: int) -> Chunk:
    """Return the rows from `start` up to `stop` of a chunk."""
    if isinstance(chunk, Coded):
        return Coded(chunk.codes[start:stop], chunk.words)
    return chunk[start:stop]


class _Pieces:
    def __init__(self) -> None:
        self._pieces: list[Piece] = []

    def add(self, piece: Piece) -> None:
        self._pieces.append(piece)

    def clear(self) -> None:
        self._pieces = []  # a new list: a build under way keeps the old one


class _Integers(_Pieces):
    def __init__(self, kind: pa.DataType) -> None:
        super().__init__()
        self._kind = kind

    def piece(self, values: Sequence[Any]) -> Piece:
        # Twice as fast as array.array, and as strict about what is a whole number.
        return np.frombuffer(struct.pack(f"{len(values)}q", *values), np.int64)

    def chunk_piece(self, chunk: Chunk) -> Piece:
        numbers = np.asarray(chunk)
        if not np.issubdtype(numbers.dtype, np.integer):
            raise TypeError(f"expected whole numbers, got {numbers.dtype}")
        return numbers

    def build(self) -> Build:
        pieces, kind = self._pieces, self._kind
        return lambda: _numbers(np.concatenate(pieces)).cast(kind)


class _Texts(_Pieces):
    def piece(self, values: Sequence[Any]) -> Piece:
        return _texts(values)

    def chunk_piece(self, chunk: Chunk) -> Piece:
        if isinstance(chunk, Coded):
            return _texts(chunk.words).take(_numbers(chunk.codes))
        return _texts(chunk)

    def build(self) -> Build:
        pieces = self._pieces
        return lambda: pa.concat_arrays(pieces)


class _Codes(dict[str, int]):
    """Word to code; a new word takes the next code."""

    def __missing__(self, word: str) -> int:
        if not isinstance(word, str):
            raise TypeError(f"expected text, got {word!r}")
        code = self[word] = len(self)
        return code


class _Words(_Pieces):
    """Text as codes into a dictionary that grows over the whole run."""

    def __init__(self) -> None:
        super().__init__()
        self._codes = _Codes()
        self._dictionary = _texts([])

    def piece(self, values: Sequence[Any]) -> Piece:
        return np.frombuffer(array("i", map(self._codes.__getitem__, values)), np.int32)

    def chunk_piece(self, chunk: Chunk) -> Piece:
        if not isinstance(chunk, Coded):
            return self.piece(list(chunk))
        own_codes = np.array([self._codes[word] for word in chunk.words], np.int32)
        return own_codes[chunk.codes]

    def build(self) -> Build:
        if len(self._dictionary) != len(self._codes):
            self._dictionary = _texts(list(self._codes))
        pieces, words = self._pieces, self._dictionary
        return lambda: pa.DictionaryArray.from_arrays(_numbers(np.concatenate(pieces)), words)


# `pa.array` would do the same, and import pandas to see whether it is given some of that:
# 35 MB in each process that records.


def _numbers(values: NDArray[Any]) -> pa.Array:
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def _texts(values: Sequence[Any] | NDArray[Any]) -> pa.Array:
    joined = "".join(values).encode()
    lengths = list(map(len, values))
    if sum(lengths) != len(joined):  # not all letters take one byte
        lengths = [len(value.encode()) for value in values]
    ends = np.zeros(len(values) + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    return pa.Array.from_buffers(
        pa.string(), len(values), [None, pa.py_buffer(ends), pa.py_buffer(joined)]
    )
