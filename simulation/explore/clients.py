"""The clients of a small world: each asks again, later and later, until it has the last word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from zlib import crc32

from actors.addresses import EXCHANGE, owner_of
from actors.domain.orders import Reason
from actors.messages.base import Address, CommandId
from actors.messages.funds import ForgetCommands
from actors.messages.orders import CommandRejected, OrderAccepted, OrderReport
from actors.runtimes.mailbox import Envelope
from simulation.explore.small_world import CLIENT, SmallWorld, Step, message_of
from simulation.virtual_time import VirtualTimeRuntime

_MICROSECONDS: Final = 1_000_000
_FORGETS_EVERY: Final = 5  # commands
_RETRY_AT_MOST_S: Final = 30.0
_BUSY: Final = Reason.BUSY
_DUPLICATE: Final = Reason.DUPLICATE_COMMAND


class Conversation:
    """Everything that is said about one command.

    Attributes:
        account: Where it is about.
        message: What is asked, again and again.
        is_over: The client has the last word: of an order the reply and how it ended.
        is_repeated: It is sent until the last word is there.
        is_reported: How the order ended has been told.
        is_heard: Nothing that was sent is without an answer.
        is_refused: It was refused, for another reason than want of capacity.
        order_id: Of the order that was accepted, if one was.
        altered: Another command that the client sends under the same id, if it is faulty.
    """

    __slots__ = (
        "account", "altered", "is_heard", "is_over", "is_refused", "is_repeated", "is_reported",
        "message", "order_id", "retry_s",
    )  # fmt: skip

    def __init__(self, account: Address, message: Any, retry_s: float) -> None:
        self.account = account
        self.message = message
        self.retry_s = retry_s
        self.is_heard = False
        self.is_over = False
        self.is_repeated = False
        self.is_reported = False
        self.is_refused = False
        self.order_id = ""
        self.altered: Conversation | None = None

    @property
    def is_decided(self) -> bool:
        """Whether the account has taken the command in or refused it, as far as is known here."""
        return self.is_over or self.is_reported or self.order_id != ""

    def take(self, message: Any) -> None:
        """Take an answer; a refusal for want of capacity is not the last word."""
        kind = type(message)
        self.is_heard = self.is_heard or kind is not OrderReport
        if kind is OrderAccepted:
            self.order_id = message.order_id
            self.is_over = self.is_reported
        elif kind is OrderReport:
            self.is_reported = True
            self.is_over = self.order_id != ""
        elif kind is not CommandRejected or message.reason not in {_BUSY, _DUPLICATE}:
            self.is_over = True
            self.is_refused = kind is CommandRejected
        elif message.reason is _DUPLICATE and self.altered is not None:
            self.altered.is_over = self.altered.is_heard = True


class Clients:
    """Sends every step on time, and repeats what has not got the last word.

    Args:
        runtime: Whose exchange they talk to.
        world: Who sends what, and when.
        open_account: Starts the account at an address, unless it is there.

    Attributes:
        conversations: By id of the command.
    """

    def __init__(
        self,
        runtime: VirtualTimeRuntime,
        world: SmallWorld,
        open_account: Callable[[Address], None],
    ) -> None:
        self._runtime = runtime
        self._open_account = open_account
        self._delay_s = world.machines.client_delay_s
        self._retry_s = world.retry_s
        self.conversations: dict[CommandId, Conversation] = {}
        self._unsent: dict[Address, list[CommandId]] = {}  # by account
        for step in world.steps:
            self._unsent.setdefault(step.address, []).append(step.command_id)
        runtime.attach(CLIENT, self._take)
        for step in world.steps:
            wait_s = max(0.0, step.at_us / _MICROSECONDS - runtime.now)
            runtime._after(wait_s, self._sending(step))

    def unsettled(self, is_waiting: Callable[[Conversation], bool]) -> list[CommandId]:
        """Return the commands without the last word, but for orders that wait for their price."""
        return [
            command_id
            for command_id, talk in self.conversations.items()
            if not talk.is_heard
            or not (talk.is_over or is_waiting(talk))
            or not (talk.altered is None or talk.altered.is_over)
        ]

    def _take(self, envelope: Envelope) -> None:
        conversation = self.conversations.get(envelope.message.command_id)
        if conversation is not None:
            conversation.take(envelope.message)
            if conversation.is_over and envelope.message.command_id % _FORGETS_EVERY == 0:
                self._forget(conversation.account)

    def _forget(self, account: Address) -> None:
        """Tell an account below which of its commands nothing will be asked again."""
        mine = [command_id for command_id, talk in self.conversations.items()
                if talk.account == account]  # fmt: skip
        needed = [command_id for command_id in mine if not self._is_done(command_id)]
        below = min([*needed, *self._unsent[account], max(mine) + 1])
        news = ForgetCommands(account, below, owner_of(account))
        self._runtime.send_traced(EXCHANGE, news, CLIENT, -1, self._delay_s)

    def _is_done(self, command_id: CommandId) -> bool:
        """Tell whether a client has all the answers about a command."""
        talk = self.conversations[command_id]
        return talk.is_heard and talk.is_over and (talk.altered is None or talk.altered.is_over)

    def _sending(self, step: Step) -> Callable[[], None]:
        return lambda: self._begin(step)

    def _begin(self, step: Step) -> None:
        """Send a step: a new command, the same once more, or another under the same id."""
        key, message = step.command_id, message_of(step)
        self._unsent[step.address].remove(key)
        if step.operation == "open":
            self._open_account(step.address)
        known = self.conversations.get(key)
        if known is None:
            known = self.conversations[key] = Conversation(step.address, message, self._retry_s)
            if step.operation == "undo":
                self._undo(known, step.target, self._retry_s)
            else:
                self._repeat(known)
        elif message == known.message and known.is_repeated:
            self._send(known)
        elif message == known.message:
            self._repeat(known)
        elif known.altered is None:
            known.altered = Conversation(step.address, message, self._retry_s)
            self._alter(known, known.altered, self._retry_s)

    def _undo(self, undo: Conversation, target: CommandId, wait_s: float) -> None:
        """Undo a command, but not before it is known what became of it, and if there is need."""
        done = self.conversations.get(target)
        if done is None or (done.is_decided and not done.is_refused and not done.is_reported):
            self._repeat(undo)
        elif done.is_decided:
            undo.is_over = undo.is_heard = True
        else:
            longer_s = min(2 * wait_s, _RETRY_AT_MOST_S)
            self._runtime._after(wait_s, lambda: self._undo(undo, target, longer_s))

    def _alter(self, known: Conversation, altered: Conversation, wait_s: float) -> None:
        """Use an id for something else, but not before it is known what became of the first."""
        if known.is_decided:
            self._repeat(altered)
        else:
            longer_s = min(2 * wait_s, _RETRY_AT_MOST_S)
            self._runtime._after(wait_s, lambda: self._alter(known, altered, longer_s))

    def _repeat(self, conversation: Conversation) -> None:
        """Send a command until the last word is there, less and less often."""
        conversation.is_repeated = not (conversation.is_over and conversation.is_heard)
        if not conversation.is_repeated:
            return
        self._send(conversation)
        wait_s = conversation.retry_s
        conversation.retry_s = min(2 * wait_s, _RETRY_AT_MOST_S)
        jittered_s = wait_s * _jitter(conversation.message.command_id, wait_s)
        self._runtime._after(jittered_s, lambda: self._repeat(conversation))

    def _send(self, conversation: Conversation) -> None:
        conversation.is_heard = False
        message = conversation.message
        self._runtime.send_traced(EXCHANGE, message, CLIENT, -1, self._delay_s)


def _jitter(command_id: CommandId, wait_s: float) -> float:
    """Return a factor from 0.5 to 1.5: clients in step would find the door busy for ever."""
    return 0.5 + crc32(f"{command_id} {wait_s!r}".encode()) / 2**32
