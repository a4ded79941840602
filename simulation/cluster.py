"""The machines of a simulated brokerage: nodes with workers, and which actor lives where."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import deque
from typing import Any

from simpy import Environment, Event

from actors.actor import Actor, Birth
from actors.messages.base import Address, Message
from actors.runtimes.cell import Cell
from actors.runtimes.journal import Pen
from actors.runtimes.mailbox import Envelope

_POINTS_PER_NODE = 64


class Tally:
    """What the actors of one class have done on one node.

    Counted by class and not by actor: there may be 100,000 of them, and each counter of one
    actor would have to be fetched from main memory for each message.
    """

    __slots__ = ("actors", "busy_s", "depth_max", "messages", "waiting_s")

    def __init__(self) -> None:
        self.actors = 0
        self.reset()

    def reset(self) -> None:
        """Begin to count anew; the actors are still there."""
        self.messages = 0
        self.busy_s = 0.0
        self.waiting_s = 0.0
        self.depth_max = 0


class Place(Cell):
    """A cell on a node of a cluster."""

    __slots__ = ("group", "node", "ready_s", "tally")

    def __init__(self, actor: Actor, birth: Birth, pen: Pen, node: Node) -> None:
        super().__init__(actor, birth, pen)
        self.node = node
        self.tally = node.tallies.setdefault(self.actor_class.__name__, Tally())
        self.tally.actors += 1
        self.ready_s = 0.0  # when the actor could take the message that waits first
        self.group = -1  # the group commit that its last facts belong to


class Worker(Event):
    """A worker of a node; as an event it is the completion of the message that it serves."""

    def __init__(self, env: Environment, node: Node) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        self.node = node
        self.incarnation = 0  # of the actor that the message was taken for
        self.cell: Any = None
        self.envelope: Any = None


class Commit(Event):
    """A group commit of a node's journal; as an event it is its end.

    Attributes:
        number: Which group commit of its node it is.
        waiting: What leaves when the facts are durable: the actor, the envelope that it
            handled, what it sends with whom it is for, and since when that waits, seconds.
    """

    def __init__(self, env: Environment, node: Node) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        self.node = node
        self.number = 0
        self.waiting: list[tuple[Place, Envelope, list[tuple[Address, Message]], float]] = []


class Node:
    """A machine: mailboxes with messages wait for one of its workers.

    Attributes:
        name: As reports show it.
        region: Where it stands.
        speed: 2.0 serves a message in half of its calibrated time.
        staff: All its workers.
        idle: Those without work.
        ready: Actors with messages, waiting for a worker, first come first served.
        busy_s: Summed service time of all workers.
    """

    def __init__(
        self, env: Environment, name: str, workers: int, speed: float = 1.0, region: str = "local"
    ) -> None:
        if workers < 1 or speed <= 0:
            raise ValueError(f"node {name}: needs workers >= 1 and speed > 0")
        self.name = name
        self.region = region
        self.speed = speed
        self.workers = workers
        self.staff = [Worker(env, self) for _ in range(workers)]
        self.idle = self.staff.copy()
        self.ready: deque[Place] = deque()
        self.busy_s = 0.0
        self.tallies: dict[str, Tally] = {}  # by class of actor
        self.service_times: dict[type, float] = {}  # seconds by class of message, at its speed
        self.flying: Commit | None = None  # the group commit under way
        self.gathering = Commit(env, self)  # the one that comes next
        self.resting = Commit(env, self)  # free to be the one after

    def begin_commit(self) -> Commit:
        """Return the group commit that was gathering, under way from now on; gather another."""
        flying = self.gathering
        self.flying, self.gathering = flying, self.resting
        self.gathering.number = flying.number + 1
        return flying

    def reset(self) -> None:
        """Begin to count anew what its workers do."""
        self.busy_s = 0.0
        for tally in self.tallies.values():
            tally.reset()


class Cluster:
    """Nodes, and the placement of actors on them.

    Accounts are placed by consistent hashing, so that a node that joins moves few of them;
    a stock and its book stand on the same node; the rest lives on the first node.
    """

    def __init__(self, nodes: list[Node]) -> None:
        """Make a cluster of at least one node."""
        if not nodes:
            raise ValueError("a cluster needs at least one node")
        self.nodes = nodes
        ring = sorted(
            (_point(f"{node.name}#{n}"), number)
            for number, node in enumerate(nodes)
            for n in range(_POINTS_PER_NODE)
        )
        self._points = [point for point, _ in ring]
        self._owners = [nodes[number] for _, number in ring]

    def place(self, address: Address) -> Node:
        """Return the node on which the actor at an address lives."""
        kind, _, name = address.partition("/")
        if len(self.nodes) == 1 or not name:
            return self.nodes[0]
        key = address if kind == "account" else name
        return self._owners[bisect_right(self._points, _point(key)) % len(self._points)]


def _point(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
