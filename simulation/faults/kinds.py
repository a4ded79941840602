"""The kinds of faults: what each is decided by, and how much of it is usual."""

from __future__ import annotations

from typing import Final

from simulation.plan import FaultKind

CLIENT_SIDE: Final = "client"  # the address of the clients, as one end of a link

REPORT_KINDS: Final[frozenset[FaultKind]] = frozenset({"slow_reports", "failing_reports"})
"""Messages on their way to clients: delayed, or dropped."""

MESSAGE_KINDS: Final[frozenset[FaultKind]] = REPORT_KINDS | {
    "drop", "duplicate", "delay", "reorder",
}  # fmt: skip
"""Decided for each message on a link."""

LINK_KINDS: Final[frozenset[FaultKind]] = frozenset({
    "partition", "partition_one_way", "clogged_link",
})  # fmt: skip
"""Whole links for a while: cut (messages are lost) or clogged (they come when it is over)."""

BOUNDARY_KINDS: Final[frozenset[FaultKind]] = frozenset({
    "crash_before_append", "crash_after_append", "crash_between_sends",
})  # fmt: skip
"""Decided for each message that an actor handles, at a boundary of its effects."""

ACTOR_KINDS: Final[frozenset[FaultKind]] = frozenset({"crash", "zombie"})
"""Hit actors at instants."""

DISK_CRASHES: Final[frozenset[FaultKind]] = frozenset({"torn_record", "lost_tail"})
"""Crashes of a node at the next record that is not durable yet; need a group commit."""

NODE_KINDS: Final[frozenset[FaultKind]] = DISK_CRASHES | {"node_crash"}
"""Hit nodes at instants."""

NODE_STATES: Final[frozenset[FaultKind]] = frozenset({"full_disk", "slow_node", "paused_node"})
"""What nodes are in for a while."""

WORLD_KINDS: Final[frozenset[FaultKind]] = frozenset({"load_spike", "price_gap", "early_close"})
"""Part of the world before the run begins; the runtime does not know them."""

LASTING_KINDS: Final[frozenset[FaultKind]] = (
    LINK_KINDS | NODE_STATES | {"clock_skew", "load_spike", "price_gap"}
)
"""What lasts from one instant to another, and is not decided message by message."""

LOSING_KINDS: Final[frozenset[FaultKind]] = (
    BOUNDARY_KINDS | ACTOR_KINDS | NODE_KINDS | {
        "drop", "partition", "partition_one_way", "full_disk", "failing_reports",
    }
)  # fmt: skip
"""Commands may be lost by them, so that only a client that retries learns what became of them."""

DEFAULT_AMOUNTS: Final[dict[FaultKind, float]] = {
    "duplicate": 0.05,  # the copy comes up to so many seconds later
    "delay": 0.1,  # seconds at the least; one in a hundred takes 20 times as long
    "reorder": 1.0,  # seconds that a message waits at most to be overtaken
    "slow_reports": 5.0,  # seconds
    "crash_before_append": 0.5,  # seconds until the actor is back; so for every crash
    "crash_after_append": 0.5,
    "crash_between_sends": 0.5,
    "crash": 0.5,
    "node_crash": 2.0,
    "torn_record": 2.0,
    "lost_tail": 2.0,
    "full_disk": 1.0,  # seconds until an actor that was refused an append tries again
    "slow_node": 10.0,  # times slower
    "clock_skew": 5.0,  # seconds, ahead or behind
    "load_spike": 100.0,  # extra arrivals per second
    "price_gap": -0.2,  # change of the price, as a share
}
