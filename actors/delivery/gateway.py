"""A gateway: sends batches of notifications outside the actors, and answers by message."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Final, TypeAlias

from actors.addresses import gateway_of
from actors.domain.notifications import Channel, Notification
from actors.messages.base import Address
from actors.messages.notifications import BatchResult, SendBatch, Undelivered
from actors.runtimes.mailbox import Envelope
from actors.runtimes.runtime import Runtime
from actors.runtimes.threads import ThreadRuntime

REMEMBERED: Final = 100_000  # notifications that a gateway knows it has sent
CLOSES_WITHIN_S: Final = 5.0  # however long the other side takes
LONGEST_TIMEOUT_S: Final = 3_600

Parcel: TypeAlias = tuple[SendBatch, Address]

logger = logging.getLogger("openoutcry.delivery")


class Unsendable(Exception):  # noqa: N818 - the other side's answer
    """The other side refused one notification.

    Args:
        reason: Why, in words.
        is_final: It would refuse it again; else another try is worth it.
        retry_after_s: Seconds before which it does not want another try.
    """

    def __init__(self, reason: str, *, is_final: bool, retry_after_s: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final
        self.retry_after_s = retry_after_s


class Unreachable(Exception):  # noqa: N818 - the state of the other side
    """Nobody is there, or nobody lets us in: no fault of any notification."""


class Gateway(ABC):
    """Sends notifications on one channel: a port of the runtime, never an actor.

    On threads it has as many threads of its own as batches may be under way at once; in virtual
    time it sends while the clock stands still. What it has sent it does not send again, even if
    it is asked to, as far as its memory goes; beyond that, whoever receives can tell by the id.
    """

    def __init__(self) -> None:
        self._sent: OrderedDict[str, None] = OrderedDict()
        self._remembering = threading.Lock()
        self._parcels: SimpleQueue[Parcel | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._runtime: Runtime[Any] | None = None
        self._address: Address = ""

    @abstractmethod
    def send_all(
        self, notifications: list[Notification], confirm: Callable[[str], None]
    ) -> list[Undelivered]:
        """Send some notifications, and confirm the id of each as soon as it is sent.

        Returns:
            Those that the other side refused.

        Raises:
            Unreachable: It cannot be reached, or not any more.
        """

    def open(self, runtime: Runtime[Any], channel: Channel, workers: int = 1) -> None:
        """Take the batches of a channel from here on.

        Raises:
            ValueError: The channel has a gateway, or this one serves another already.
        """
        if self._runtime is not None:
            raise ValueError("a gateway serves one channel of one brokerage")
        self._address = gateway_of(channel)
        runtime.attach(self._address, self._take)
        self._runtime = runtime
        for number in range(workers if isinstance(runtime, ThreadRuntime) else 0):
            name = f"{self._address}-{number + 1}"
            self._threads.append(threading.Thread(target=self._serve, name=name, daemon=True))
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _checked_timeout(timeout_s: float) -> float:
        """Return for how long the other side is waited for.

        Raises:
            ValueError: It is no number of seconds above zero.
        """
        if type(timeout_s) not in (int, float) or not 0 < timeout_s < LONGEST_TIMEOUT_S:
            raise ValueError(
                f"an answer is waited for up to {LONGEST_TIMEOUT_S:,} seconds, not {timeout_s!r}"
            )
        return timeout_s

    def close(self) -> None:
        """Send nothing more when the batches in hand are done; what waits can be sent later."""
        for _ in self._threads:
            self._parcels.put(None)
        for thread in self._threads:
            thread.join(CLOSES_WITHIN_S)
        self._threads = []

    def _take(self, envelope: Envelope) -> None:
        parcel = envelope.message, envelope.sender
        if self._threads:
            self._parcels.put(parcel)
        elif self._runtime is not None and not isinstance(self._runtime, ThreadRuntime):
            self._runtime._after(0.0, lambda: self._answer(*parcel))

    def _serve(self) -> None:
        while (parcel := self._parcels.get()) is not None:
            self._answer(*parcel)

    def _answer(self, batch: SendBatch, notifier: Address) -> None:
        """Send a batch and tell what became of it; without an answer it will come again."""
        assert self._runtime is not None, "a gateway must be open to be told anything"
        try:
            result = self.deliver(batch)
        except Exception:
            # Its own thread must live on; the notifier will ask again, more and more rarely.
            logger.exception("%s could not send a batch", self._address)
            return
        self._runtime.send(notifier, result, self._address)

    def deliver(self, batch: SendBatch) -> BatchResult:
        """Send what was not sent before, and say what became of it."""
        done = [one.id for one in batch.notifications if self.has_sent(one.id)]
        left = [one for one in batch.notifications if not self.has_sent(one.id)]

        def confirm(notification_id: str) -> None:
            self._remember(notification_id)
            done.append(notification_id)

        try:
            undelivered = self.send_all(left, confirm) if left else []
        except Unreachable as error:
            logger.warning("%s cannot be reached: %s", self._address, error)
            return BatchResult(batch.batch, tuple(done), is_down=True)
        return BatchResult(batch.batch, tuple(done), tuple(undelivered))

    def has_sent(self, notification_id: str) -> bool:
        """Tell whether a notification is known to have been sent."""
        with self._remembering:
            return notification_id in self._sent

    def _remember(self, notification_id: str) -> None:
        with self._remembering:
            self._sent[notification_id] = None
            if len(self._sent) > REMEMBERED:
                self._sent.popitem(last=False)


def one_by_one(
    notifications: list[Notification],
    send: Callable[[Notification], None],
    confirm: Callable[[str], None],
) -> list[Undelivered]:
    """Send notifications one after the other, and return those that were refused."""
    undelivered = []
    for notification in notifications:
        try:
            send(notification)
        except Unsendable as error:
            undelivered.append(
                Undelivered(notification.id, error.reason, error.is_final, error.retry_after_s)
            )
        else:
            confirm(notification.id)
    return undelivered
