"""The injector decides what goes wrong, by name: never by a draw from a shared stream.

Taking a command or a fault away leaves every other decision as it was, so that shrinking a
failure works.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from hashlib import blake2b
from math import inf
from struct import Struct
from typing import Final, NamedTuple

import msgspec

from actors.actor import MICROSECONDS, Effects
from actors.messages.base import Address, Message
from simulation.faults.fate import ONE, Fate, fate_of
from simulation.faults.kinds import (
    BOUNDARY_KINDS,
    CLIENT_SIDE,
    LINK_KINDS,
    MESSAGE_KINDS,
    REPORT_KINDS,
)
from simulation.plan import FaultKind, FaultPlan

Numbered = tuple[int, FaultPlan]

_CHANCES: Final = Struct("<8Q")
_LANES: Final[dict[FaultKind, int]] = {
    "drop": 0, "duplicate": 1, "delay": 2, "reorder": 3, "slow_reports": 4, "failing_reports": 5,
    "crash_before_append": 0, "crash_after_append": 1, "crash_between_sends": 2,
}  # fmt: skip
_SENT_LANE: Final = 6
_IDENTITY_LANE: Final = 7  # shared with a delay: to be equal says nothing of the size

_encode = msgspec.msgpack.Encoder().encode


class Fired(NamedTuple):
    """A decision for a fault.

    Attributes:
        number: Which fault of the plan, from 0.
        kind: Of the fault.
        name: Of the decision, as `which` takes it.
        where: Whom it hit: an address, a link or a node.
        at_us: When, microseconds on the run's clock.
    """

    number: int
    kind: FaultKind
    name: str
    where: str
    at_us: int


class Strike(NamedTuple):
    """An actor crashes while its effects are released.

    Attributes:
        fault: That does it.
        sent: How many of its messages leave before, in their order.
    """

    fault: FaultPlan
    sent: int


class Spot(NamedTuple):
    """A link or an actor, and the faults that may strike a message there by chance.

    Attributes:
        where: Its name.
        prefix: The same, to be hashed before a message.
        faults: Number, fault, which of the numbers decides, and below what it strikes.
    """

    where: str
    prefix: bytes
    faults: list[tuple[int, FaultPlan, int, float]]


class Injector:
    """Decides what goes wrong, and keeps what did.

    A decision is named by the fault's kind, the actor or link, the message (its class and a
    digest of its content) and how often that came there; its chance is a stable hash of that
    name and the seed.

    Args:
        seed: Of the run.
        faults: What is to go wrong.
        end_s: When everything heals, seconds on the run's clock.

    Attributes:
        fired: Every decision for a fault, in order.
        effects: How much each of them did, by name: messages lost, commits refused and so on.
        node_of: Names the node of an address; set by the runtime.
    """

    def __init__(self, seed: int, faults: Sequence[FaultPlan], end_s: float = inf) -> None:
        self.faults = tuple(faults)
        self.end_s = end_s
        self.fired: list[Fired] = []
        self.effects: Counter[str] = Counter()
        self.node_of: Callable[[Address], str] = lambda _: ""
        self._kept: set[tuple[int, str]] = set()
        self._key = seed.to_bytes(8, "little")
        self._on_links = self.of_kinds(MESSAGE_KINDS | LINK_KINDS)
        self._at_boundaries = self.of_kinds(BOUNDARY_KINDS)
        self._links: dict[tuple[Address, Address], tuple[list[Numbered], Spot]] = {}
        self._handlers: dict[Address, Spot] = {}
        self._seen: dict[int, int] = {}  # how often each message came to each place

    def of_kinds(self, kinds: Iterable[FaultKind]) -> list[Numbered]:
        """Return the faults of some kinds with their numbers."""
        wanted = frozenset(kinds)
        return [(n, fault) for n, fault in enumerate(self.faults) if fault.kind in wanted]

    def never_fired(self) -> list[Numbered]:
        """Return the faults that were configured in vain, with their numbers."""
        seen = {fired.number for fired in self.fired}
        return [(n, fault) for n, fault in enumerate(self.faults) if n not in seen]

    def counts(self) -> dict[str, int]:
        """Return how often each kind did something; those that never did are there with 0."""
        counts: Counter[str] = Counter({fault.kind: 0 for fault in self.faults})
        for fired in {fired.name: fired for fired in self.fired}.values():
            counts[fired.kind] += self.effects[fired.name]
        return dict(sorted(counts.items()))

    def chances(self, name: str) -> tuple[int, ...]:
        """Return eight independent numbers from 0 to 2**64 - 1 that belong to a name."""
        return _CHANCES.unpack(blake2b(name.encode(), key=self._key).digest())

    def chance(self, name: str) -> float:
        """Return the number from 0 to 1 that belongs to a name."""
        return self.chances(name)[0] / ONE

    def fire(self, number: int, name: str, where: str, now_s: float) -> None:
        """Keep that a decision did something; one that goes on is kept once, and counted."""
        if (number, name) not in self._kept:
            self._kept.add((number, name))
            kind = self.faults[number].kind
            self.fired.append(Fired(number, kind, name, where, int(now_s * MICROSECONDS)))
        self.effects[name] += 1

    def is_active(self, fault: FaultPlan, now_s: float) -> bool:
        """Tell whether an instant lies within a fault's time."""
        since_s = now_s - fault.at_s
        if since_s < 0 or now_s >= self.end_s:
            return False
        if fault.every_s is not None:
            since_s %= fault.every_s
        return fault.for_s is None or since_s < fault.for_s

    def ends_s(self, fault: FaultPlan, now_s: float) -> float:
        """Return when a fault that is active now ends."""
        begun_s = fault.at_s + self.turn(fault, now_s) * (fault.every_s or 0.0)
        return min(self.end_s, begun_s + (inf if fault.for_s is None else fault.for_s))

    def turn(self, fault: FaultPlan, now_s: float) -> int:
        """Return how often a fault has come back by now."""
        return 0 if fault.every_s is None else int((now_s - fault.at_s) // fault.every_s)

    def fate(
        self, sender: Address, recipient: Address, message: Message, now_s: float
    ) -> Fate | None:
        """Decide what becomes of a message; None where no fault concerns its link."""
        link = self._links.get((sender, recipient))
        if link is None:
            link = self._links[sender, recipient] = self._link(sender, recipient)
        states, spot = link
        fate = self._shut(states, spot.where, now_s) if states else None
        if not spot.faults:
            return fate
        chances, attempt = self._draw(spot, message)
        struck = [
            fault
            for number, fault, lane, threshold in spot.faults
            if chances[lane] < threshold
            and self._strikes(number, fault, spot, message, attempt, now_s)
        ]
        return fate or (fate_of(struck, chances) if struck else None)

    def _link(self, sender: Address, recipient: Address) -> tuple[list[Numbered], Spot]:
        fitting = [
            (n, fault) for n, fault in self._on_links if self._is_on(fault, sender, recipient)
        ]
        states = [(n, fault) for n, fault in fitting if fault.kind in LINK_KINDS]
        return states, _spot(f"{sender}>{recipient}", fitting)

    def _is_on(self, fault: FaultPlan, sender: Address, recipient: Address) -> bool:
        to = CLIENT_SIDE if fault.kind in REPORT_KINDS else fault.to
        if self.fits(fault.where, sender) and self.fits(to, recipient):
            return True
        is_mutual = fault.kind == "partition"
        return is_mutual and self.fits(fault.where, recipient) and self.fits(to, sender)

    def fits(self, pattern: str, address: Address) -> bool:
        """Tell whether a pattern means an address, or the node that it is on."""
        return fnmatchcase(address, pattern) or fnmatchcase(self.node_of(address), pattern)

    def _shut(self, states: list[Numbered], where: str, now_s: float) -> Fate | None:
        """Lose a message on a link that is cut, or let it wait on one that is clogged."""
        for number, fault in states:
            if not self.is_active(fault, now_s):
                continue
            name = f"{fault.kind} {fault.where}>{fault.to} #{self.turn(fault, now_s)}"
            if fault.which and name not in fault.which:
                continue
            self.fire(number, name, where, now_s)
            if fault.kind == "clogged_link":
                return Fate((self.ends_s(fault, now_s) - now_s,))
            return Fate(())
        return None

    def _draw(self, spot: Spot, message: Message) -> tuple[tuple[int, ...], int]:
        """Return the numbers that decide about a message, and how often it came there."""
        digest = blake2b(spot.prefix + _encode(message), key=self._key).digest()
        chances = _CHANCES.unpack(digest)
        identity = chances[_IDENTITY_LANE]
        attempt = self._seen[identity] = self._seen.get(identity, 0) + 1
        if attempt > 1:
            digest = blake2b(b"%b %d" % (digest, attempt), key=self._key).digest()
            chances = _CHANCES.unpack(digest)
        return chances, attempt

    def _strikes(
        self,
        number: int,
        fault: FaultPlan,
        spot: Spot,
        message: Message,
        attempt: int,
        now_s: float,
    ) -> bool:
        """Tell whether a fault strikes that chance, if any, allows to."""
        kind = type(message).__name__
        if not fault.which and not (
            self.is_active(fault, now_s) and fnmatchcase(kind, fault.message)
        ):
            return False
        content = blake2b(_encode(message), digest_size=4).hexdigest()
        name = f"{fault.kind} {spot.where} {kind} {content} #{attempt}"
        if fault.which and name not in fault.which:
            return False
        self.fire(number, name, spot.where, now_s)
        return True

    def boundary(
        self, address: Address, message: Message, now_s: float, effects: Effects
    ) -> Strike | None:
        """Decide whether an actor crashes at a boundary of the effects of its handler.

        Args:
            address: The actor.
            message: What it has handled.
            now_s: Seconds on the run's clock.
            effects: What it wants to record and send.
        """
        spot = self._handlers.get(address)
        if spot is None:
            fitting = [(n, f) for n, f in self._at_boundaries if self.fits(f.where, address)]
            spot = self._handlers[address] = _spot(address, fitting)
        if not spot.faults:
            return None
        chances, attempt = self._draw(spot, message)
        for number, fault, lane, threshold in spot.faults:
            if (
                chances[lane] < threshold
                and _has_boundary(fault.kind, effects)
                and self._strikes(number, fault, spot, message, attempt, now_s)
            ):
                return Strike(fault, _sent(fault.kind, effects, chances))
        return None


def _spot(where: str, fitting: list[Numbered]) -> Spot:
    faults = [
        (number, fault, _LANES[fault.kind], _threshold(fault))
        for number, fault in fitting
        if fault.kind in _LANES and _may_strike(fault, where)
    ]
    return Spot(where, where.encode() + b" ", faults)


def _may_strike(fault: FaultPlan, where: str) -> bool:
    here = f"{fault.kind} {where} "
    return not fault.which or any(name.startswith(here) for name in fault.which)


def _threshold(fault: FaultPlan) -> float:
    return ONE if fault.which or fault.share is None else fault.share * ONE


def _has_boundary(kind: FaultKind, effects: Effects) -> bool:
    if kind == "crash_between_sends":
        return len(effects.messages) > 1
    return bool(effects.facts)


def _sent(kind: FaultKind, effects: Effects, chances: tuple[int, ...]) -> int:
    """Return how many messages leave before the crash."""
    if kind != "crash_between_sends":
        return 0
    return 1 + chances[_SENT_LANE] % (len(effects.messages) - 1)
