"""Channels in virtual time: providers that take their time, fail now and then, and have outages."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from math import log
from struct import Struct
from typing import Any, Final

from actors.addresses import gateway_of
from actors.dispatch import Pace
from actors.domain.notifications import Channel, Notification
from actors.messages.notifications import BatchResult, SendBatch, Undelivered
from actors.runtimes.mailbox import Envelope
from simulation.notification_plan import ChannelPlan
from simulation.virtual_time import VirtualTimeRuntime

_CHANCES: Final = Struct("<2Q")
_ONE: Final = 2.0**64


class ChannelModel:
    """The gateway of one channel, with its provider and the customers behind it.

    What becomes of an attempt is decided by its name and the seed, never by a draw from a shared
    stream: another notification more or less leaves all others as they were. A batch takes half
    the mean latency at least, and the rest of it is distributed exponentially.

    Args:
        runtime: Whose clock counts.
        plan: How the channel behaves.
        seed: Of the run.

    Attributes:
        counts: `attempts`, `shown` to customers, `repeated` (sent again and not shown again),
            `failed`, `refused`, and `unreached` (batches that met an outage).
    """

    def __init__(self, runtime: VirtualTimeRuntime, plan: ChannelPlan, seed: int) -> None:
        self._runtime = runtime
        self._plan = plan
        self._seed = seed.to_bytes(8, "little")
        self._channel = Channel(plan.channel)
        self._attempts: Counter[str] = Counter()
        self._shown: set[str] = set()
        self.counts: Counter[str] = Counter()
        runtime.attach(gateway_of(self._channel), self.take)

    def take(self, envelope: Envelope) -> None:
        """Take a batch; in an outage nothing more is heard of it."""
        batch: Any = envelope.message
        now_s = self._runtime.now
        if any(out.at_s <= now_s < out.at_s + out.for_s for out in self._plan.outages):
            self.counts["unreached"] += 1
            return
        notifier = envelope.sender
        self._runtime._after(self._latency_s(batch), lambda: self._answer(batch, notifier))

    def _latency_s(self, batch: SendBatch) -> float:
        first = batch.notifications[0].id
        chance, _ = self._chances(f"latency {first} #{self._attempts[first] + 1}")
        return self._plan.latency_s * (0.5 - 0.5 * log(1.0 - chance / _ONE))

    def _answer(self, batch: SendBatch, notifier: str) -> None:
        delivered, undelivered = [], []
        for notification in batch.notifications:
            failure = self._attempt(notification)
            if failure is None:
                delivered.append(notification.id)
            else:
                undelivered.append(failure)
        result = BatchResult(batch.batch, tuple(delivered), tuple(undelivered))
        self._runtime.send(notifier, result, gateway_of(self._channel))

    def _attempt(self, notification: Notification) -> Undelivered | None:
        """Try to show a notification to its customer, who never sees it twice."""
        name = notification.id
        self._attempts[name] += 1
        self.counts["attempts"] += 1
        if name in self._shown:
            self.counts["repeated"] += 1
            return None
        refusal, _ = self._chances(f"refuse {name}")
        failure, _ = self._chances(f"fail {name} #{self._attempts[name]}")
        if refusal < self._plan.refusals * _ONE:
            self.counts["refused"] += 1
            return Undelivered(name, "the provider knows no such destination", is_final=True)
        if failure < self._plan.failures * _ONE:
            self.counts["failed"] += 1
            return Undelivered(name, "the provider is busy")
        self._shown.add(name)
        self.counts["shown"] += 1
        return None

    def _chances(self, name: str) -> tuple[int, int]:
        text = f"{self._channel.value} {name}".encode()
        digest = blake2b(text, digest_size=16, key=self._seed).digest()
        first, second = _CHANCES.unpack(digest)
        return first, second


def pace_of(plan: ChannelPlan) -> Pace:
    """Return how fast a notifier may use a channel."""
    return Pace(plan.rate_per_s, plan.workers, capacity=plan.capacity, patience_s=plan.patience_s)
