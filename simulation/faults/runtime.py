"""The runtime in virtual time, on which things go wrong as an injector decides."""

from __future__ import annotations

from typing import Any

from simpy import Event
from simpy.events import NORMAL

from actors.actor import MICROSECONDS, Birth, Effects
from actors.messages.base import Address, Fact, Message
from actors.runtimes.journal import Fenced
from actors.runtimes.mailbox import Envelope
from simulation.cluster import Node, Place
from simulation.faults.disk import DiskFull, SimulatedDisk
from simulation.faults.fate import amount_of
from simulation.faults.injector import Injector, Strike
from simulation.faults.network import FaultyNetwork
from simulation.faults.schedule import FaultSchedule
from simulation.plan import FaultPlan

_FULL_DISK_WAIT_S = 1.0  # until an actor that was refused an append tries again


class Crashed(RuntimeError):  # noqa: N818 - named for what happened
    """An actor crashes before its facts are in the journal."""

    def __init__(self, downtime_s: float) -> None:
        super().__init__(f"down for {downtime_s:g} s")
        self.downtime_s = downtime_s


class FaultyRuntime(FaultyNetwork):
    """Serves mailboxes in virtual time while things go wrong, from instant 0 on.

    Facts become durable with the group commit of their node, if that takes time: whoever reads
    along hears of them then, before the messages that rest on them leave, and never hears of
    what a crash has lost.

    Args:
        injector: Decides what goes wrong.
        is_encoded: Every message passes through its encoded form on its way, so that nothing
            is shared by reference.
        *arguments, **options: As for every runtime in virtual time; the journal is by default
            a simulated disk.
    """

    def __init__(
        self, *arguments: Any, injector: Injector, is_encoded: bool = False, **options: Any
    ) -> None:
        self.disk = disk = options.pop("journal", None) or SimulatedDisk()
        super().__init__(
            *arguments, injector=injector, is_encoded=is_encoded, journal=disk, **options
        )
        disk.node_of = self.node_of
        disk.is_buffered = self.commit_s > 0
        nodes = self.cluster.nodes
        self.full_disks: dict[str, tuple[int, str]] = {}  # by node: the fault and the decision
        self.skews: dict[Address, float] = {}  # of clocks, in seconds
        self.paused_until: dict[Node, float] = {}
        self._handled: Envelope | None = None  # by the actor that is served
        self._struck: Strike | None = None
        self._down: set[Address] = set()
        self._zombies: list[Place] = []
        self._failing_over: dict[Address, tuple[int, str]] = {}
        self._traps: dict[Node, tuple[int, FaultPlan, str]] = {}
        self._untold: dict[Node, list[tuple[Address, list[Fact], bytes, int]]]
        self._untold = {node: [] for node in nodes}
        self._in_commit = dict.fromkeys(nodes, 0)  # of those untold
        FaultSchedule(self, injector).start()

    def is_idle(self) -> bool:
        """Tell whether nothing is under way and every actor is up."""
        return (
            not self._down and not any(self._untold.values()) and not self._on_network
            and super().is_idle()
        )  # fmt: skip

    def owes(self) -> bool:
        """Tell whether any actor waits for a confirmation, or is not there to say."""
        return bool(self._down) or any(cell.actor.outbox() for cell in self.cells.values())

    def take_down(self, address: Address, downtime_s: float) -> None:
        """Let an actor crash, and come back from its journal after a while; all heals in time."""
        if address in self._down:
            return
        self._down.add(address)
        self.crash(address)
        left_s = max(0.0, self.injector.end_s - self.env._now)
        self._after(min(downtime_s, left_s), lambda: self._bring_back(address))

    def _bring_back(self, address: Address) -> None:
        self._down.discard(address)
        if address in self.cells:
            self.restart(address)

    def fail_over_at_work(self, address: Address, number: int, name: str) -> None:
        """Let an actor fail over as soon as it has a message in hand."""
        self._failing_over[address] = number, name

    def _enqueue(self, cell: Place, envelope: Envelope) -> None:
        super()._enqueue(cell, envelope)
        if self._failing_over and cell.address in self._failing_over:
            decision = self._failing_over.pop(cell.address)
            # Not at once: the effects of another actor may be on their way.
            self._after(0.0, lambda: self._fail_over(cell, *decision))

    def _fail_over(self, cell: Place, number: int, name: str) -> None:
        is_early = self.env._now < self.injector.end_s
        if is_early and cell.alive and self.cells.get(cell.address) is cell:
            self.injector.fire(number, name, cell.address, self.env._now)
            self.fail_over(cell.address)

    def fail_over(self, address: Address) -> None:
        """Start another incarnation while the old one lives on with its mailbox, unaware."""
        old = self.cells[address]
        actor = self.rebuilt(address)
        pen = self.journal.open(address)
        new = Place(actor, Birth(self, address, old.arguments), pen, old.node)
        new.tally.actors -= 1  # it is one actor still
        new.group, new.restarts = old.group, old.restarts + 1
        new.incarnation = old.incarnation + 1
        actor._actor_ref, actor.actor_urn = old.actor._actor_ref, old.actor.actor_urn
        actor.actor_stopped = old.actor.actor_stopped
        for place in (old, new):
            place.mailbox.door = lambda parcel: self._from_pykka(new, parcel)
        self.cells[address] = new
        self._zombies.append(old)
        self._tell_writer(new)
        actor._effects = self._effects
        self._wake(new)
        self._open(new)

    def _wake(self, cell: Place) -> None:
        """Let an actor begin or go on; one that finds its disk full tries again later."""
        try:
            super()._wake(cell)
        except DiskFull:
            self._effects.drop()
            self._wait_for_room(cell)

    def _wait_for_room(self, cell: Place) -> None:
        number, name = self.full_disks[cell.node.name]
        self.injector.fire(number, name, cell.address, self.env._now)
        self.take_down(cell.address, _FULL_DISK_WAIT_S)

    def end_zombies(self) -> None:
        """Let the last old incarnations end, and no more of them come."""
        self._failing_over.clear()
        for cell in self._zombies:
            self._end(cell)
        self._zombies.clear()

    def _end(self, cell: Place) -> None:
        cell.alive = False
        self._bury(cell)

    def upgrade(self, address: Address) -> None:
        """Restart an actor gracefully: its mailbox stays, and everything is read back."""
        cell = self.cells[address]
        self.disk.take_snapshot(address, cell.actor.state)
        for envelope in cell.queue:
            if isinstance(envelope.message, Message):
                envelope.message = self.through_bytes(envelope.message)
        self.restart(address)

    def crash_node(self, node: Node, downtime_s: float, keep: int = 0, **torn: bool) -> None:
        """Let all actors of a node crash, and lose what is not durable there.

        Args:
            node: That crashes.
            downtime_s: Until its actors come back from their journals.
            keep: How many records had reached the disk by chance.
            **torn: `is_torn` if half of the next one had as well.
        """
        for zombie in self._zombies:
            if zombie.node is node:
                self._end(zombie)
        untold, self._untold[node] = self._untold[node], []
        self._spread(untold[: self.disk.crash(node.name, keep, **torn)])
        self._in_commit[node] = 0
        for group in (node.flying, node.gathering):
            if group is not None:
                group.waiting.clear()
        for address in [cell.address for cell in self.cells.values() if cell.node is node]:
            self.take_down(address, downtime_s)

    def trap(self, node: Node, number: int, fault: FaultPlan, name: str) -> None:
        """Let a node crash as soon as it has a record that is not durable."""
        self._traps[node] = number, fault, name

    def _spring(self, node: Node) -> None:
        number, fault, name = self._traps.pop(node)
        self.injector.fire(number, name, node.name, self.env._now)
        keep = len(self._untold[node]) - 1
        self.crash_node(node, amount_of(fault), keep, is_torn=fault.kind == "torn_record")

    def _complete(self, event: Event) -> None:
        if self.paused_until and (wait_s := self._pause_left(event)) > 0.0:
            worker: Any = event
            worker.envelope.service_s += wait_s
            worker.callbacks = self._on_completion
            self.env.schedule(worker, NORMAL, wait_s)
        else:
            super()._complete(event)

    def _pause_left(self, event: Any) -> float:
        return self.paused_until.get(event.node, 0.0) - self.env._now

    def _serve(self, cell: Place, envelope: Envelope, effects: Effects) -> None:
        if self.skews:
            effects.now_s += self.skews.get(cell.address, 0.0)
        self._handled = envelope
        super()._serve(cell, envelope, effects)
        self._handled = None

    def _write(self, cell: Place, effects: Effects) -> bytes | None:
        self._struck = self._strike(cell, effects)
        if self._struck is not None and self._struck.fault.kind == "crash_before_append":
            raise Crashed(amount_of(self._struck.fault))
        return super()._write(cell, effects)

    def _strike(self, cell: Place, effects: Effects) -> Strike | None:
        """Decide whether an actor crashes while the effects of its handler are released."""
        handled, now_s = self._handled, self.env._now
        if handled is None or now_s < 0.0 or self.cells.get(cell.address) is not cell:
            return None
        if not isinstance(handled.message, Message):
            return None
        return self.injector.boundary(cell.address, handled.message, now_s, effects)

    def _fail(self, cell: Place, envelope: Envelope, error: Exception) -> None:
        self._handled = self._struck = None
        if self.cells.get(cell.address) is not cell:  # an old incarnation that came to grief ends
            self._end(cell)
            if isinstance(error, Fenced):
                self.supervisor.fenced += 1
        elif isinstance(error, Crashed):
            self.take_down(cell.address, error.downtime_s)
        elif isinstance(error, DiskFull):
            self._wait_for_room(cell)
        else:
            super()._fail(cell, envelope, error)

    def _publish(self, cell: Place, cause: Envelope, effects: Effects, batch: bytes | None) -> None:
        strike, self._struck = self._struck, None
        if strike is not None:
            effects.messages = effects.messages[: strike.sent]
        super()._publish(cell, cause, effects, batch)
        node = cell.node
        if strike is not None:
            self.take_down(cell.address, amount_of(strike.fault))
        if self._untold[node] and node in self._traps:
            self._spring(node)
        self._commit_rest(node)

    def _commit_rest(self, node: Node) -> None:
        """Begin a group commit for facts that no message waits for."""
        if self._untold[node] and node.flying is None:
            self._commit(node)

    def _tell(self, cell: Place, facts: list[Fact], batch: bytes, now_s: float) -> None:
        record = cell.address, facts, batch, int(now_s * MICROSECONDS)
        if self.commit_s:
            self._untold[cell.node].append(record)
        else:
            self._spread([record])

    def _spread(self, records: list[tuple[Address, list[Fact], bytes, int]]) -> None:
        """Let those who read along hear what is durable."""
        for address, facts, batch, at_us in records:
            for follow in self._on_appended:
                follow(address, facts, at_us)
            for follow_bytes in self._on_wrote:
                follow_bytes(address, batch, at_us)

    def _commit(self, node: Node) -> None:
        super()._commit(node)
        self._in_commit[node] = len(self._untold[node])

    def _committed(self, event: Event) -> None:
        if self.paused_until and (wait_s := self._pause_left(event)) > 0.0:
            group: Any = event
            group.callbacks = self._on_commit
            self.env.schedule(group, NORMAL, wait_s)
            return
        node: Node = event.node  # type: ignore[attr-defined]
        durable, untold = self._in_commit[node], self._untold[node]
        self._untold[node] = untold[durable:]
        self.disk.sync(node.name, durable)
        self._spread(untold[:durable])
        super()._committed(event)
        self._commit_rest(node)
