"""From a scenario and a seed to a small world."""

from __future__ import annotations

from msgspec.structs import replace

from simulation.explore.customers import Customers, Prices, draw_ticks
from simulation.explore.draws import Draws
from simulation.explore.fault_mix import (
    LONGEST_CUT_S,
    draw_early_faults,
    draw_faults,
    draw_long_cut,
    ended_at,
)
from simulation.explore.late import draw_last_minute, draw_leaving, draw_overtaken_prices
from simulation.explore.notices import draw_channels, draw_wishes, thresholds_of
from simulation.explore.regrets import with_stops, with_undos
from simulation.explore.shapes import Basis, draw_machines, draw_market, draw_sessions, draw_shape
from simulation.explore.small_world import SmallWorld, Step
from simulation.explore.visitors import (
    with_closings,
    with_openings,
    with_questions,
    with_records,
    with_strangers,
)
from simulation.explore.watchers import draw_watching
from simulation.notification_plan import ChannelPlan
from simulation.plan import FaultPlan
from simulation.streams import Streams

_WITH_NOTICES = 0.2  # of all seeds: such a world takes twice as long


def world_of(basis: Basis, seed: int, *, with_faults: bool = True) -> SmallWorld:
    """Return the small world that a seed stands for, in the scenario that the basis is from.

    Odd seeds meet every kind of fault, even ones a mix that the seed chooses; a fifth of those
    meet faults between stocks and their followers instead, from the first actor on, and most of
    those with screens nothing but prices that overtake each other.
    """
    streams = Streams(seed)
    draws = Draws(streams, f"explore/{basis.name}")
    shape = draw_shape(draws)
    machines = draw_machines(draws, basis)
    market = draw_market(draws, basis, shape)
    sessions = Draws(streams, f"explore/{basis.name}/sessions")
    market = replace(market, hours=draw_sessions(sessions, shape, market.hours))
    ticks = draw_ticks(draws, shape, market)
    accounts = draws.whole(2, basis.accounts)
    prices = Prices(market.opening, ticks)
    steps = Customers(draws, basis, shape, market, prices, accounts).draw()
    steps, accounts = _visited(streams, basis, steps, accounts, len(market.opening))
    faulty_s = shape.span_s * 1.2 + 0.5
    wishes = Draws(streams, f"explore/{basis.name}/notices")
    channels: tuple[ChannelPlan, ...] = ()
    if wishes.chance(_WITH_NOTICES):
        channels = draw_channels(wishes, faulty_s)
        thresholds = thresholds_of(wishes, market, ticks)
        steps = draw_wishes(wishes, channels, thresholds, steps, accounts)
    watching = draw_watching(_draws(streams, basis, "watching"), shape, market, accounts)
    gone = _draws(streams, basis, "leaving")
    leaving = draw_leaving(gone, watching, market, ticks, accounts)
    faults: tuple[FaultPlan, ...] = ()
    begins_faulty = False
    if with_faults:
        has_commit = machines.commit_s > 0
        faults, begins_faulty, faulty_s = _faults(streams, basis, seed, faulty_s, has_commit)
        late = Draws(streams, f"explore/{basis.name}/late")
        last = draw_last_minute(late, market.hours, steps)
        steps, faults = last.steps, faults + last.faults
        if seed % 2 == 0 and (overtaken := draw_overtaken_prices(late, watching)):
            faults, begins_faulty = overtaken, False
    faulty_s = max(faulty_s, leaving.until_s)
    steps, ticks = leaving.watching.added_to(steps), (*ticks, *leaving.ticks)
    return SmallWorld(
        seed, accounts, market, machines, steps, ticks, faults,
        retry_s=draws.pick((0.02, 0.25, 1.0)), faulty_s=faulty_s,
        begins_faulty=begins_faulty, channels=channels, conflation_s=watching.conflation_s,
    )  # fmt: skip


def _draws(streams: Streams, basis: Basis, purpose: str) -> Draws:
    return Draws(streams, f"explore/{basis.name}/{purpose}")


def _visited(
    streams: Streams, basis: Basis, steps: tuple[Step, ...], accounts: int, symbols: int
) -> tuple[tuple[Step, ...], int]:
    """Add what else customers do; return how many of them there are."""
    visits = Draws(streams, f"explore/{basis.name}/visitors")
    steps = with_strangers(steps, accounts, visits)
    steps, accounts = with_closings(steps, accounts, visits)
    steps = with_stops(steps, Draws(streams, f"explore/{basis.name}/stops"))
    steps = with_undos(steps, Draws(streams, f"explore/{basis.name}/undos"))
    questions = Draws(streams, f"explore/{basis.name}/questions")
    steps = with_questions(steps, symbols, questions)
    steps = with_records(steps, _draws(streams, basis, "records"))
    return with_openings(steps, accounts, _draws(streams, basis, "openings")), accounts


def _faults(
    streams: Streams, basis: Basis, seed: int, faulty_s: float, has_commit: bool
) -> tuple[tuple[FaultPlan, ...], bool, float]:
    """Return the faults, whether they begin before the set-up, and until when they may happen."""
    chance = Draws(streams, f"explore/{basis.name}/faults")
    faults = draw_faults(chance, faulty_s, everything=seed % 2 == 1, has_commit=has_commit)
    cut = draw_long_cut(Draws(streams, f"explore/{basis.name}/long cut"), faulty_s)
    if cut is not None:
        # The rest must not go on all that time: it would be nothing but crashes.
        faults = (*(ended_at(fault, faulty_s) for fault in faults), cut)
        faulty_s += LONGEST_CUT_S
    early = draw_early_faults(Draws(streams, f"explore/{basis.name}/early"), faulty_s)
    if early and seed % 2 == 0:
        return early, True, faulty_s
    return faults, False, faulty_s
