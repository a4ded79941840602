"""Stories of what customers are owed: news of orders and cash, and of prices."""

from __future__ import annotations

from actors.dispatch import Pace
from actors.domain.thresholds import Direction
from actors.messages.alerts import AlertTriggered, ArmAlert
from actors.messages.notifications import Notify, Receipt, SendBatch
from planted.stage import ACCOUNT, ALERTS, Stage
from planted.telling import story


@story("owes-no-cancels")
def a_customer_hears_of_a_cancel(stage: Stage) -> None:
    stage.prefer()
    stage.cancel(stage.buy(10, limit=9.0))


@story("owes-twice", "believes-it-is-sent", "sends-again")
def a_customer_hears_of_an_execution(stage: Stage) -> None:
    stage.prefer()
    stage.buy(10)
    stage.advance(1.0)


@story("owes-what-is-not-wanted")
def a_customer_does_not_want_to_hear_of_executions(stage: Stage) -> None:
    stage.prefer("withdrawal")
    stage.buy(10)


@story("tells-once")
def the_news_is_lost_and_the_account_crashes(stage: Stage) -> None:
    stage.prefer()
    stage.lose(Notify)
    stage.buy(10)
    stage.crash(ACCOUNT)


@story("takes-again")
def the_receipt_is_lost(stage: Stage) -> None:
    stage.prefer()
    stage.lose(Receipt)
    stage.buy(10)
    stage.advance(5.0)


@story("confirms-without-room", pace=Pace(1.0, capacity=1))
def more_happens_than_there_is_room_for(stage: Stage) -> None:
    stage.prefer()
    for _ in range(4):
        stage.withdraw(1)


@story("forgets-the-silent", pace=Pace(100.0, patience_s=0.5))
def a_batch_is_lost(stage: Stage) -> None:
    stage.prefer()
    stage.lose(SendBatch)
    stage.withdraw(1)
    stage.advance(2.0)


@story("hears-alerts-again")
def an_alert_is_told_twice(stage: Stage) -> None:
    stage.prefer()
    stage.alert(11.0, repeats=True)
    stage.price(11.0)
    stage.redeliver(AlertTriggered)


@story("misses-the-threshold")
def the_price_stops_at_the_threshold(stage: Stage) -> None:
    stage.prefer()
    stage.alert(11.0)
    stage.price(11.0)


@story("fires-once-more")
def the_price_stays_above(stage: Stage) -> None:
    stage.prefer()
    stage.alert(11.0, repeats=True)
    stage.price(11.5)
    stage.price(11.6)


@story("forgets-the-armed")
def the_watcher_comes_back_from_a_snapshot(stage: Stage) -> None:
    stage.prefer()
    for limit in (11.0, 12.0, 13.0):
        stage.alert(limit)
        stage.alert(limit - 5.0, Direction.BELOW)
    stage.crash(ALERTS)
    stage.price(14.0)


@story("arms-the-removed")
def the_removal_overtakes_the_alert(stage: Stage) -> None:
    stage.prefer()
    stage.hold(ArmAlert)
    alert = stage.alert(11.0)
    stage.unalert(alert)
    stage.release(ArmAlert)


@story("arms-another-price", "never-follows")
def an_alert_waits_for_a_price_that_does_not_come(stage: Stage) -> None:
    stage.alert(11.0)


@story("disarms-another", "knows-no-alert")
def one_of_two_alerts_is_removed(stage: Stage) -> None:
    alert = stage.alert(11.0)
    stage.alert(12.0)
    stage.unalert(alert)


@story("gives-up-at-once", failures=0.999)
def a_provider_is_busy_each_time(stage: Stage) -> None:
    stage.prefer()
    stage.withdraw(1)
    stage.advance(200.0)
