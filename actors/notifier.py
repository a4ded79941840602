"""A notifier: sends what customers must hear on one channel, whatever happens to it or to them."""

from __future__ import annotations

from itertools import islice
from typing import Final, TypeAlias, assert_never

import msgspec

from actors.actor import Actor, Outbox
from actors.addresses import gateway_of
from actors.dispatch import PACES, Dispatch, Pace
from actors.domain.notifications import Channel, Notification
from actors.messages.base import Address
from actors.messages.control import Remind
from actors.messages.notification_facts import (
    NotificationGivenUp,
    NotificationsDelivered,
    NotificationTaken,
    NotifierFact,
)
from actors.messages.notifications import (
    BatchResult,
    DeadLetter,
    DeliveryAnswer,
    GetDelivery,
    Notify,
    Receipt,
    RoomAgain,
    SendBatch,
    SendMore,
    Undelivered,
)
from actors.owed import Known

NotifierMessage: TypeAlias = Notify | BatchResult | SendMore | GetDelivery | Remind

DEAD_LETTERS_KEPT: Final = 1_000
_LEAST_WAIT_S: Final = 0.001  # a timer that goes off a moment too early would go off for ever


class NotifierState(msgspec.Struct, array_like=True):
    """What waits, what was taken, and what became of the rest.

    Attributes:
        waiting: By id, the oldest first.
        known: Which numbers of each producer were taken: none is taken twice.
        delivered: How many were sent.
        given_up: How many were not.
        latest: Of those that were given up.
        revision: How many facts made this state.
    """

    waiting: dict[str, Notification] = {}
    known: dict[Address, Known] = {}
    delivered: int = 0
    given_up: int = 0
    latest: list[DeadLetter] = []
    revision: int = 0


class Notifier(Actor):
    """Takes notifications durably, and sends them in batches through its channel's gateway.

    It never waits: the gateway is outside and answers by message. Where no answer comes, the
    same notifications are sent again under the same ids. What cannot be sent becomes a dead
    letter. If too much waits, what comes is not taken: its producer is told when there is room
    again, and says it again in any case.

    Args:
        channel: Whose gateway it uses.
        pace: How fast.
    """

    state_type = NotifierState
    state: NotifierState

    def __init__(self, channel: Channel, pace: Pace | None = None) -> None:
        super().__init__()
        self.channel = channel
        self.pace = pace or PACES[channel]
        self.dispatch = Dispatch(self.pace, (), 0.0)
        self.turned_away = 0
        self._wish_for_room: dict[Address, None] = {}  # a crash only makes them wait longer
        self._wakes_s: float | None = None
        self._timer = 0  # number of the one that counts

    def on_recovered(self) -> None:
        """Send again whatever waits; what was on its way when it crashed may go twice."""
        self.dispatch = Dispatch(self.pace, self.state.waiting, self.now)
        self.send_more()

    def outbox(self) -> Outbox:
        """Tell whether anything waits; its own timer sends it."""
        return {self.channel: (self.address, SendMore())} if self.state.waiting else {}

    def resend(self) -> None:
        """Do what its timer would have done."""
        self.send_more()

    def receive(self, message: NotifierMessage, sender: Address) -> None:
        match message:
            case Notify():
                self.take(message.notification)
            case BatchResult():
                self.book(message)
            case SendMore():
                self.wake(message.timer)
            case GetDelivery():
                self.send(sender, self.answer())
            case Remind():
                self.resend()
            case _:
                assert_never(message)

    def take(self, notification: Notification) -> None:
        """Take a notification once, if there is room, and let its producer forget it."""
        known = self.state.known.get(notification.producer)
        if known is None or not known.has(notification.number):
            if len(self.state.waiting) >= self.pace.capacity:
                self.turned_away += 1
                self._wish_for_room[notification.producer] = None
                return
            self.record(NotificationTaken(notification))
            self.dispatch.add(notification.id)
            self.send_more()
        self.send(notification.producer, Receipt(notification.number))

    def send_more(self) -> None:
        """Send as many batches as may leave now, and wake up when more may."""
        waiting = self.state.waiting
        while (batch := self.dispatch.next_batch(self.now, waiting)) is not None:
            number, ids = batch
            content = tuple(waiting[notification_id] for notification_id in ids)
            self.send(
                gateway_of(self.channel),
                SendBatch(number, self.state.revision, self.channel, content),
            )
        self.wake_later()

    def wake(self, timer: int) -> None:
        """Send more, unless another timer has taken the place of this one."""
        if timer == self._timer:
            self._wakes_s = None
            self.send_more()

    def wake_later(self) -> None:
        """Set a timer for when more may be sent, if none goes off before."""
        wait_s = self.dispatch.wait_s(self.now)
        if wait_s is None:
            return
        wait_s = max(wait_s, _LEAST_WAIT_S)
        if self._wakes_s is None or self.now + wait_s < self._wakes_s:
            self._wakes_s = self.now + wait_s
            self._timer += 1
            self.send_later(wait_s, SendMore(self._timer))

    def book(self, result: BatchResult) -> None:
        """Take down what a gateway has sent; try the rest again, or give it up."""
        waiting = self.state.waiting
        flown = self.dispatch.land(result.batch)
        if result.is_down:
            self.dispatch.rest(
                [known for known in flown if known not in result.delivered], self.now
            )
            flown = list(result.delivered)
        else:
            self.dispatch.is_up()
        ids = tuple(known for known in dict.fromkeys(result.delivered) if known in waiting)
        if ids:
            self.record(NotificationsDelivered(ids, self.now_us))
        named = {failure.id: failure for failure in result.undelivered}
        for notification_id in flown:
            if notification_id in waiting:
                self.try_again(notification_id, named.get(notification_id))
            else:
                self.dispatch.forget(notification_id)
        self.send_more()
        if self._wish_for_room:
            self.offer_room()

    def offer_room(self) -> None:
        """Tell those who were turned away that there is room, and share it among them."""
        room = self.pace.capacity - len(self.state.waiting)
        lucky = [*islice(self._wish_for_room, room)]
        for producer in lucky:
            del self._wish_for_room[producer]
            self.send(producer, RoomAgain(room // len(lucky)))

    def try_again(self, notification_id: str, failure: Undelivered | None) -> None:
        """Let one that was not sent wait for another try; not if there have been too many."""
        if failure is None:
            self.dispatch.delay(notification_id, self.now)
            return
        failures = self.dispatch.failed(notification_id)
        if failure.is_final or failures >= self.pace.attempts:
            tried = "" if failure.is_final else f" (tried {failures} times)"
            self.dispatch.forget(notification_id)
            reason = f"{failure.reason}{tried}"
            self.record(NotificationGivenUp(notification_id, reason, self.now_us))
        else:
            self.dispatch.delay(notification_id, self.now, failure.retry_after_s)

    def answer(self) -> DeliveryAnswer:
        state = self.state
        return DeliveryAnswer(
            len(state.waiting), state.delivered, state.given_up, self.turned_away,
            tuple(state.latest),
        )  # fmt: skip

    def apply(self, fact: NotifierFact) -> None:
        state = self.state
        state.revision += 1
        match fact:
            case NotificationTaken():
                notification = fact.notification
                state.known.setdefault(notification.producer, Known()).add(notification.number)
                state.waiting[notification.id] = notification
            case NotificationsDelivered():
                for notification_id in fact.ids:
                    del state.waiting[notification_id]
                state.delivered += len(fact.ids)
            case NotificationGivenUp():
                letter = DeadLetter(state.waiting.pop(fact.id), fact.reason, fact.at_us)
                state.latest = [*state.latest, letter][-DEAD_LETTERS_KEPT:]
                state.given_up += 1
            case _:
                assert_never(fact)
