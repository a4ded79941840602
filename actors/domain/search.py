"""Search for stocks by symbol and by the words of their names."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from itertools import takewhile
from typing import Final, TypeAlias
from unicodedata import combining, normalize

from msgspec import Struct, field

_APOSTROPHES: Final = str.maketrans("", "", "'\u2019`")
_WORD: Final = re.compile(r"[^\W_]+")
_AFTER_EVERY_LETTER: Final = "\U0010ffff"
_LATE_AT_LEAST: Final = 50
_LATE_PART: Final = 50
"""Late listings have tables of their own, up to so many or so small a part of all."""

Found: TypeAlias = tuple[int, tuple[int, str, str]]


class SymbolIndex(Struct, dict=True):
    """Listed stocks, to be found by what people type.

    First come the stocks whose symbol begins with the text, the shortest first (so an exact
    symbol leads), then by alphabet; after them, in the same order, those of whose name every
    word of the text begins some word. Case, accents and punctuation do not matter in names.

    Attributes:
        names: Name by symbol. The tables for searching are made from it when they are needed
            and are no part of the state.
    """

    names: dict[str, str] = field(default_factory=dict)

    def add(self, symbol: str, name: str) -> None:
        """List a stock, or give it another name."""
        is_new = symbol not in self.names
        self.names[symbol] = name
        tables = self.__dict__.get("_tables")
        if tables is None:
            return
        self._late[symbol] = name
        self.__dict__.pop("_late_tables", None)
        if not is_new or len(self._late) > max(_LATE_AT_LEAST, len(tables.symbols) // _LATE_PART):
            self.__dict__.clear()

    def prepare(self) -> None:
        """Make the tables that the next search would have to make."""
        self.search("", 1)

    def search(self, text: str, limit: int = 10) -> list[str]:
        """Return the symbols of at most `limit` stocks that a text finds, best first."""
        if limit <= 0:
            return []
        found = self._tables.search(text, limit)
        if not self._late:
            return [symbol for _, (_, _, symbol) in found]
        found += self._late_tables.search(text, limit)
        return [symbol for _, (_, _, symbol) in sorted(found)[:limit]]

    @cached_property
    def _tables(self) -> _Tables:
        return _tables_of(self.names)

    @cached_property
    def _late(self) -> dict[str, str]:
        """Stocks that were listed after the large tables were made, which takes its time."""
        return {}

    @cached_property
    def _late_tables(self) -> _Tables:
        return _tables_of(self._late)


class _Tables(Struct):
    """The index: a stock's rank is its place in the order of results.

    Attributes:
        symbols: Symbol by rank.
        keys: Length of the folded symbol and the folded symbol, by rank, hence ascending.
        words: Words of all names, ascending.
        ranks: Rank of the stock that each of them belongs to.
    """

    symbols: list[str]
    keys: list[tuple[int, str]]
    words: list[str]
    ranks: list[int]

    def search(self, text: str, limit: int) -> list[Found]:
        """Return what a text finds, best first: 0 for a symbol, 1 for a name, and its key."""
        by_symbol = self.with_symbol(fold(text.strip()), limit)
        by_name: list[int] = []
        if len(by_symbol) < limit:
            by_name = self.with_name(words(text), limit - len(by_symbol), by_symbol)
        return [
            (kind, (*self.keys[rank], self.symbols[rank]))
            for kind, ranks in enumerate((by_symbol, by_name))
            for rank in ranks
        ]

    def with_symbol(self, prefix: str, limit: int) -> list[int]:
        """Return the first ranks whose symbol begins with a prefix."""
        found: list[int] = []
        longest = self.keys[-1][0] if prefix and self.keys else 0
        for length in range(len(prefix), longest + 1):
            found += self._of_length(length, prefix, limit - len(found))
        return found

    def with_name(self, prefixes: list[str], limit: int, known: list[int]) -> list[int]:
        """Return the first ranks, not yet known, whose name has a word for every prefix."""
        if not prefixes:
            return []
        spans = sorted((self._span(prefix) for prefix in prefixes), key=len)
        found = set(self.ranks[spans[0].start : spans[0].stop])
        for span in spans[1:]:
            found.intersection_update(self.ranks[span.start : span.stop])
        found.difference_update(known)
        return sorted(found)[:limit]  # nearly in order already, so faster than picking

    def _of_length(self, length: int, prefix: str, limit: int) -> list[int]:
        first = bisect_left(self.keys, (length, prefix))
        ranks = range(first, min(first + limit, len(self.keys)))
        return list(takewhile(lambda rank: self._begins(rank, length, prefix), ranks))

    def _begins(self, rank: int, length: int, prefix: str) -> bool:
        key = self.keys[rank]
        return key[0] == length and key[1].startswith(prefix)

    def _span(self, prefix: str) -> range:
        first = bisect_left(self.words, prefix)
        return range(first, bisect_left(self.words, prefix + _AFTER_EVERY_LETTER, first))


def fold(text: str) -> str:
    """Return a text without case and accents."""
    if text.isascii():
        return text.casefold()
    plain = normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if not combining(letter))


def words(text: str) -> list[str]:
    """Return the different words of a text, folded, in their order.

    >>> words("McDonald's Corp. & Café")
    ['mcdonalds', 'corp', 'cafe']
    """
    return list(dict.fromkeys(_WORD.findall(fold(text).translate(_APOSTROPHES))))


def _tables_of(names: dict[str, str]) -> _Tables:
    stocks = sorted((len(fold(symbol)), fold(symbol), symbol) for symbol in names)
    symbols = [symbol for _, _, symbol in stocks]
    postings = sorted(
        (word, rank) for rank, symbol in enumerate(symbols) for word in words(names[symbol])
    )
    return _Tables(
        symbols,
        [(length, key) for length, key, _ in stocks],
        [word for word, _ in postings],
        [rank for _, rank in postings],
    )
