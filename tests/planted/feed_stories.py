"""Stories of screens that are left behind, or told what they should not be."""

from __future__ import annotations

from actors.addresses import feed_of, view_of
from actors.messages.feed import PriceUpdate
from planted.stage import ACCOUNT, Stage
from planted.telling import story

PACE_S = 0.25


@story("drops-the-newest", "timer-not-rearmed", "wrong-sum", watching=True)
def ticks_come_faster_than_the_screen_may_be_told(stage: Stage) -> None:
    stage.log_in()
    stage.advance(1.0)
    for price in (10.5, 10.6, 10.7):
        stage.price(price)
    stage.advance(1.0)
    for price in (10.8, 10.9):
        stage.price(price)
    stage.advance(11.0)


@story("shows-after-log-out", watching=True)
def a_user_logs_out_and_ticks_go_on(stage: Stage) -> None:
    stage.watch()
    stage.log_in()
    stage.log_out()
    stage.advance(6.0)
    stage.price(11)


@story("shows-unwatched", watching=True)
def a_symbol_is_taken_off_the_list_and_ticks_go_on(stage: Stage) -> None:
    stage.watch()
    stage.log_in()
    stage.unwatch()
    stage.advance(6.0)
    stage.price(11)


@story("view-lost-in-crash", watching=True)
def a_live_portfolio_crashes_while_its_user_looks(stage: Stage) -> None:
    stage.log_in()
    stage.crash(view_of(ACCOUNT))
    stage.price(11)


@story("never-renews", watching=True)
def a_feed_crashes_while_somebody_watches(stage: Stage) -> None:
    stage.watch()
    stage.log_in()
    stage.crash(feed_of("ACME"))
    stage.price(11)


@story("takes-older-prices", watching=True)
def an_old_price_comes_once_more(stage: Stage) -> None:
    stage.log_in()
    stage.advance(1.0)
    stage.price(11)
    stage.redeliver(PriceUpdate, 0)


@story("hears-no-log-in", watching=True)
def a_user_logs_in(stage: Stage) -> None:
    stage.log_in()


@story("tells-no-holdings", watching=True)
def shares_are_sold_while_their_owner_looks(stage: Stage) -> None:
    stage.log_in()
    stage.advance(1.0)
    stage.sell(10)
    stage.advance(12.0)


@story("is-always-full", watching=True)
def a_user_watches_a_stock(stage: Stage) -> None:
    stage.watch()


@story("serves-anybody", watching=True)
def a_stranger_watches_a_stock(stage: Stage) -> None:
    stage.watch("U2")


@story("leaves-one-out", watching=True)
def a_user_reads_a_watch_list(stage: Stage) -> None:
    stage.watch()
    stage.read_list()


@story("watches-again", watching=True)
def a_command_comes_again_after_it_was_taken_back(stage: Stage) -> None:
    command = stage.watch()
    stage.unwatch()
    stage.again(command)
