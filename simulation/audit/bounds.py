"""What must not grow beyond its bound, and what was measured against it (A21)."""

from __future__ import annotations

from msgspec import Struct

from actors.messages.base import Address
from simulation.audit.world import World


class Bounds(Struct, frozen=True):
    """The most of what the audit can count by itself.

    Attributes:
        unconfirmed: Reports of one book that no account has acknowledged.
        open_orders: Of one account.
        commands: Whose outcome one account remembers.
    """

    unconfirmed: int = 1_000_000
    open_orders: int = 100_000
    commands: int = 1_000_000


class BoundsAudit:
    """Compares what others have measured with its bound: mailboxes, outboxes, tables."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.measured_count = 0

    def measured(self, address: Address, what: str, value: int, bound: int) -> None:
        """Take a measured size: at most `bound` is allowed."""
        self.measured_count += 1
        if value > bound:
            self._world.report(
                "A21", f"{address}: {what}: {value:,}, and at most {bound:,} are allowed"
            )
