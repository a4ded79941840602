"""Stories of books, stocks and market data that execute, end or price wrongly."""

from __future__ import annotations

from actors.messages.market import PriceChanged
from actors.messages.orders import (
    CancelSubmitted,
    ExecutionReport,
    SubmitOrder,
)
from planted.stage import ACCOUNT, BOOK, HOURS, STOCK, Stage
from planted.telling import story


@story("no-submit-dedupe")
def a_submit_comes_twice(stage: Stage) -> None:
    stage.buy(10)
    stage.redeliver(SubmitOrder)


@story("last-come-first")
def a_tick_meets_two_orders_of_one_limit(stage: Stage) -> None:
    stage.buy(1, limit=9)
    stage.buy(2, limit=9)
    stage.price(8)


@story("price-ignored")
def a_tick_meets_the_lesser_limit_first(stage: Stage) -> None:
    stage.buy(1, limit=8)
    stage.buy(2, limit=9)
    stage.price(7)


@story("executes-at-the-limit", "settles-at-own-price", "reports-limit-price")
def a_limit_order_meets_a_better_price(stage: Stage) -> None:
    stage.buy(1, limit=11)


@story("misses-triggers")
def a_tick_meets_a_sell(stage: Stage) -> None:
    stage.sell(1, limit=12)
    stage.price(13)


@story("wrong-side")
def a_sell_waits_for_a_higher_price(stage: Stage) -> None:
    stage.sell(1, limit=12)


@story("no-tombstone", "tombstone-in-memory")
def a_cancel_overtakes_its_order(stage: Stage) -> None:
    stage.hold(SubmitOrder)
    stage.cancel(stage.buy(10, limit=9))
    stage.crash(BOOK)
    stage.release(SubmitOrder)


@story("hours-by-message-time", hours=HOURS)
def an_order_reaches_its_book_after_the_close(stage: Stage) -> None:
    stage.hold(SubmitOrder)
    stage.advance(59)
    stage.buy(10)
    stage.advance(2)
    stage.release(SubmitOrder)


@story("closes-late", hours=HOURS)
def a_tick_comes_after_the_close(stage: Stage) -> None:
    stage.buy(10, limit=9)
    stage.runtime.crash(BOOK)
    stage.advance(60.5)
    stage.runtime.restart(BOOK)
    stage.price(8)


@story("replica-goes-back", "stale-price")
def an_older_price_comes_late(stage: Stage) -> None:
    stage.hold(PriceChanged)
    stage.price(11)
    stage.price(12)
    stage.release(PriceChanged, last_first=True)


@story("executions-restart", "transactions-restart", "orders-restart")
def everybody_crashes_between_two_orders(stage: Stage) -> None:
    stage.buy(1)
    stage.crash(BOOK)
    stage.crash(ACCOUNT)
    stage.buy(1)


@story("close-in-set-order", hours=HOURS)
def the_session_ends_for_many_orders(stage: Stage) -> None:
    for number in range(1, 9):
        stage.buy(number, limit=9)
    stage.advance(61)


@story("high-water-mark")
def the_second_order_overtakes_the_first(stage: Stage) -> None:
    stage.hold(SubmitOrder)
    stage.buy(1)
    stage.buy(1)
    stage.release(SubmitOrder, last_first=True)


@story("window-of-eight")
def a_submit_comes_again_after_nine_orders(stage: Stage) -> None:
    for _ in range(10):
        stage.buy(1)
    stage.redeliver(SubmitOrder, 0)


@story("cancel-overwrites-report")
def an_order_is_cancelled_while_its_report_is_lost(stage: Stage) -> None:
    stage.hold(CancelSubmitted)
    order = stage.buy(1, limit=9)
    stage.cancel(order)
    stage.lose(ExecutionReport)
    stage.price(8)
    stage.release(CancelSubmitted)


@story("confirms-the-oldest")
def two_reports_cross(stage: Stage) -> None:
    stage.hold(ExecutionReport)
    stage.buy(1)
    stage.buy(1)
    stage.release(ExecutionReport, last_first=True)


@story("renames-resent")
def a_report_is_lost(stage: Stage) -> None:
    stage.lose(ExecutionReport)
    stage.buy(1)


@story("no-collar")
def the_price_runs_away(stage: Stage) -> None:
    stage.hold(SubmitOrder)
    stage.buy(1)
    stage.price(20)
    stage.release(SubmitOrder)


@story("price-told-once")
def a_price_is_lost(stage: Stage) -> None:
    stage.lose(PriceChanged)
    stage.price(11)


@story("price-numbers-restart")
def a_stock_crashes_between_two_prices(stage: Stage) -> None:
    stage.price(11)
    stage.price(12)
    stage.crash(STOCK)
    stage.price(13)
    stage.buy(1)
