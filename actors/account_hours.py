"""What the hour means for an order: whether it is taken, and for which session."""

from __future__ import annotations

from actors.account_state import OpenOrder
from actors.domain.market_hours import Hours, TradingCalendar
from actors.domain.orders import PriceType
from actors.domain.strategies import STRATEGIES


def takes_orders(hours: Hours, at_us: int, price_type: PriceType) -> bool:
    """Tell whether an order given at an instant is taken, be it for a later session."""
    can_wait = STRATEGIES[price_type].waits
    return hours.session_for(at_us, can_wait=can_wait) is not None


def opening_after(hours: Hours, at_us: int) -> int:
    """Return when the market opens next, on the same clock; -1 if that is not known."""
    session = hours.next_session_after(at_us)
    return -1 if session is None else session.opens_us


def session_of(hours: Hours, order: OpenOrder) -> int:
    """Return the opening of the session that an order was taken for; -1 if there is but one."""
    if not isinstance(hours, TradingCalendar):
        return -1
    session = hours.session_for(order.placed_us, can_wait=True)
    return -1 if session is None else session.opens_us
