"""Stories of journals, runtimes and resends that lose or repeat something."""

from __future__ import annotations

from actors.messages.orders import (
    ExecutionReport,
    SubmitAck,
    SubmitOrder,
)
from planted.stage import ACCOUNT, BOOK, Stage
from planted.telling import story


@story("snapshot-omits-dedupe")
def a_submit_comes_again_after_a_recovery_from_a_snapshot(stage: Stage) -> None:
    for _ in range(4):
        stage.buy(1)
    stage.crash(BOOK)
    stage.redeliver(SubmitOrder, 0)


@story("snapshot-omits-outbox")
def a_book_crashes_before_its_reports_arrived(stage: Stage) -> None:
    stage.hold(ExecutionReport)
    for _ in range(4):
        stage.buy(1)
    stage.stash.clear()
    stage.crash(BOOK)


@story("snapshot-omits-queue")
def a_book_recovers_from_a_snapshot_and_a_tick_comes(stage: Stage) -> None:
    for number in range(4):
        stage.buy(1, limit=9 - number)
    for price in (9.5, 9.4, 9.3):
        stage.price(price)
    stage.crash(BOOK)
    stage.price(5)


@story("sends-before-append")
def an_account_crashes_before_it_appends(stage: Stage) -> None:
    stage.crash_before_append(ACCOUNT)
    stage.again(stage.buy(10))


@story("no-fencing", service_s=0.01)
def an_account_fails_over_while_it_handles_an_order(stage: Stage) -> None:
    stage.send_order(10)
    stage.advance(0.015)
    stage.runtime.fail_over(ACCOUNT)
    stage.settle()
    stage.again(stage.command)


@story("unbounded-mailbox", service_s=0.01, capacity=5)
def ten_orders_come_at_once(stage: Stage) -> None:
    for _ in range(10):
        stage.send_order(1)
    stage.settle()
    for command_id in list(stage.asked):
        stage.again(command_id)


@story("recovery-drops-last")
def an_account_has_crashed(stage: Stage) -> None:
    stage.buy(1)
    stage.crash(ACCOUNT)
    stage.buy(1)


@story("account-gives-up")
def a_book_cannot_be_reached_for_three_minutes(stage: Stage) -> None:
    stage.lose(SubmitOrder)
    stage.buy(1)
    stage.advance(180)


@story("book-gives-up", "forgets-to-remind")
def an_account_cannot_be_reached_for_three_minutes(stage: Stage) -> None:
    stage.lose(ExecutionReport)
    stage.buy(1)
    stage.advance(180)


@story("account-storm", capacity=100)
def acknowledgements_are_lost_for_a_while(stage: Stage) -> None:
    stage.lose(SubmitAck)
    for _ in range(10):
        stage.buy(1, limit=5)
    stage.advance(3)


@story("sends-before-commit", commit_s=0.01)
def an_order_is_placed_on_a_slow_disk(stage: Stage) -> None:
    stage.buy(1)
