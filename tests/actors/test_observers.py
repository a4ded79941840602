"""Observers on each runtime: attached to stocks without touching them."""

from __future__ import annotations

import io

import pytest
from players import let_pass, wait_until

from actors import AccountHandle, Brokerage, OrderType, PriceType, Stock, StockHandle
from actors.observers import ConsoleObserver, PortfolioObserver
from actors.runtimes.threads import ThreadRuntime

DOLLAR = 10_000


class Heard:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, int, int]] = []

    def update(self, symbol: str, old_price: int, new_price: int) -> None:
        self.changes.append((symbol, old_price // DOLLAR, new_price // DOLLAR))


class Grumpy:
    """An observer that raises whatever it is told."""

    def update(self, symbol: str, old_price: int, new_price: int) -> None:
        raise ArithmeticError(f"{symbol} again")


def test_an_observer_is_told_each_change_and_what_was_before(
    exchange: Brokerage, apple: StockHandle
) -> None:
    heard = Heard()
    exchange.observe("AAPL", heard)

    apple.set_price("151.00")
    apple.set_price("149.00")

    assert heard.changes == [("AAPL", 150, 151), ("AAPL", 151, 149)]


def test_one_observer_observes_several_stocks(exchange: Brokerage, apple: StockHandle) -> None:
    heard = Heard()
    microsoft = exchange.add_stock(Stock("MSFT", "Microsoft", "300.00"))
    exchange.observe([apple, "MSFT"], heard)

    microsoft.set_price("301.00")
    apple.set_price("151.00")

    assert heard.changes == [("MSFT", 300, 301), ("AAPL", 150, 151)]


def test_a_stock_that_is_listed_later_can_be_observed(
    exchange: Brokerage, apple: StockHandle
) -> None:
    exchange.observe(apple, Heard())
    later, heard = exchange.add_stock(Stock("NEW", "New Inc.", "10.00")), Heard()
    exchange.observe("NEW", heard)

    later.set_price("11.00")

    assert heard.changes == [("NEW", 10, 11)]


def test_an_observer_that_is_detached_is_told_nothing_more(
    exchange: Brokerage, apple: StockHandle
) -> None:
    heard = Heard()
    observed = exchange.observe(apple, heard)
    observed.detach()
    observed.detach()

    apple.set_price("151.00")

    assert not heard.changes
    assert not observed.is_attached


def test_an_observer_that_raises_is_counted_and_hurts_nobody_else(
    exchange: Brokerage, apple: StockHandle
) -> None:
    grumpy, heard = exchange.observe(apple, Grumpy()), Heard()
    exchange.observe(apple, heard)

    apple.set_price("151.00")
    apple.set_price("152.00")

    assert grumpy.error_count == 2
    assert repr(grumpy.errors[0]) == "ArithmeticError('AAPL again')"
    assert (
        exchange.runtime.supervisor.alarms
        == ["Grumpy, an observer of AAPL, raised ArithmeticError: AAPL again"] * 2
    )
    assert heard.changes == [("AAPL", 150, 151), ("AAPL", 151, 152)]


def test_an_observer_must_not_ask_the_brokerage(exchange: Brokerage, apple: StockHandle) -> None:
    class Curious:
        def update(self, symbol: str, old_price: int, new_price: int) -> None:
            exchange.quote(symbol)

    curious = exchange.observe(apple, Curious())
    apple.set_price("151.00")

    assert "must not wait" in str(curious.errors[0])


def test_what_an_observer_must_not_do_is_not_done_by_half(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    class Meddler:
        def update(self, symbol: str, old_price: int, new_price: int) -> None:
            if new_price == 151 * DOLLAR:
                alice.deposit("1.00")
            apple.set_price("170.00")

    meddler = exchange.observe(apple, Meddler())
    apple.set_price("151.00")
    apple.set_price("152.00")

    assert ["must not wait" in str(error) for error in meddler.errors] == [True, True]
    assert alice.cash == 10_000 * DOLLAR
    assert apple.current_price == 152 * DOLLAR
    assert len(exchange.commands.history()) == 1


def test_an_observer_may_detach_itself_after_what_it_has_waited_for(
    exchange: Brokerage, apple: StockHandle
) -> None:
    class Once(Heard):
        def update(self, symbol: str, old_price: int, new_price: int) -> None:
            super().update(symbol, old_price, new_price)
            observed.detach()

    once = Once()
    observed = exchange.observe(apple, once)
    apple.set_price("151.00")
    apple.set_price("152.00")

    assert once.changes == [("AAPL", 150, 151)]
    assert (observed.is_attached, observed.errors) == (False, [])


def test_at_a_pace_an_observer_is_told_the_newest_price_in_the_end(
    exchange: Brokerage, apple: StockHandle
) -> None:
    heard = Heard()
    exchange.observe(apple, heard, interval_s=0.1)

    for dollars in range(151, 161):
        apple.set_price(dollars)
    if isinstance(exchange.runtime, ThreadRuntime):
        wait_until(lambda: bool(heard.changes) and heard.changes[-1][2] == 160)
    let_pass(exchange.runtime, 0.1)

    assert heard.changes[-1][2] == 160
    assert len(heard.changes) < 10


def test_an_observer_goes_on_after_the_crash_of_its_actor_and_of_the_feed(
    exchange: Brokerage, apple: StockHandle
) -> None:
    heard = Heard()
    observed = exchange.observe(apple, heard)
    for address in ("feed/AAPL", observed.address):
        exchange.runtime.crash(address)
        exchange.runtime.restart(address)
    exchange.runtime.run_until_idle(5.0)

    apple.set_price("151.00")

    assert heard.changes == [("AAPL", 150, 151)]


def test_a_portfolio_observer_recalculates_value_and_profit(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    alice.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)
    holdings = alice.portfolio.get_holdings_summary()
    portfolio = PortfolioObserver(holdings, {"AAPL": apple.current_price})
    exchange.observe(holdings, portfolio)

    apple.set_price("152.50")

    assert portfolio.value == 1_525 * DOLLAR
    assert portfolio.profit_loss == 25 * DOLLAR


def test_a_console_observer_writes_to_the_stream_it_was_given(
    exchange: Brokerage, apple: StockHandle
) -> None:
    stream = io.StringIO()
    exchange.observe(apple, ConsoleObserver(stream))

    apple.set_price("151.00")
    apple.set_price("149.50")

    assert stream.getvalue() == "AAPL $151.00 (+$1.00)\nAAPL $149.50 (-$1.50)\n"


def test_what_is_not_listed_cannot_be_observed(exchange: Brokerage) -> None:
    with pytest.raises(ValueError, match="no stock is listed under NONE"):
        exchange.observe("NONE", Heard())


@pytest.mark.parametrize("interval_s", [-1.0, float("nan"), float("inf")])
def test_an_interval_that_is_none_is_refused(
    exchange: Brokerage, apple: StockHandle, interval_s: float
) -> None:
    with pytest.raises(ValueError, match="an interval is from 0"):
        exchange.observe(apple, Heard(), interval_s=interval_s)
