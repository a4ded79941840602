"""Stories of early orders, and of a market with two sessions."""

from __future__ import annotations

from actors.domain.market_hours import MarketHours, TradingCalendar
from actors.messages.orders import SubmitOrder
from planted.stage import Stage
from planted.telling import story

SECOND = 1_000_000
DAYS = TradingCalendar(
    (MarketHours(10 * SECOND, 20 * SECOND), MarketHours(30 * SECOND, 40 * SECOND)),
    early_limits=True,
)


@story("executes-before-the-opening", "opening-misses-orders", hours=DAYS)
def an_early_order_is_met_before_the_opening(stage: Stage) -> None:
    stage.buy(10, limit=11)
    stage.advance(45)


@story("expires-with-the-next-session", hours=DAYS)
def an_early_order_is_not_met(stage: Stage) -> None:
    stage.buy(10, limit=9)
    stage.advance(45)


@story("session-ignored", hours=DAYS)
def an_order_of_yesterday_reaches_its_book_today(stage: Stage) -> None:
    stage.advance(15)
    stage.hold(SubmitOrder)
    stage.buy(10, limit=11)
    stage.advance(17)
    stage.release(SubmitOrder)
