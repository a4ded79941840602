"""The journey of one command: the contract between what traces it and what shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

import msgspec

JOURNEYS: Final = "journeys"  # folder within a run, one file per journey that was asked for

Outcome = Literal["handled", "told", "crashed", "lost"]


class Sent(msgspec.Struct):
    """One message that a handler sent.

    Attributes:
        recipient: Address.
        message: Its class.
        has_left: It has; a crash may have kept it.
    """

    recipient: str
    message: str
    has_left: bool = False


class Hop(msgspec.Struct):
    """One message on its way to one recipient, and what came of it.

    Times are seconds on the run's clock; the parts are of this hop alone, in the order in which
    they are spent: `sent_s`, network, waiting for the actor, for a worker, service, `at_s`, commit.

    Attributes:
        number: From 0, in the order in which the hops ended.
        cause: The hop whose handler sent this message; -1 where none was traced.
        sender: Address; empty for the operator outside.
        actor: Address of the recipient.
        node: Machine of the recipient; empty for one outside.
        message: Class of the message; empty where an actor came back from its journal.
        says: Fields of the message.
        sent_s: When it left, for a command: when its customer meant to send it.
        network_s: Time on the network.
        mailbox_s: Time waiting for the actor.
        worker_s: Time waiting for a worker of its node.
        service_s: Time in the handler.
        at_s: When the handler was done, or the client was told.
        commit_s: Time that what it sent then waited for facts to become durable.
        outcome: `told` where a client is the recipient; `crashed` with its actor; `lost` as a
            dead letter.
        facts: What the handler recorded about the command: class and fields.
        others: How many facts about something else it recorded besides.
        sends: What the handler sent about the command.
        cash: Of the account afterwards, 1/10,000 USD; None elsewhere.
        held: Part of it that is set aside for open orders, 1/10,000 USD.
    """

    number: int
    cause: int
    sender: str
    actor: str
    node: str
    message: str
    says: dict[str, Any]
    sent_s: float
    network_s: float
    mailbox_s: float
    worker_s: float
    service_s: float
    at_s: float
    commit_s: float = 0.0
    outcome: Outcome = "handled"
    facts: list[tuple[str, dict[str, Any]]] = []
    others: int = 0
    sends: list[Sent] = []
    cash: int | None = None
    held: int | None = None


class Journey(msgspec.Struct):
    """Everything that is known of one command, from the click to its last word.

    Attributes:
        run: Id of the run.
        name: Order id, or the number of a command that placed none.
        starts_at_s: Time of day at instant 0, seconds after midnight.
        request: Its row in the table `requests`.
        order: Its row in the table `orders`; None if none was accepted.
        hops: In the order in which they ended.
        is_repeated_whole: The run was repeated to its end, and had the same digest.
    """

    run: str
    name: str
    starts_at_s: int
    request: dict[str, Any]
    order: dict[str, Any] | None
    hops: list[Hop]
    is_repeated_whole: bool = False


def journey_file(folder: Path, name: str) -> Path:
    """Return where the journey of an order or command of a run is kept."""
    return folder / JOURNEYS / f"{name}.json"
