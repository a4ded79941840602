"""From dates to sessions of the New York Stock Exchange, as a calendar library knows them.

The library takes a second to import, so that happens where a date is resolved and nowhere else.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from scenarios.units import format_time_of_day, shown

if TYPE_CHECKING:
    from actors.domain.market_hours import TradingCalendar

NEW_YORK: Final = ZoneInfo("America/New_York")
_EXCHANGE: Final = "XNYS"
_FIRST: Final = date(1990, 1, 1)
_LAST: Final = date(2050, 12, 31)
_LONGEST_GAP: Final = timedelta(days=14)  # no closure in these years lasted as long
_WRITTEN: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECOND: Final = timedelta(seconds=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Session:
    """One day's session.

    Attributes:
        opens: Its opening, in New York.
        closes: Its close, on the same day.
    """

    opens: datetime
    closes: datetime

    @property
    def day(self) -> date:
        """The date in New York."""
        return self.opens.date()

    @property
    def opens_s(self) -> int:
        """Opening time of day, seconds after midnight by the clocks on the wall."""
        return _time_of_day(self.opens)

    @property
    def closes_s(self) -> int:
        """Closing time of day, seconds after midnight by the clocks on the wall."""
        return _time_of_day(self.closes)

    @property
    def opening(self) -> str:
        """The opening in words, like `2024-07-05 at 09:30 in New York`."""
        return opening_of(self.day, self.opens_s)


class NotATradingDay(ValueError):  # noqa: N818 - what is the matter, not that it is an error
    """The exchange is closed on this date; says when it opens next."""


def opening_of(day: date, opens_s: int) -> str:
    """Say in words when a session opens.

    Args:
        day: Its date.
        opens_s: Opening time of day, seconds after midnight.
    """
    return f"{day} at {format_time_of_day(opens_s)} in New York"


def parse_date(value: object) -> date:
    """Return a date that may be simulated.

    Raises:
        ValueError: `value` is neither a date nor text like `2024-07-03`, or is out of range.
    """
    day = value
    if isinstance(value, str) and _WRITTEN.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"there is no such date as {shown(value)}") from None
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ValueError(f'a date is meant, like 2024-07-03 or "2024-07-03", not {shown(value)}')
    if not _FIRST <= day <= _LAST:
        raise ValueError(f"a date from {_FIRST} to {_LAST} is meant, not {day}")
    return day


def session_on(day: date) -> Session:
    """Return the session of a date.

    Raises:
        NotATradingDay: There is none, be it a weekend or a holiday.
    """
    sessions = sessions_between(day, day + _LONGEST_GAP)
    if sessions[0].day != day:
        after = sessions[0].day
        raise NotATradingDay(
            f"the exchange is closed on {_WEEKDAYS[day.weekday()]}, {day}; "
            f"the next session is on {_WEEKDAYS[after.weekday()]}, {after}"
        )
    return sessions[0]


def sessions_between(first: date, last: date) -> list[Session]:
    """Return the sessions from one date to another, both included, in order."""
    with _library() as exchange_calendars:
        calendar = exchange_calendars.get_calendar(
            _EXCHANGE, start=first.isoformat(), end=(last + _LONGEST_GAP).isoformat()
        )
        rows = [(row.open, row.close) for row in calendar.schedule.itertuples()]
    sessions = [Session(_in_new_york(opens), _in_new_york(closes)) for opens, closes in rows]
    return [session for session in sessions if first <= session.day <= last]


@contextmanager
def _library() -> Iterator[Any]:
    """Give the calendar library; what it is warned of by the libraries below is not our users'."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import exchange_calendars

        yield exchange_calendars


def _in_new_york(instant: Any) -> datetime:
    moment: datetime = instant.to_pydatetime()
    return moment.astimezone(NEW_YORK)


def _time_of_day(moment: datetime) -> int:
    midnight = datetime.combine(moment.date(), time())
    return (moment.replace(tzinfo=None) - midnight) // _SECOND


def trading_calendar(first: date, last: date, clock_zero: datetime) -> TradingCalendar:
    """Return the sessions of some days for a brokerage that is open for as long.

    Args:
        first: The first date.
        last: The last date, included.
        clock_zero: The instant at which the brokerage's clock shows 0, with its time zone.

    Raises:
        ValueError: `clock_zero` has no time zone, these are no dates, or there is no session
            between them.
    """
    from actors.domain.market_hours import MarketHours, TradingCalendar

    if not isinstance(first, date) or not isinstance(last, date):
        raise ValueError(f"dates are meant, like date(2024, 7, 3), not {first!r} and {last!r}")
    if not isinstance(clock_zero, datetime):
        raise ValueError(f"an instant is meant, like datetime.now(UTC), not {clock_zero!r}")
    if clock_zero.tzinfo is None:
        raise ValueError("say in which time zone the clock shows 0, as datetime.now(UTC) does")
    sessions = sessions_between(first, last)
    if not sessions:
        raise ValueError(f"the exchange has no session from {first} to {last}")
    return TradingCalendar(
        tuple(
            MarketHours(
                (session.opens - clock_zero) // _MICROSECOND,
                (session.closes - clock_zero) // _MICROSECOND,
                session.opening,
            )
            for session in sessions
        )
    )
