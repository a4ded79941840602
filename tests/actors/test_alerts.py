"""Alerts alone: what a price meets is told once, at a cost in proportion to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kit import Kit

from actors.addresses import alerts_of, stock_of
from actors.alerts import FIRED_AT_ONCE, Alerts
from actors.domain.thresholds import Direction
from actors.messages.alerts import AlertTriggered, ArmAlert, DisarmAlert
from actors.messages.market import FollowPrice, PriceAck, PriceChanged
from actors.messages.notification_facts import AlertArmed, AlertFired
from actors.messages.notifications import Receipt

ALICE, STOCK = "account/U1-1", stock_of("ACME")
ABOVE, BELOW = Direction.ABOVE, Direction.BELOW


@pytest.fixture
def alerts() -> Iterator[Kit]:
    with Kit(Alerts, "ACME", address=alerts_of("ACME"), peers=[ALICE, STOCK]) as kit:
        yield kit


def arm(kit: Kit, number: int, direction: Direction, price: int, *, repeats: bool = False) -> None:
    kit.deliver(ArmAlert(ALICE, number, 100 + number, direction, price, repeats), ALICE)
    assert kit.expect(ALICE, Receipt).number == number


def follow(kit: Kit, price: int) -> None:
    kit.expect(STOCK, FollowPrice)
    kit.tell_price("ACME", 1, price)


def heard(kit: Kit) -> tuple[int, int]:
    """Take one trigger, confirm it, and return the number of its alert and the price."""
    news = kit.expect(ALICE, AlertTriggered)
    kit.deliver(Receipt(news.number), ALICE)
    return news.alert - 100, news.price


def test_without_any_alert_no_price_is_followed(alerts: Kit) -> None:
    alerts.advance(60.0)

    assert alerts.facts() == []


def test_an_alert_fires_at_its_threshold_and_is_over(alerts: Kit) -> None:
    arm(alerts, 1, ABOVE, 110)
    follow(alerts, 100)
    alerts.tell_price("ACME", 2, 109)
    alerts.expect_silence()
    alerts.tell_price("ACME", 3, 110)

    assert heard(alerts) == (1, 110)
    alerts.tell_price("ACME", 4, 120)
    assert alerts.state.watches == {}


def test_one_that_is_met_already_fires_at_once(alerts: Kit) -> None:
    arm(alerts, 1, ABOVE, 200)
    follow(alerts, 100)
    alerts.deliver(ArmAlert(ALICE, 2, 102, BELOW, 100, False), ALICE)

    assert heard(alerts) == (2, 100)
    alerts.expect(ALICE, Receipt)


def test_one_that_repeats_fires_again_only_after_the_price_was_on_the_other_side(
    alerts: Kit,
) -> None:
    arm(alerts, 1, BELOW, 90, repeats=True)
    follow(alerts, 100)
    fired = []
    for number, price in enumerate((90, 80, 91, 95, 85, 90, 100, 90), 2):
        alerts.tell_price("ACME", number, price)
        if alerts._said[ALICE]:
            fired.append(heard(alerts)[1])

    assert fired == [90, 85, 90]


def test_a_price_that_is_old_or_came_before_fires_nothing(alerts: Kit) -> None:
    arm(alerts, 1, ABOVE, 110)
    follow(alerts, 100)
    alerts.tell_price("ACME", 3, 105)
    alerts.tell_price("ACME", 2, 120)

    assert alerts.facts_of(AlertFired) == []


def test_what_is_asked_twice_is_armed_once_and_confirmed_twice(alerts: Kit) -> None:
    arm(alerts, 1, ABOVE, 110)
    follow(alerts, 100)
    arm(alerts, 1, ABOVE, 110)

    assert len(alerts.facts_of(AlertArmed)) == 1


def test_a_removed_alert_does_not_fire(alerts: Kit) -> None:
    arm(alerts, 1, ABOVE, 110)
    follow(alerts, 100)
    alerts.deliver(DisarmAlert(ALICE, 2, 1), ALICE)
    alerts.expect(ALICE, Receipt)
    alerts.tell_price("ACME", 2, 120)

    assert alerts.facts_of(AlertFired) == []


def test_a_removal_that_overtakes_its_alert_wins(alerts: Kit) -> None:
    alerts.deliver(DisarmAlert(ALICE, 2, 1), ALICE)
    alerts.expect(ALICE, Receipt)
    arm(alerts, 1, ABOVE, 110)

    assert alerts.facts_of(AlertArmed) == []


def test_what_was_met_is_told_again_after_a_crash_until_it_is_confirmed(alerts: Kit) -> None:
    arm(alerts, 1, ABOVE, 110)
    follow(alerts, 100)
    alerts.tell_price("ACME", 2, 110)
    alerts.drop()
    alerts.restart()

    assert heard(alerts) == (1, 110)
    alerts.advance(60.0)
    assert alerts.actor.outbox() == {}


def test_many_fire_in_parts_each_with_the_price_that_met_it(alerts: Kit) -> None:
    count = 2 * FIRED_AT_ONCE + 7
    for number in range(1, count + 1):
        alerts.deliver(ArmAlert(ALICE, number, 100 + number, ABOVE, 110, True), ALICE)
    alerts.drop()
    alerts.facts()
    alerts.runtime.send(alerts.address, price_changed(1, 115))
    alerts.runtime.send(alerts.address, price_changed(2, 100))
    alerts.advance(0.5)

    fired = [fact for fact in alerts.facts() if isinstance(fact, AlertFired)]
    told = [message for message in alerts.drop() if isinstance(message, AlertTriggered)]
    assert [fact.number for fact in fired] == list(range(1, count + 1))
    assert {news.price for news in told} == {115}
    assert alerts.state.due == {}
    assert all(watch.armed for watch in alerts.state.watches.values())
    settle(alerts, count)


def price_changed(number: int, price: int) -> PriceChanged:
    return PriceChanged("ACME", number, price)


def settle(kit: Kit, count: int) -> None:
    for number in range(1, count + 1):
        kit.deliver(Receipt(number), ALICE)
    kit.drop()


def test_a_crash_in_between_loses_none_of_many(alerts: Kit) -> None:
    count = 2 * FIRED_AT_ONCE
    for number in range(1, count + 1):
        alerts.deliver(ArmAlert(ALICE, number, 100 + number, ABOVE, 110, False), ALICE)
    alerts.runtime.send(alerts.address, price_changed(1, 115))
    while not alerts.state.due:
        alerts.runtime.env.step()
    assert len(alerts.state.due) == count - FIRED_AT_ONCE
    alerts.runtime.crash(alerts.address)
    alerts.runtime.restart(alerts.address)
    alerts.runtime.run(until_s=0.5)
    alerts.runtime.dead_letters.clear()  # its own reminder was lost

    assert len(alerts.facts_of(AlertFired)) == count
    settle(alerts, count)


def test_prices_are_followed_from_the_first_alert_on_even_if_the_wish_is_lost(
    alerts: Kit,
) -> None:
    arm(alerts, 1, ABOVE, 110)
    alerts.drop()
    alerts.advance(3.0)

    follow(alerts, 110)
    assert heard(alerts) == (1, 110)
    for message in alerts.drop():
        assert isinstance(message, FollowPrice | PriceAck)
