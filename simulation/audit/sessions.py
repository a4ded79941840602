"""Judges sessions: what is taken for which, and what a book does in it (A08, A12, A16, A17)."""

from __future__ import annotations

from typing import Any, Final

from actors.domain.market_hours import ALWAYS_OPEN, Hours, TradingCalendar
from actors.domain.orders import PriceType, Reason
from actors.domain.strategies import STRATEGIES
from actors.messages.facts import (
    CommandRefused,
    OrderDeferred,
    OrderPlaced,
    SessionClosed,
    SessionOpened,
)
from actors.messages.orders import PlaceOrder
from simulation.audit.model import Account, Handler, Order, Quoted
from simulation.audit.priority import rule_of
from simulation.audit.world import World

_CLOSED: Final = Reason.MARKET_CLOSED
_CLOSE_TAKES_US: Final = 5_000_000

Span = tuple[int, int]
"""Opening and close of a session."""


class Sessions:
    """The sessions of a market in a plain list, which is scanned from the front.

    Args:
        hours: What the market goes by; None for always open.
    """

    def __init__(self, hours: Hours | None) -> None:
        hours = hours or ALWAYS_OPEN
        self.spans = [(one.opens_us, one.closes_us) for one in hours.sessions]
        self.by_fact = isinstance(hours, TradingCalendar)
        self._is_early = isinstance(hours, TradingCalendar) and hours.early_limits

    def at(self, at_us: int) -> Span | None:
        """Return the session that an instant lies in."""
        for span in self.spans:
            if span[0] <= at_us < span[1]:
                return span
        return None

    def next_after(self, at_us: int) -> Span | None:
        """Return the first session that opens later."""
        for span in self.spans:
            if span[0] > at_us:
                return span
        return None

    def for_order(self, at_us: int, price_type: PriceType) -> Span | None:
        """Return the session that an order given at an instant is for."""
        span = self.at(at_us)
        if span is None and self._is_early and STRATEGIES[price_type].waits:
            return self.next_after(at_us)
        return span

    def of(self, placed: OrderPlaced) -> Span | None:
        """Return the session that an order was taken for."""
        return self.for_order(placed.at_us, placed.price_type)

    def in_words(self) -> str:
        """Say when the market is open."""
        return " and ".join(
            f"from {opens_us / 1e6:,.6f} s to {closes_us / 1e6:,.6f} s"
            for opens_us, closes_us in self.spans
        )

    def is_open_for(self, book: Quoted, placed: OrderPlaced, at_us: int) -> bool:
        """Tell whether a book may execute an order at an instant."""
        span = self.at(at_us)
        if span is None or not self.by_fact:
            return span is not None
        return not book.closed and book.session_us == span[0] and self.of(placed) == span

    def is_to_come(self, book: Quoted, placed: OrderPlaced, at_us: int) -> bool:
        """Tell whether an order that comes into a book has to wait for its session."""
        span = self.of(placed)
        if not self._is_early or not STRATEGIES[placed.price_type].waits or span is None:
            return False
        return at_us < span[1] and (book.session_us is None or book.session_us < span[0])

    def is_over_for(self, placed: OrderPlaced, at_us: int) -> bool:
        """Tell whether an order may expire at an instant, as its session is over."""
        if not self.by_fact:
            return self.at(at_us) is None
        span = self.of(placed)
        return span is None or span[1] <= at_us


class SessionAudit:
    """Follows books through their sessions, and asks for which session an order was taken.

    Args:
        world: What all parts share.
        sessions: Those of the market.
        inner: What else judges these facts of accounts.
    """

    def __init__(self, world: World, sessions: Sessions, inner: dict[type, Handler]) -> None:
        self._world = world
        self._sessions = sessions
        self._judge_placed = inner[OrderPlaced]
        self._judge_refused = inner[CommandRefused]
        self.judged = 0
        self.refused = 0

    def of_accounts(self) -> dict[type, Handler]:
        """Return what judges facts of accounts."""
        return {OrderPlaced: self.order_placed, CommandRefused: self.command_refused}

    def handlers(self) -> dict[type, Handler]:
        """Return what judges facts of books."""
        return {
            OrderDeferred: self.order_deferred,
            SessionOpened: self.session_opened,
            SessionClosed: self.session_closed,
        }

    def order_placed(self, account: Account, fact: OrderPlaced) -> None:
        """Check that the market takes such an order at this time."""
        self.judged += 1
        if self._sessions.of(fact) is None:
            self._world.report(
                "A12", f"a {fact.price_type.value} order was taken in at {_at(fact.at_us)}, when "
                "the market was closed", fact.order_id, fact,
            )  # fmt: skip
        self._judge_placed(account, fact)

    def command_refused(self, account: Account, fact: CommandRefused) -> None:
        """Check that the market was closed when that was the reason, and until when it was."""
        asked = account.asked_as(fact.command_id)
        self._judge_refused(account, fact)
        if fact.reason is not _CLOSED:
            return
        self.refused += 1
        at_us, sessions = self._world.at_us, self._sessions
        price_type = asked.price_type if type(asked) is PlaceOrder else PriceType.MARKET
        after = sessions.next_after(at_us)
        if sessions.for_order(at_us, price_type) is not None:
            self._complain(fact, f"at {_at(at_us)} the market took such orders")
        elif fact.next_session_us != (-1 if after is None else after[0]):
            when = "is none" if after is None else f"opens at {_at(after[0])}"
            self._complain(fact, f"the next session named is not the one that {when}")

    def _complain(self, fact: CommandRefused, why: str) -> None:
        sentence = f"command {fact.command_id} was refused for {fact.reason.value}, though {why}"
        self._world.report("A17", sentence, cause=fact)

    def order_deferred(self, book: Quoted, fact: OrderDeferred) -> None:
        """Let an order wait for its session, outside of the queues."""
        self.judged += 1
        order = self._world.orders.get(fact.order_id)
        had_to = book.naive.deferred(fact.order_id)
        span = None if order is None else self._sessions.of(order.placed)
        book.deferred[fact.order_id] = fact.session_us
        if not had_to or span is None or span[0] != fact.session_us:
            self._world.report(
                "A08", f"the book keeps an order for the session of {_at(fact.session_us)}, which "
                "was not to be kept, or for another one", fact.order_id, fact,
            )  # fmt: skip

    def session_opened(self, book: Quoted, fact: SessionOpened) -> None:
        """Let a session begin: what was deferred for it waits, and what is met is due."""
        self.judged += 1
        starts = [span[0] for span in self._sessions.spans]
        is_next = book.session_us is None or (book.closed and book.session_us < fact.session_us)
        if fact.session_us not in starts or fact.at_us < fact.session_us or not is_next:
            self._world.report(
                "A12", f"{book.address} opens a session at {_at(fact.at_us)} that begins at "
                f"{_at(fact.session_us)}", cause=fact,
            )  # fmt: skip
        self.check_nothing_waits(book)
        book.closed, book.session_us, book.naive.closing = False, fact.session_us, False
        for order_id in [one for one, at_us in book.deferred.items() if at_us <= fact.session_us]:
            self._let_wait(book, order_id, book.deferred.pop(order_id), fact)
        if book.price > 0 and self._sessions.at(self._world.at_us) is not None:
            book.naive.trigger(book.price)

    def _let_wait(self, book: Quoted, order_id: str, for_us: int, fact: SessionOpened) -> None:
        order = self._world.orders.get(order_id)
        if for_us != fact.session_us or order is None:
            self._world.report(
                "A16", f"the order still waits in {book.address}, and its session is over",
                order_id, fact,
            )  # fmt: skip
        elif STRATEGIES[order.placed.price_type].is_watched:
            book.naive.watch(order_id, order.placed.order_type, rule_of(order.placed))
        else:
            book.naive.wait(order_id, order.placed.order_type, order.placed.worst_price)

    def check_nothing_waits(self, book: Quoted) -> None:
        """Report what still waits in a book that has closed, or that opens once more."""
        for order_id in book.naive.waiting():
            self._world.report(
                "A16", f"the order still waits after the close of {book.address}", order_id
            )
            book.naive.remove(order_id)

    def session_closed(self, book: Quoted, fact: SessionClosed) -> None:
        """Let nothing execute in a book from here on, and nothing wait."""
        book.closed = True
        book.naive.close()

    def check_over(self, books: dict[str, Quoted]) -> None:
        """Report orders that wait in books, and whose session should have closed by now."""
        limit_us = self._world.at_us - _CLOSE_TAKES_US
        for book in books.values():
            for order_id in [*book.naive.waiting(), *book.deferred]:
                order = self._world.orders.get(order_id)
                if order is not None and self._is_over(order, limit_us):
                    self._world.report(
                        "A16", f"the order still waits after the hours of {book.address}", order_id
                    )

    def _is_over(self, order: Order, at_us: int) -> bool:
        span: Any = self._sessions.of(order.placed)
        return span is not None and span[1] <= at_us


def _at(at_us: int) -> str:
    return f"{at_us / 1e6:,.6f} s"
