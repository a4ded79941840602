"""The runtime on threads: many actors on few workers, measured by the wall clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from time import perf_counter, sleep

from actors.actor import MICROSECONDS, Actor, Answer, Birth, Effects
from actors.messages.base import KINDS, Address, Message, is_message
from actors.runtimes.cell import Cell
from actors.runtimes.group import Group
from actors.runtimes.journal import Journal, JournalError
from actors.runtimes.mailbox import Envelope, Overflow
from actors.runtimes.runtime import HANDLER_WAITS, Runtime, logger
from actors.runtimes.timers import Timers

_BATCH = 32  # messages that a worker serves before the next mailbox has its turn
_POLL_S = 0.000_2


class ThreadRuntime(Runtime[Cell]):
    """Serves mailboxes on a few worker threads.

    A mailbox with messages waits in one queue; a worker takes it, serves a batch and puts it
    back. So an actor is served by one thread at a time, and no state needs a lock.

    Where the journal gathers (`Journal.is_gathering`), so does the runtime: what a handler sends
    is held back until the facts that it rests on are durable, and one commit serves all handlers
    since the last one. It comes when no mailbox is left to be served, after so many handlers, or
    after a few milliseconds. If it fails, everything stops: nobody has been told of it.

    Args:
        workers: Threads, at least 1. As long as Python runs one thread at a time, a second
            one costs more in hand-overs than it brings (measured: 0.45 to 0.6 of the throughput).
        journal, mailbox_capacity, overflow: As for every runtime.

    Attributes:
        on_halt: Called with the error when the journal fails and everything has stopped.
    """

    def __init__(
        self,
        workers: int = 1,
        journal: Journal | None = None,
        *,
        mailbox_capacity: int = 100_000,
        overflow: Overflow = Overflow.REFUSE_NEWEST,
    ) -> None:
        if workers < 1:
            raise ValueError(f"a runtime needs at least 1 worker, not {workers}")
        super().__init__(journal, mailbox_capacity=mailbox_capacity, overflow=overflow)
        # The clock goes on where it stood: within one journal it never goes back.
        self._origin_s = perf_counter() - self.journal.resumes_at_us / MICROSECONDS
        self._ready: SimpleQueue[Cell | None] = SimpleQueue()
        self._append_lock = threading.RLock()  # one order of facts, that of the append
        self._is_gathering = self.journal.is_gathering
        self._group = Group()
        self._halted: JournalError | None = None
        self.on_halt: list[Callable[[JournalError], None]] = []
        self._timers = Timers(lambda: self.now)
        self._is_closing = False
        self._broken: Exception | None = None
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{n}", daemon=True)
            for n in range(workers)
        ]
        for thread in self._threads:
            thread.start()
        self._worker_ids = frozenset(thread.ident for thread in self._threads)

    @property
    def now(self) -> float:
        """Wall-clock seconds, from where the journal's clock stood when this runtime was made."""
        return perf_counter() - self._origin_s

    def send(self, recipient: Address, message: Message, sender: Address = "") -> None:
        """Send a message from outside; it is not waited for."""
        self.send_traced(recipient, message, sender, -1)

    def send_traced(
        self, recipient: Address, message: Message, sender: Address, trace: int
    ) -> None:
        """Send a message from outside whose descendants carry a trace."""
        if sender and self._on_asked:
            self._tell(self._on_asked, sender, message)
        envelope = Envelope(message, sender, trace, self.now)
        cell = self.cells.get(recipient)
        if cell is not None:
            self._enqueue(cell, envelope)
        else:
            self._leave(recipient, envelope)

    def send_later(self, delay_s: float, recipient: Address, message: Message) -> None:
        """Send a message from outside after a delay of at least 0 seconds."""
        self._after(delay_s, lambda: self.send(recipient, message))

    def _after(self, delay_s: float, act: Callable[[], None]) -> None:
        self._timers.add(self.now + delay_s, act)

    def run_until_idle(self, timeout_s: float | None = None) -> None:
        """Wait until no message waits or is being handled.

        Raises:
            TimeoutError, RuntimeError: As for every runtime; or a follower or a port raised.
            JournalError: The journal could not be written, so everything has stopped.
        """
        self._refuse_in_handler()
        deadline_s = None if timeout_s is None else self.now + timeout_s
        while not self._is_idle():
            if deadline_s is not None and self.now > deadline_s:
                raise TimeoutError(f"still at work after {timeout_s:g} s")
            sleep(_POLL_S)
        self._refuse_if_halted()
        broken, self._broken = self._broken, None
        if broken is not None:
            raise RuntimeError("a follower or a port has raised") from broken

    def _refuse_if_halted(self) -> None:
        if self._halted is not None:
            raise self._halted

    def _is_idle(self) -> bool:
        # What was handled is read first: both only grow, so equal sums mean that all was
        # handled at the moment of the first reading, with nothing left that could send; what
        # had been sent and held back by then has left if nothing is gathered in between.
        cells = list(self.cells.values())
        handled = sum(cell.handled + cell.buried for cell in cells)
        return self._group.is_empty and handled == sum(cell.received for cell in cells)

    def work_for(self, answer: Answer, timeout_s: float | None = None) -> None:
        """Refuse if a handler asks; else the workers do the work."""
        self._refuse_in_handler()

    def _refuse_in_handler(self) -> None:
        if threading.get_ident() in self._worker_ids:
            raise RuntimeError(HANDLER_WAITS)

    def close(self) -> None:
        """Stop all actors and the threads, when all that is under way is done."""
        try:
            self.run_until_idle(timeout_s=60.0)
        finally:
            self._timers.close()
            self._is_closing = True
            for _ in self._threads:
                self._ready.put(None)
            for thread in self._threads:
                thread.join()
            self.stop_all()

    def _make_cell(self, actor: Actor, birth: Birth) -> Cell:
        return Cell(actor, birth, self.journal.open(birth.address))

    def _open(self, cell: Cell) -> None:
        with cell.lock:
            cell.scheduled = bool(cell.queue)
            if cell.queue:
                self._ready.put(cell)

    def _owes(self, cell: Cell) -> bool:
        return True  # a worker may be at it: only the actor itself may look

    def crash(self, address: Address) -> None:
        """Let an actor lose its memory and its mailbox; the journal stays."""
        with self._append_lock:  # what its handler does now comes before the crash, or is lost
            self._commit()
            super().crash(address)

    def restart(self, address: Address) -> None:
        """Bring an actor back from its journal, unless everything has stopped."""
        with self._append_lock:  # so that nothing stops in between
            self._refuse_if_halted()
            super().restart(address)

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Start several actors before any of them hears what another one sends."""
        with self._append_lock:
            self._group.kept_open += 1
            try:
                yield
            finally:
                self._group.kept_open -= 1
                self._commit()

    def _release(self, cell: Cell, cause: Envelope, effects: Effects) -> None:
        """Let what an actor does when it starts or recovers take effect."""
        with self._append_lock:
            self._refuse_if_halted()
            self._group.add(cell, cause, effects, self._write(cell, effects))
            if self._is_gathering and self._group.held:
                self._ready.put(None)  # a worker commits when it has nothing else to do
            else:
                self._commit()

    def _work(self) -> None:
        effects = Effects()
        ready, group = self._ready, self._group
        while True:
            if group.held and ready.empty():
                self._commit()
            cell = ready.get()
            if cell is not None:
                self._serve(cell, effects)
            elif self._is_closing:
                return

    def _serve(self, cell: Cell, effects: Effects) -> None:
        queue = cell.queue
        for _ in range(_BATCH):
            if not cell.alive:
                break
            try:
                envelope = queue.popleft()
            except IndexError:  # empty, or just emptied by a sender that made room
                break
            self._serve_one(cell, envelope, effects)
        with cell.lock:
            if queue and cell.alive:
                self._ready.put(cell)
            else:
                cell.scheduled = False

    def _serve_one(self, cell: Cell, envelope: Envelope, effects: Effects) -> None:
        origin_s = self._origin_s
        started_s = perf_counter() - origin_s
        waited_s = started_s - envelope.stamp_s
        envelope.mailbox_s += waited_s
        actor = cell.actor
        incarnation = cell.incarnation
        actor._effects = effects
        effects.now_s = started_s
        try:
            if type(envelope.message) in KINDS or is_message(envelope.message):
                actor.receive(envelope.message, envelope.sender)
            else:
                self._handle(cell, envelope)
            spent_s = perf_counter() - origin_s - started_s
            envelope.service_s += spent_s
            cell.busy_s += spent_s
            keep = self._keep if effects.facts or self._is_gathering else self._is_lost
            is_lost = keep(cell, incarnation, envelope, effects)
        except JournalError as error:
            effects.drop()
            self._halt(error)
        except Exception as error:
            effects.drop()
            self._fail(cell, envelope, error)
        else:
            if is_lost:
                effects.drop()
                self._dead_letter(envelope)
            else:
                self._publish(cell, envelope, effects, None)
        cell.waiting_s += waited_s
        cell.handled += 1

    def _is_lost(self, cell: Cell, incarnation: int, *_: object) -> bool:
        """Tell whether an actor crashed, or everything stopped, while its handler ran."""
        return cell.incarnation != incarnation or self._halted is not None

    def _keep(self, cell: Cell, incarnation: int, envelope: Envelope, effects: Effects) -> bool:
        """Append what a handler recorded, and tell those who read along; tell if it is lost."""
        with self._append_lock:
            if self._is_lost(cell, incarnation):
                return True
            if self._is_gathering:
                self._hold(cell, envelope, effects)
            else:
                batch = self.journal.append(cell.pen, effects.facts, cell.actor.state)
                self._tell_readers(cell, effects, batch)
        return False

    def _tell_readers(self, cell: Cell, effects: Effects, batch: bytes | None) -> None:
        facts, effects.facts = effects.facts, []
        at_us = int(effects.now_s * MICROSECONDS)
        try:
            for follow in self._on_appended:
                follow(cell.address, facts, at_us)
            for follow_bytes in self._on_wrote:
                follow_bytes(cell.address, batch or b"", at_us)
        except Exception as error:
            self._break(error)

    def _hold(self, cell: Cell, cause: Envelope, effects: Effects) -> None:
        """Append, and hold back what a handler did if it rests on what is not durable yet."""
        group = self._group
        batch = self._write(cell, effects)
        if batch is not None or cell in group.unsynced:
            group.add(cell, cause, effects, batch)
        if group.held and group.is_due(self.now):
            self._commit()

    def _commit(self) -> None:
        """Make what is gathered durable, tell those who read along, and let messages leave."""
        group = self._group
        with self._append_lock:
            if not group.held or group.kept_open:
                return
            try:
                self.journal.commit(int(self.now * MICROSECONDS))
            except JournalError as error:
                self._halt(error)
                return
            now_s = self.now
            with group.leaving() as held:
                for cell, cause, effects, batch in held:
                    cause.commit_s += now_s - effects.now_s
                    if effects.facts:
                        self._tell_readers(cell, effects, batch)
                    self._publish(cell, cause, effects, None)

    def _halt(self, error: JournalError) -> None:
        """Stop for good, as if the process had crashed: what is not durable has not happened."""
        with self._append_lock:
            if self._halted is not None:
                return
            self._halted = error
            self._group.drop()
            logger.critical("everything stops, as facts cannot be made durable: %s", error)
            for cell in list(self.cells.values()):
                cell.alive = False
                cell.incarnation += 1
                self._bury(cell)
        for tell in self.on_halt:
            tell(error)

    def _break(self, error: Exception) -> None:
        """Remember that somebody outside raised: no failure of an actor, and no run to trust."""
        logger.exception("somebody who reads along or is told things raised")
        if self._broken is None:
            self._broken = error

    def _publish(self, cell: Cell, cause: Envelope, effects: Effects, batch: bytes | None) -> None:
        if effects.messages:
            messages, effects.messages = effects.messages, []
            cells, now_s = self.cells, perf_counter() - self._origin_s
            for recipient, message in messages:
                envelope = Envelope(
                    message, cell.address, cause.trace, now_s, 0.0, cause.mailbox_s, 0.0,
                    cause.service_s, cause.commit_s,
                )  # fmt: skip
                target = cells.get(recipient)
                if target is not None:
                    self._enqueue(target, envelope)
                else:
                    self._leave(recipient, envelope)
        if effects.timers:
            timers, effects.timers = effects.timers, []
            for delay_s, message in timers:
                self._after(delay_s, partial(self._ring, cell, cell.incarnation, message))
        if effects.remind_s:
            self._arm(cell, effects.remind_s)
            effects.remind_s = 0.0

    def _leave(self, recipient: Address, envelope: Envelope) -> None:
        """Tell somebody outside."""
        port = self.ports.get(recipient)
        if port is None:
            self._dead_letter(envelope)
            return
        try:
            if self._on_told:
                self._tell(self._on_told, recipient, envelope.message)
            port(envelope)
        except Exception as error:
            self._break(error)

    def _tell(
        self,
        listeners: tuple[Callable[[Address, Message, int], None], ...],
        client: Address,
        message: Message,
    ) -> None:
        """Let those who read along know what a client asked or was told."""
        with self._append_lock:
            at_us = int(self.now * MICROSECONDS)
            for listen in listeners:
                listen(client, message, at_us)

    def _enqueue(self, cell: Cell, envelope: Envelope) -> None:
        with cell.lock:
            queue = cell.queue
            if not cell.alive:
                self._dead_letter(envelope)
                return
            depth = len(queue)
            if depth >= cell.mailbox.capacity and not self._make_room(cell, envelope):
                return
            queue.append(envelope)
            cell.received += 1
            if depth >= cell.depth_max:
                cell.depth_max = depth + 1
            if not cell.scheduled:
                cell.scheduled = True
                self._ready.put(cell)
