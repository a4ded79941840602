"""One stock alone: its price, and who is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kit import Kit

from actors.actor import RESEND_AFTER_S
from actors.domain.money import InvalidAmount
from actors.domain.order_factory import MAX_PRICE
from actors.messages.facts import FollowerAdded, PriceSet, StockListed
from actors.messages.market import FollowPrice, PriceAck, PriceChanged, SetPrice
from actors.stock import Stock

BOOK, DATA = "book/AAPL", "market-data"


@pytest.fixture
def kit() -> Iterator[Kit]:
    """Give Apple at $150."""
    with Kit(
        Stock, "AAPL", "Apple Inc.", "150.00", address="stock/AAPL", peers=(BOOK, DATA)
    ) as kit:
        yield kit


def test_a_new_stock_is_listed_at_its_first_price(kit: Kit) -> None:
    assert kit.facts() == [StockListed("AAPL", "Apple Inc."), PriceSet(1, 1_500_000)]


def test_whoever_follows_is_told_the_current_price_at_once(kit: Kit) -> None:
    kit.deliver(FollowPrice(BOOK), BOOK)

    assert kit.expect(BOOK, PriceChanged) == PriceChanged("AAPL", 1, 1_500_000)


def test_a_new_price_is_told_to_all_followers_in_the_order_of_their_coming(kit: Kit) -> None:
    for follower in (BOOK, DATA):
        kit.deliver(FollowPrice(follower), follower)
    kit.drop()
    kit.facts()

    kit.deliver(SetPrice(1_510_000))

    assert kit.facts() == [PriceSet(2, 1_510_000)]
    for follower in (BOOK, DATA):
        assert kit.expect(follower, PriceChanged) == PriceChanged("AAPL", 2, 1_510_000)


def test_a_price_is_told_again_until_its_follower_knows_it(kit: Kit) -> None:
    kit.deliver(FollowPrice(BOOK), BOOK)
    kit.drop()

    kit.advance(2 * RESEND_AFTER_S + 0.1)

    assert kit.expect(BOOK, PriceChanged) == PriceChanged("AAPL", 1, 1_500_000)
    kit.deliver(PriceAck(1), BOOK)
    kit.advance(100 * RESEND_AFTER_S)
    kit.expect_silence()


def test_an_acknowledgement_of_an_older_price_does_not_count(kit: Kit) -> None:
    kit.deliver(FollowPrice(BOOK), BOOK)
    kit.deliver(SetPrice(1_510_000))
    kit.drop()
    kit.deliver(PriceAck(1), BOOK)

    kit.advance(2 * RESEND_AFTER_S + 0.1)

    assert kit.expect(BOOK, PriceChanged) == PriceChanged("AAPL", 2, 1_510_000)


def test_the_same_price_again_is_a_new_one(kit: Kit) -> None:
    kit.deliver(SetPrice(1_500_000))

    assert kit.state.number == 2


def test_following_twice_is_following_once(kit: Kit) -> None:
    for _ in range(2):
        kit.deliver(FollowPrice(BOOK), BOOK)
        kit.expect(BOOK, PriceChanged)
    kit.deliver(SetPrice(1_510_000))

    kit.expect(BOOK, PriceChanged)
    assert kit.facts_of(FollowerAdded) == [FollowerAdded(BOOK)]


def test_followers_and_the_number_of_the_price_outlive_a_crash(kit: Kit) -> None:
    kit.deliver(FollowPrice(BOOK), BOOK)
    kit.deliver(SetPrice(1_510_000))
    kit.drop()

    kit.restart()
    assert kit.expect(BOOK, PriceChanged) == PriceChanged("AAPL", 2, 1_510_000)
    kit.deliver(SetPrice(1_520_000))

    assert kit.expect(BOOK, PriceChanged) == PriceChanged("AAPL", 3, 1_520_000)
    assert kit.facts_of(StockListed) == [StockListed("AAPL", "Apple Inc.")]


@pytest.mark.parametrize("price", [0, -1, MAX_PRICE + 1])
def test_a_new_price_out_of_range_restarts_the_stock_and_changes_nothing(
    kit: Kit, price: int
) -> None:
    kit.deliver(FollowPrice(BOOK), BOOK)
    kit.drop()
    kit.facts()

    with pytest.raises(AssertionError, match="no stock is worth"):
        kit.deliver(SetPrice(price))

    kit.runtime.supervisor.failures.clear()
    assert kit.facts() == []
    assert kit.expect(BOOK, PriceChanged).number == 1  # as it came back from its journal
    kit.deliver(SetPrice(MAX_PRICE))
    assert kit.expect(BOOK, PriceChanged) == PriceChanged("AAPL", 2, MAX_PRICE)


@pytest.mark.parametrize("price", ["0", "-1", 0, "1000000.0001", 1_000_001])
def test_a_stock_whose_price_is_out_of_range_is_refused(price: str | int) -> None:
    with pytest.raises(ValueError, match=r"price of AAPL must be above zero and at most \$1,000,0"):
        Stock("AAPL", "Apple Inc.", price)


@pytest.mark.parametrize("price", ["cheap", 1.5])
def test_a_stock_whose_price_is_no_amount_is_refused(price: str) -> None:
    with pytest.raises(InvalidAmount):
        Stock("AAPL", "Apple Inc.", price)


@pytest.mark.parametrize("symbol", ["", "A/B", "A\n"])
def test_a_stock_without_a_proper_symbol_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="needs a symbol"):
        Stock(symbol, "Apple Inc.", "1.00")
