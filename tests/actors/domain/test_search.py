"""Stocks are found by the beginnings of their symbols and of the words of their names."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.search import SymbolIndex, fold, words

STOCKS = {
    "AAPL": "Apple Inc.",
    "APLE": "Apple Hospitality REIT, Inc.",
    "A": "Agilent Technologies, Inc.",
    "AA": "Alcoa Corporation",
    "MCD": "McDonald's Corporation",
    "BRK.B": "Berkshire Hathaway Inc. Class B",
    "NSRGY": "Nestl\u00e9 S.A.",
    "T": "AT&T Inc.",
    "INCY": "Incyte Corporation",
}
# A small alphabet, so that prefixes are shared; an accent, an apostrophe and a sharp s in it.
LETTERS = "abAB\u00e1\u00df'. -"
TEXTS = st.text(LETTERS, max_size=6)
LISTINGS = st.dictionaries(st.text("abAB.", min_size=1, max_size=4), TEXTS, max_size=30)


def index_of(stocks: dict[str, str]) -> SymbolIndex:
    index = SymbolIndex()
    for symbol, name in stocks.items():
        index.add(symbol, name)
    return index


def naive_search(stocks: dict[str, str], text: str, limit: int) -> list[str]:
    ordered = sorted(stocks, key=lambda symbol: (len(fold(symbol)), fold(symbol), symbol))
    prefix, wanted = fold(text.strip()), words(text)
    by_symbol = [symbol for symbol in ordered if prefix and fold(symbol).startswith(prefix)]
    by_name = [
        symbol
        for symbol in ordered
        if symbol not in by_symbol
        and wanted
        and all(any(w.startswith(want) for w in words(stocks[symbol])) for want in wanted)
    ]
    return (by_symbol + by_name)[:limit]


@given(LISTINGS, TEXTS, st.integers(0, 12))
def test_the_index_finds_what_a_scan_finds(stocks: dict[str, str], text: str, limit: int) -> None:
    assert index_of(stocks).search(text, limit) == naive_search(stocks, text, limit)


@given(LISTINGS, LISTINGS, TEXTS, st.integers(0, 12))
def test_what_is_listed_after_a_search_is_found_in_its_place(
    early: dict[str, str], late: dict[str, str], text: str, limit: int
) -> None:
    index = index_of(early)
    for symbol, name in late.items():
        index.search(text)
        index.add(symbol, name)

    assert index.search(text, limit) == naive_search(early | late, text, limit)


def test_many_late_listings_make_the_index_anew() -> None:
    index = index_of({"A": "Alpha"})
    for number in range(200):
        index.search("a")
        index.add(f"A{number}", "Beta")

    assert index.search("a", 3) == ["A", "A0", "A1"]
    assert index.search("beta", 2) == ["A0", "A1"]


@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    assert set(index_of(STOCKS).search(text, 20)) <= set(STOCKS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("aa", ["AA", "AAPL"]),
        ("A", ["A", "AA", "AAPL", "APLE", "T", "NSRGY"]),
        ("apple", ["AAPL", "APLE"]),
        ("APPLE inc", ["AAPL", "APLE"]),
        ("inc apple", ["AAPL", "APLE"]),
        ("apple hosp", ["APLE"]),
        ("inc", ["INCY", "A", "T", "AAPL", "APLE", "BRK.B"]),
        ("brk.b", ["BRK.B"]),
        ("mcdonalds", ["MCD"]),
        ("McDonald\u2019s", ["MCD"]),
        ("nestle", ["NSRGY"]),
        ("NESTL\u00c9", ["NSRGY"]),
        ("at&t", ["T"]),
        ("  aapl ", ["AAPL"]),
        ("pple", []),
        ("apple zebra", []),
    ],
)
def test_people_find_what_they_mean(text: str, found: list[str]) -> None:
    assert index_of(STOCKS).search(text) == found


@pytest.mark.parametrize("text", ["", "   ", "!!!", "'", "\u0301", "\ud800", "\x00"])
def test_a_text_without_letters_finds_nothing(text: str) -> None:
    assert index_of(STOCKS).search(text) == []


@pytest.mark.parametrize("limit", [0, -1])
def test_no_more_is_returned_than_asked_for(limit: int) -> None:
    assert index_of(STOCKS).search("a", limit) == []
    assert index_of(STOCKS).search("a", 2) == ["A", "AA"]


def test_an_empty_index_finds_nothing() -> None:
    assert SymbolIndex().search("a") == []


def test_a_stock_listed_later_is_found_as_well() -> None:
    index = index_of({"AAPL": "Apple Inc."})
    assert index.search("ap") == ["AAPL"]
    index.add("APLE", "Apple Hospitality")
    assert index.search("ap") == ["APLE", "AAPL"]


def test_a_stock_with_a_new_name_is_no_longer_found_by_the_old_one() -> None:
    index = index_of({"FB": "Facebook"})
    assert index.search("face") == ["FB"]
    index.add("FB", "Meta Platforms")
    assert (index.search("face"), index.search("meta")) == ([], ["FB"])


def test_the_order_of_listing_does_not_matter() -> None:
    backwards = dict(reversed(STOCKS.items()))
    assert index_of(backwards).search("inc") == index_of(STOCKS).search("inc")


def test_an_index_survives_its_snapshot_whether_or_not_it_was_searched() -> None:
    index = index_of(STOCKS)
    before = msgspec.msgpack.encode(index)
    index.search("a")
    assert msgspec.msgpack.encode(index) == before
    assert msgspec.msgpack.decode(before, type=SymbolIndex) == index
