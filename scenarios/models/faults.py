"""The tables `[[fault]]` of a scenario: what goes wrong, when, where, and how much of it."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from actors.messages.catalogue import MESSAGES
from scenarios.models.types import Contradiction, Duration, Growth, Rate, Share, Table, refuse
from scenarios.suggest import did_you_mean
from scenarios.units import shown
from simulation import plan
from simulation.faults.kinds import (
    ACTOR_KINDS,
    DISK_CRASHES,
    LOSING_KINDS,
    NODE_KINDS,
)

_TOLERANCE_S = 1e-6
_MESSAGES = sorted(message.__name__ for message in MESSAGES)


def known_message(pattern: str) -> str:
    """Return a pattern that fits the class of some message.

    Raises:
        ValueError: There is no such message.
    """
    if not any(fnmatchcase(name, pattern) for name in _MESSAGES):
        raise ValueError(f"no such message as {shown(pattern)}{did_you_mean(pattern, _MESSAGES)}")
    return pattern


Pattern = Annotated[str, Field(min_length=1)]
MessageName = Annotated[str, AfterValidator(known_message)]
Names = Annotated[tuple[str, ...], Field(strict=False)]


class _Fault(Table):
    """What every fault has: when it begins, and for how long it lasts."""

    model_config = ConfigDict(validate_by_alias=True, serialize_by_alias=True)

    at: Duration = 0.0
    """When it begins, after the start of the run."""
    lasts: Annotated[Duration, Field(gt=0)] | None = Field(default=None, alias="for")
    """How long it lasts; to the end of the run unless given."""

    @property
    def every_s(self) -> float | None:
        """After how many seconds it comes back; None for never."""
        return getattr(self, "every", None)

    def to_plan(self) -> plan.FaultPlan:
        """Return the plan of this fault."""
        names = ("share", "where", "to", "amount", "message", "which")
        given = {name: getattr(self, name) for name in names if hasattr(self, name)}
        kind: plan.FaultKind = self.kind  # type: ignore[attr-defined]
        return plan.FaultPlan(kind, self.at, self.lasts, every_s=self.every_s, **given)


class _ComesBack(_Fault):
    """A fault that may come back, and whose decisions may be named."""

    every: Annotated[Duration, Field(gt=0)] | None = None
    """It strikes again each time this has passed; once unless given."""
    where: Pattern = "*"
    """Pattern (`*` and `?`) of the addresses or nodes that it hits; of links, the sender's."""
    which: Names = ()
    """Names of decisions: if there are any, exactly those fire, without chance."""


class MessageFault(_ComesBack):
    """Messages on a link are lost, copied, late or overtaken."""

    kind: Literal["drop", "duplicate", "delay", "reorder"]
    """`drop` loses messages, `duplicate` copies them, `delay` holds them up, `reorder` lets later
    ones overtake.
    """
    to: Pattern = "*"
    """Pattern of the recipients' addresses or nodes."""
    share: Annotated[Share, Field(gt=0)] | None = None
    """Share of the messages that it hits; all unless given."""
    message: MessageName = "*"
    """Pattern of the classes of messages that it hits."""
    amount: Annotated[Duration, Field(gt=0)] | None = None
    """How long: the copy comes up to 50ms later, a delay is at least 100ms, a message waits up to
    1s to be overtaken unless given.
    """

    @model_validator(mode="after")
    def _is_consistent(self) -> MessageFault:
        if self.kind == "drop" and self.amount is not None:
            refuse("amount", "a message is dropped or not; there is no more or less of it")
        return self


class ReportFault(_ComesBack):
    """What clients are told is late, or lost."""

    kind: Literal["slow_reports", "failing_reports"]
    """`slow_reports` come to clients late, `failing_reports` not at all."""
    share: Annotated[Share, Field(gt=0)] | None = None
    """Share of the messages that it hits; all unless given."""
    message: MessageName = "*"
    """Pattern of the classes of messages that it hits."""
    amount: Annotated[Duration, Field(gt=0)] | None = None
    """How late at the least; 5s unless given."""


class LinkFault(_ComesBack):
    """Links are cut or clogged for a while."""

    kind: Literal["partition", "partition_one_way", "clogged_link"]
    """A link is cut (`partition`), cut one way, or `clogged_link`: messages come when it is over.
    """
    to: Pattern = "*"
    """Pattern of the recipients' addresses or nodes."""


class BoundaryFault(_ComesBack):
    """Actors crash between the effects of a handler; `amount` is their downtime."""

    kind: Literal["crash_before_append", "crash_after_append", "crash_between_sends"]
    """An actor crashes before its facts are recorded, after that, or between two sends."""
    share: Annotated[Share, Field(gt=0)] | None = None
    """Share of the handled messages that it hits; all unless given."""
    message: MessageName = "*"
    """Pattern of the classes of messages that it hits."""
    amount: Annotated[Duration, Field(gt=0)] | None = None
    """How long the actor is down; 500ms unless given."""


class ActorFault(_ComesBack):
    """Actors crash, fail over, or have a wrong clock; or all are restarted for an upgrade."""

    kind: Literal["crash", "zombie", "clock_skew", "rolling_upgrade"]
    """`crash`: an actor loses its memory; `zombie`: its old incarnation lives on; `clock_skew`: its
    clock is wrong; `rolling_upgrade`: all are restarted.
    """
    share: Annotated[Share, Field(gt=0)] | None = None
    """Share of the actors that it hits; one that the seed chooses unless given."""
    amount: Annotated[Duration, Field(gt=0)] | None = None
    """How long the actor is down (500ms), or how wrong its clock is (5s)."""

    @model_validator(mode="after")
    def _is_consistent(self) -> ActorFault:
        if self.kind in {"zombie", "rolling_upgrade"} and self.amount is not None:
            refuse("amount", f"there is no more or less of a {self.kind}")
        return self


class NodeFault(_ComesBack):
    """Nodes crash, pause, or have a full disk; `amount` is the downtime after a crash."""

    kind: Literal["node_crash", "torn_record", "lost_tail", "full_disk", "paused_node"]
    """`node_crash`; `torn_record` and `lost_tail`: a crash that tears or loses what is not durable;
    `full_disk`; `paused_node`.
    """
    share: Annotated[Share, Field(gt=0)] | None = None
    """Share of the nodes that it hits; one that the seed chooses unless given."""
    amount: Annotated[Duration, Field(gt=0)] | None = None
    """How long the node is down after a crash; 2s unless given."""

    @model_validator(mode="after")
    def _is_consistent(self) -> NodeFault:
        if self.kind in {"full_disk", "paused_node"} and self.amount is not None:
            refuse("amount", f"how much a {self.kind} matters is how long it lasts: give for")
        if self.kind in {"full_disk", "paused_node"} and self.lasts is None:
            refuse("for", 'missing: how long it lasts, like "10s"')
        return self


class SlowNode(_ComesBack):
    """A node is slow for a while."""

    kind: Literal["slow_node"]
    """A node is slow for a while."""
    share: Annotated[Share, Field(gt=0)] | None = None
    """Share of the nodes that it hits; one that the seed chooses unless given."""
    amount: float | None = Field(default=None, gt=0, le=1_000_000, description="times slower")


class LoadSpike(_Fault):
    """Extra orders arrive."""

    kind: Literal["load_spike"]
    """Extra orders arrive."""
    amount: Annotated[Rate, Field(gt=0)] | None = None
    """How many; 100/s unless given."""


class PriceGap(_Fault):
    """Prices jump, and customers have not seen it yet."""

    kind: Literal["price_gap"]
    """Prices jump, and customers have not seen it yet."""
    where: Pattern = "*"
    """Pattern of the stocks that it hits."""
    amount: Growth | None = None
    """Change of the price; -20% unless given."""


class EarlyClose(Table):
    """The market closes before its time, with orders on their way."""

    kind: Literal["early_close"]
    """The market closes before its time, with orders on their way."""
    at: Duration = Field(description='when it closes, like "10m" after the start')

    def to_plan(self) -> plan.FaultPlan:
        """Return the plan of this fault."""
        return plan.FaultPlan(self.kind, self.at)


Fault = Annotated[
    MessageFault | ReportFault | LinkFault | BoundaryFault | ActorFault | NodeFault | SlowNode
    | LoadSpike | PriceGap | EarlyClose,
    Field(discriminator="kind"),
]  # fmt: skip


def contradicting_faults(
    faults: tuple[Fault, ...], end_s: float, *, retries: bool, commit_s: float
) -> Iterator[Contradiction]:
    """Yield what of the faults does not fit together, or the rest of the scenario.

    Args:
        faults: In the order of the file.
        end_s: When the last command may be intended, seconds after the start.
        retries: Clients send commands again.
        commit_s: Time of a group commit, 0 for none.
    """
    for number, fault in enumerate(faults):
        path = ("fault", number)
        yield from _contradicting_times(fault, path, end_s)
        if fault.kind in LOSING_KINDS and not retries:
            yield (
                (*path, "kind"),
                f"a {fault.kind} may lose a command for good while clients never send it again; "
                'add users.retry_after = "1s"',
            )
        if fault.kind in DISK_CRASHES and not commit_s:
            yield (
                (*path, "kind"),
                f"a {fault.kind} needs records that are not durable yet; set cluster.commit = "
                '"5ms"',
            )


def _contradicting_times(
    fault: Fault, path: tuple[str | int, ...], end_s: float
) -> Iterator[Contradiction]:
    lasts_s = getattr(fault, "lasts", None)
    if fault.at >= end_s:
        yield (*path, "at"), f"it would never begin: warm_up + duration end at {end_s:g}s"
    elif lasts_s is not None and fault.at + lasts_s > end_s + _TOLERANCE_S:
        yield (*path, "for"), f"it lasts beyond warm_up + duration, which end at {end_s:g}s"
    every_s = getattr(fault, "every", None)
    is_instant = fault.kind in ACTOR_KINDS | NODE_KINDS
    if every_s is not None and not is_instant and (lasts_s is None or lasts_s >= every_s):
        yield (*path, "every"), "it must have a shorter for, as it would never be over"
