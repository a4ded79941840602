"""The runtime in virtual time: the same actors, driven by a SimPy environment.

A message costs, in this order: network delay, waiting for the actor, waiting for a worker of
its node, service time, and the group commit of the facts that its handler recorded. The
handler runs at the end of its service time. Each part is booked to the command that the
message descends from, so the parts of an answer's envelope sum to its latency.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pykka
from simpy import Environment, Event
from simpy.core import EmptySchedule
from simpy.events import NORMAL

from actors.actor import Actor, Answer, Birth
from actors.messages.base import Address, Message
from actors.runtimes.journal import MemoryJournal
from actors.runtimes.mailbox import Envelope, Overflow
from actors.runtimes.runtime import Cell, Runtime
from simulation.cluster import Cluster, Commit, Node, Worker
from simulation.service_times import load_service_times


class VirtualTimeRuntime(Runtime):
    """Serves mailboxes in virtual time.

    Args:
        env: The environment whose clock counts.
        cluster: Where actors live; by default one node with two workers.
        service_times: Seconds by class name of a message, under `default` for any other;
            by default the built-in calibration.
        commit_s: Time of one group commit of a node's journal; at 0 facts are durable at once.
        client_delay_s: One way between a client and the cluster, where `client_delays` has none.
        node_delay_s: One way between two nodes; within a node a message arrives at once.
        client_delays: One way between the cluster and the client of each trace, in seconds.
        journal: As for every runtime.
        mailbox_capacity: As for every runtime.
        overflow: As for every runtime.
    """

    def __init__(
        self,
        env: Environment | None = None,
        cluster: Cluster | None = None,
        *,
        service_times: dict[str, float] | None = None,
        commit_s: float = 0.0,
        client_delay_s: float = 0.0,
        node_delay_s: float = 0.000_2,
        client_delays: Sequence[float] = (),
        journal: MemoryJournal | None = None,
        mailbox_capacity: int = 100_000,
        overflow: Overflow = Overflow.REFUSE_NEWEST,
    ) -> None:
        super().__init__(journal, mailbox_capacity=mailbox_capacity, overflow=overflow)
        self.env = env or Environment()
        self.cluster = cluster or Cluster([Node(self.env, "node-1", workers=2)])
        self.commit_s = commit_s
        self.client_delay_s = client_delay_s
        self.client_delays = client_delays
        self.node_delay_s = node_delay_s
        times = load_service_times() if service_times is None else service_times
        self._service_times_by_name = times
        self._service_times: dict[type, float] = {}
        self._on_completion = [self._complete]
        self._on_commit = [self._committed]
        self._on_network = 0  # messages between two nodes
        self._serving: Cell | None = None

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
        if sender and self._followers:
            self.tell_followers(sender, message, asked=True)
        cell = self.cells.get(recipient)
        envelope = Envelope(message, sender, trace, 0.0, network_s)
        if cell is None:
            self._dead_letter(envelope)
        else:
            self._enqueue(cell, envelope)

    def send_later(self, delay_s: float, recipient: Address, message: Message) -> None:
        """Send a message from outside after a delay of at least 0 seconds."""
        timer = self.env.timeout(delay_s)
        assert timer.callbacks is not None
        timer.callbacks.append(lambda _: self.send(recipient, message))

    def run_until_idle(self, timeout_s: float | None = None) -> None:
        """Step the environment until no message is on its way."""
        self._refuse_in_handler()
        while not self.is_idle():
            self.env.step()

    def is_idle(self) -> bool:
        """Tell whether nothing is under way; an actor waits only while no worker is idle."""
        return not self._on_network and all(
            len(node.idle) == node.workers and node.flying is None and not node.gathering.waiting
            for node in self.cluster.nodes
        )

    def work_for(self, answer: Answer) -> None:
        """Step the environment until an answer is there."""
        self._refuse_in_handler()
        while not answer.is_set() and not self.is_idle():
            self.env.step()
        if not answer.is_set():
            raise pykka.Timeout("nothing is left to do, and no answer has come")

    def close(self) -> None:
        """Stop all actors."""
        self.stop_all()

    def _refuse_in_handler(self) -> None:
        if self._serving is not None:
            raise RuntimeError("a handler must not wait for an answer; handle it when it comes")

    def _make_cell(self, actor: Actor, birth: Birth) -> Cell:
        cell = Cell(actor, birth)
        cell.node = self.cluster.place(birth.address)
        return cell

    def service_time_s(self, message_type: type) -> float:
        """Return the calibrated service time of a message, on a node of speed 1."""
        seconds = self._service_times.get(message_type)
        if seconds is None:
            table = self._service_times_by_name
            seconds = table.get(message_type.__name__, table["default"])
            self._service_times[message_type] = seconds
        return seconds

    def _enqueue(self, cell: Cell, envelope: Envelope) -> None:
        if not cell.alive:
            self._dead_letter(envelope)
            return
        queue = cell.queue
        depth = len(queue)
        if depth >= cell.mailbox.capacity and not self._make_room(cell, envelope):
            return
        now_s = self.env._now
        envelope.stamp_s = now_s
        queue.append(envelope)
        cell.received += 1
        if depth >= cell.depth_max:
            cell.depth_max = depth + 1
        if not cell.scheduled:
            cell.scheduled = True
            cell.ready_s = now_s
            node = cell.node
            if node.idle:
                self._start(node.idle.pop(), cell)
            else:
                node.ready.append(cell)

    def _start(self, worker: Worker, cell: Cell) -> None:
        """Let a worker serve the first message of an actor."""
        now_s = self.env._now
        envelope = cell.queue.popleft()
        ready_s = cell.ready_s
        if ready_s > envelope.stamp_s:  # the actor was busy when the message came
            envelope.mailbox_s += ready_s - envelope.stamp_s
            envelope.worker_s += now_s - ready_s
        else:
            envelope.worker_s += now_s - envelope.stamp_s
        cell.waiting_s += now_s - envelope.stamp_s
        message_type = type(envelope.message)
        service_s = self._service_times.get(message_type)
        if service_s is None:
            service_s = self.service_time_s(message_type)
        node = worker.node
        if node.speed != 1.0:
            service_s /= node.speed
        envelope.service_s += service_s
        cell.busy_s += service_s
        node.busy_s += service_s
        worker.cell = cell
        worker.envelope = envelope
        worker.callbacks = self._on_completion
        self.env.schedule(worker, NORMAL, service_s)

    def _complete(self, event: Event) -> None:
        """Run the handler at the end of its service time, and let the worker go on."""
        worker: Any = event
        cell: Cell = worker.cell
        envelope: Envelope = worker.envelope
        if cell.alive:
            actor = cell.actor
            actor._now_s = self.env._now
            self._serving = cell
            try:
                if isinstance(envelope.message, Message):
                    actor.receive(envelope.message, envelope.sender)
                else:
                    self._handle(cell, envelope)
            except Exception as error:  # noqa: BLE001 - whatever it raises, it is restarted
                self._fail(cell, envelope, error)
            else:
                if actor._facts or actor._messages or actor._timers:
                    self._release(cell, envelope)
            self._serving = None
        cell.handled += 1
        node = worker.node
        if cell.queue:
            cell.ready_s = self.env._now
            node.ready.append(cell)
        else:
            cell.scheduled = False
        if node.ready:
            self._start(worker, node.ready.popleft())
        else:
            node.idle.append(worker)

    def _release(self, cell: Cell, cause: Envelope) -> None:
        actor = cell.actor
        facts = actor._facts
        if facts:
            actor._facts = []
            self.journal.append(cell.address, facts, actor.state)
            if self._followers:
                at_us = int(self.env._now * 1_000_000)
                for follower in self._followers:
                    follower.appended(cell.address, facts, at_us)
        messages = actor._messages
        if messages:
            actor._messages = []
            if self.commit_s and (group := self._group(cell, bool(facts))) is not None:
                now_s = self.env._now
                for recipient, message in messages:
                    group.waiting.append((cell, cause, recipient, message, now_s))
                if group is cell.node.gathering and cell.node.flying is None:
                    self._commit(cell.node)
            else:
                for recipient, message in messages:
                    self._leave(cell, cause, recipient, message, 0.0)
        elif facts and self.commit_s:
            cell.group = cell.node.gathering  # nobody waits: durable with the next commit
        if actor._timers:
            timers, actor._timers = actor._timers, []
            for delay_s, message in timers:
                self.send_later(delay_s, cell.address, message)

    def _group(self, cell: Cell, has_facts: bool) -> Commit | None:
        """Return the group commit that a handler's messages wait for, if any.

        Messages without facts wait as well while earlier facts of their actor are not
        durable: what they say may rest on them.
        """
        node = cell.node
        if has_facts:
            cell.group = node.gathering
            return node.gathering  # type: ignore[no-any-return]
        if cell.group is not None and (cell.group is node.gathering or cell.group is node.flying):
            return cell.group  # type: ignore[no-any-return]
        return None

    def _commit(self, node: Node) -> None:
        """Begin a group commit with what has gathered, and gather for the next one."""
        group = node.gathering
        node.flying = group
        node.gathering = Commit(self.env, node)
        group.callbacks = self._on_commit
        self.env.schedule(group, NORMAL, self.commit_s)

    def _committed(self, event: Event) -> None:
        group: Any = event
        node: Node = group.node
        now_s = self.env._now
        node.flying = None
        if node.gathering.waiting:
            self._commit(node)
        for cell, cause, recipient, message, since_s in group.waiting:
            self._leave(cell, cause, recipient, message, now_s - since_s)

    def _leave(
        self, cell: Cell, cause: Envelope, recipient: Address, message: Any, commit_s: float
    ) -> None:
        """Let a message go on its way."""
        envelope = Envelope(
            message, cell.address, cause.trace, 0.0, cause.network_s, cause.mailbox_s,
            cause.worker_s, cause.service_s, cause.commit_s + commit_s,
        )  # fmt: skip
        target = self.cells.get(recipient)
        if target is None:
            self._leave_cluster(recipient, envelope)
        elif target.node is cell.node:
            self._enqueue(target, envelope)
        else:
            self._cross(target, envelope)

    def _cross(self, target: Cell, envelope: Envelope) -> None:
        """Let a message travel to another node."""
        envelope.network_s += self.node_delay_s
        self._on_network += 1
        arrival = self.env.timeout(self.node_delay_s)
        assert arrival.callbacks is not None

        def arrive(_: Event) -> None:
            self._on_network -= 1
            self._enqueue(target, envelope)

        arrival.callbacks.append(arrive)

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
        if self._followers:
            self.tell_followers(recipient, envelope.message, asked=False)
        port(envelope)

    def run(self, until_s: float | None = None) -> None:
        """Run to an instant, or until nothing is left to happen."""
        if until_s is not None:
            self.env.run(until=until_s)
            return
        try:
            while True:
                self.env.step()
        except EmptySchedule:
            return
