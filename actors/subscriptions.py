"""What an actor keeps of the prices that it has subscribed to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from actors.addresses import feed_of
from actors.messages.feed import PriceUpdate, RenewalDue, Subscribe, Unsubscribe

if TYPE_CHECKING:
    from actors.actor import Actor

RENEW_AFTER_S: Final = 10.0
"""After which a subscriber asks its feeds again: the longest that a lost update is missed."""
FIRST_PRICE_AFTER_S: Final = 1.0
"""After which it asks again where it has no price yet; doubled each time, as all may be busy."""
LEASE_S: Final = 3 * RENEW_AFTER_S
"""For which a feed serves whoever does not ask again."""


class Held(msgspec.Struct, gc=False):
    """The latest price that a subscriber has of a symbol; number 0 where there is none yet."""

    number: int = 0
    price: int = 0
    opening: int = 0


class Subscriptions:
    """The prices that an actor follows at their feeds, as a part of that actor.

    None of it is durable: after a crash the actor subscribes again. After a crash of a feed, or
    where a message was lost, the next renewal mends it.

    Args:
        actor: Whose they are.
        interval_us: At most one update of a symbol in so many microseconds; 0 for every change.
    """

    def __init__(self, actor: Actor, interval_us: int = 0) -> None:
        self.held: dict[str, Held] = {}
        self._actor = actor
        self._interval_us = interval_us
        self._is_armed = False
        self._is_kept = False
        self._is_waiting = False
        self._patience_s = FIRST_PRICE_AFTER_S

    def keep_up(self, is_kept: bool, *, is_waiting: bool) -> None:
        """Let renewals come even if nothing is followed, soon if something is waited for."""
        self._is_kept, self._is_waiting = is_kept, is_waiting
        self._arm()

    def want(self, symbols: Iterable[str]) -> None:
        """Follow exactly these symbols from here on."""
        wanted = dict.fromkeys(symbols)
        for symbol in [symbol for symbol in self.held if symbol not in wanted]:
            del self.held[symbol]
            self._leave(symbol)
        for symbol in wanted:
            if symbol not in self.held:
                self.held[symbol] = Held()
                self._ask(symbol)
        self._arm()

    def take(self, update: PriceUpdate) -> int | None:
        """Take a price; return the one before (0 for none), or None if this one is no news."""
        held = self.held.get(update.symbol)
        if held is None:
            self._leave(update.symbol)  # the feed has not heard it, or not yet
            return None
        if update.number <= held.number:
            return None
        before = held.price
        held.number, held.price, held.opening = update.number, update.price, update.opening
        return before

    def renew(self) -> None:
        """Ask every feed again, and say what is known; called when `RenewalDue` comes."""
        self._is_armed = False
        for symbol in self.held:
            self._ask(symbol)
        self._arm()

    def _arm(self) -> None:
        if (self.held or self._is_kept) and not self._is_armed:
            self._is_armed = True
            is_waiting = self._is_waiting or not all(held.number for held in self.held.values())
            delay_s = min(self._patience_s, RENEW_AFTER_S) if is_waiting else RENEW_AFTER_S
            self._patience_s = 2 * delay_s if is_waiting else FIRST_PRICE_AFTER_S
            self._actor.send_later(delay_s, RenewalDue())

    def _ask(self, symbol: str) -> None:
        me, known = self._actor.address, self.held[symbol].number
        self._actor.send(feed_of(symbol), Subscribe(me, self._interval_us, known))

    def _leave(self, symbol: str) -> None:
        self._actor.send(feed_of(symbol), Unsubscribe(self._actor.address))
