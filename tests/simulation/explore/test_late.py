"""What comes late in small worlds, so that such mistakes have a chance to show."""

from __future__ import annotations

from actors.domain.market_hours import ALWAYS_OPEN, MarketHours, TradingCalendar
from simulation.explore.draws import Draws
from simulation.explore.late import draw_last_minute, draw_leaving, draw_overtaken_prices
from simulation.explore.seeds import world_of
from simulation.explore.shapes import Basis
from simulation.explore.small_world import Market, Step
from simulation.explore.watchers import Watching
from simulation.streams import Streams

TWO_DAYS = TradingCalendar((MarketHours(1_000_000, 2_000_000), MarketHours(3_000_000, 4_000_000)))
ORDERS = (Step(7, 1, 1, "place", 0, "BUY", "LIMIT", 5, 99_000),)
MARKET = Market((100_000, 200_000), ALWAYS_OPEN)
LOOKING = Watching(0.25, (Step(5, 100_000, 1, "login"), Step(6, 100_001, 2, "login")))


def draws(seed: int) -> Draws:
    return Draws(Streams(seed), "test")


def test_orders_of_the_last_minute_reach_their_books_in_the_second_session() -> None:
    drawn = [draw_last_minute(draws(seed), TWO_DAYS, ORDERS) for seed in range(20)]
    late = [each for each in drawn if each.faults]

    assert 0 < len(late) < len(drawn)
    for each in late:
        (fault,) = each.faults
        added = [step for step in each.steps if step not in ORDERS]
        assert (fault.kind, fault.message, fault.share) == ("delay", "SubmitOrder", 1.0)
        assert {step.at_us for step in added} == {1_970_000}
        assert fault.at_s == 1.97
        assert 1.03 <= (fault.amount or 0.0) < 1.53
        assert len({step.command_id for step in each.steps}) == len(each.steps)


def test_with_one_session_or_without_an_order_nothing_is_late() -> None:
    for seed in range(9):
        assert draw_last_minute(draws(seed), ALWAYS_OPEN, ORDERS).steps == ORDERS
        assert not draw_last_minute(draws(seed), TWO_DAYS, LOOKING.steps).faults


def test_newer_prices_overtake_older_ones_in_some_worlds() -> None:
    drawn = [draw_overtaken_prices(draws(seed), LOOKING) for seed in range(20)]

    assert () in drawn
    assert {fault.message for faults in drawn for fault in faults} == {"PriceUpdate"}


def test_a_user_who_leaves_does_nothing_more_and_prices_change_long_after() -> None:
    left = [draw_leaving(draws(seed), LOOKING, MARKET, (), 2) for seed in range(20)]
    gone = [each for each in left if each.ticks]

    assert 0 < len(gone) < len(left)
    for each in gone:
        own = [step for step in each.watching.steps if step.command_id >= 200_000]
        others = [step for step in each.watching.steps if step.command_id < 200_000]
        assert [step.operation for step in own] == ["watch", "login", "logout"]
        assert {step.account for step in others} == {1, 2} - {own[0].account}
        assert each.ticks[0].at_us >= own[-1].at_us + 6_000_000
        assert {tick.symbol for tick in each.ticks} == {own[0].symbol}
        assert each.until_s > each.ticks[-1].at_us / 1e6


def test_a_world_in_which_nobody_looks_is_left_as_it_was() -> None:
    for seed in range(9):
        assert draw_leaving(draws(seed), Watching(), MARKET, (), 2).ticks == ()
        assert draw_overtaken_prices(draws(seed), Watching()) == ()


def test_a_seed_still_stands_for_one_world() -> None:
    basis = Basis("t", 3, 2, 1_000_000, 0.5, 0.5, 0.05, 500, 1, 2, 0.001, 0.000_2)

    assert all(world_of(basis, seed) == world_of(basis, seed) for seed in range(30))
