"""Market hours: when orders may be placed and executed, in one session or in many."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter
from typing import Final, TypeAlias

from msgspec import Struct

_NEVER_US: Final = 2**62
_opens_us: Final = attrgetter("opens_us")


class MarketHours(Struct, frozen=True, tag=True, gc=False):
    """One trading session, from its opening up to, but not including, its close.

    Attributes:
        opens_us: Opening, microseconds on the runtime's clock.
        closes_us: Close, later than the opening.
        opening: The opening in words, for people; empty where only the clock is known.
    """

    opens_us: int
    closes_us: int
    opening: str = ""

    def __post_init__(self) -> None:
        if self.opens_us >= self.closes_us:
            raise ValueError(
                f"a market that opens at {self.opens_us} us must close later, "
                f"not at {self.closes_us} us"
            )

    @property
    def sessions(self) -> tuple[MarketHours, ...]:
        """The session, as a calendar has it."""
        return (self,)

    def is_open(self, at_us: int) -> bool:
        """Tell whether the market is open at an instant."""
        return self.opens_us <= at_us < self.closes_us

    def session_at(self, at_us: int) -> MarketHours | None:
        """Return the session that an instant lies in."""
        return self if self.opens_us <= at_us < self.closes_us else None

    def next_session_after(self, at_us: int) -> MarketHours | None:
        """Return the first session that opens later than an instant."""
        return self if at_us < self.opens_us else None

    def session_for(self, at_us: int, *, can_wait: bool) -> MarketHours | None:
        """Return the session that an order is for which is given at an instant, if any is."""
        return self.session_at(at_us)

    def until_close_us(self, at_us: int) -> int:
        """Return the microseconds that are left until the close, 0 from then on."""
        return max(0, self.closes_us - at_us)

    def ever_closes(self) -> bool:
        """Tell whether there is a close to wait for."""
        return self.closes_us < _NEVER_US


ALWAYS_OPEN: Final = MarketHours(-_NEVER_US, _NEVER_US)


class TradingCalendar(Struct, frozen=True, tag=True):
    """The sessions of a market, one after the other; holidays are gaps between them.

    Attributes:
        sessions: At least one, sorted, none opening before the one before it has closed.
        early_limits: Limit orders given outside of a session are taken for the next one.
    """

    sessions: tuple[MarketHours, ...]
    early_limits: bool = False

    def __post_init__(self) -> None:
        if not self.sessions:
            raise ValueError("a calendar needs at least one session")
        for before, after in zip(self.sessions, self.sessions[1:], strict=False):
            if after.opens_us < before.closes_us:
                raise ValueError(
                    f"a session that opens at {after.opens_us} us must come after the one before "
                    f"it, which closes at {before.closes_us} us"
                )

    def is_open(self, at_us: int) -> bool:
        """Tell whether the market is open at an instant."""
        return self.session_at(at_us) is not None

    def session_at(self, at_us: int) -> MarketHours | None:
        """Return the session that an instant lies in; None between two of them."""
        place = bisect_right(self.sessions, at_us, key=_opens_us) - 1
        return self.sessions[place].session_at(at_us) if place >= 0 else None

    def next_session_after(self, at_us: int) -> MarketHours | None:
        """Return the first session that opens later than an instant; None after the last."""
        place = bisect_right(self.sessions, at_us, key=_opens_us)
        return self.sessions[place] if place < len(self.sessions) else None

    def session_for(self, at_us: int, *, can_wait: bool) -> MarketHours | None:
        """Return the session that an order is for which is given at an instant.

        Args:
            at_us: When, on the runtime's clock.
            can_wait: It may wait in a book, as limit orders do.

        Returns:
            The one that is open; else the next one, for what can wait where the market takes
            early limit orders; else None: the order is refused.
        """
        session = self.session_at(at_us)
        if session is None and can_wait and self.early_limits:
            return self.next_session_after(at_us)
        return session

    def until_close_us(self, at_us: int) -> int:
        """Return the microseconds that are left of the session that is open, else 0."""
        session = self.session_at(at_us)
        return 0 if session is None else session.until_close_us(at_us)

    def ever_closes(self) -> bool:
        """Tell whether there is a close to wait for."""
        return self.sessions[-1].ever_closes()


Hours: TypeAlias = MarketHours | TradingCalendar
"""When a market is open: in one session, or in those of a calendar."""


def with_early_limits(hours: Hours) -> TradingCalendar:
    """Return the same sessions, for which limit orders are taken before they open."""
    return TradingCalendar(hours.sessions, early_limits=True)


def opening_in_words(hours: Hours, opens_us: int, at_us: int) -> str:
    """Say when a session opens, as seen at an instant; empty where there is none.

    Args:
        hours: Those of the market.
        opens_us: Opening of the session, -1 where none is known.
        at_us: The present, on the same clock.
    """
    session = hours.session_at(opens_us)
    if session is None or session.opens_us != opens_us:
        return ""
    if session.opening:
        return f"The next session opens on {session.opening}."
    return f"The next session opens {_in_words(max(0, opens_us - at_us))}."


def _in_words(wait_us: int) -> str:
    """Say a time to wait in its two largest units, rounded up to a second."""
    seconds = -(-wait_us // 1_000_000)
    sizes = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    parts = []
    for unit, size in sizes:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return f"in {' '.join(parts[:2])}" if parts else "now"
