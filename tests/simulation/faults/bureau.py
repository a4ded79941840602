"""A runtime on which things go wrong, with scribes on it who keep what they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from actors.actor import Actor, Outbox
from actors.messages.base import Address, Fact, Message
from actors.messages.control import Remind
from actors.runtimes.mailbox import Envelope
from simulation.clock import Clock
from simulation.cluster import Cluster, Node
from simulation.faults import FaultyRuntime, Injector, SimulatedDisk
from simulation.plan import FaultPlan

CLIENT = "client"
SERVICE_S = 0.001


class Note(Message, frozen=True):
    """Ask a scribe to keep a word, and to pass it on by way of others."""

    word: str
    hops: tuple[Address, ...] = ()
    copies: int = 1


class Confirm(Message, frozen=True):
    """Tell a scribe that a word has been kept by the next one."""

    word: str


class Kept(Fact, frozen=True):
    """A word was kept."""

    word: str
    hops: tuple[Address, ...]
    clock_s: float


class Confirmed(Fact, frozen=True):
    """The next one is known to have kept a word."""

    word: str


class Words(msgspec.Struct, array_like=True):
    """What a scribe durably knows."""

    kept: list[str] = []
    owed: dict[str, Address] = {}
    clocks: list[float] = []


class Scribe(Actor):
    """Keeps each word once, passes it on until that is confirmed, or tells the client."""

    state_type = Words
    state: Words

    def receive(self, message: Any, sender: Address) -> None:
        match message:
            case Note():
                self.keep(message, sender)
            case Confirm():
                if message.word in self.state.owed:
                    self.record(Confirmed(message.word))
            case Remind():
                self.resend()

    def keep(self, note: Note, sender: Address) -> None:
        if note.word not in self.state.kept:
            self.record(Kept(note.word, note.hops, self.now))
            if note.hops:
                self.promise(note.hops[0], Note(note.word, note.hops[1:]))
        if not note.hops:
            for _ in range(note.copies):
                self.send(CLIENT, Note(note.word))
        if sender != CLIENT:
            self.send(sender, Confirm(note.word))

    def outbox(self) -> Outbox:
        return {word: (hop, Note(word)) for word, hop in self.state.owed.items()}

    def apply(self, fact: Any) -> None:
        match fact:
            case Kept():
                self.state.kept.append(fact.word)
                self.state.clocks.append(fact.clock_s)
                if fact.hops:
                    self.state.owed[fact.word] = fact.hops[0]
            case Confirmed():
                del self.state.owed[fact.word]


class Founder(Scribe):
    """A scribe that keeps a word when it begins, and never again."""

    def on_start(self) -> None:
        self.record(Kept("founded", (), self.now))


class Bureau:
    """A faulty runtime with scribes, a client, and a follower that reads along."""

    def __init__(
        self,
        *faults: FaultPlan,
        scribes: Sequence[Address] = ("a", "b"),
        nodes: int = 1,
        seed: int = 1,
        end_s: float = 100.0,
        **options: Any,
    ) -> None:
        clock = Clock(initial_time=-1.0)
        machines = [Node(clock, f"node-{n}", 2) for n in range(1, nodes + 1)]
        self.injector = Injector(seed, faults, end_s)
        self.disk = SimulatedDisk(fact_types=Kept | Confirmed)
        self.runtime = FaultyRuntime(
            clock,
            Cluster(machines),
            service_times={"default": SERVICE_S},
            journal=self.disk,
            injector=self.injector,
            **options,
        )
        self.heard: list[tuple[float, str]] = []
        self.facts: list[tuple[Address, Fact]] = []
        self.envelopes: list[Envelope] = []
        self.runtime.attach(CLIENT, self.take)
        self.runtime.follow(self)
        for scribe in scribes:
            self.runtime.spawn(scribe, Scribe)
        self.runtime.env.run(until=0.0)

    def take(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)
        self.heard.append((round(envelope.stamp_s, 6), envelope.message.word))

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        self.facts += [(address, fact) for fact in facts]

    def say(self, at_s: float, word: str, *path: Address, copies: int = 1) -> None:
        """Let the client send a word along a path of scribes, at an instant."""
        note = Note(word, tuple(path[1:]), copies)
        delay_s = at_s - self.runtime.now
        self.runtime._after(
            delay_s, lambda: self.runtime.send_traced(path[0], note, CLIENT, -1, 0.0)
        )

    def found(self, at_s: float, address: Address) -> None:
        """Let a founder begin, at an instant."""

        def begin() -> None:
            self.runtime.spawn(address, Founder)

        self.runtime._after(at_s - self.runtime.now, begin)

    def run(self, until_s: float = 100.0) -> Bureau:
        self.runtime.env.run(until=until_s)
        return self

    @property
    def words(self) -> list[str]:
        """What the client was told, in order."""
        return [word for _, word in self.heard]

    @property
    def fired(self) -> list[str]:
        return [fired.name for fired in self.injector.fired]

    def kept_by(self, scribe: Address) -> list[str]:
        return list(self.runtime.cells[scribe].actor.state.kept)
