"""The network of a faulty runtime: messages are lost, copied, delayed and overtaken."""

from __future__ import annotations

from copy import copy
from typing import Any

import msgspec

from actors.actor import MICROSECONDS
from actors.messages.base import Address, Message
from actors.runtimes.mailbox import LONGEST_WAY, Envelope
from simulation.cluster import Node, Place
from simulation.faults.fate import Fate
from simulation.faults.injector import Injector
from simulation.virtual_time import VirtualTimeRuntime

_encode = msgspec.msgpack.Encoder().encode


class FaultyNetwork(VirtualTimeRuntime):
    """Lets messages travel as an injector decides, from instant 0 on.

    Args:
        injector: Decides what goes wrong.
        is_encoded: Every message passes through its encoded form on its way, so that nothing
            is shared by reference.
        *arguments, **options: As for every runtime in virtual time.
    """

    def __init__(
        self, *arguments: Any, injector: Injector, is_encoded: bool = False, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.injector = injector
        injector.node_of = self.node_of
        self._is_encoded = is_encoded
        self._decoders: dict[type, Any] = {}
        self._held: dict[tuple[Address, Address], tuple[Node | None, Envelope]] = {}

    def node_of(self, address: Address) -> str:
        """Name the node that the actor at an address lives on; none for whoever is outside."""
        return "" if address in self.ports else self.cluster.place(address).name

    def send_traced(
        self, recipient: Address, message: Message, sender: Address, trace: int, network_s: float
    ) -> None:
        """Let a message from outside travel; what comes from no address is not disturbed."""
        if not sender:
            super().send_traced(recipient, message, sender, trace, network_s)
            return
        at_us = int(self.env._now * MICROSECONDS)
        for follow in self._on_asked:
            follow(sender, message, at_us)
        links = LONGEST_WAY if trace >= 0 else 0
        envelope = Envelope(message, sender, trace, 0.0, network_s, links=links)
        self._travel(None, recipient, envelope)

    def _leave(self, cell: Place, cause: Envelope, messages: list[tuple[Address, Message]]) -> None:
        """Let messages go on their way, wherever that leads."""
        link = cause if (links := cause.links) else None
        for recipient, message in messages:
            envelope = Envelope(
                message, cell.address, cause.trace, 0.0, cause.network_s, cause.mailbox_s,
                cause.worker_s, cause.service_s, cause.commit_s, link, links and links - 1,
            )  # fmt: skip
            self._travel(cell.node, recipient, envelope)

    def _travel(self, node: Node | None, recipient: Address, envelope: Envelope) -> None:
        """Let a message leave from a node or from outside, and overtake what it may overtake."""
        now_s = self.env._now
        if now_s < 0.0:
            self._arrive(node, recipient, envelope)
            return
        fate = self.injector.fate(envelope.sender, recipient, envelope.message, now_s)
        overtaken = self._held.pop((envelope.sender, recipient), None) if self._held else None
        if fate is None:
            self._arrive(node, recipient, envelope)
        else:
            self._suffer(fate, node, recipient, envelope)
        if overtaken is not None:
            self._let_go(recipient, *overtaken)

    def _suffer(
        self, fate: Fate, node: Node | None, recipient: Address, envelope: Envelope
    ) -> None:
        copies = [envelope, *(copy(envelope) for _ in fate.delays[1:])]
        left_s = max(0.0, self.injector.end_s - self.env._now)  # then everything heals
        for drawn_s, travelling in zip(fate.delays, copies, strict=False):
            delay_s = min(drawn_s, left_s)
            if fate.wait_s and travelling is envelope:
                self._hold(fate.wait_s + delay_s, node, recipient, envelope)
            elif delay_s:
                self._arrive_later(delay_s, node, recipient, travelling)
            else:
                self._arrive(node, recipient, travelling)

    def _hold(
        self, wait_s: float, node: Node | None, recipient: Address, envelope: Envelope
    ) -> None:
        """Keep a message until the next one on its link has overtaken it, or for a while."""
        link = envelope.sender, recipient
        envelope.stamp_s = self.env._now
        self._held[link] = node, envelope
        self._on_network += 1

        def give_up() -> None:
            held = self._held.get(link)
            if held is not None and held[1] is envelope:
                del self._held[link]
                self._let_go(recipient, node, envelope)

        self._after(wait_s, give_up)

    def _let_go(self, recipient: Address, node: Node | None, envelope: Envelope) -> None:
        self._on_network -= 1
        envelope.network_s += self.env._now - envelope.stamp_s
        self._arrive(node, recipient, envelope)

    def _arrive_later(
        self, delay_s: float, node: Node | None, recipient: Address, envelope: Envelope
    ) -> None:
        self._on_network += 1
        envelope.stamp_s = self.env._now
        self._after(delay_s, lambda: self._let_go(recipient, node, envelope))

    def _arrive(self, node: Node | None, recipient: Address, envelope: Envelope) -> None:
        """Let a message get there that comes from a node, or from outside."""
        if self._is_encoded:
            envelope.message = self.through_bytes(envelope.message)
        target = self.cells.get(recipient)
        if target is None:
            self._leave_cluster(recipient, envelope)
        elif node is None or target.node is node:
            self._enqueue(target, envelope)
        else:
            self._cross(target, envelope)

    def through_bytes(self, message: Any) -> Any:
        """Return a message as it is read from its encoded form."""
        kind = type(message)
        decoder = self._decoders.get(kind)
        if decoder is None:
            decoder = self._decoders[kind] = msgspec.msgpack.Decoder(kind)
        return decoder.decode(_encode(message))
