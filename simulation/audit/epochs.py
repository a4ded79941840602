"""Judges who may append to a journal: one incarnation, and each one once (A19)."""

from __future__ import annotations

from actors.messages.base import Address
from simulation.audit.world import World

_FIRST_EPOCH = 1


class EpochAudit:
    """Follows the incarnations of all actors: epochs rise, and what has gone does not write."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._highest: dict[Address, int] = {}
        self._writer: dict[Address, int] = {}
        self.count = 0

    def took_over(self, address: Address, epoch: int) -> None:
        """Take that the incarnation of this epoch appends from here on."""
        self.count += 1
        highest = self._highest.get(address, _FIRST_EPOCH)
        writer = self._writer.get(address, _FIRST_EPOCH)
        self._writer[address] = epoch
        self._highest[address] = max(epoch, highest)
        if epoch < highest:
            self._world.report(
                "A19", f"the incarnation of epoch {epoch} writes to the journal of {address} "
                f"again, after that of epoch {highest} has taken over",
            )  # fmt: skip
        elif epoch == writer:
            self._world.report(
                "A19", f"a second incarnation of epoch {epoch} writes to the journal of {address}"
            )
