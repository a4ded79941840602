"""One actor alone on a stage: everybody it talks to is played by the test."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from actors.actor import Actor
from actors.messages.base import Address, Fact, Message
from actors.messages.market import PriceAck, PriceChanged
from actors.runtimes.journal import MemoryJournal
from actors.runtimes.mailbox import Envelope
from simulation.clock import Clock
from simulation.virtual_time import VirtualTimeRuntime

M = TypeVar("M", bound=Message)
F = TypeVar("F", bound=Fact)


class Kit:
    """Delivers messages to one actor, and holds what it says until the test expects it.

    As a context manager it closes itself: whatever was said and not expected fails the test,
    as does a handler that raised, and a state that its own facts do not lead to.

    Args:
        actor_class: What is tested.
        arguments: Given to its constructor.
        address: Where it lives.
        peers: Whom it may talk to; a message to anybody else fails the test.
        starts_at_s: What its clock shows at first.
    """

    def __init__(
        self,
        actor_class: type[Actor],
        *arguments: Any,
        address: Address,
        peers: Iterable[Address],
        starts_at_s: float = 0.0,
    ) -> None:
        self.address = address
        self.runtime = VirtualTimeRuntime(
            Clock(initial_time=starts_at_s),
            service_times={"default": 0.0},
            journal=MemoryJournal(),
        )
        self._said: dict[Address, deque[Message]] = {peer: deque() for peer in peers}
        self._facts: list[Fact] = []
        for peer in self._said:
            self.runtime.attach(peer, self._listener(peer))
        self.runtime.follow(self)
        self.runtime.spawn(address, actor_class, *arguments)
        self._settle()

    def _listener(self, peer: Address) -> Any:
        def listen(envelope: Envelope) -> None:
            self._said[peer].append(envelope.message)

        return listen

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        """Note what was recorded."""
        self._facts += facts

    def _settle(self) -> None:
        self.runtime.run_until_idle()
        for failure in self.runtime.supervisor.failures:
            raise AssertionError(f"{failure.error} while it handled {failure.message}")
        lost = dict(self.runtime.dead_letters)
        assert not lost, f"{self.address} talks to somebody it does not know: {lost}"

    @property
    def actor(self) -> Any:
        """The living actor."""
        return self.runtime.cells[self.address].actor

    @property
    def state(self) -> Any:
        """What the actor durably knows."""
        return self.actor.state

    def deliver(self, message: Message, sender: Address = "") -> None:
        """Let the actor handle a message.

        Raises:
            AssertionError: Its handler raised, or talked to somebody unknown.
        """
        self.runtime.send(self.address, message, sender)
        self._settle()

    def tell_price(self, symbol: str, number: int, price: int) -> None:
        """Let the actor hear a price, and acknowledge that it knows this one or a later one."""
        self.deliver(PriceChanged(symbol, number, price))
        assert self.expect(f"stock/{symbol}", PriceAck).number >= number

    def expect(self, address: Address, message_type: type[M]) -> M:
        """Take the next message that was said to somebody.

        Raises:
            AssertionError: It is of another type, or there is none.
        """
        said = self._said[address]
        assert said, f"nothing was said to {address}; expected a {message_type.__name__}"
        assert isinstance(said[0], message_type), (
            f"{said[0]!r} was said to {address}; expected a {message_type.__name__}"
        )
        message = said.popleft()
        assert isinstance(message, message_type)
        return message

    def facts(self) -> list[Fact]:
        """Return what was recorded since the last call, or the start."""
        facts, self._facts = self._facts, []
        return facts

    def facts_of(self, fact_type: type[F]) -> list[F]:
        """Return all facts of one kind that were ever recorded."""
        recorded = self.runtime.journal.facts_of(self.address)
        return [fact for fact in recorded if isinstance(fact, fact_type)]

    def drop(self) -> list[Message]:
        """Let everything that was said and not expected be lost on its way, and return it."""
        lost = [message for said in self._said.values() for message in said]
        for said in self._said.values():
            said.clear()
        return lost

    def expect_silence(self) -> None:
        """Assert that nothing was said that was not expected.

        Raises:
            AssertionError: Something was; says what, and to whom.
        """
        left = {address: list(said) for address, said in self._said.items() if said}
        assert not left, f"nobody expected: {left}"

    def messages_handled(self) -> int:
        """Return how many messages the actor has handled so far, its own timers included."""
        cell: Any = self.runtime.cells[self.address]
        return int(cell.tally.messages)

    def advance(self, seconds: float) -> None:
        """Let time pass, and timers go off."""
        self.runtime.run(until_s=self.runtime.now + seconds)
        self._settle()

    def restart(self) -> None:
        """Let the actor lose its memory and come back from its journal."""
        self.runtime.crash(self.address)
        self.runtime.restart(self.address)
        self._settle()

    def check_fold(self) -> None:
        """Assert that the facts in the journal lead to the living state."""
        folded = self.runtime.rebuilt(self.address).state
        assert self.state == folded, "the facts do not lead to the living state"

    def close(self) -> None:
        """Assert silence and a state that follows from the facts, and stop the actor.

        Raises:
            AssertionError: Something was said that nobody expected, or the fold differs.
        """
        try:
            self.expect_silence()
            self.check_fold()
        finally:
            self.runtime.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.runtime.close()
