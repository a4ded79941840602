"""Watches a small world from outside: which situations come up in its messages and its crashes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from actors.actor import Effects
from actors.addresses import EXCHANGE, MARKET_DATA
from actors.messages.base import Address, Message
from actors.messages.control import RegisterAccount, Remind
from actors.messages.market import PriceChanged
from actors.messages.orders import (
    CancelOrder,
    CancelSubmitted,
    EndReport,
    ExecutionReport,
    PlaceOrder,
    ReportAck,
    SubmitAck,
    SubmitOrder,
)
from actors.price_feed import PriceFeed
from actors.runtimes.mailbox import Envelope
from simulation.cluster import Place
from simulation.explore import following_watch
from simulation.explore.situations import Situation
from simulation.faults import FaultyRuntime

_RESENT: Final = {
    SubmitOrder: Situation.RESENT_SUBMIT,
    CancelSubmitted: Situation.RESENT_CANCEL,
    ExecutionReport: Situation.RESENT_EXECUTION,
    EndReport: Situation.RESENT_END,
    PriceChanged: Situation.RESENT_PRICE,
}
_DEAD: Final = {
    "ExecutionReport": Situation.DEAD_REPORT,
    "EndReport": Situation.DEAD_REPORT,
    "SubmitOrder": Situation.DEAD_SUBMIT,
}

Look = Callable[["MessageWatch", Any, Any], None]


class MessageWatch:
    """Looks at each message before its handler, and at each crash and recovery.

    Attributes:
        seen: What came up.
    """

    def __init__(self) -> None:
        self.seen: set[Situation] = set()
        self.tombstones: set[str] = set()

    def arriving(self, cell: Place, envelope: Envelope) -> None:
        """Look at a message that an actor is about to handle."""
        message = envelope.message
        look = _LOOKS.get(type(message))
        if look is not None:
            look(self, cell.actor, message)
            return
        look_on = following_watch.LOOKS.get(type(message))
        if look_on is not None:
            look_on(self.seen.add, cell.actor, message, envelope.sender)

    def registration(self, exchange: Any, message: RegisterAccount) -> None:
        """Look at the opening of an account, which may have come before."""
        if message.reply_to and message.account in exchange.state.accounts:
            self.seen.add(Situation.FURTHER_AGAIN)

    def submit(self, book: Any, message: SubmitOrder) -> None:
        """Look at an order that comes to its book."""
        order_id, state = message.order_id, book.state
        if state.session_us is not None and 0 <= message.session_us < state.session_us:
            self.seen.add(Situation.LATE_FOR_SESSION)
        if order_id in state.booked:
            self.seen.add(Situation.SUBMIT_AT_BOOKED)
        elif order_id in self.tombstones:
            self.seen.add(Situation.TOMBSTONE_MET)
        elif order_id in state.ended:
            self.seen.add(Situation.SUBMIT_AT_ENDED)

    def cancel_at_book(self, book: Any, message: CancelSubmitted) -> None:
        """Look at a cancel that comes to the book."""
        order_id = message.order_id
        if order_id in book.state.ended:
            self.seen.add(Situation.CANCEL_OF_ENDED)
        elif order_id not in book.state.booked:
            self.tombstones.add(order_id)
            self.seen.add(Situation.TOMBSTONE)

    def report(self, account: Any, message: ExecutionReport | EndReport) -> None:
        """Look at what a book reports to an account."""
        if message.order_id not in account.state.open_orders:
            again = type(message) is ExecutionReport
            self.seen.add(Situation.EXECUTION_AGAIN if again else Situation.END_AGAIN)

    def submit_ack(self, account: Any, message: SubmitAck) -> None:
        """Look at an acknowledgement that may come too late."""
        if message.order_id not in account.state.open_orders:
            self.seen.add(Situation.LATE_SUBMIT_ACK)

    def report_ack(self, book: Any, message: ReportAck) -> None:
        """Look at an acknowledgement that may have come before."""
        if message.order_id not in book.state.unconfirmed:
            self.seen.add(Situation.ACK_AGAIN)

    def price(self, follower: Any, message: PriceChanged) -> None:
        """Look at a price that may be known, or old."""
        state = follower.state
        if isinstance(follower, PriceFeed):
            return
        if follower.address == MARKET_DATA:
            quote = state.quotes.get(message.symbol)
            number = 0 if quote is None else quote.number
        else:
            number = state.number
        if message.number == number:
            self.seen.add(Situation.PRICE_AGAIN)
        elif message.number < number:
            self.seen.add(Situation.STALE_PRICE)

    def command(self, actor: Any, message: PlaceOrder | CancelOrder) -> None:
        """Look at a command at the door or at its account."""
        if actor.address == EXCHANGE:
            if (message.account, message.command_id) in actor.in_flight:
                self.seen.add(Situation.REPEAT_IN_FLIGHT)
            return
        outcome = actor.state.commands.get(message.command_id)
        if outcome is None:
            return
        if outcome.is_pending:
            self.seen.add(Situation.REPEAT_UNDECIDED)
            return
        self.seen.add(Situation.REPEAT_FROM_MEMORY)
        if outcome.status is not None:
            self.seen.add(Situation.ORDER_REPEATED)

    def crashed(self, cell: Place) -> None:
        """Look at what an actor has in hand as it crashes."""
        actor: Any = cell.actor
        kind = cell.address.partition("/")[0]
        if kind == "book":
            if actor.state.unconfirmed:
                self.seen.add(Situation.CRASH_UNCONFIRMED)
            if actor.state.booked:
                self.seen.add(Situation.CRASH_WAITING)
        elif kind == "account" and actor.state.open_orders:
            self.seen.add(Situation.CRASH_HOLDING)
        elif kind == EXCHANGE and actor.in_flight:
            self.seen.add(Situation.CRASH_IN_FLIGHT)

    def recovered(self, cell: Place, has_snapshot: bool, now_us: int) -> None:
        """Look at what an actor finds as it comes back."""
        if has_snapshot:
            self.seen.add(Situation.FROM_SNAPSHOT)
        actor: Any = cell.actor
        kind = cell.address.partition("/")[0]
        following_watch.look_at_recovery(self.seen.add, kind, actor)
        match kind:
            case "account" if actor.outbox():
                self.seen.add(Situation.ACCOUNT_OWES)
            case "book":
                if actor.outbox():
                    self.seen.add(Situation.BOOK_OWES)
                if now_us >= actor.hours.sessions[0].closes_us:
                    self.seen.add(Situation.CLOSED_MEANWHILE)
            case "stock":
                self.seen.add(Situation.STOCK_BACK)
            case "market-data":
                self.seen.add(Situation.MARKET_DATA_BACK)

    def resent(self, messages: list[tuple[Address, Message]]) -> None:
        """Look at what an actor sends because it was reminded."""
        for _, message in messages:
            kind = _RESENT.get(type(message))
            if kind is not None:
                self.seen.add(kind)

    def counted(self, runtime: FaultyRuntime) -> None:
        """Look at the runtime's counters, at the end."""
        if runtime.supervisor.alarm_count:
            self.seen.add(Situation.ALARM)
        if any(cell.refused for cell in runtime.cells.values()):
            self.seen.add(Situation.MAILBOX_FULL)
        self.seen.update(dead for name, dead in _DEAD.items() if runtime.dead_letters[name])


_LOOKS: Final[dict[type, Look]] = {
    SubmitOrder: MessageWatch.submit,
    CancelSubmitted: MessageWatch.cancel_at_book,
    ExecutionReport: MessageWatch.report,
    EndReport: MessageWatch.report,
    SubmitAck: MessageWatch.submit_ack,
    ReportAck: MessageWatch.report_ack,
    PriceChanged: MessageWatch.price,
    PlaceOrder: MessageWatch.command,
    CancelOrder: MessageWatch.command,
    RegisterAccount: MessageWatch.registration,
}


class Watching(FaultyRuntime):
    """A runtime that lets a watch look at each message, crash and recovery.

    Attributes:
        watch: Who looks.
    """

    watch: MessageWatch

    def _serve(self, cell: Place, envelope: Envelope, effects: Effects) -> None:
        self.watch.arriving(cell, envelope)
        super()._serve(cell, envelope, effects)

    def _publish(self, cell: Place, cause: Envelope, effects: Effects, batch: bytes | None) -> None:
        if type(cause.message) is Remind:
            self.watch.resent(effects.messages)
        super()._publish(cell, cause, effects, batch)

    def crash(self, address: Address) -> None:
        """Let an actor crash, and look at what it had in hand."""
        self.watch.crashed(self.cells[address])
        super().crash(address)

    def restart(self, address: Address) -> None:
        """Bring an actor back, and look at what it finds."""
        super().restart(address)
        has_snapshot = self.journal.snapshot_of(address) is not None
        self.watch.recovered(self.cells[address], has_snapshot, int(self.now * 1e6))


@cache
def watched(runtime_class: type[FaultyRuntime]) -> type[Watching]:
    """Return a runtime class that is watched."""
    return type(f"Watched{runtime_class.__name__}", (Watching, runtime_class), {})
