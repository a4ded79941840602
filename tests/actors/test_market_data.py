"""The market data alone: quotes, searches, valuations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kit import Kit

from actors.market_data import PREPARES_AFTER_S, MarketData
from actors.messages.facts import QuoteNoted
from actors.messages.market import FollowPrice, ListStock
from actors.messages.queries import (
    GetQuote,
    HoldingLine,
    PortfolioAnswer,
    QuoteAnswer,
    SearchAnswer,
    SearchStocks,
    ValuePortfolio,
)

STOCKS = {"AAPL": "Apple Inc.", "AMZN": "Amazon.com, Inc.", "APLE": "Apple Hospitality REIT"}


@pytest.fixture
def kit() -> Iterator[Kit]:
    """Give market data that knows three stocks, and the price of one."""
    peers = ("client", *(f"stock/{symbol}" for symbol in [*STOCKS, "TSLA"]))
    with Kit(MarketData, address="market-data", peers=peers) as kit:
        for symbol, name in STOCKS.items():
            kit.deliver(ListStock(symbol, name))
            assert kit.expect(f"stock/{symbol}", FollowPrice) == FollowPrice("market-data")
        kit.tell_price("AAPL", 5, 150)
        yield kit


def quote(kit: Kit, symbol: str) -> QuoteAnswer:
    kit.deliver(GetQuote(1, symbol, "client"))
    return kit.expect("client", QuoteAnswer)


def search(kit: Kit, text: str, limit: int = 10) -> tuple[str, ...]:
    kit.deliver(SearchStocks(1, text, limit, "client"))
    return kit.expect("client", SearchAnswer).symbols


def value(kit: Kit, *holdings: HoldingLine) -> PortfolioAnswer:
    kit.deliver(ValuePortfolio(1, "account/ann", 1_000, 100, 7, holdings, "client"))
    return kit.expect("client", PortfolioAnswer)


def test_the_index_is_made_before_anybody_searches(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.advance(2.5 * PREPARES_AFTER_S)
    kit.drop()
    monkeypatch.setattr("actors.domain.search._tables_of", _must_not_be_called)

    assert search(kit, "apple") == ("AAPL", "APLE")


def test_the_index_waits_until_the_last_stock_of_many_is_listed(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.advance(0.9 * PREPARES_AFTER_S)
    kit.deliver(ListStock("TSLA", "Tesla, Inc."))
    kit.expect("stock/TSLA", FollowPrice)
    with monkeypatch.context() as patched:
        patched.setattr("actors.domain.search._tables_of", _must_not_be_called)
        kit.advance(0.2 * PREPARES_AFTER_S)
    kit.advance(PREPARES_AFTER_S)
    kit.drop()
    monkeypatch.setattr("actors.domain.search._tables_of", _must_not_be_called)

    assert search(kit, "tesla") == ("TSLA",)


def test_the_index_is_made_again_after_a_crash(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.restart()
    kit.drop()
    kit.advance(2.5 * PREPARES_AFTER_S)
    kit.drop()
    monkeypatch.setattr("actors.domain.search._tables_of", _must_not_be_called)

    assert search(kit, "apple") == ("AAPL", "APLE")


def _must_not_be_called(_: object) -> None:
    raise AssertionError("somebody waits for the index")


def test_a_quote_is_the_latest_price(kit: Kit) -> None:
    kit.tell_price("AAPL", 6, 151)

    assert quote(kit, "AAPL") == QuoteAnswer(1, "AAPL", 151, 6)


@pytest.mark.parametrize("symbol", ["AMZN", "NONE"])
def test_a_quote_of_what_has_no_price_yet_is_zero(kit: Kit, symbol: str) -> None:
    assert quote(kit, symbol) == QuoteAnswer(1, symbol, 0, 0)


@pytest.mark.parametrize("number", [4, 5])
def test_an_older_price_is_not_noted(kit: Kit, number: int) -> None:
    kit.facts()

    kit.tell_price("AAPL", number, 1)

    assert kit.facts() == []
    assert quote(kit, "AAPL").price == 150


def test_stocks_are_found_by_the_beginning_of_their_symbol(kit: Kit) -> None:
    assert set(search(kit, "A")) == set(STOCKS)
    assert search(kit, "aap") == ("AAPL",)


def test_stocks_are_found_by_words_of_their_name(kit: Kit) -> None:
    assert set(search(kit, "apple")) == {"AAPL", "APLE"}
    assert search(kit, "hospitality apple") == ("APLE",)
    assert search(kit, "zebra") == ()


def test_a_search_finds_at_most_as_many_as_asked_for(kit: Kit) -> None:
    assert len(search(kit, "A", limit=2)) == 2


def test_a_search_finds_what_was_listed_since_the_same_search(kit: Kit) -> None:
    assert search(kit, "T") == ()
    kit.deliver(ListStock("TSLA", "Tesla, Inc."))
    kit.expect("stock/TSLA", FollowPrice)

    assert search(kit, "T") == ("TSLA",)


def test_holdings_are_valued_at_the_latest_prices(kit: Kit) -> None:
    kit.tell_price("AMZN", 1, 10)
    apple, amazon = HoldingLine("AAPL", 3, 1, 400), HoldingLine("AMZN", 2, 0, 30)

    assert value(kit, apple, amazon) == PortfolioAnswer(
        1, "account/ann", 1_000, 100, (apple, amazon), (150, 10), 3 * 150 + 2 * 10, 430, 7
    )


def test_a_holding_without_a_price_is_worth_nothing_yet(kit: Kit) -> None:
    answer = value(kit, HoldingLine("AMZN", 2, 0, 30))

    assert (answer.prices, answer.current_value, answer.cost_total) == ((0,), 0, 30)


def test_an_empty_portfolio_is_worth_nothing(kit: Kit) -> None:
    assert value(kit).current_value == 0


def test_what_is_listed_is_found_after_a_crash_and_what_has_no_price_asked_for_again(
    kit: Kit,
) -> None:
    kit.restart()

    for symbol in STOCKS.keys() - {"AAPL"}:
        kit.expect(f"stock/{symbol}", FollowPrice)
    assert search(kit, "hospitality") == ("APLE",)
    assert quote(kit, "AAPL").price == 150
    assert kit.facts_of(QuoteNoted) == [QuoteNoted("AAPL", 5, 150)]


def test_a_first_price_is_asked_for_until_it_is_heard(kit: Kit) -> None:
    kit.advance(2.1)

    for symbol in STOCKS.keys() - {"AAPL"}:
        kit.expect(f"stock/{symbol}", FollowPrice)
        kit.tell_price(symbol, 1, 10)
    kit.advance(100.0)
    kit.expect_silence()
