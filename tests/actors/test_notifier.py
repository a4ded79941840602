"""A notifier alone: it takes once, sends until it is told what became of it, and never waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kit import Kit

from actors.addresses import gateway_of, notifier_of
from actors.dispatch import Pace
from actors.domain.notifications import Channel, Event, Notification, Occasion
from actors.messages.notification_facts import (
    NotificationGivenUp,
    NotificationsDelivered,
    NotificationTaken,
)
from actors.messages.notifications import (
    BatchResult,
    DeliveryAnswer,
    GetDelivery,
    Notify,
    Receipt,
    RoomAgain,
    SendBatch,
    Undelivered,
)
from actors.notifier import Notifier

ALICE = "account/U1-1"
GATEWAY = gateway_of(Channel.EMAIL)
PACE = Pace(100.0, capacity=3, patience_s=5.0, attempts=3)


def made(pace: Pace) -> Kit:
    return Kit(
        Notifier, Channel.EMAIL, pace, address=notifier_of(Channel.EMAIL),
        peers=[ALICE, GATEWAY, "people"],
    )  # fmt: skip


@pytest.fixture
def notifier() -> Iterator[Kit]:
    with made(PACE) as kit:
        yield kit


def notification(number: int) -> Notification:
    occasion = Occasion(Event.DEPOSIT, f"U1-1/{number}", 0, amount=10_000)
    return Notification(ALICE, number, "U1", "a@b.c", occasion)


def tell(kit: Kit, *numbers: int) -> None:
    for number in numbers:
        kit.deliver(Notify(notification(number)), ALICE)
        kit.expect(ALICE, Receipt)


def sent(kit: Kit) -> SendBatch:
    kit.advance(1.0)
    return kit.expect(GATEWAY, SendBatch)


def answer(kit: Kit, batch: SendBatch, *failures: Undelivered, **options: Any) -> None:
    failed = {failure.id for failure in failures}
    done = tuple(one.id for one in batch.notifications if one.id not in failed)
    kit.deliver(BatchResult(batch.batch, done, failures, **options), GATEWAY)


def test_what_it_takes_it_confirms_and_sends(notifier: Kit) -> None:
    tell(notifier, 1, 2)
    batch = sent(notifier)
    answer(notifier, batch)

    assert batch.notifications == (notification(1), notification(2))
    assert notifier.facts_of(NotificationsDelivered)[0].ids == (f"{ALICE}/1", f"{ALICE}/2")
    assert notifier.state.waiting == {}


def test_what_it_is_told_twice_it_confirms_twice_and_takes_once(notifier: Kit) -> None:
    tell(notifier, 1)
    answer(notifier, sent(notifier))
    tell(notifier, 1)
    notifier.advance(60.0)

    assert len(notifier.facts_of(NotificationTaken)) == 1


def test_it_remembers_what_it_has_taken_over_a_crash(notifier: Kit) -> None:
    tell(notifier, 2, 1)
    answer(notifier, sent(notifier))
    notifier.restart()
    tell(notifier, 1, 2)
    notifier.advance(60.0)

    assert len(notifier.facts_of(NotificationTaken)) == 2


def test_what_waits_is_sent_again_after_a_crash_under_the_same_id(notifier: Kit) -> None:
    tell(notifier, 1)
    before = sent(notifier)
    notifier.restart()
    after = sent(notifier)
    answer(notifier, after)

    assert after.notifications == before.notifications
    assert after.batch > before.batch


def test_what_finds_no_room_is_not_confirmed(notifier: Kit) -> None:
    tell(notifier, 1, 2, 3)
    notifier.deliver(Notify(notification(4)), ALICE)
    batch = sent(notifier)
    answer(notifier, batch)
    assert notifier.expect(ALICE, RoomAgain) == RoomAgain(3)
    tell(notifier, 4)
    answer(notifier, sent(notifier))

    assert notifier.state.delivered == 4


def test_no_answer_means_the_same_again(notifier: Kit) -> None:
    tell(notifier, 1)
    first = sent(notifier)
    notifier.advance(PACE.patience_s + 1.0)
    second = notifier.expect(GATEWAY, SendBatch)
    answer(notifier, second)

    assert second.notifications == first.notifications


def test_a_busy_channel_is_woken_about_once_for_each_batch() -> None:
    with made(Pace(1.0, patience_s=5.0)) as notifier:
        tell(notifier, *range(1, 41))
        for number in range(40):
            if number == 20:
                before = notifier.messages_handled()
            notifier.advance(1.1)
            answer(notifier, notifier.expect(GATEWAY, SendBatch))

        assert notifier.messages_handled() - before <= 2 * 20  # answers, and own timers


def test_an_answer_that_comes_late_still_counts(notifier: Kit) -> None:
    tell(notifier, 1)
    first = sent(notifier)
    notifier.advance(PACE.patience_s - 0.5)  # it rests now
    answer(notifier, first)
    notifier.advance(60.0)

    assert notifier.state.delivered == 1


def test_a_channel_that_is_down_gives_up_no_notification(notifier: Kit) -> None:
    tell(notifier, 1)
    for _ in range(2 * PACE.attempts):
        notifier.advance(PACE.retry_at_most_s + 1.0)
        batch = notifier.expect(GATEWAY, SendBatch)
        notifier.drop()
        notifier.deliver(BatchResult(batch.batch, (), is_down=True), GATEWAY)

    assert notifier.state.given_up == 0
    notifier.advance(61.0)
    answer(notifier, notifier.expect(GATEWAY, SendBatch))


def test_a_final_refusal_is_a_dead_letter_with_its_reason(notifier: Kit) -> None:
    tell(notifier, 1, 2)
    batch = sent(notifier)
    answer(notifier, batch, Undelivered(f"{ALICE}/1", "no such mailbox", is_final=True))
    notifier.deliver(GetDelivery(), "people")
    told = notifier.expect("people", DeliveryAnswer)

    assert (told.waiting, told.delivered, told.given_up) == (0, 1, 1)
    assert told.dead_letters[0].notification == notification(1)
    assert told.dead_letters[0].reason == "no such mailbox"


def test_after_so_many_failures_it_gives_up_and_says_how_many(notifier: Kit) -> None:
    tell(notifier, 1)
    for _ in range(PACE.attempts):
        notifier.advance(5.0)
        batch = notifier.expect(GATEWAY, SendBatch)
        answer(notifier, batch, Undelivered(f"{ALICE}/1", "busy"))
    notifier.advance(60.0)

    given_up = notifier.facts_of(NotificationGivenUp)
    assert [fact.reason for fact in given_up] == ["busy (tried 3 times)"]


def test_a_provider_that_asks_for_patience_gets_it(notifier: Kit) -> None:
    tell(notifier, 1)
    answer(notifier, sent(notifier), Undelivered(f"{ALICE}/1", "busy", retry_after_s=30.0))
    notifier.advance(29.0)
    notifier.expect_silence()
    notifier.advance(2.0)

    answer(notifier, notifier.expect(GATEWAY, SendBatch))


def test_what_an_answer_does_not_name_is_tried_again(notifier: Kit) -> None:
    tell(notifier, 1, 2)
    batch = sent(notifier)
    notifier.deliver(BatchResult(batch.batch, (f"{ALICE}/2",)), GATEWAY)
    notifier.advance(0.5)
    again = sent(notifier)
    answer(notifier, again)

    assert again.notifications == (notification(1),)


def test_an_answer_of_somebody_confused_does_no_harm(notifier: Kit) -> None:
    tell(notifier, 1)
    answer(notifier, sent(notifier))
    again = BatchResult(7, (f"{ALICE}/1", "nobody/9"), (Undelivered(f"{ALICE}/1", "x"),))
    notifier.deliver(again, GATEWAY)
    notifier.advance(60.0)

    assert notifier.state.delivered == 1
