"""Runtimes in virtual time that note every hop of one command, and cost nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from actors.account_state import AccountState
from actors.actor import Effects
from actors.messages.base import Address, Message
from actors.runtimes.mailbox import Envelope
from simulation.cluster import Place
from simulation.faults.runtime import FaultyRuntime
from simulation.journeys import Hop, Outcome, Sent
from simulation.virtual_time import VirtualTimeRuntime

_PARTS: Final = ("network_s", "mailbox_s", "worker_s", "service_s", "commit_s")


class Target(NamedTuple):
    """What is traced.

    Attributes:
        traces: Rows of the workload: the command, and those that would cancel its order.
        order_id: The order that it placed; empty if none.
        actors: Addresses of the account and the book of the order, where hops of others, such
            as ticks, may move it.
        account: Address of the account.
    """

    traces: frozenset[int]
    order_id: str
    actors: frozenset[Address]
    account: Address

    def is_meant(self, thing: object) -> bool:
        """Tell whether a message or fact names the order."""
        return bool(self.order_id) and getattr(thing, "order_id", None) == self.order_id


class _OnItsWay:
    """A message that is traced, from its sending on."""

    def __init__(self, message: Any, cause: int, sent: Sent | None) -> None:
        self.message = message  # kept, so that its identity is nobody else's
        self.cause = cause
        self.sent = sent
        self.has_left = False
        self.spent = (0.0,) * len(_PARTS)
        self.has_arrived = False


class Tracing(VirtualTimeRuntime):
    """Notes each hop of its target; a runtime without a target does as it always does.

    Attributes:
        target: What to trace.
        hops: What was noted, in the order in which hops ended.
    """

    target: Target | None = None
    hops: list[Hop]

    def trace(self, target: Target) -> None:
        """Begin to trace."""
        self.target = target
        self.hops = []
        self._ways: dict[tuple[int, Address], _OnItsWay] = {}

    def is_under_way(self) -> bool:
        """Tell whether a traced message has left and not arrived."""
        return any(way.has_left and not way.has_arrived for way in self._ways.values())

    def send_traced(
        self, recipient: Address, message: Message, sender: Address, trace: int, network_s: float
    ) -> None:
        """Deliver a message from outside; one of the target is traced from its intended start."""
        if self.target is not None and sender and trace in self.target.traces:
            self._track(recipient, message, -1, None).has_left = True
        super().send_traced(recipient, message, sender, trace, network_s)

    def _track(self, recipient: Address, message: Any, cause: int, sent: Sent | None) -> _OnItsWay:
        way = self._ways[id(message), recipient] = _OnItsWay(message, cause, sent)
        return way

    def _publish(self, cell: Place, cause: Envelope, effects: Effects, batch: bytes | None) -> None:
        if self.target is not None and self._is_about(cell, cause, effects):
            self._note_handled(self.target, cell, cause, effects)
        super()._publish(cell, cause, effects, batch)

    def _is_about(self, cell: Place, cause: Envelope, effects: Effects) -> bool:
        target = self.target
        assert target is not None
        if cause.trace in target.traces or (id(cause.message), cell.address) in self._ways:
            return True
        return cell.address in target.actors and (
            any(map(target.is_meant, effects.facts))
            or any(target.is_meant(message) for _, message in effects.messages)
        )

    def _note_handled(self, target: Target, cell: Place, cause: Envelope, effects: Effects) -> None:
        hop = self._note(cell.address, cause, self.env._now, cell.node.name)
        is_own = cause.trace in target.traces or target.is_meant(cause.message)
        facts = [fact for fact in effects.facts if is_own or target.is_meant(fact)]
        hop.facts = [(type(fact).__name__, _fields(fact)) for fact in facts]
        hop.others = len(effects.facts) - len(facts)
        for recipient, message in effects.messages:
            if is_own or target.is_meant(message):
                sent = Sent(recipient, type(message).__name__)
                hop.sends.append(sent)
                self._track(recipient, message, hop.number, sent)
        state: Any = cell.actor.state
        if cell.address == target.account and isinstance(state, AccountState):
            hop.cash, hop.held = state.cash, state.held

    def _leave(self, cell: Place, cause: Envelope, messages: list[tuple[Address, Message]]) -> None:
        if self.target is not None:
            for way in self._ways_of(messages):
                way.has_left = True
                way.spent = _spent(cause)
                if way.sent is not None:
                    way.sent.has_left = True
                    hop = self.hops[way.cause]
                    hop.commit_s = max(hop.commit_s, self.env._now - hop.at_s)
        super()._leave(cell, cause, messages)

    def _ways_of(self, messages: Sequence[tuple[Address, Message]]) -> Iterator[_OnItsWay]:
        for recipient, message in messages:
            way = self._ways.get((id(message), recipient))
            if way is not None:
                yield way

    def _leave_cluster(self, recipient: Address, envelope: Envelope) -> None:
        super()._leave_cluster(recipient, envelope)
        if self._is_traced(recipient, envelope) and recipient in self.ports:
            self._note(recipient, envelope, envelope.stamp_s, "", "told")

    def _fail(self, cell: Place, envelope: Envelope, error: Exception) -> None:
        if self._is_traced(cell.address, envelope):
            self._note(cell.address, envelope, self.env._now, cell.node.name, "crashed")
        super()._fail(cell, envelope, error)

    def _dead_letter(self, envelope: Envelope) -> None:
        if self.target is not None and envelope.trace in self.target.traces:
            self._note("", envelope, self.env._now, "", "lost")
        super()._dead_letter(envelope)

    def _is_traced(self, recipient: Address, envelope: Envelope) -> bool:
        return self.target is not None and (id(envelope.message), recipient) in self._ways

    def _note(
        self, actor: Address, envelope: Envelope, at_s: float, node: str,
        outcome: Outcome = "handled",
    ) -> Hop:  # fmt: skip
        """Note that a hop has ended, with the parts of it that are not its sender's."""
        way = self._ways.get((id(envelope.message), actor)) or _OnItsWay(None, -1, None)
        way.has_arrived = True
        spent = (now - before for now, before in zip(_spent(envelope), way.spent, strict=True))
        network_s, mailbox_s, worker_s, service_s, _ = map(_clean, spent)
        sent_s = at_s - (network_s + mailbox_s + worker_s + service_s)
        message = envelope.message
        hop = Hop(
            len(self.hops), way.cause, envelope.sender, actor, node,
            "" if message is None else type(message).__name__, _fields(message),
            sent_s, network_s, mailbox_s, worker_s, service_s, at_s, outcome=outcome,
        )  # fmt: skip
        self.hops.append(hop)
        return hop


class TracedRuntime(Tracing):
    """The runtime in virtual time, traced."""


class TracedFaultyRuntime(Tracing, FaultyRuntime):
    """The runtime on which things go wrong, traced."""


def _spent(envelope: Envelope) -> tuple[float, ...]:
    return tuple(getattr(envelope, part) for part in _PARTS)


def _clean(seconds: float) -> float:
    """Return a difference of sums without what rounding has left of nothing."""
    return seconds if seconds > 1e-9 else 0.0


def _fields(thing: Any) -> dict[str, Any]:
    if not isinstance(thing, msgspec.Struct):
        return {}
    return dict(msgspec.to_builtins(msgspec.structs.asdict(thing), enc_hook=str))
