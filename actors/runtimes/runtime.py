"""The contract of a runtime, and what threads and virtual time have in common."""

from __future__ import annotations

import logging
import traceback
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, Generic, TypeVar

import msgspec
import pykka
from pykka import messages as pykka_messages
from pykka._envelope import Envelope as PykkaEnvelope

from actors.actor import MICROSECONDS, Actor, Answer, Birth, Effects, being_born
from actors.addresses import OPERATIONS
from actors.messages.base import Address, Fact, Message
from actors.messages.control import Remind
from actors.runtimes.cell import Cell
from actors.runtimes.journal import Fenced, Journal, MemoryJournal
from actors.runtimes.mailbox import Envelope, Mailbox, Overflow
from actors.runtimes.reminders import Reminders
from actors.runtimes.supervision import Failure, Supervisor

logger = logging.getLogger("openoutcry.actors")

HANDLER_WAITS = "a handler must not wait for an answer; handle it when it comes"

_REMIND = Remind()

Port = Callable[[Envelope], None]
"""Somebody outside who is told things: called with the envelope when the message leaves."""


CellT = TypeVar("CellT", bound=Cell)


class Runtime(ABC, Generic[CellT]):
    """Serves the mailboxes of actors, one message at a time each.

    Args:
        journal: Where facts become durable; by default in memory.
        mailbox_capacity: Messages a mailbox holds at most.
        overflow: What becomes of a message that finds its mailbox full.
    """

    def __init__(
        self,
        journal: Journal | None = None,
        *,
        mailbox_capacity: int = 100_000,
        overflow: Overflow = Overflow.REFUSE_NEWEST,
    ) -> None:
        self.journal: Journal = journal or MemoryJournal()
        self.cells: dict[Address, CellT] = {}
        self.ports: dict[Address, Port] = {}
        self.supervisor = Supervisor()
        self._counting = Lock()
        self.dead_letters: Counter[str] = Counter()  # by class of message
        self._on_appended: tuple[Callable[[Address, Sequence[Fact], int], None], ...] = ()
        self._on_wrote: tuple[Callable[[Address, bytes, int], None], ...] = ()
        self._on_took_over: tuple[Callable[[Address, int, int], None], ...] = ()
        self._on_asked: tuple[Callable[[Address, Message, int], None], ...] = ()
        self._on_told: tuple[Callable[[Address, Message, int], None], ...] = ()
        self.ports[OPERATIONS] = lambda envelope: self.supervisor.take_alarm(envelope.message)
        self._reminders: Reminders[CellT] = Reminders(self._after, self._remind)
        self._capacity = mailbox_capacity
        self._overflow = overflow
        self._asked = 0

    @property
    @abstractmethod
    def now(self) -> float:
        """Seconds on this runtime's clock."""

    @abstractmethod
    def send(self, recipient: Address, message: Message, sender: Address = "") -> None:
        """Send a message from outside; it is not waited for."""

    @abstractmethod
    def send_later(self, delay_s: float, recipient: Address, message: Message) -> None:
        """Send a message from outside after a delay of at least 0 seconds."""

    @abstractmethod
    def run_until_idle(self, timeout_s: float | None = None) -> None:
        """Work until no message is on its way; timers that are not due yet do not count.

        Raises:
            TimeoutError: `timeout_s` wall-clock seconds were not enough.
        """

    @abstractmethod
    def work_for(self, answer: Answer, timeout_s: float | None = None) -> None:
        """Do what is needed for an answer to come, for so many wall-clock seconds at most.

        Raises:
            RuntimeError: A handler of this runtime asks.
            pykka.Timeout: Nothing is left to do, so none will come, or the time is over.
        """

    @abstractmethod
    def _refuse_in_handler(self) -> None:
        """Raise RuntimeError if it is a handler that calls: actors do not wait for each other."""

    @abstractmethod
    def _enqueue(self, cell: CellT, envelope: Envelope) -> None:
        """Put an envelope into a mailbox and see to it that the actor is served."""

    @abstractmethod
    def _after(self, delay_s: float, act: Callable[[], None]) -> None:
        """Act after a delay of at least 0 seconds."""

    def _arm(self, cell: CellT, delay_s: float) -> None:
        """See to it that an actor is reminded, unless that is under way."""
        if not cell.reminded:
            cell.reminded = True
            self._reminders.add(cell, self.now, delay_s)

    def _remind(self, cell: CellT, incarnation: int) -> None:
        """Remind an actor if something in its outbox is not confirmed."""
        if cell.incarnation == incarnation:
            cell.reminded = False
            if cell.alive and self._owes(cell):
                self._ring(cell, incarnation, _REMIND)

    def _ring(self, cell: CellT, incarnation: int, message: Message) -> None:
        """Let an actor hear what its own timer says; timers do not outlive a crash."""
        if cell.incarnation == incarnation:
            self._enqueue(cell, Envelope(message, cell.address, stamp_s=self.now))

    def _owes(self, cell: CellT) -> bool:
        """Tell whether an actor may have something unconfirmed; called between its handlers."""
        return bool(cell.actor.outbox())

    def _release(self, cell: CellT, cause: Envelope, effects: Effects) -> None:
        """Let the effects of a handler that returned take effect: facts first."""
        self._publish(cell, cause, effects, self._write(cell, effects))

    def _write(self, cell: CellT, effects: Effects) -> bytes | None:
        """Append the facts of a handler that returned, and return the batch if there is one."""
        if not effects.facts:
            return None
        return self.journal.append(cell.pen, effects.facts, cell.actor.state)

    @abstractmethod
    def _publish(self, cell: CellT, cause: Envelope, effects: Effects, batch: bytes | None) -> None:
        """Tell those who read along what was appended, and let messages and timers leave."""

    @abstractmethod
    def close(self) -> None:
        """Stop all actors and whatever serves them."""

    def follow(self, follower: object) -> None:
        """Let somebody read along from here on: a `Follower`, or a part of one."""
        for listeners in ("appended", "wrote", "took_over", "asked", "told"):
            listen = getattr(follower, listeners, None)
            if listen is not None:
                name = f"_on_{listeners}"
                setattr(self, name, (*getattr(self, name), listen))

    def spawn(
        self, address: Address, actor_class: type[Actor], *arguments: Any
    ) -> pykka.ActorRef[Any]:
        """Start an actor, or bring it back from its journal if it has one there.

        Args:
            address: Where messages find it; must be free.
            actor_class: What it is.
            arguments: Given to its constructor, now and at every restart.

        Raises:
            ValueError: The address is taken.
        """
        if address in self.cells or address in self.ports:
            raise ValueError(f"the address {address!r} is taken")
        token = being_born.set(Birth(self, address, arguments))
        try:
            return actor_class.start(*arguments)
        finally:
            being_born.reset(token)

    def attach(self, address: Address, port: Port) -> None:
        """Let somebody outside be told what is sent to an address."""
        if address in self.cells or address in self.ports:
            raise ValueError(f"the address {address!r} is taken")
        self.ports[address] = port

    def ask(self, recipient: Address, message: Message, timeout_s: float | None = None) -> Any:
        """Send a message from outside and wait for the first message that comes back.

        Raises:
            KeyError: Nobody is at this address.
            pykka.Timeout: No answer within `timeout_s` wall-clock seconds, or none can come.
        """
        if recipient not in self.cells:
            raise KeyError(f"no actor at {recipient!r}")
        return self.cells[recipient].actor.actor_ref.ask(message, timeout=timeout_s)

    def make_mailbox(self) -> Mailbox:
        """Make the mailbox of an actor that is being born."""
        return Mailbox(self._capacity, self._overflow)

    def adopt(self, actor: Actor, birth: Birth) -> None:
        """Take an actor that was just started, and serve its mailbox from now on."""
        cell = self._make_cell(actor, birth)
        self.cells[birth.address] = cell
        cell.mailbox.door = lambda envelope: self._from_pykka(cell, envelope)
        try:
            self._restore(actor)
            self._wake(cell)
        except Exception:
            actor._effects.drop()
            self.stop(birth.address)
            raise
        self._open(cell)

    def _wake(self, cell: CellT) -> None:
        """Let an actor begin, or go on where its journal ends."""
        actor = cell.actor
        actor._effects.now_s = self.now
        if self.journal.knows(cell.address):
            actor.on_recovered()
        else:  # it has never recorded anything, or a crash has lost all of it
            actor.on_start()
        self._release(cell, Envelope(None), actor._effects)

    @abstractmethod
    def _open(self, cell: CellT) -> None:
        """Let an actor that has started be served, beginning with what waits already."""

    @abstractmethod
    def _make_cell(self, actor: Actor, birth: Birth) -> CellT:
        """Make the cell of an actor that was just started."""

    def _restore(self, actor: Actor) -> None:
        """Fold an actor's journal into its state."""
        snapshot = self.journal.snapshot_of(actor.address)
        if snapshot is not None:
            actor.state = msgspec.msgpack.decode(snapshot, type=actor.state_type)
            actor.derive()
        for fact in self.journal.facts_of(actor.address):
            actor.apply(fact)

    def rebuilt(self, address: Address) -> Actor:
        """Return a second, silent copy of an actor, made from its journal alone."""
        cell = self.cells[address]
        token = being_born.set(Birth(self, address, cell.arguments))
        try:
            actor = cell.actor_class(*cell.arguments)
        finally:
            being_born.reset(token)
        self._restore(actor)
        return actor

    def stop(self, address: Address) -> None:
        """Stop an actor for good; what still comes for it is a dead letter."""
        cell = self.cells.pop(address)
        cell.alive = False
        self._bury(cell)
        cell.actor._stop()

    def stop_all(self) -> None:
        """Stop every actor, in the order of their start."""
        for address in list(self.cells):
            self.stop(address)

    def crash(self, address: Address) -> None:
        """Let an actor lose its memory and its mailbox; the journal stays."""
        cell = self.cells[address]
        cell.alive = False
        cell.incarnation += 1
        self._bury(cell)

    def restart(self, address: Address) -> None:
        """Bring an actor back from its journal."""
        cell = self.cells[address]
        self._replace(cell)
        cell.reminded = False
        cell.restarts += 1
        incarnation = cell.incarnation
        self._wake(cell)
        cell.alive = cell.incarnation == incarnation  # else it has crashed again

    def _replace(self, cell: CellT) -> None:
        """Put a fresh actor, made from the journal, where the old one was."""
        old = cell.actor
        cell.actor = self.rebuilt(cell.address)
        cell.actor.actor_inbox = cell.mailbox
        cell.actor._actor_ref = old._actor_ref
        cell.actor.actor_stopped = old.actor_stopped
        cell.actor.actor_urn = old.actor_urn
        cell.pen = self.journal.open(cell.address)
        self._tell_writer(cell)

    def _tell_writer(self, cell: CellT) -> None:
        at_us = int(self.now * MICROSECONDS)
        for follow in self._on_took_over:
            follow(cell.address, cell.pen.epoch, at_us)

    def _fail(self, cell: CellT, envelope: Envelope, error: Exception) -> None:
        """Restart an actor whose handler raised: it has done nothing, and it is reported.

        One that was refused the append is left alone: a later incarnation has its place.
        """
        if isinstance(error, Fenced):
            self.supervisor.fenced += 1
            return
        where = traceback.extract_tb(error.__traceback__)[-1]
        self.supervisor.report(
            Failure(
                cell.address,
                type(envelope.message).__name__,
                f"{type(error).__name__}: {error}",
                f"{where.filename}:{where.lineno}",
                self.now,
            )
        )
        if envelope.answer is not None:
            envelope.answer.set_exception((type(error), error, error.__traceback__))
        if self.cells.get(cell.address) is not cell:
            return  # it was stopped in the meantime
        try:
            self.restart(cell.address)
        except Exception:
            logger.exception("%s cannot be brought back from its journal; stopped", cell.address)
            self.stop(cell.address)

    def _bury(self, cell: CellT) -> None:
        with cell.lock:
            cell.buried += len(cell.queue)
            lost = list(cell.queue)
            cell.queue.clear()
        for envelope in lost:
            self._dead_letter(envelope)

    def _dead_letter(self, envelope: Envelope) -> None:
        with self._counting:
            self.dead_letters[type(envelope.message).__name__] += 1
        if envelope.answer is not None:
            error = pykka.ActorDeadError("nobody is at this address any more")
            envelope.answer.set_exception((pykka.ActorDeadError, error, None))

    def _make_room(self, cell: CellT, envelope: Envelope) -> bool:
        """Apply the overflow policy of a full mailbox; tell whether the newcomer may stay.

        What an actor says to itself may: nobody else would say it again.
        """
        if envelope.sender == cell.address:
            return True
        cell.refused += 1
        if self._overflow is Overflow.DROP_OLDEST:
            own: list[Envelope] = []
            with suppress(IndexError):  # a worker has just made room
                while (oldest := cell.queue.popleft()).sender == cell.address:
                    own.append(oldest)
                self._dead_letter(oldest)
                cell.buried += 1
            cell.queue.extendleft(reversed(own))
            return True
        self._dead_letter(envelope)
        return False

    def _from_pykka(self, cell: CellT, parcel: PykkaEnvelope[Any]) -> None:
        """Take what somebody outside told or asked an actor through its `ActorRef`."""
        answer = parcel.reply_to
        if answer is not None:
            self._refuse_in_handler()
        sender = "" if answer is None else self._reply_port(answer)
        self._enqueue(cell, Envelope(parcel.message, sender, -1, self.now, answer=answer))

    def _reply_port(self, answer: pykka.Future[Any]) -> Address:
        """Attach a port for one answer, and return its address."""
        self._asked += 1
        address = f"ask/{self._asked}"

        def take(envelope: Envelope) -> None:
            if self.ports.pop(address, None) is not None:
                answer.set(envelope.message)

        if isinstance(answer, Answer):
            answer.runtime = self
        self.attach(address, take)
        return address

    def _handle(self, cell: CellT, envelope: Envelope) -> None:
        """Let an actor handle a message of Pykka's own: a call through a proxy, or to stop."""
        if isinstance(envelope.message, pykka_messages._ActorStop):
            self.stop(cell.address)
            if envelope.answer is not None:
                self.ports[envelope.sender](Envelope(None))
            return
        value = cell.actor._handle_receive(envelope.message)
        if envelope.answer is not None and envelope.sender in self.ports:
            self.ports[envelope.sender](Envelope(value))
