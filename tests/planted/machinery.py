"""Journals and runtimes with a bug, and actors that resend wrongly."""

from __future__ import annotations

from typing import Any

import msgspec

from actors.account import Account
from actors.account_state import AccountState
from actors.actor import Actor, Effects
from actors.domain.text_set import TextSet
from actors.messages.base import Address, Fact, Message
from actors.messages.facts import ReportConfirmed
from actors.order_book import BookState, OrderBook
from actors.runtimes.journal import MemoryJournal, Pen
from actors.runtimes.mailbox import Envelope, Mailbox
from planted.activation import act_up
from simulation.cluster import Commit, Place
from simulation.virtual_time import VirtualTimeRuntime

_FACTS_BEFORE_SNAPSHOT = 6
_TRIES = 6
_STATES: dict[str, type[Any]] = {"account": AccountState, "book": BookState}
_encode = msgspec.msgpack.Encoder().encode


class OftenTurning(MemoryJournal):
    """A right journal that turns facts into snapshots early, if it does so at all."""

    def append(self, pen: Pen, facts: list[Fact], state: msgspec.Struct) -> bytes:
        pen.pages.limit = min(pen.pages.limit, _FACTS_BEFORE_SNAPSHOT)
        return super().append(pen, facts, state)


class _SnapshotOmits(OftenTurning):
    def snapshot_of(self, address: Address) -> bytes | None:
        snapshot = super().snapshot_of(address)
        state_type = _STATES.get(address.partition("/")[0])
        if snapshot is None or state_type is None:
            return snapshot
        state = msgspec.msgpack.decode(snapshot, type=state_type)
        self.omit(state, super().facts_of(address))
        changed = _encode(state)
        if changed != _encode(msgspec.msgpack.decode(snapshot, type=state_type)):
            act_up()
        return changed

    def omit(self, state: Any, later: list[Fact]) -> None:
        """Leave something out; what `later` facts need is there, so that they can be applied."""
        raise NotImplementedError


class SnapshotOmitsDedupe(_SnapshotOmits):
    """A snapshot holds neither the commands that were answered nor the orders that have ended."""

    def omit(self, state: Any, later: list[Fact]) -> None:
        if isinstance(state, BookState):
            state.ended = TextSet()
        else:
            open_orders = state.open_orders.values()
            kept = {order.command_id for order in open_orders}
            kept.update(command for order in open_orders for command in order.cancels)
            state.commands = {key: state.commands[key] for key in state.commands if key in kept}


class SnapshotOmitsOutbox(_SnapshotOmits):
    """A snapshot does not hold what is not confirmed yet."""

    def omit(self, state: Any, later: list[Fact]) -> None:
        if isinstance(state, BookState):
            needed = {fact.order_id for fact in later if isinstance(fact, ReportConfirmed)}
            state.unconfirmed = {
                key: state.unconfirmed[key] for key in state.unconfirmed if key in needed
            }
        else:
            for order in state.open_orders.values():
                order.submitted = True


class SnapshotOmitsQueue(_SnapshotOmits):
    """A snapshot does not hold the queues of the orders that wait."""

    def omit(self, state: Any, later: list[Fact]) -> None:
        if isinstance(state, BookState):
            state.buys, state.sells = BookState().buys, BookState().sells


class RecoveryDropsLast(MemoryJournal):
    """A recovery leaves out the last fact of the journal."""

    def facts_of(self, address: Address) -> list[Fact]:
        facts = super().facts_of(address)
        if facts:
            act_up()
        return facts[:-1]


class NoFencing(MemoryJournal):
    """An incarnation may append although a later one has started."""

    def append(self, pen: Pen, facts: list[Fact], state: msgspec.Struct) -> bytes:
        if pen.epoch != pen.pages.epoch:
            act_up()
        return super().append(pen._replace(epoch=pen.pages.epoch), facts, state)


class SendsBeforeAppend(VirtualTimeRuntime):
    """What a handler sends leaves before its facts are in the journal."""

    _cause = Envelope(None)

    def _serve(self, cell: Place, envelope: Envelope, effects: Effects) -> None:
        self._cause = envelope
        super()._serve(cell, envelope, effects)

    def _write(self, cell: Any, effects: Effects) -> bytes | None:
        if effects.facts and effects.messages:
            act_up()
            messages, effects.messages = effects.messages, []
            self._leave(cell, self._cause, messages)
        return super()._write(cell, effects)


class SendsBeforeCommit(VirtualTimeRuntime):
    """What a handler sends does not wait for the group commit of its facts."""

    def _group(self, cell: Place, has_facts: bool) -> Commit | None:
        group = super()._group(cell, has_facts)
        if group is not None:
            act_up()
            if cell.node.flying is None:
                self._commit(cell.node)
        return None


class ServesBeforeRecovered(VirtualTimeRuntime):
    """After a crash the mailbox is opened first, and the journal is read a moment later."""

    _READS_AFTER_S = 0.5

    def rebuilt(self, address: Address) -> Actor:
        cell = self.cells[address]
        if cell.alive or not self.journal.knows(address):
            return super().rebuilt(address)
        act_up()
        incarnation = cell.incarnation
        self._after(self._READS_AFTER_S, lambda: self._read_late(cell, incarnation))
        return self._empty(cell)

    def _empty(self, cell: Place) -> Actor:
        right, self._restore = self._restore, _leave_empty  # type: ignore[method-assign]
        try:
            return super().rebuilt(cell.address)
        finally:
            self._restore = right  # type: ignore[method-assign]

    def _read_late(self, cell: Place, incarnation: int) -> None:
        if cell.alive and cell.incarnation == incarnation and cell.address in self.cells:
            self._restore(cell.actor)


def _leave_empty(actor: Actor) -> None:
    """Read nothing."""


class UnboundedMailbox(VirtualTimeRuntime):
    """A mailbox takes messages without end."""

    def make_mailbox(self) -> Mailbox:
        return Mailbox(10**9, self._overflow)

    def _wait_for_actor(self, cell: Place, envelope: Envelope) -> None:
        if len(cell.queue) >= self._capacity:
            act_up()
        super()._wait_for_actor(cell, envelope)


class _GivesUp(Actor):
    def resend(self) -> None:
        if self._resends < _TRIES:
            super().resend()
        elif self.outbox():
            act_up()


class AccountGivesUp(_GivesUp, Account):
    """After six resends without an answer, nothing is sent any more."""


class BookGivesUp(_GivesUp, OrderBook):
    """After six resends without an answer, nothing is reported any more."""


class _Storm(Actor):
    def resend(self) -> None:
        waiting = self.outbox()
        if waiting:
            act_up()
            for recipient, message in 20 * list(waiting.values()):
                self.send(recipient, message)
            self._effects.remind_s = 0.01


class AccountStorm(_Storm, Account):
    """What is not confirmed is sent twenty times every hundredth of a second."""


class BookStorm(_Storm, OrderBook):
    """Reports that are not confirmed are sent twenty times every hundredth of a second."""


class ForgetsToRemind(OrderBook):
    """A report that was lost on its way is not sent again before the next crash."""

    def promise(self, recipient: Address, message: Message) -> None:
        self.send(recipient, message)
        act_up()
