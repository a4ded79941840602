"""The client's side of the brokerage: who waits for which answer, and how orders have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pykka

from actors.actor import MICROSECONDS, Answer
from actors.addresses import EXCHANGE
from actors.domain.market_hours import ALWAYS_OPEN, Hours, opening_in_words
from actors.domain.money import dollars
from actors.domain.orders import Reason
from actors.messages.base import Address, CommandId, OrderId
from actors.messages.orders import CommandRejected, OrderReport
from actors.releasing import Releasing
from actors.runtimes.journal import JournalError
from actors.runtimes.mailbox import Envelope
from actors.runtimes.runtime import Runtime

if TYPE_CHECKING:
    from actors.commands.trail import Trail

PATIENCE_S: Final = 30.0  # wall-clock seconds that a handle waits for an answer


_NAMED: Final[dict[Reason, tuple[str, ...]]] = {
    Reason.UNKNOWN_SYMBOL: ("symbol",),
    Reason.INVALID_QUANTITY: ("quantity",),
    Reason.INVALID_AMOUNT: ("amount", "cost"),
    Reason.INSUFFICIENT_FUNDS: ("amount",),
    Reason.INSUFFICIENT_SHARES: ("quantity",),
    Reason.UNKNOWN_ORDER: ("order_id",),
}
"""The part of what was asked for that a refusal is about; it is told along with the reason."""
_OF_MONEY: Final = frozenset({"amount", "cost"})


class Refused(ValueError):  # noqa: N818 - the brokerage's word; it is an answer, not a failure
    """The brokerage refused a command; nothing happened.

    Attributes:
        reason: Why.
        next_session_us: When the market opens next, microseconds on the brokerage's clock, if
            that it is closed is why and this is known; else -1.
    """

    def __init__(
        self, reason: Reason, next_session_us: int = -1, opening: str = "", about: str = ""
    ) -> None:
        why = f"{reason.sentence.removesuffix('.')}: {about}." if about else reason.sentence
        super().__init__(f"{why} {opening}".rstrip())
        self.reason = reason
        self.next_session_us = next_session_us


class Client:
    """Hands each answer to whoever waits for it, and keeps order reports.

    Args:
        runtime: Whose exchange is asked.
        address: Where answers go.
        trail: Where every command is written down.
        hours: When the market is open, so as to say when it opens.
    """

    def __init__(
        self, runtime: Runtime[Any], address: Address, trail: Trail, hours: Hours = ALWAYS_OPEN
    ) -> None:
        self.address = address
        self._trail = trail
        self._hours = hours
        self._runtime = runtime
        self._waiting: dict[tuple[Address, CommandId], pykka.Future[Any]] = {}
        self._reports: dict[OrderId, OrderReport] = {}
        self._reported: dict[OrderId, pykka.Future[Any]] = {}
        self._failed: JournalError | None = None
        self.releasing = Releasing()
        runtime.attach(address, self.take)

    def take(self, envelope: Envelope) -> None:
        """Hand over what has come in."""
        message = envelope.message
        self._trail.told(message, self._opening_after(message))
        if isinstance(message, OrderReport):
            self._reports[message.order_id] = message
            future = self._reported.pop(message.order_id, None)
        else:
            future = self._waiting.pop(_key_of(message), None)
        if future is not None:
            future.set(message)

    def fail(self, error: JournalError) -> None:
        """Let everybody know who waits for what will not come."""
        self._failed = error
        waiting = [*self._waiting.values(), *self._reported.values()]
        self._waiting.clear()
        self._reported.clear()
        for future in waiting:
            future.set_exception((JournalError, error, None))

    def ask(self, message: Any) -> Any:
        """Send a command or a question to the exchange and wait for the answer.

        Raises:
            Refused: It was refused.
            pykka.Timeout: There was no answer.
            JournalError: The journal cannot be written, so that nothing happens any more.
        """
        future = self._expect(self._waiting, _key_of(message))
        self.releasing.asked(message)
        self._trail.asked(message)
        self._runtime.send(EXCHANGE, message, self.address)
        try:
            answer = future.get(timeout=PATIENCE_S)
        except pykka.Timeout as late:
            raise pykka.Timeout(
                f"{type(message).__name__} {message.command_id} was not answered ({late}); "
                "it may have been carried out all the same"
            ) from late
        news = self.releasing.answered(message)
        if news is not None:
            self._runtime.send(EXCHANGE, news, self.address)
        if isinstance(answer, CommandRejected):
            raise self._refusal(answer, message)
        return answer

    def _refusal(self, answer: CommandRejected, message: Any) -> Refused:
        about = about_of(answer.reason, message)
        return Refused(answer.reason, answer.next_session_us, self._opening_after(answer), about)

    def _opening_after(self, answer: Any) -> str:
        """Say when the market opens next, if that it is closed is what was told."""
        opens_us = getattr(answer, "next_session_us", -1)
        now_us = int(self._runtime.now * MICROSECONDS)
        return opening_in_words(self._hours, opens_us, now_us) if opens_us >= 0 else ""

    def await_report(self, order_id: OrderId) -> OrderReport:
        """Wait until an order has come to its end.

        Raises:
            pykka.Timeout: It does not come to its end by itself.
        """
        future = self._expect(self._reported, order_id)
        report = self._reports.get(order_id)
        if report is not None:
            self._reported.pop(order_id, None)
            return report
        answer = future.get(timeout=PATIENCE_S)
        assert isinstance(answer, OrderReport)
        return answer

    def report_of(self, order_id: OrderId) -> OrderReport | None:
        """Return how an order ended, if this client has been told."""
        return self._reports.get(order_id)

    def _expect(self, where: dict[Any, pykka.Future[Any]], key: Any) -> pykka.Future[Any]:
        future = Answer()
        future.runtime = self._runtime
        where.setdefault(key, future)
        if self._failed is not None:
            raise self._failed
        return where.get(key, future)  # whoever repeats a command waits along


def about_of(reason: Reason, message: Any) -> str:
    """Name the part of a command or a question that a refusal is about, where there is one."""
    for name in _NAMED.get(reason, ()):
        value = getattr(message, name, None)
        if type(value) is int:
            return dollars(value) if name in _OF_MONEY else f"{value:,}"
        if type(value) is str and value:
            return f"{value!r:.100}"
    return ""


def _key_of(message: Any) -> tuple[Address, CommandId]:
    """Return what a command or a question has in common with its answer."""
    account: Address = getattr(message, "account", "")
    return account, message.command_id
