"""Stories of accounts that settle, close, dedupe or answer wrongly, and of the door."""

from __future__ import annotations

from actors.messages.funds import ForgetCommands
from actors.messages.orders import (
    ExecutionReport,
    SubmitOrder,
)
from planted.stage import ACCOUNT, CLIENT, HOURS, Stage
from planted.telling import story


@story("settles-again", "second-transaction")
def a_report_comes_twice(stage: Stage) -> None:
    stage.buy(10)
    stage.redeliver(ExecutionReport)


@story("no-command-dedupe")
def a_client_clicks_twice(stage: Stage) -> None:
    stage.again(stage.buy(10))


@story("command-dedupe-in-memory")
def a_client_asks_again_after_a_crash(stage: Stage) -> None:
    command = stage.buy(10)
    stage.crash(ACCOUNT)
    stage.again(command)


@story("releases-on-last-word")
def the_last_word_overtakes_the_executions(stage: Stage) -> None:
    stage.hold(ExecutionReport)
    stage.buy(10)
    stage.release(ExecutionReport)


@story("releases-on-first-fill")
def an_order_is_executed_in_two_slices(stage: Stage) -> None:
    stage.buy(10)


@story("releases-on-timeout")
def a_submit_takes_long(stage: Stage) -> None:
    stage.hold(SubmitOrder)
    stage.buy(10)
    stage.advance(5)
    stage.release(SubmitOrder)


@story("acknowledges-first")
def an_account_crashes_before_it_settles(stage: Stage) -> None:
    stage.hold(ExecutionReport)
    stage.buy(10)
    stage.crash_before_append(ACCOUNT)
    stage.release(ExecutionReport)


@story("holds-last-price", "outbox-not-resent", "serves-before-recovered", "assumes-delivery")
def a_submit_is_lost_and_its_account_crashes(stage: Stage) -> None:
    stage.lose(SubmitOrder, ExecutionReport)
    stage.buy(10)
    stage.lost.remove(SubmitOrder)
    stage.crash(ACCOUNT)
    stage.withdraw(10)


@story("spends-held-funds")
def two_orders_need_the_same_cash(stage: Stage) -> None:
    stage.buy(900, limit=9)
    stage.buy(900, limit=9)


@story("withdraws-held-funds")
def a_withdrawal_wants_what_is_held(stage: Stage) -> None:
    stage.buy(900, limit=9)
    stage.withdraw(5_000)


@story("writes-back-remembered-cash")
def two_executions_cross(stage: Stage) -> None:
    stage.hold(ExecutionReport)
    stage.buy(400, limit=10)
    stage.buy(400, limit=10)
    stage.release(ExecutionReport)
    stage.withdraw(4_000)


@story("loses-share-in-memory", "basis-off-in-memory")
def shares_are_bought(stage: Stage) -> None:
    stage.buy(10)


@story("basis-by-proceeds", "realised-off-in-memory")
def shares_are_sold_at_a_profit(stage: Stage) -> None:
    stage.sell(10)


@story("expires-by-own-clock", "close-forgets-sells", hours=HOURS)
def the_session_ends(stage: Stage) -> None:
    stage.buy(10, limit=9)
    stage.sell(10, limit=12)
    stage.advance(61)


@story("closes-separately")
def an_account_crashes_when_it_has_settled(stage: Stage) -> None:
    stage.hold(ExecutionReport)
    stage.buy(10)
    stage.crash_after_append(ACCOUNT)
    stage.release(ExecutionReport)


@story("cancel-outlives-order")
def an_order_is_cancelled(stage: Stage) -> None:
    stage.cancel(stage.buy(10, limit=9))


@story("keeps-cancelled-hold", "releases-on-cancel")
def a_waiting_order_is_cancelled(stage: Stage) -> None:
    stage.cancel(stage.buy(10, limit=9))


@story("releases-twice")
def one_of_two_waiting_orders_is_cancelled(stage: Stage) -> None:
    stage.buy(10, limit=9)
    stage.cancel(stage.buy(10, limit=9))


@story("refuses-coverable")
def a_customer_places_many_small_orders(stage: Stage) -> None:
    for _ in range(40):
        stage.buy(1)


@story("mutates-after-sending")
def a_submit_is_on_its_way_when_the_next_order_comes(stage: Stage) -> None:
    stage.hold(SubmitOrder)
    stage.buy(1)
    stage.buy(1)
    stage.release(SubmitOrder)


@story("used-id-again")
def a_command_id_is_used_for_something_else(stage: Stage) -> None:
    stage.buy(1)
    stage.command -= 1
    stage.buy(2)


@story("forgotten-command-again")
def a_forgotten_command_comes_again(stage: Stage) -> None:
    command = stage.buy(1)
    stage.runtime.send("exchange", ForgetCommands(ACCOUNT, command + 1, user="U1"), CLIENT)
    stage.settle()
    stage.runtime.send(ACCOUNT, stage.asked[command])
    stage.settle()


@story("serves-strangers")
def a_stranger_withdraws(stage: Stage) -> None:
    stage.withdraw(1, "U2")


@story("closes-unemptied")
def an_account_with_cash_is_to_be_closed(stage: Stage) -> None:
    stage.close()


@story("forgets-that-it-is-closed")
def a_closed_account_takes_cash(stage: Stage) -> None:
    stage.sell(100)
    stage.withdraw(11_000)
    stage.close()
    stage.deposit(1)


@story("keeps-its-alerts")
def an_account_with_an_alert_is_closed(stage: Stage) -> None:
    stage.alert(11.0)
    stage.sell(100)
    stage.withdraw(11_000)
    stage.close()


@story("accepts-at-the-door")
def a_customer_deposits_cash(stage: Stage) -> None:
    stage.withdraw(1)


@story("answers-refused-as-accepted", "swallows-refusals")
def a_refused_withdrawal_is_repeated(stage: Stage) -> None:
    stage.again(stage.withdraw(20_000))


@story("late-cancel-accepted")
def an_order_is_executed_while_it_is_cancelled(stage: Stage) -> None:
    stage.hold(ExecutionReport)
    order = stage.buy(1)
    stage.cancel(order)
    stage.release(ExecutionReport)


@story("transfer-without-cost")
def shares_come_from_another_broker(stage: Stage) -> None:
    stage.buy(1)
