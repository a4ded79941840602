"""The actor: state that one message at a time changes, and nobody else sees."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

import msgspec
import pykka
from pykka import ThreadingFuture

from actors.addresses import OPERATIONS
from actors.messages.base import Address, Fact, Message
from actors.messages.control import Alarm
from actors.runtimes.mailbox import Mailbox

if TYPE_CHECKING:
    from actors.runtimes.runtime import Runtime

MICROSECONDS = 1_000_000
RESEND_AFTER_S: Final = 1.0
RESEND_AT_MOST_S: Final = 30.0
RESENDS_BEFORE_ALARM: Final = 6
_DOUBLINGS_AT_MOST: Final = 30

Outbox: TypeAlias = dict[Any, tuple[Address, Message]]


class Birth(msgspec.Struct):
    """Where an actor that is being made will live."""

    runtime: Runtime[Any]
    address: Address
    arguments: tuple[Any, ...] = ()


being_born: ContextVar[Birth | None] = ContextVar("being_born", default=None)


class Effects:
    """What a handler records and sends, until the runtime releases it all together.

    A runtime lends the same effects to one actor after the other: an actor has none of its
    own between two messages, and what is used for every message stays in the processor's cache.
    """

    __slots__ = ("facts", "messages", "now_s", "remind_s", "timers")

    def __init__(self) -> None:
        self.now_s = 0.0
        self.drop()

    def drop(self) -> None:
        """Forget everything: the handler has done nothing."""
        self.facts: list[Fact] = []
        self.messages: list[tuple[Address, Message]] = []
        self.timers: list[tuple[float, Message]] = []
        self.remind_s = 0.0  # after which the actor is to be reminded; 0 for never


class NoState(msgspec.Struct):
    """The durable state of an actor that has none."""


class Answer(ThreadingFuture[Any]):
    """The answer to an `ask` from outside; waiting for it lets the runtime work."""

    def __init__(self) -> None:
        super().__init__()
        self.runtime: Runtime[Any] | None = None

    def get(self, *, timeout: float | None = None) -> Any:
        """Wait for the answer.

        Raises:
            RuntimeError: A handler waits; actors never wait for each other.
            pykka.Timeout: No answer within `timeout` wall-clock seconds, or none can come.
        """
        if self.runtime is not None:
            self.runtime.work_for(self, timeout)
        return super().get(timeout=timeout)

    def is_set(self) -> bool:
        """Tell whether the answer is there."""
        return self._result is not None


class Actor(pykka.Actor):
    """A Pykka actor with an address, whose effects are released together.

    Whatever a handler records and sends takes effect when it has returned: first its facts
    are in the journal, then its messages leave. A handler that raises has done nothing.

    Subclasses say what they durably know in `state_type`, change it in `apply` alone, and
    handle messages in `receive`. What can be derived from the state is made in `derive`.
    """

    state_type: ClassVar[type[msgspec.Struct]] = NoState

    def __init__(self) -> None:
        birth = being_born.get()
        super().__init__()
        self.address: Address = self.actor_urn if birth is None else birth.address
        self.state: Any = self.state_type()
        self._waited_for: Outbox = {}  # what was in the outbox when last reminded
        self._resends = 0  # since everything was confirmed
        self._effects = Effects()

    @property
    def now(self) -> float:
        """Seconds on the runtime's clock."""
        return self._effects.now_s

    @property
    def now_us(self) -> int:
        """Whole microseconds on the runtime's clock."""
        return int(self._effects.now_s * MICROSECONDS)

    def receive(self, message: Any, sender: Address) -> None:
        """Handle one message: match it, and call."""
        raise NotImplementedError(f"{type(self).__name__} does not handle {message!r}")

    def apply(self, fact: Any) -> None:
        """Change the state by a fact; live and in recovery alike, and nowhere else."""
        raise NotImplementedError(f"{type(self).__name__} does not know {fact!r}")

    def derive(self) -> None:
        """Make what is derived from the state, after a snapshot was loaded."""

    def on_recovered(self) -> None:
        """Send again what is not confirmed; the mailbox opens afterwards."""
        for recipient, message in self.outbox().values():
            self.promise(recipient, message)

    def outbox(self) -> Outbox:
        """Return every message whose effect is not confirmed, by what it is about.

        It follows from the state alone, so that the journal keeps it: a fact puts an entry in,
        and the fact that confirms it takes it out.
        """
        return {}

    def promise(self, recipient: Address, message: Message) -> None:
        """Send a message that is in the outbox: again and again, until it is confirmed."""
        effects = self._effects
        effects.messages.append((recipient, message))
        effects.remind_s = RESEND_AFTER_S

    def resend(self) -> None:
        """Send again what the last reminder saw as well; never give up, but less and less often."""
        waiting = self.outbox()
        overdue = [entry for about, entry in waiting.items() if about in self._waited_for]
        for recipient, message in overdue:
            self.send(recipient, message)
        self._resends = self._resends + 1 if overdue else 0
        if self._resends == RESENDS_BEFORE_ALARM:
            what = f"{len(overdue)} messages unconfirmed, resent {self._resends} times"
            self.send(OPERATIONS, Alarm(f"{self.address}: {what}"))
        self._waited_for = waiting
        if waiting:
            doublings = min(self._resends, _DOUBLINGS_AT_MOST)
            self._effects.remind_s = min(RESEND_AFTER_S * 2**doublings, RESEND_AT_MOST_S)

    def send(self, recipient: Address, message: Message) -> None:
        """Send a message when the handler has returned and its facts are durable."""
        self._effects.messages.append((recipient, message))

    def send_later(self, delay_s: float, message: Message) -> None:
        """Send a message to this actor itself after a delay of at least 0 seconds.

        It does not outlive a crash: `on_recovered` sets it again where it is still wanted.
        """
        self._effects.timers.append((delay_s, message))

    def record(self, fact: Fact) -> None:
        """Let a fact become true, and durable when the handler has returned."""
        self.apply(fact)
        self._effects.facts.append(fact)

    def on_receive(self, message: Any) -> Any:
        """Refuse: messages come through `receive`, from a runtime."""
        raise TypeError(f"{type(self).__name__} has no handler for {message!r}")

    @staticmethod
    def _create_actor_inbox() -> Mailbox:
        birth = being_born.get()
        return Mailbox() if birth is None else birth.runtime.make_mailbox()

    @staticmethod
    def _create_future() -> Answer:
        return Answer()

    def _start_actor_loop(self) -> None:
        from actors.runtimes.default import default_runtime

        birth = being_born.get() or Birth(default_runtime(), self.address)
        birth.runtime.adopt(self, birth)
