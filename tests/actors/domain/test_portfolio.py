"""A portfolio conserves shares and costs to the unit."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.money import money
from actors.domain.portfolio import Holding, Portfolio, ProfitLoss

# (quantity, total price); negative quantities are sales, cut to what there is.
TRADES = st.lists(
    st.tuples(st.integers(-1_000, 1_000).filter(bool), st.integers(0, 10**12)), max_size=40
)


def portfolio_of(quantity: int, cost: int, held: int = 0) -> Portfolio:
    return Portfolio({"AAPL": Holding(quantity, held, cost)})


def test_two_buys_average_at_65_dollars_and_a_sale_realises_3500() -> None:
    portfolio = Portfolio()
    portfolio.add("AAPL", 100, 100 * money(50))
    portfolio.add("AAPL", 100, 100 * money(80))
    assert portfolio.average_cost("AAPL") == money(65)

    assert portfolio.remove("AAPL", 100, 100 * money(100)) == money(3_500)
    assert portfolio.realised == money(3_500)
    assert portfolio.average_cost("AAPL") == money(65)


@given(TRADES)
def test_cost_is_conserved_over_any_trades(trades: list[tuple[int, int]]) -> None:
    portfolio = Portfolio()
    paid = earned = 0
    for quantity, price in trades:
        if quantity > 0:
            portfolio.add("AAPL", quantity, price)
            paid += price
        elif sold := min(-quantity, portfolio.quantity("AAPL")):
            portfolio.remove("AAPL", sold, price)
            earned += price
        portfolio.check()
        left = sum(holding.cost for holding in portfolio.holdings.values())
        assert paid == left + earned - portfolio.realised


@given(TRADES)
def test_the_average_cost_is_the_exact_one_but_for_a_unit_a_sale(
    trades: list[tuple[int, int]],
) -> None:
    portfolio, quantity, exact_cost, sales = Portfolio(), 0, Fraction(0), 0
    for change, price in trades:
        if change > 0:
            portfolio.add("AAPL", change, price)
            quantity, exact_cost = quantity + change, exact_cost + price
        elif sold := min(-change, quantity):
            portfolio.remove("AAPL", sold, price)
            exact_cost -= exact_cost * sold / quantity
            quantity, sales = quantity - sold, sales + 1
        average = portfolio.average_cost("AAPL")
        assert (average is None) == (quantity == 0)
        if average is not None:
            assert 0 <= average * quantity - exact_cost <= sales


@given(st.integers(1, 10**9), st.integers(0, 10**17), st.data())
def test_selling_everything_bit_by_bit_realises_exactly_what_was_earned(
    quantity: int, cost: int, data: st.DataObject
) -> None:
    portfolio, proceeds = portfolio_of(quantity, cost), 0
    for _ in range(5):
        if left := portfolio.quantity("AAPL"):
            portfolio.remove("AAPL", data.draw(st.integers(1, left)), 1_000)
            proceeds += 1_000
    if left := portfolio.quantity("AAPL"):
        portfolio.remove("AAPL", left, 0)
    assert portfolio == Portfolio({}, proceeds - cost)


def test_an_empty_holding_disappears() -> None:
    portfolio = portfolio_of(10, 1_000)
    portfolio.remove("AAPL", 10, 1_200)
    assert portfolio == Portfolio({}, realised=200)
    assert portfolio.average_cost("AAPL") is None
    assert (portfolio.quantity("AAPL"), portfolio.available("AAPL")) == (0, 0)


def test_held_shares_are_owned_but_not_available() -> None:
    portfolio = portfolio_of(10, 1_000)
    portfolio.hold("AAPL", 7)
    assert (portfolio.quantity("AAPL"), portfolio.available("AAPL")) == (10, 3)
    portfolio.release("AAPL", 5)
    assert portfolio.available("AAPL") == 8


def test_consuming_a_hold_gives_the_held_shares_away() -> None:
    portfolio = portfolio_of(10, 1_000, held=10)
    assert portfolio.consume("AAPL", 4, 600) == 200
    assert portfolio == Portfolio({"AAPL": Holding(6, 6, 600)}, realised=200)


def test_shares_moved_at_their_cost_realise_nothing() -> None:
    portfolio = portfolio_of(3, 1_000)
    cost = portfolio.cost_of("AAPL", 2)
    assert (cost, portfolio.remove("AAPL", 2, cost)) == (666, 0)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("add", (0, 100)),
        ("add", (-1, 100)),
        ("add", (1, -1)),
        ("remove", (7, 100)),
        ("remove", (0, 100)),
        ("hold", (7,)),
        ("hold", (-1,)),
        ("release", (5,)),
        ("release", (0,)),
        ("consume", (5, 100)),
    ],
)
def test_an_impossible_change_is_a_bug_and_changes_nothing(
    method: str, arguments: tuple[int, ...]
) -> None:
    portfolio = portfolio_of(10, 1_000, held=4)
    with pytest.raises(AssertionError, match="AAPL"):
        getattr(portfolio, method)("AAPL", *arguments)
    assert portfolio == portfolio_of(10, 1_000, held=4)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("remove", (1, 1)), ("hold", (1,)), ("release", (1,)), ("consume", (1, 1))],
)
def test_shares_that_are_not_there_cannot_be_used(method: str, arguments: tuple[int, ...]) -> None:
    portfolio = Portfolio()
    with pytest.raises(AssertionError, match="IBM"):
        getattr(portfolio, method)("IBM", *arguments)
    assert portfolio == Portfolio()


def test_profit_and_loss_compares_value_and_cost() -> None:
    portfolio = Portfolio({"AAPL": Holding(10, 0, 1_000), "IBM": Holding(5, 5, 1_000)}, 77)
    assert portfolio.profit_loss({"AAPL": 150, "IBM": 200, "MSFT": 1}) == ProfitLoss(
        profit_loss=500, percentage=25.0, cost_total=2_000, current_value=2_500, realised=77
    )


def test_shares_that_cost_nothing_have_no_percentage() -> None:
    assert portfolio_of(10, 0).profit_loss({"AAPL": 5}).percentage == 0.0
    assert Portfolio().profit_loss({}) == ProfitLoss(0, 0.0, 0, 0, 0)


def test_a_holding_without_a_price_is_not_valued_silently() -> None:
    with pytest.raises(KeyError, match="AAPL"):
        portfolio_of(10, 0).profit_loss({"IBM": 5})


@pytest.mark.parametrize(
    ("holding", "sentence"),
    [
        (Holding(0, 0, 0), "the holding of AAPL is empty"),
        (Holding(10, 11, 0), "11 of 10 shares of AAPL are held"),
        (Holding(10, -1, 0), "-1 of 10 shares of AAPL are held"),
        (Holding(10, 0, -1), "the cost of AAPL is -1"),
    ],
)
def test_the_check_fires_on_a_broken_holding(holding: Holding, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        Portfolio({"AAPL": holding}).check()


def test_a_portfolio_survives_its_snapshot() -> None:
    portfolio = Portfolio({"AAPL": Holding(10, 3, 1_000)}, realised=-5)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(portfolio), type=Portfolio) == portfolio
