"""Supervision: what is known of handlers that raised."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass

from actors.messages.base import Address
from actors.messages.control import Alarm

logger = logging.getLogger("openoutcry.actors")

_FAILURES_IN_DETAIL = 100


@dataclass(frozen=True, slots=True)
class Failure:
    """A handler raised: a bug, never a refusal.

    Attributes:
        address: The actor.
        message: Class of the message that it was handling.
        error: What was raised.
        where: File and line that raised it.
        at_s: When, on the runtime's clock.
    """

    address: Address
    message: str
    error: str
    where: str
    at_s: float


class Supervisor:
    """Counts failures and keeps the first of them in detail."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.counts: Counter[tuple[str, str]] = Counter()  # by class of actor, and of message
        self.alarms: list[str] = []  # the first of them
        self.alarm_count = 0
        self.fenced = 0  # appends refused because a later incarnation had started

    def report(self, failure: Failure) -> None:
        """Take a failure down; it is logged, so that no bug passes in silence."""
        self.counts[failure.address.partition("/")[0], failure.message] += 1
        if len(self.failures) < _FAILURES_IN_DETAIL:
            self.failures.append(failure)
            logger.error(
                "%s failed at %s while it handled %s: %s",
                failure.address, failure.where, failure.message, failure.error,
            )  # fmt: skip

    def take_alarm(self, message: object) -> None:
        """Take down what people should look at."""
        sentence = message.sentence if isinstance(message, Alarm) else f"nobody asked: {message!r}"
        self.alarm_count += 1
        if len(self.alarms) < _FAILURES_IN_DETAIL:
            self.alarms.append(sentence)
            logger.warning("%s", sentence)

    @property
    def total(self) -> int:
        """How many handlers have raised."""
        return sum(self.counts.values())
