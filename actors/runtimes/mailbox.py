"""Mailboxes: where the messages of one actor wait their turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import msgspec
import pykka
from pykka._envelope import Envelope as PykkaEnvelope  # what `ActorRef` puts into an inbox

from actors.messages.base import Address

OWN_TIMERS: Final = 2
"""Messages of an actor to itself that may wait beyond a mailbox's capacity: nobody repeats them."""

LONGEST_WAY: Final = 100
"""Envelopes that may hang on one another: who answers for ever must not fill the memory."""


class Overflow(Enum):
    """What becomes of a message that finds its mailbox full."""

    REFUSE_NEWEST = "refuse_newest"  # the message that comes is counted and dropped
    DROP_OLDEST = "drop_oldest"  # the one that waits longest makes room, counted


class Envelope(msgspec.Struct, gc=False):
    """A message on its way, with what its command has spent its time on so far.

    Attributes:
        message: What is said.
        sender: Who says it; empty for the operator outside.
        trace: The command or tick that it descends from; -1 for none.
        stamp_s: When it entered the mailbox, on the runtime's clock.
        network_s: Time on the network since the command was sent, over all hops.
        mailbox_s: Time spent waiting for actors.
        worker_s: Time spent waiting for workers.
        service_s: Time spent in handlers.
        commit_s: Time spent waiting for facts to become durable.
        answer: Where a handler's exception goes, if somebody outside waits for an answer.
        cause: The envelope whose handling sent this one, in virtual time and of commands only.
        hops: How many of these there are behind one another.
    """

    message: Any
    sender: Address = ""
    trace: int = -1
    stamp_s: float = 0.0
    network_s: float = 0.0
    mailbox_s: float = 0.0
    worker_s: float = 0.0
    service_s: float = 0.0
    commit_s: float = 0.0
    answer: pykka.Future[Any] | None = None
    cause: Envelope | None = None
    hops: int = 0


class Mailbox:
    """The inbox that Pykka sees; `door` takes what comes in once a runtime serves the actor."""

    __slots__ = ("capacity", "door", "overflow", "queue")

    def __init__(self, capacity: int = 100_000, overflow: Overflow = Overflow.REFUSE_NEWEST):
        """Make an empty mailbox for `capacity` messages, at least 1."""
        if capacity < 1:
            raise ValueError(f"a mailbox holds at least 1 message, not {capacity}")
        self.capacity = capacity
        self.overflow = overflow
        self.queue: deque[Envelope] = deque()
        self.door: Callable[[PykkaEnvelope[Any]], None] | None = None

    def put(self, envelope: PykkaEnvelope[Any], /) -> None:
        """Take a message of Pykka's `ActorRef.tell` or `ask`."""
        if self.door is None:
            raise RuntimeError("this actor was never started; start it on a runtime first")
        self.door(envelope)

    def get(self) -> PykkaEnvelope[Any]:
        """Refuse: the runtime serves this mailbox."""
        raise RuntimeError("a runtime serves this mailbox; nobody else takes from it")

    def empty(self) -> bool:
        """Tell whether nothing waits."""
        return not self.queue
