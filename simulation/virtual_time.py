"""The runtime in virtual time: the same actors, driven by a SimPy environment.

A message costs, in this order: network delay, waiting for the actor, waiting for a worker of its
node, service time, at whose end its handler runs, and the group commit of the facts that this has
recorded. Each part is booked to the command that the message descends from, so the parts of an
answer's envelope sum to its latency.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import copy
from functools import partial
from heapq import heappush
from typing import Any

import pykka
from simpy import Environment, Event
from simpy.core import EmptySchedule
from simpy.events import NORMAL

from actors.actor import MICROSECONDS, Actor, Answer, Birth, Effects
from actors.messages.base import KINDS, Address, Fact, Message, is_message
from actors.runtimes.journal import Journal
from actors.runtimes.mailbox import LONGEST_WAY, Envelope, Overflow
from actors.runtimes.runtime import HANDLER_WAITS, Runtime
from simulation.clock import Clock, Later
from simulation.cluster import Cluster, Commit, Node, Place, Worker
from simulation.service_times import load_service_times


class VirtualTimeRuntime(Runtime[Place]):
    """Serves mailboxes in virtual time.

    Args:
        env: The environment whose clock counts.
        cluster: Where actors live; by default one node with two workers.
        service_times: Seconds by class name of a message, under `default` for any other;
            by default the built-in calibration.
        service_factor: Draws what each service time is multiplied by, with a mean of 1; or none.
        commit_s: Time of one group commit of a node's journal; at 0 facts are durable at once.
        client_delay_s: One way between a client and the cluster, where `client_delays` has none.
        node_delay_s: One way between two nodes; within a node a message arrives at once.
        client_delays: One way between the cluster and the client of each trace, in seconds.
        journal, mailbox_capacity, overflow: As for every runtime.
    """

    def __init__(
        self,
        env: Environment | None = None,
        cluster: Cluster | None = None,
        *,
        service_times: dict[str, float] | None = None,
        service_factor: Callable[[], float] | None = None,
        commit_s: float = 0.0,
        client_delay_s: float = 0.0,
        node_delay_s: float = 0.000_2,
        client_delays: Sequence[float] = (),
        journal: Journal | None = None,
        mailbox_capacity: int = 100_000,
        overflow: Overflow = Overflow.REFUSE_NEWEST,
    ) -> None:
        super().__init__(journal, mailbox_capacity=mailbox_capacity, overflow=overflow)
        self.env = env or Clock()
        self.cluster = cluster or Cluster([Node(self.env, "node-1", workers=2)])
        self.commit_s = commit_s
        self.client_delay_s = client_delay_s
        self.client_delays = client_delays
        self.node_delay_s = node_delay_s
        times = load_service_times() if service_times is None else service_times
        self._service_times_by_name = times
        self._service_factor = service_factor
        self._events = self.env._queue
        self._event_ids = self.env._eid
        self._on_completion: list[Callable[[Any], None]] = [self._complete]
        self._on_commit: list[Callable[[Any], None]] = [self._committed]
        self._on_network = 0  # messages between two nodes
        self._serving: Place | None = None
        self._effects = Effects()  # lent to every actor: one is served at a time

    @property
    def now(self) -> float:
        """Virtual seconds."""
        return float(self.env.now)

    def send(self, recipient: Address, message: Message, sender: Address = "") -> None:
        """Send a message from outside; it arrives at once."""
        self.send_traced(recipient, message, sender, -1, 0.0)

    def send_traced(
        self, recipient: Address, message: Message, sender: Address, trace: int, network_s: float
    ) -> None:
        """Deliver a message from outside that has spent `network_s` on its way until now."""
        if sender and self._on_asked:
            at_us = int(self.env._now * MICROSECONDS)
            for follow in self._on_asked:
                follow(sender, message, at_us)
        cell = self.cells.get(recipient)
        envelope = Envelope(message, sender, trace, 0.0, network_s)
        if cell is None:
            self._leave_cluster(recipient, envelope)
        else:
            self._enqueue(cell, envelope)

    def send_later(self, delay_s: float, recipient: Address, message: Message) -> None:
        """Send a message from outside after a delay of at least 0 seconds."""
        self._after(delay_s, lambda: self.send(recipient, message))

    def _after(self, delay_s: float, act: Callable[[], None]) -> None:
        if delay_s < 0.0:
            raise ValueError(f"a delay of {delay_s:g} s lies in the past")
        due_s = self.env._now + delay_s
        entry: Any = (due_s, NORMAL, next(self._event_ids), Later(act))
        heappush(self._events, entry)

    def run_until_idle(self, timeout_s: float | None = None) -> None:
        """Step the environment until no message is on its way."""
        self._refuse_in_handler()
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        while not self.is_idle():
            self.env.step()
            if deadline_s is not None and time.monotonic() > deadline_s:
                raise TimeoutError(f"still at work after {timeout_s:g} s")

    def is_idle(self) -> bool:
        """Tell whether nothing is under way; an actor waits only while no worker is idle."""
        return not self._on_network and all(
            len(node.idle) == node.workers and node.flying is None and not node.gathering.waiting
            for node in self.cluster.nodes
        )

    def work_for(self, answer: Answer, timeout_s: float | None = None) -> None:
        """Step the environment until an answer is there."""
        self._refuse_in_handler()
        begun_s = time.monotonic()
        try:
            while not answer.is_set():
                self.env.step()
                if timeout_s is not None and time.monotonic() > begun_s + timeout_s:
                    raise pykka.Timeout(f"no answer has come within {timeout_s:g} s")
        except EmptySchedule:
            raise pykka.Timeout("nothing is left to do, and no answer has come") from None

    def close(self) -> None:
        """Stop all actors."""
        self.stop_all()

    def _refuse_in_handler(self) -> None:
        if self._serving is not None:
            raise RuntimeError(HANDLER_WAITS)

    def _make_cell(self, actor: Actor, birth: Birth) -> Place:
        actor._effects = self._effects
        pen = self.journal.open(birth.address)
        return Place(actor, birth, pen, self.cluster.place(birth.address))

    def _open(self, cell: Place) -> None:
        cell.scheduled = False
        waiting = list(cell.queue)
        cell.queue.clear()
        for envelope in waiting:
            self._enqueue(cell, envelope)

    def _replace(self, cell: Place) -> None:
        super()._replace(cell)
        cell.actor._effects = self._effects

    def _enqueue(self, cell: Place, envelope: Envelope) -> None:
        if not cell.alive:
            self._dead_letter(envelope)
        elif cell.scheduled:
            self._wait_for_actor(cell, envelope)
        else:
            cell.scheduled = True
            node = cell.node
            if node.idle:
                self._start(node.idle.pop(), cell, envelope, self.env._now)
            else:
                envelope.stamp_s = cell.ready_s = self.env._now
                cell.queue.append(envelope)
                node.ready.append(cell)

    def _wait_for_actor(self, cell: Place, envelope: Envelope) -> None:
        """Put a message behind those that wait for a busy actor."""
        queue = cell.queue
        depth = len(queue) + 1
        if depth > cell.mailbox.capacity:
            if not self._make_room(cell, envelope):
                return
            depth -= 1
        cell.tally.depth_max = max(cell.tally.depth_max, depth)
        envelope.stamp_s = self.env._now
        queue.append(envelope)

    def _start_next(self, worker: Worker, cell: Place, now_s: float) -> None:
        """Let a worker serve the message that has waited longest for an actor."""
        envelope = cell.queue.popleft()
        waited_s = now_s - envelope.stamp_s
        cell.tally.waiting_s += waited_s
        # The wait for the actor ends, and that for a worker begins, when the actor is ready.
        for_actor_s = max(0.0, cell.ready_s - envelope.stamp_s)
        envelope.mailbox_s += for_actor_s
        envelope.worker_s += waited_s - for_actor_s
        self._start(worker, cell, envelope, now_s)

    def _start(self, worker: Worker, cell: Place, envelope: Envelope, now_s: float) -> None:
        """Let a worker serve a message; it completes when its service time has passed."""
        node = worker.node
        try:
            service_s = node.service_times[type(envelope.message)]
        except KeyError:
            service_s = self._learn_service_time(node, type(envelope.message))
        if self._service_factor is not None:
            service_s *= self._service_factor()
        envelope.service_s += service_s
        cell.tally.busy_s += service_s
        node.busy_s += service_s
        worker.cell = cell
        worker.incarnation = cell.incarnation
        worker.envelope = envelope
        worker.callbacks = self._on_completion
        # What `Environment.schedule` does, without the call: this is the hottest line.
        heappush(self._events, (now_s + service_s, NORMAL, next(self._event_ids), worker))

    def _learn_service_time(self, node: Node, message_type: type) -> float:
        table = self._service_times_by_name
        seconds = table.get(message_type.__name__, table["default"]) / node.speed
        node.service_times[message_type] = seconds
        return seconds

    def _complete(self, event: Event) -> None:
        """Run the handler at the end of its service time, and let the worker go on."""
        worker: Any = event
        cell: Place = worker.cell
        envelope: Envelope = worker.envelope
        now_s = self.env._now
        effects = self._effects
        effects.now_s = now_s
        if not cell.alive or cell.incarnation != worker.incarnation:
            self._dead_letter(envelope)
            self._go_on(worker, cell, now_s)
            return
        try:
            self._serve(cell, envelope, effects)
        finally:
            cell.tally.messages += 1
            self._go_on(worker, cell, now_s)

    def _serve(self, cell: Place, envelope: Envelope, effects: Effects) -> None:
        self._serving = cell
        try:
            if type(envelope.message) in KINDS or is_message(envelope.message):
                cell.actor.receive(envelope.message, envelope.sender)
            else:
                self._handle(cell, envelope)
            batch = self._write(cell, effects)
        except Exception as error:
            effects.drop()
            self._fail(cell, envelope, error)
            self._serving = None
            return
        self._serving = None
        # Whoever reads along and raises is no failure of the actor: it ends the run.
        self._publish(cell, envelope, effects, batch)

    def _go_on(self, worker: Worker, cell: Place, now_s: float) -> None:
        """Let a worker serve whoever has waited longest, or rest."""
        node = worker.node
        if cell.queue:
            cell.ready_s = now_s
            node.ready.append(cell)
        else:
            cell.scheduled = False
        while node.ready:
            ready = node.ready.popleft()
            if ready.queue:
                self._start_next(worker, ready, now_s)
                return
            ready.scheduled = False  # it crashed while it waited
        node.idle.append(worker)

    def _publish(self, cell: Place, cause: Envelope, effects: Effects, batch: bytes | None) -> None:
        facts = effects.facts
        if batch is not None:
            effects.facts = []
            self._tell(cell, facts, batch, effects.now_s)
        messages = effects.messages
        if messages:
            effects.messages = []
            if self.commit_s and (group := self._group(cell, bool(facts))) is not None:
                group.waiting.append((cell, cause, messages, self.env._now))
                if cell.node.flying is None:
                    self._commit(cell.node)
            else:
                self._leave(cell, cause, messages)
        elif facts and self.commit_s:
            cell.group = cell.node.gathering.number  # nobody waits: durable with the next commit
        if effects.remind_s:
            self._arm(cell, effects.remind_s)
            effects.remind_s = 0.0
        if effects.timers:
            timers, effects.timers = effects.timers, []
            for delay_s, message in timers:
                self._after(delay_s, partial(self._ring, cell, cell.incarnation, message))

    def _tell(self, cell: Place, facts: list[Fact], batch: bytes, now_s: float) -> None:
        at_us = int(now_s * MICROSECONDS)
        for follow in self._on_appended:
            follow(cell.address, facts, at_us)
        for follow_bytes in self._on_wrote:
            follow_bytes(cell.address, batch, at_us)

    def _leave(self, cell: Place, cause: Envelope, messages: list[tuple[Address, Message]]) -> None:
        """Let messages go on their way, with what their command has spent so far."""
        node = cell.node
        cells = self.cells
        hops = cause.hops + 1
        link = cause if hops < LONGEST_WAY and cause.trace >= 0 else None
        for recipient, message in messages:
            envelope = Envelope(
                message, cell.address, cause.trace, 0.0, cause.network_s, cause.mailbox_s,
                cause.worker_s, cause.service_s, cause.commit_s, None, link, hops,
            )  # fmt: skip
            target = cells.get(recipient)
            if target is None:
                self._leave_cluster(recipient, envelope)
            elif target.node is not node:
                self._cross(target, envelope)
            elif target.scheduled or not node.idle or not target.alive:
                self._enqueue(target, envelope)
            else:  # what `_enqueue` would do: the shortest way is the usual one
                target.scheduled = True
                self._start(node.idle.pop(), target, envelope, self.env._now)

    def _group(self, cell: Place, has_facts: bool) -> Commit | None:
        """Return the group commit that a handler's messages wait for, if any.

        Messages without facts wait as well while earlier facts of their actor are not
        durable: what they say may rest on them.
        """
        node = cell.node
        gathering = node.gathering
        if has_facts or cell.group == gathering.number:
            cell.group = gathering.number
            return gathering
        if node.flying is not None and cell.group == node.flying.number:
            return node.flying
        return None

    def _commit(self, node: Node) -> None:
        """Begin a group commit with what has gathered, and gather for the next one."""
        flying = node.begin_commit()
        flying.callbacks = self._on_commit
        self.env.schedule(flying, NORMAL, self.commit_s)

    def _committed(self, event: Event) -> None:
        group: Any = event
        node: Node = group.node
        waiting, group.waiting = group.waiting, []
        node.flying, node.resting = None, group
        if node.gathering.waiting:
            self._commit(node)
        now_s = self.env._now
        for cell, cause, messages, since_s in waiting:
            committed = copy(cause)
            committed.commit_s += now_s - since_s
            self._leave(cell, committed, messages)

    def _cross(self, target: Place, envelope: Envelope) -> None:
        """Let a message travel to another node."""
        envelope.network_s += self.node_delay_s
        self._on_network += 1

        def arrive() -> None:
            self._on_network -= 1
            self._enqueue(target, envelope)

        self._after(self.node_delay_s, arrive)

    def _leave_cluster(self, recipient: Address, envelope: Envelope) -> None:
        """Tell somebody outside; `stamp_s` is when it gets there."""
        port = self.ports.get(recipient)
        if port is None:
            self._dead_letter(envelope)
            return
        trace = envelope.trace
        delays = self.client_delays
        delay_s = delays[trace] if 0 <= trace < len(delays) else self.client_delay_s
        envelope.network_s += delay_s
        envelope.stamp_s = self.env._now + delay_s
        if self._on_told:
            at_us = int(self.env._now * MICROSECONDS)
            for follow in self._on_told:
                follow(recipient, envelope.message, at_us)
        port(envelope)

    def run(self, until_s: float | None = None) -> None:
        """Run to an instant, or until nothing is left to happen."""
        self.env.run(until=until_s)
