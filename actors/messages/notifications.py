"""Notifications: from whoever owes one to the notifier, and from there to a gateway."""

from __future__ import annotations

from msgspec import Struct

from actors.domain.notifications import Channel, Notification, Route
from actors.messages.base import Address, CommandId, Message


class SetPreferences(Message, frozen=True):
    """Ask for a customer to be told of these events on these channels, and of nothing else."""

    command_id: CommandId
    account: Address
    routes: tuple[Route, ...]
    reply_to: Address = ""
    user: str = ""


class GetPreferences(Message, frozen=True):
    """Ask an account what its customer wants to be told of, and which alerts are set."""

    command_id: CommandId
    account: Address
    reply_to: Address = ""
    user: str = ""


class Notify(Message, frozen=True):
    """Tell a notifier of something that a customer must hear of."""

    notification: Notification


class Receipt(Message, frozen=True):
    """Tell a debtor that its creditor durably has what was owed under a number."""

    number: int


class RoomAgain(Message, frozen=True):
    """Tell a debtor whose notifications found no room that so many of them would find it now."""

    room: int


class SendBatch(Message, frozen=True):
    """Ask a gateway to send some notifications; one that it has sent before is only confirmed.

    `revision` is how many facts the notifier had recorded when it made the batch.
    """

    batch: int
    revision: int
    channel: Channel
    notifications: tuple[Notification, ...]


class Undelivered(Struct, frozen=True, array_like=True, gc=False):
    """What a gateway could not send.

    Attributes:
        id: Of the notification.
        reason: Why, in words.
        is_final: It will never be possible; else it is worth another try.
        retry_after_s: Seconds before which another try is not wanted; 0 for any time.
    """

    id: str
    reason: str
    is_final: bool = False
    retry_after_s: float = 0.0


class BatchResult(Message, frozen=True):
    """Tell a notifier what became of a batch; what is not named here may be sent again.

    `is_down` says that the channel cannot be reached, which is no fault of any notification.
    """

    batch: int
    delivered: tuple[str, ...]
    undelivered: tuple[Undelivered, ...] = ()
    is_down: bool = False


class SendMore(Message, frozen=True):
    """Remind a notifier that it may send again; its own timer says so, by its number."""

    timer: int = 0


class DeadLetter(Struct, frozen=True, array_like=True, gc=False):
    """A notification that will not be sent any more.

    Attributes:
        notification: What it was.
        reason: Why it was given up.
        at_us: When.
    """

    notification: Notification
    reason: str
    at_us: int


class GetDelivery(Message, frozen=True):
    """Ask a notifier how it gets on."""


class DeliveryAnswer(Message, frozen=True):
    """Tell how many notifications wait, were sent and were given up, and the latest of those."""

    waiting: int
    delivered: int
    given_up: int
    turned_away: int  # for want of room, since the notifier last started; said again later
    dead_letters: tuple[DeadLetter, ...]
