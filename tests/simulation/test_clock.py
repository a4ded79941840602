"""The clock does what SimPy's environment does, event by event."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from simulation.clock import Clock

Trace = list[tuple[float, str]]


def walker(
    env: simpy.Environment, name: str, delays: list[float], trace: Trace
) -> Generator[simpy.Event, Any, None]:
    for delay in delays:
        trace.append((env.now, name))
        yield env.timeout(delay)
    trace.append((env.now, f"{name} ends"))


def walk(env: simpy.Environment, plans: list[list[float]], until: float | None) -> Trace:
    trace: Trace = []
    for number, delays in enumerate(plans):
        env.process(walker(env, f"walker {number}", delays, trace))
    env.run(until=until)
    trace.append((env.now, "over"))
    return trace


DELAYS = st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5]), max_size=6)


@given(st.lists(DELAYS, max_size=6), st.sampled_from([None, 0.5, 1.0, 3.0, 100.0]))
def test_processes_run_as_in_simpys_environment(
    plans: list[list[float]], until: float | None
) -> None:
    assert walk(Clock(), plans, until) == walk(simpy.Environment(), plans, until)


def test_a_run_until_an_instant_stops_before_what_happens_then() -> None:
    clock = Clock()
    happened: list[float] = []
    clock.timeout(1.0).callbacks.append(lambda _: happened.append(clock.now))

    clock.run(until=1.0)
    assert (clock.now, happened) == (1.0, [])
    clock.run(until=1.5)
    assert (clock.now, happened) == (1.5, [1.0])


def test_a_run_until_an_event_returns_its_value() -> None:
    clock = Clock()

    assert clock.run(until=clock.timeout(2.0, "value")) == "value"
    assert clock.now == 2.0


def test_a_run_until_an_event_that_has_happened_returns_its_value_at_once() -> None:
    clock = Clock()
    event = clock.timeout(1.0, "value")
    clock.run()
    clock.timeout(1.0)

    assert clock.run(until=event) == "value"
    assert clock.now == 1.0


def test_a_run_until_an_event_that_never_happens_says_so() -> None:
    clock = Clock()
    clock.timeout(1.0)

    with pytest.raises(RuntimeError, match="has not happened"):
        clock.run(until=clock.event())


@pytest.mark.parametrize("until", [-1.0, 0.0, 5.0])
def test_a_run_into_the_past_is_refused(until: float) -> None:
    clock = Clock(initial_time=5.0)

    with pytest.raises(ValueError, match=f"until {until}"):
        clock.run(until=until)


def test_an_event_that_fails_raises_out_of_the_run() -> None:
    clock = Clock()
    clock.event().fail(ArithmeticError("failed"))

    with pytest.raises(ArithmeticError, match="failed"):
        clock.run()


def test_a_process_that_raises_raises_out_of_the_run() -> None:
    clock = Clock()

    def process() -> Generator[simpy.Event, Any, None]:
        yield clock.timeout(1.0)
        raise ArithmeticError("failed")

    clock.process(process())
    with pytest.raises(ArithmeticError, match="failed"):
        clock.run()
    assert clock.now == 1.0


def test_a_failure_that_a_process_handles_stays_there() -> None:
    clock = Clock()
    handled: list[str] = []

    def process(event: simpy.Event) -> Generator[simpy.Event, Any, None]:
        try:
            yield event
        except ArithmeticError as error:
            handled.append(str(error))

    event = clock.event()
    clock.process(process(event))
    event.fail(ArithmeticError("failed"))
    clock.run()

    assert handled == ["failed"]


def test_a_run_until_an_event_that_fails_raises() -> None:
    clock = Clock()
    event = clock.event()
    event.fail(ArithmeticError("failed"))

    with pytest.raises(ArithmeticError, match="failed"):
        clock.run(until=event)


def test_an_empty_clock_has_nothing_to_do() -> None:
    clock = Clock()

    assert clock.run() is None
    assert clock.now == 0
