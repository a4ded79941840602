"""A scenario that names its date has the hours of that day, or says when the next one is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scenarios.dated import session_in_words
from scenarios.loader import resolve
from scenarios.trading_dates import session_on, trading_calendar

Refused = Callable[..., list[str]]
Written = Callable[..., Path]
DURATION = 'duration = "10m"'
HALF_DAY = (DURATION, f'date = 2024-07-03\nstarts_at = "12:50"\n{DURATION}')
AS_TEXT = (DURATION, f'date = "2024-07-03"\nstarts_at = "12:50"\n{DURATION}')


@pytest.mark.parametrize(
    ("day", "closes_s", "offset_h"),
    [
        ("2024-03-08", 57_600, -5),  # the last session before daylight saving begins
        ("2024-03-11", 57_600, -4),
        ("2024-07-03", 46_800, -4),
        ("2024-11-01", 57_600, -4),  # the last one before it ends
        ("2024-11-04", 57_600, -5),
        ("2024-11-29", 46_800, -5),
    ],
)
def test_a_session_is_that_of_the_clocks_in_new_york(
    day: str, closes_s: int, offset_h: int
) -> None:
    session = session_on(date.fromisoformat(day))

    assert (session.opens_s, session.closes_s) == (34_200, closes_s)
    assert session.opens.utcoffset() == session.closes.utcoffset()
    assert session.opens.astimezone(UTC).hour == 9 - offset_h


def test_the_same_date_as_text_and_as_a_date_of_toml_is_the_same_day(written: Written) -> None:
    as_date = resolve(str(written(HALF_DAY)))
    as_text = resolve(str(written(AS_TEXT)))

    assert as_date.plan == as_text.plan
    assert (as_date.plan.date, as_date.plan.market.closes_s) == ("2024-07-03", 46_800)
    assert session_in_words(as_date.plan) == "2024-07-03, 09:30 to 13:00 in New York"


def test_a_resolved_scenario_with_a_date_resolves_to_the_same_plan(
    written: Written, tmp_path: Path
) -> None:
    resolved = resolve(str(written(HALF_DAY)))
    again = tmp_path / "rush.toml"
    again.write_text(resolved.as_resolved, encoding="utf-8")

    assert resolve(str(again)).plan == resolved.plan


def test_without_a_date_the_hours_are_those_of_any_day(written: Written) -> None:
    plan = resolve(str(written())).plan

    assert (plan.date, plan.market.opens_s, plan.market.closes_s) == ("", 34_200, 57_600)
    assert session_in_words(plan) == ""


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        (
            "date = 2024-07-04",
            "rush.toml:2:8: date: the exchange is closed on Thursday, 2024-07-04; "
            "the next session is on Friday, 2024-07-05",
        ),
        (
            'date = "2024-12-28"',
            "rush.toml:2:8: date: the exchange is closed on Saturday, 2024-12-28; "
            "the next session is on Monday, 2024-12-30",
        ),
        ("date = '2024-02-30'", 'rush.toml:2:8: date: there is no such date as "2024-02-30"'),
        ("date = 20240703", "rush.toml:2:8: date: a date is meant, like 2024-07-03"),
        ("date = 2024-07-03T09:30:00", "rush.toml:2:8: date: a date is meant, like 2024-07-03"),
        ("date = 'tomorrow'", 'date: a date is meant, like 2024-07-03 or "2024-07-03", not "tom'),
        ("date = 1929-10-29", "rush.toml:2:8: date: a date from 1990-01-01 to 2050-12-31 is"),
        ("date = 2024-07-03\nstarts_at = '14:00'", "rush.toml:3:13: starts_at: the market is cl"),
    ],
)
def test_a_date_without_a_session_is_told_with_its_place(
    refused: Refused, line: str, mistake: str
) -> None:
    (told,) = refused(('duration = "10m"', f'{line}\nduration = "10m"'))

    assert mistake in told


def test_hours_that_are_not_those_of_the_date_are_refused(refused: Refused) -> None:
    (told,) = refused(
        ('duration = "10m"', 'date = 2024-07-03\nduration = "10m"'),
        ("symbols", 'closes = "16:00"\nsymbols'),
    )

    assert told == (
        "rush.toml:6:10: market.closes: on 2024-07-03 the market closes at 13:00; leave this out"
    )


def test_an_intraday_load_beyond_an_early_close_is_refused(refused: Refused) -> None:
    told = refused(
        ('duration = "10m"', 'date = 2024-07-03\nduration = "4h"'),
        ('shape = "constant-arrival-rate"', 'shape = "intraday"\ntotal = 9'),
        ('duration = "5m"\nrate = "5/s"', ""),
    )

    assert any("must lie between the market's opening and its close" in line for line in told)


def test_nobody_waits_for_the_calendar_library_who_names_no_date() -> None:
    code = (
        "import sys; from scenarios.loader import resolve; resolve('quiet-minute');"
        "print('exchange_calendars' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout.strip() == "False"


def test_a_calendar_for_a_live_brokerage_leaves_out_holidays_and_says_the_openings() -> None:
    zero = datetime(2024, 7, 3, 13, 30, tzinfo=UTC)  # the opening

    calendar = trading_calendar(date(2024, 7, 3), date(2024, 7, 8), zero)

    hours = [(one.opens_us // 3_600_000_000, one.opening) for one in calendar.sessions]
    assert hours == [
        (0, "2024-07-03 at 09:30 in New York"),
        (48, "2024-07-05 at 09:30 in New York"),
        (120, "2024-07-08 at 09:30 in New York"),
    ]
    assert calendar.sessions[0].closes_us == 3_600_000_000 * 7 // 2


def test_a_calendar_needs_to_know_what_its_clock_means() -> None:
    with pytest.raises(ValueError, match="in which time zone"):
        trading_calendar(date(2024, 7, 3), date(2024, 7, 3), datetime(2024, 7, 3))  # noqa: DTZ001
    with pytest.raises(ValueError, match="no session from 2024-07-04 to 2024-07-04"):
        trading_calendar(date(2024, 7, 4), date(2024, 7, 4), datetime(2024, 7, 4, tzinfo=UTC))
