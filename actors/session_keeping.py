"""How a book keeps the sessions of a calendar: opened and closed by facts, as its clock says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from actors.actor import Actor
from actors.domain.market_hours import Hours, MarketHours, TradingCalendar
from actors.domain.orders import PriceType
from actors.domain.strategies import STRATEGIES
from actors.messages.base import OrderId
from actors.messages.facts import SessionOpened

if TYPE_CHECKING:
    from actors.order_book import BookState


class SessionKeeper(Actor):
    """A book that opens and closes the sessions of its calendar, each of them once.

    With plain market hours there is one session, which begins without a fact.

    Args:
        hours: The sessions, judged by its own clock.
    """

    state: BookState

    def __init__(self, hours: Hours) -> None:
        super().__init__()
        self.hours = hours
        self.has_sessions = isinstance(hours, TradingCalendar)
        self.coming: dict[int, int] = {}  # orders deferred for each session, by its opening

    def derive(self) -> None:
        self.coming = dict(Counter(self.state.deferred.values()))

    def defer(self, order_id: OrderId, session_us: int) -> None:
        """Let an order wait for its session; a part of applying a fact."""
        self.state.deferred[order_id] = session_us
        self.coming[session_us] = self.coming.get(session_us, 0) + 1

    def undefer(self, order_id: OrderId) -> bool:
        """Let an order wait for no session any more; tell whether it did."""
        session_us = self.state.deferred.pop(order_id, None)
        if session_us is None:
            return False
        self.coming[session_us] -= 1
        if not self.coming[session_us]:
            del self.coming[session_us]
        return True

    @property
    def session(self) -> MarketHours | None:
        """The session that was opened and has not been closed."""
        state = self.state
        if state.is_closed or state.session_us is None:
            return None
        return self.hours.session_at(state.session_us)

    def is_open(self) -> bool:
        """Tell whether the book executes: never again after a close, should its clock go back."""
        if not self.has_sessions:
            return not self.state.is_closed and self.hours.is_open(self.now_us)
        session = self.session
        return session is not None and session.is_open(self.now_us)

    def session_to_come(self) -> MarketHours | None:
        """Return the session to open next: one that it missed, if an order was taken for it."""
        state = self.state
        since_us = self.now_us if state.session_us is None else max(self.now_us, state.session_us)
        since_us = min([since_us, *self.coming])
        session = self.hours.session_at(since_us)
        if session is None or session.opens_us == state.session_us:
            session = self.hours.next_session_after(since_us)
        return session

    def next_bell_us(self) -> int | None:
        """Return when a session is to be opened or closed next; None for never."""
        session = self.session
        if session is not None:
            return session.closes_us if session.ever_closes() else None
        coming = self.session_to_come()
        return None if coming is None else coming.opens_us

    def keep_time(self) -> None:
        """Close and open the sessions that the clock has come to, however late its alarm is."""
        while self.has_sessions:
            bell_us = self.next_bell_us()
            if bell_us is None or self.now_us < bell_us:
                return
            if self.session is None:
                self.open_session()
            else:
                self.expire_session()

    def open_session(self) -> None:
        """Begin the next session, with nothing left over from those before it."""
        state, session = self.state, self.session_to_come()
        assert session is not None, "only a session that has come is opened"
        if not state.is_closed and (len(state.buys) or len(state.sells) or state.watched):
            self.expire_session()  # of a session that the calendar no longer has
        opens_us = session.opens_us
        self.expire([one for one, for_us in state.deferred.items() if for_us < opens_us])
        self.record(SessionOpened(opens_us, self.now_us))
        if state.price and self.is_open():
            self.execute_what_is_met()

    def is_of_this_session(self, session_us: int) -> bool:
        """Tell whether an order is for the session that is open, by the opening of its own."""
        return not self.has_sessions or session_us in (-1, self.state.session_us)

    def is_to_come(self, session_us: int, price_type: PriceType) -> bool:
        """Tell whether an order may wait here until its session opens."""
        hours, last_us = self.hours, self.state.session_us
        if not isinstance(hours, TradingCalendar) or not hours.early_limits:
            return False
        session = hours.session_at(session_us)
        if session is None or not STRATEGIES[price_type].waits:
            return False
        return self.now_us < session.closes_us and (last_us is None or session_us > last_us)

    def expire_session(self) -> None:
        """End the session, and what waits in it."""
        raise NotImplementedError

    def expire(self, order_ids: Iterable[OrderId]) -> None:
        """End orders whose session is over."""
        raise NotImplementedError

    def execute_what_is_met(self) -> None:
        """Execute what waits and whose limit is met by the price."""
        raise NotImplementedError
