"""A scenario that names its date has the hours of that day."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.models import Scenario
from scenarios.models.types import Contradiction
from scenarios.trading_dates import NotATradingDay, Session, session_on
from scenarios.units import format_time_of_day
from simulation.plan import Plan


def dated(scenario: Scenario) -> tuple[Scenario, list[Contradiction]]:
    """Return a scenario with the hours of its date, and what speaks against them."""
    if scenario.date is None:
        return scenario, []
    try:
        session = session_on(scenario.date)
    except NotATradingDay as error:
        return scenario, [(("date",), str(error))]
    hours = {"opens": session.opens_s, "closes": session.closes_s}
    market = scenario.market.model_copy(update=hours)
    return scenario.model_copy(update={"market": market}), list(_other_hours(scenario, session))


def _other_hours(scenario: Scenario, session: Session) -> Iterator[Contradiction]:
    """Yield the hours that a scenario gives besides, if they are not those of its date."""
    market, given = scenario.market, scenario.market.model_fields_set
    for key, is_so in (("opens", session.opens_s), ("closes", session.closes_s)):
        if key in given and getattr(market, key) != is_so:
            when = format_time_of_day(is_so)
            yield ("market", key), f"on {session.day} the market {key} at {when}; leave this out"


def session_in_words(plan: Plan) -> str:
    """Say which session a plan simulates; empty where it names no date."""
    if not plan.date:
        return ""
    opens, closes = (
        format_time_of_day(seconds) for seconds in (plan.market.opens_s, plan.market.closes_s)
    )
    return f"{plan.date}, {opens} to {closes} in New York"
