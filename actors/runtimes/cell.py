"""What a runtime keeps of each actor that it serves."""

from __future__ import annotations

from threading import Lock

from actors.actor import Actor, Birth
from actors.runtimes.journal import Pen
from actors.runtimes.mailbox import Mailbox


class Cell:
    """One actor as its runtime sees it: the living object, its mailbox, its counters."""

    __slots__ = (
        "actor", "actor_class", "address", "alive", "arguments", "buried", "busy_s",
        "depth_max", "handled", "incarnation", "lock", "mailbox", "pen", "queue", "received",
        "refused", "reminded", "restarts", "scheduled", "waiting_s",
    )  # fmt: skip

    def __init__(self, actor: Actor, birth: Birth, pen: Pen) -> None:
        assert isinstance(actor.actor_inbox, Mailbox)
        self.actor = actor
        self.actor_class = type(actor)
        self.address = birth.address
        self.arguments = birth.arguments
        self.mailbox = actor.actor_inbox
        self.queue = self.mailbox.queue
        self.pen = pen  # of the present incarnation
        self.alive = True
        self.incarnation = 0  # rises with each crash
        self.scheduled = True  # a worker serves it, or will; until it is opened, nobody
        self.lock = Lock()  # of the mailbox, where threads need it
        self.received = 0
        self.handled = 0
        self.buried = 0  # messages that were taken out unhandled
        self.refused = 0  # messages that found the mailbox full
        self.reminded = False  # a reminder is on its way
        self.restarts = 0
        self.depth_max = 0
        self.busy_s = 0.0
        self.waiting_s = 0.0
