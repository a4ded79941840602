"""One feed alone: who is told a price, when, and at what pace."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import Kit

from actors.messages.control import Remind
from actors.messages.feed import PriceUpdate, Subscribe, Unsubscribe
from actors.messages.market import FollowPrice, PriceAck, PriceChanged
from actors.price_feed import PriceFeed
from actors.subscriptions import LEASE_S

STOCK, ANN, BEN = "stock/AAPL", "watchlist/Ann", "watchlist/Ben"
PACE_US = 250_000
OPENING = 100


def feed() -> Kit:
    return Kit(PriceFeed, "AAPL", OPENING, address="feed/AAPL", peers=(STOCK, ANN, BEN))


def informed() -> Kit:
    """Return a feed that knows price 1, and has nobody to tell."""
    kit = feed()
    subscribe(kit, ANN)
    answer(kit, 1)
    kit.deliver(Unsubscribe(ANN), ANN)
    kit.drop()
    return kit


@pytest.fixture
def kit() -> Iterator[Kit]:
    with informed() as kit:
        yield kit


def tick(kit: Kit, number: int) -> None:
    kit.tell_price("AAPL", number, 100 * number)


def answer(kit: Kit, number: int) -> None:
    """Let the stock say its price, as the feed has asked for it."""
    asked = kit.expect(STOCK, FollowPrice)
    kit.deliver(PriceChanged("AAPL", number, 100 * number, asked.asked_us), STOCK)
    assert kit.expect(STOCK, PriceAck).number >= number


def update(number: int) -> PriceUpdate:
    return PriceUpdate("AAPL", number, 100 * number, OPENING)


def subscribe(kit: Kit, subscriber: str, interval_us: int = 0, known: int = 0) -> None:
    kit.deliver(Subscribe(subscriber, interval_us, known), subscriber)


def test_the_first_subscriber_makes_a_feed_follow_its_stock() -> None:
    with feed() as kit:
        subscribe(kit, ANN)

        answer(kit, 1)

        assert kit.expect(ANN, PriceUpdate) == update(1)


def test_a_feed_asks_its_stock_again_until_it_has_a_price() -> None:
    with feed() as kit:
        subscribe(kit, ANN)
        kit.drop()

        kit.deliver(Remind())
        kit.deliver(Remind())

        answer(kit, 1)
        kit.expect(ANN, PriceUpdate)


def test_a_new_subscriber_is_told_the_current_price_at_once(kit: Kit) -> None:
    subscribe(kit, ANN, PACE_US)

    assert kit.expect(ANN, PriceUpdate) == update(1)


def test_without_a_pace_every_change_is_told(kit: Kit) -> None:
    subscribe(kit, ANN)
    for number in (2, 3):
        tick(kit, number)

    assert [kit.expect(ANN, PriceUpdate).number for _ in range(3)] == [1, 2, 3]


def test_at_a_pace_the_newest_price_wins_and_comes_when_the_interval_is_over(kit: Kit) -> None:
    subscribe(kit, ANN, PACE_US)
    kit.expect(ANN, PriceUpdate)
    for number in (2, 3, 4):
        tick(kit, number)
    kit.expect_silence()

    kit.advance(0.251)

    assert kit.expect(ANN, PriceUpdate) == update(4)
    assert kit.actor.conflated == 2


def test_a_price_that_comes_after_a_pause_is_told_at_once(kit: Kit) -> None:
    subscribe(kit, ANN, PACE_US)
    kit.expect(ANN, PriceUpdate)
    kit.advance(1.0)

    tick(kit, 2)

    assert kit.expect(ANN, PriceUpdate) == update(2)


def test_nobody_is_told_twice_within_the_interval_even_who_has_just_come(kit: Kit) -> None:
    subscribe(kit, ANN, PACE_US)
    kit.advance(0.2)
    subscribe(kit, BEN, PACE_US)
    for peer in (ANN, BEN):
        kit.expect(peer, PriceUpdate)
    kit.advance(0.1)

    tick(kit, 2)

    assert kit.expect(ANN, PriceUpdate) == update(2)
    kit.expect_silence()
    kit.advance(0.151)
    assert kit.expect(BEN, PriceUpdate) == update(2)


def test_no_timer_runs_while_nobody_waits_for_one(kit: Kit) -> None:
    subscribe(kit, ANN, PACE_US)
    kit.expect(ANN, PriceUpdate)
    handled = sum(tally.messages for tally in kit.runtime.cluster.nodes[0].tallies.values())

    kit.advance(10.0)

    assert handled == sum(t.messages for t in kit.runtime.cluster.nodes[0].tallies.values())


def test_whoever_asks_again_is_told_what_it_has_missed(kit: Kit) -> None:
    subscribe(kit, ANN)
    tick(kit, 2)
    kit.drop()

    subscribe(kit, ANN, known=1)
    subscribe(kit, ANN, known=2)

    assert kit.expect(ANN, PriceUpdate) == update(2)


def test_an_old_price_is_acknowledged_and_told_to_nobody(kit: Kit) -> None:
    subscribe(kit, ANN)
    tick(kit, 3)
    for number in (1, 3):
        assert kit.expect(ANN, PriceUpdate).number == number

    kit.deliver(PriceChanged("AAPL", 2, 200))

    assert kit.expect(STOCK, PriceAck).number == 3


def test_whoever_has_left_is_told_nothing_more(kit: Kit) -> None:
    subscribe(kit, ANN, PACE_US)
    kit.expect(ANN, PriceUpdate)
    tick(kit, 2)

    kit.deliver(Unsubscribe(ANN))

    kit.advance(1.0)
    tick(kit, 3)


def test_whoever_does_not_ask_again_is_forgotten(kit: Kit) -> None:
    subscribe(kit, ANN)
    kit.expect(ANN, PriceUpdate)
    kit.advance(LEASE_S + 0.001)

    tick(kit, 2)

    assert not kit.actor.groups


def test_another_pace_takes_the_place_of_the_one_before(kit: Kit) -> None:
    subscribe(kit, ANN, PACE_US)
    subscribe(kit, ANN, 2 * PACE_US, known=1)
    kit.expect(ANN, PriceUpdate)

    assert list(kit.actor.groups) == [2 * PACE_US]


def test_a_feed_that_has_crashed_serves_whoever_asks_again(kit: Kit) -> None:
    subscribe(kit, ANN)
    kit.expect(ANN, PriceUpdate)
    kit.restart()

    subscribe(kit, ANN, known=1)

    answer(kit, 2)
    assert kit.expect(ANN, PriceUpdate) == update(2)


def test_a_feed_that_has_crashed_is_not_content_with_a_late_copy_of_a_price(kit: Kit) -> None:
    kit.restart()
    tick(kit, 1)
    kit.drop()

    subscribe(kit, ANN, known=2)
    answer(kit, 3)

    assert kit.expect(ANN, PriceUpdate) == update(3)


def test_a_feed_asks_on_though_a_late_copy_comes_while_its_question_is_lost(kit: Kit) -> None:
    kit.restart()
    subscribe(kit, ANN)
    kit.drop()
    tick(kit, 1)
    kit.drop()

    kit.deliver(Remind())
    kit.deliver(Remind())
    answer(kit, 3)

    assert kit.expect(ANN, PriceUpdate) == update(3)


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("tick"), st.just("")),
        st.tuples(st.just("tick"), st.just("")),
        st.tuples(st.just("subscribe"), st.sampled_from([ANN, BEN])),
        st.tuples(st.just("wait"), st.sampled_from(["0.01", "0.1", "0.25", "0.6"])),
    ),
    max_size=40,
)


STEP_S = 0.01


@settings(deadline=None, max_examples=50)
@given(EVENTS)
def test_the_newest_always_comes_in_the_end_never_older_after_newer(
    events: list[tuple[str, str]],
) -> None:
    kit, number, asked = informed(), 1, dict.fromkeys([ANN, BEN], False)
    heard: dict[str, list[tuple[float, int]]] = {ANN: [], BEN: []}
    for what, detail in [*events, ("wait", "0.6")]:
        if what == "tick":
            number += 1
            tick(kit, number)
        elif what == "subscribe" and not asked[detail]:
            asked[detail] = True
            subscribe(kit, detail, PACE_US)
        take_all(kit, heard)
        for _ in range(round(float(detail) / STEP_S) if what == "wait" else 0):
            kit.advance(STEP_S)
            take_all(kit, heard)
    kit.close()
    for peer in (peer for peer in asked if asked[peer]):
        times, numbers = zip(*heard[peer], strict=True)
        assert list(numbers) == sorted(set(numbers)), "an older price was told after a newer one"
        assert numbers[-1] == number, "the last change was never told"
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert not gaps or min(gaps) > PACE_US / 1e6 - 1.5 * STEP_S, "told twice in an interval"


def take_all(kit: Kit, heard: dict[str, list[tuple[float, int]]]) -> None:
    for peer, told in heard.items():
        while kit._said[peer]:
            told.append((kit.runtime.now, kit.expect(peer, PriceUpdate).number))


def test_a_clock_that_was_set_back_makes_nobody_wait(kit: Kit) -> None:
    kit.advance(5.0)
    subscribe(kit, ANN, PACE_US)
    kit.expect(ANN, PriceUpdate)
    group = kit.actor.groups[PACE_US]
    group.flushed_us = group.leases[ANN].sent_us = 65_000_000  # as if that had been in a minute

    tick(kit, 2)

    assert kit.expect(ANN, PriceUpdate) == update(2)
