"""The ways of some requests through the actors: of the slowest ones, and of a few as a sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappush, heapreplace
from typing import Any, Final, NamedTuple

import numpy as np

from actors.messages.base import Address
from actors.runtimes.mailbox import Envelope
from actors.runtimes.runtime import Runtime
from simulation.commands import CLIENT
from simulation.recorder import ColumnWriter
from simulation.workload import Workload

SLOWEST: Final = 32  # kept of those that count: more than a report shows, as some have equal times
SAMPLED: Final = 200  # spread evenly over the commands

MICROSECONDS: Final = 1_000_000


class Hop(NamedTuple):
    """One message of a way.

    Attributes:
        actor: Class of the actor that it went to.
        address: Of that actor.
        message: Name of its class.
        parts_s: Network, waiting for the actor, waiting for a worker, service and commit, until
            what it caused could leave; seconds.
    """

    actor: str
    address: Address
    message: str
    parts_s: tuple[float, ...]


class Spans:
    """Keeps the last envelopes of some requests, from which their ways can be told.

    An envelope knows the one that caused it, so nothing need be written down on the way, and it
    is known which requests were slow when they are over.

    Args:
        commands: How many there will be.
        counts_from_us: Slow ones that were meant to start earlier are left out.
    """

    def __init__(self, commands: int, counts_from_us: int = 0) -> None:
        self._counts_from_s = counts_from_us / MICROSECONDS
        self._slowest: list[tuple[float, int, Envelope]] = []
        self._sample: dict[int, Envelope] = {}
        self._stride = max(1, commands // SAMPLED)
        self._bar_s = 0.0  # what a request must have taken to be among the slowest

    def take(self, row: int, answer: Envelope) -> None:
        """Take the answer to a command, unless it came about by another one."""
        if answer.trace != row:
            return
        latency_s = (
            answer.network_s + answer.mailbox_s + answer.worker_s + answer.service_s
            + answer.commit_s
        )  # fmt: skip
        if latency_s > self._bar_s and answer.stamp_s - latency_s >= self._counts_from_s:
            self._keep(latency_s, row, answer)
        if row % self._stride == 0:
            self._sample[row] = answer

    def _keep(self, latency_s: float, row: int, answer: Envelope) -> None:
        slowest = self._slowest
        if len(slowest) < SLOWEST:
            heappush(slowest, (latency_s, row, answer))
        else:
            heapreplace(slowest, (latency_s, row, answer))
        if len(slowest) == SLOWEST:
            self._bar_s = slowest[0][0]

    def answers(self) -> dict[int, Envelope]:
        """Return the answers that were kept, by the row of their command, in order."""
        kept = self._sample | {row: answer for _, row, answer in self._slowest}
        return dict(sorted(kept.items()))

    def write(self, table: ColumnWriter, workload: Workload, runtime: Runtime[Any]) -> None:
        """Write the ways that were kept.

        Args:
            table: The table `spans`.
            workload: The commands.
            runtime: Knows which actor lives where.
        """
        for row, answer in self.answers().items():
            hops = hops_of(answer, lambda address: _kind_at(runtime, address))
            command_id, intended_us = workload.command_id[row], workload.intended_us[row]
            for values in _rows(int(command_id), int(intended_us), hops):
                table.append(*values)


def _kind_at(runtime: Runtime[Any], address: Address) -> str:
    cell = runtime.cells.get(address)
    return cell.actor_class.__name__ if cell is not None else address.partition("/")[0]


def hops_of(answer: Envelope, kind_at: Callable[[Address], str]) -> list[Hop]:
    """Return the way of a request from its client to the answer, which goes back there.

    Args:
        answer: As the client got it.
        kind_at: Names the class of the actor at an address.
    """
    chain = [answer]
    while (cause := chain[-1].cause) is not None:
        chain.append(cause)
    chain.reverse()
    addresses = [*(envelope.sender for envelope in chain[1:]), CLIENT]
    spent = np.diff([_totals(envelope) for envelope in chain], axis=0, prepend=[[0.0] * 5])
    return [
        Hop(kind_at(address), address, type(envelope.message).__name__, tuple(parts))
        for address, envelope, parts in zip(addresses, chain, spent.tolist(), strict=True)
    ]


def _totals(envelope: Envelope) -> list[float]:
    return [
        envelope.network_s, envelope.mailbox_s, envelope.worker_s, envelope.service_s,
        envelope.commit_s,
    ]  # fmt: skip


def _rows(command_id: int, intended_us: int, hops: list[Hop]) -> Iterator[tuple[Any, ...]]:
    """Yield hops with when each began and its parts in microseconds, which sum to the latency."""
    spent_s = np.array([hop.parts_s for hop in hops])
    # Running sums are rounded and not the parts, so that nothing is lost over all of them.
    ends_us = np.rint(np.cumsum(spent_s) * MICROSECONDS).astype(np.int64)
    parts_us = np.diff(ends_us, prepend=0).reshape(spent_s.shape)
    begins_us = intended_us + np.concatenate([[0], ends_us[4:-1:5]])
    for number, (hop, begin_us, parts) in enumerate(
        zip(hops, begins_us.tolist(), parts_us.tolist(), strict=True)
    ):
        yield command_id, number, hop.actor, hop.address, hop.message, begin_us, *parts
