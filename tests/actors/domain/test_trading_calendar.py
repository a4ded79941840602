"""A calendar finds what a scan of its sessions finds, and says it in words."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.market_hours import (
    ALWAYS_OPEN,
    Hours,
    MarketHours,
    TradingCalendar,
    opening_in_words,
    with_early_limits,
)

SECOND, MINUTE, HOUR = 1_000_000, 60_000_000, 3_600_000_000
DAY = 24 * HOUR
TWO = TradingCalendar((MarketHours(100, 200), MarketHours(300, 400)))


@st.composite
def calendars(draw: st.DrawFn) -> TradingCalendar:
    """Draw up to eight sessions; between some of them lies no time at all."""
    lengths = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), min_size=1))
    sessions, at_us = [], draw(st.integers(-20, 20))
    for gap_us, open_us in lengths[:8]:
        sessions.append(MarketHours(at_us + gap_us, at_us + gap_us + open_us))
        at_us = sessions[-1].closes_us
    return TradingCalendar(tuple(sessions), draw(st.booleans()))


@given(calendars(), st.integers(-30, 120))
def test_a_calendar_finds_what_a_scan_finds(calendar: TradingCalendar, at_us: int) -> None:
    now = [one for one in calendar.sessions if one.opens_us <= at_us < one.closes_us]
    later = [one for one in calendar.sessions if one.opens_us > at_us]
    early = later if calendar.early_limits else []

    assert calendar.session_at(at_us) == next(iter(now), None)
    assert calendar.is_open(at_us) is bool(now)
    assert calendar.next_session_after(at_us) == next(iter(later), None)
    assert calendar.session_for(at_us, can_wait=False) == next(iter(now), None)
    assert calendar.session_for(at_us, can_wait=True) == next(iter(now + early), None)
    assert calendar.until_close_us(at_us) == (now[0].closes_us - at_us if now else 0)


@given(st.integers(-5, 20), st.integers(-5, 10), st.integers(1, 10))
def test_one_session_answers_as_a_calendar_of_it_does(at_us: int, opens: int, length: int) -> None:
    hours = MarketHours(opens, opens + length)
    calendar = TradingCalendar((hours,))

    for can_wait in (False, True):
        assert hours.session_for(at_us, can_wait=can_wait) == calendar.session_for(
            at_us, can_wait=can_wait
        )
    assert hours.is_open(at_us) is calendar.is_open(at_us)
    assert hours.session_at(at_us) == calendar.session_at(at_us)
    assert hours.next_session_after(at_us) == calendar.next_session_after(at_us)


def test_early_limits_are_a_property_of_the_sessions() -> None:
    assert with_early_limits(TWO) == TradingCalendar(TWO.sessions, early_limits=True)
    assert with_early_limits(TWO.sessions[0]).session_for(0, can_wait=True) == TWO.sessions[0]


@pytest.mark.parametrize(
    ("sessions", "what"),
    [
        ((), "at least one session"),
        ((MarketHours(0, 2), MarketHours(1, 3)), "opens at 1 us must come after .* closes at 2 us"),
        ((MarketHours(5, 6), MarketHours(1, 3)), "opens at 1 us must come after"),
    ],
)
def test_sessions_follow_each_other(sessions: tuple[MarketHours, ...], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        TradingCalendar(sessions)


@pytest.mark.parametrize("hours", [TWO, with_early_limits(TWO), TWO.sessions[0]])
def test_hours_of_either_kind_survive_their_encoding(hours: Hours) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(hours), type=Hours) == hours


@pytest.mark.parametrize(
    ("opens_us", "words"),
    [
        (2 * DAY + 3 * HOUR + MINUTE, "The next session opens in 2 days 3 hours."),
        (HOUR, "The next session opens in 1 hour."),
        (90 * SECOND, "The next session opens in 1 minute 30 seconds."),
        (1, "The next session opens in 1 second."),
        (0, "The next session opens now."),
    ],
)
def test_an_opening_is_told_in_two_units_of_time(opens_us: int, words: str) -> None:
    assert opening_in_words(MarketHours(opens_us, 9 * DAY), opens_us, 0) == words


def test_an_opening_that_is_known_in_words_is_told_so() -> None:
    hours = MarketHours(DAY, 2 * DAY, "2024-07-05 at 09:30 in New York")

    told = opening_in_words(TradingCalendar((hours,)), DAY, 0)

    assert told == "The next session opens on 2024-07-05 at 09:30 in New York."


@pytest.mark.parametrize("hours", [TWO, ALWAYS_OPEN])
def test_where_no_opening_is_known_nothing_is_told(hours: Hours) -> None:
    assert opening_in_words(hours, -1, 0) == ""
