"""Is the simulator right? Its waiting times against those that queueing theory knows.

Formulas: Gross, Shortle, Thompson, Harris, "Fundamentals of Queueing Theory", 4th edition,
2008: M/M/1 and its tail in section 2.2, M/M/c (Erlang C) in section 2.3, M/D/1 from the formula
of Pollaczek and Khinchine in section 5.1, Little's law in section 1.5; the recursion is Lindley's
(Proc. Cambridge Phil. Soc. 48, 1952).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from simpy import Event

from actors.actor import Actor
from actors.messages.base import Address, Message
from actors.runtimes.mailbox import Envelope
from simulation.clock import Clock
from simulation.cluster import Cluster, Node
from simulation.virtual_time import VirtualTimeRuntime

Floats = NDArray[np.float64]

REPLICATIONS = 16
CUSTOMERS = 6_000
WARM_UP = 1_000  # customers at the beginning who found an emptier queue than usual
# Of Student's t for 15 degrees of freedom: all intervals together hold with 95 %, each with
# 1 - 0.05 / 12 (Bonferroni). At 95 % each, about every second honest simulator would fail here.
T_QUANTILE = 3.375


class Serve(Message, frozen=True):
    """Ask for a service of one second in the mean."""


class Server(Actor):
    """Tells the meter when it has served."""

    def receive(self, message: Message, sender: Address) -> None:
        self.send("meter", message)


class Observed(NamedTuple):
    """What one replication has shown: the wait of each customer, and who was there when."""

    gaps_s: Floats
    services_s: Floats
    all_waits_s: Floats
    waits_s: Floats
    in_system: Floats


class Station:
    """One node whose workers serve customers that arrive by chance.

    Args:
        rho: Utilisation of the workers.
        workers: How many.
        is_random: Service times are exponential; else all are one second.
        seed: Of all chance.
    """

    def __init__(self, rho: float, workers: int, *, is_random: bool, seed: int) -> None:
        self.rng = np.random.default_rng([seed, workers, is_random, round(1000 * rho)])
        clock = Clock()
        drawn_s = self.rng.standard_exponential(CUSTOMERS)
        self.services_s = drawn_s if is_random else np.ones(CUSTOMERS)
        times = iter(self.services_s.tolist())
        self.runtime = VirtualTimeRuntime(
            clock,
            Cluster([Node(clock, "node-1", workers)]),
            service_times={"default": 1.0},
            service_factor=(lambda: next(times)) if is_random else None,
        )
        self.gaps_s = self.rng.exponential(1.0 / (rho * workers), CUSTOMERS)
        # An actor serves one customer at a time. Where several workers are to share one queue,
        # every customer goes to an actor of his own, and waits for a worker only.
        self.servers = 1 if workers == 1 else 100
        for number in range(self.servers):
            self.runtime.spawn(f"server-{number}", Server)
        self.waits_s: list[float] = []
        self.samples: list[int] = []
        self.sent = 0
        self.runtime.attach("meter", self.measure)

    def measure(self, envelope: Envelope) -> None:
        self.waits_s.append(envelope.mailbox_s + envelope.worker_s)

    def arrivals(self) -> Generator[Event, Any, None]:
        for gap_s in self.gaps_s.tolist():
            yield self.runtime.env.timeout(gap_s)
            self.runtime.send(f"server-{self.sent % self.servers}", Serve())
            self.sent += 1

    def observe(self) -> Generator[Event, Any, None]:
        while self.sent < CUSTOMERS:
            yield self.runtime.env.timeout(1.0)
            self.samples.append(self.sent - len(self.waits_s))

    def run(self) -> Observed:
        for process in (self.arrivals(), self.observe()):
            self.runtime.env.process(process)
        self.runtime.run()
        self.runtime.close()
        assert len(self.waits_s) == CUSTOMERS
        waits_s, samples = np.array(self.waits_s), np.array(self.samples, float)
        warm = len(samples) * WARM_UP // CUSTOMERS
        return Observed(self.gaps_s, self.services_s, waits_s, waits_s[WARM_UP:], samples[warm:])


@cache
def replications(rho: float, workers: int = 1, *, is_random: bool = True) -> list[Observed]:
    seeds = range(1, REPLICATIONS + 1)
    return [Station(rho, workers, is_random=is_random, seed=seed).run() for seed in seeds]


def interval(values: list[float]) -> tuple[float, float]:
    """Return the confidence interval of a mean over independent replications."""
    half = T_QUANTILE * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    mean = float(np.mean(values))
    return mean - half, mean + half


def assert_agrees(
    runs: list[Observed], of_one: Callable[[Observed], float], expected: float
) -> None:
    """Assert that a closed form lies in the confidence interval, and that this is narrow."""
    low, high = interval([of_one(run) for run in runs])
    assert low <= expected <= high
    assert high - low < 0.3 * expected


def mean_wait_s(run: Observed) -> float:
    return float(run.waits_s.mean())


@pytest.mark.parametrize("rho", [0.5, 0.8])
def test_waiting_in_m_m_1_agrees_with_the_closed_form(rho: float) -> None:
    runs = replications(rho)

    assert_agrees(runs, mean_wait_s, rho / (1 - rho))
    # P(wait > t) = rho exp(-(1 - rho) t), and rho itself is the share of those who wait at all.
    assert_agrees(runs, lambda run: float((run.waits_s > 0).mean()), rho)
    tail = rho * math.exp(-(1 - rho) * 3.0)
    assert_agrees(runs, lambda run: float((run.waits_s > 3.0).mean()), tail)


@pytest.mark.parametrize("is_random", [True, False])
def test_every_single_wait_with_one_worker_follows_lindleys_recursion(is_random: bool) -> None:
    run = replications(0.8, is_random=is_random)[0]
    expected_s = [0.0]
    for gap_s, service_s in zip(run.gaps_s[1:], run.services_s, strict=False):
        expected_s.append(max(0.0, expected_s[-1] + service_s - gap_s))

    assert run.all_waits_s == pytest.approx(np.array(expected_s), abs=1e-6)


@pytest.mark.parametrize("rho", [0.5, 0.8])
def test_waiting_in_m_d_1_agrees_with_the_closed_form(rho: float) -> None:
    runs = replications(rho, is_random=False)

    assert_agrees(runs, mean_wait_s, rho / (2 * (1 - rho)))


@pytest.mark.parametrize("rho", [0.5, 0.8])
def test_waiting_for_two_workers_agrees_with_erlang_c(rho: float) -> None:
    runs = replications(rho, workers=2)

    # For two servers, Erlang C is 2 rho^2 / (1 + rho).
    must_wait = 2 * rho**2 / (1 + rho)
    assert_agrees(runs, lambda run: float((run.waits_s > 0).mean()), must_wait)
    assert_agrees(runs, mean_wait_s, must_wait / (2 * (1 - rho)))


def test_customers_in_the_system_are_arrival_rate_times_time_in_it() -> None:
    rho = 0.8
    runs = replications(rho)

    counted = float(np.mean([run.in_system.mean() for run in runs]))
    waited_s = float(np.mean([run.waits_s.mean() for run in runs]))
    assert counted == pytest.approx(rho * (waited_s + 1.0), rel=0.02)


def test_a_wrong_closed_form_is_found() -> None:
    runs = replications(0.5, is_random=False)

    with pytest.raises(AssertionError):
        assert_agrees(runs, mean_wait_s, 0.5 / (1 - 0.5))
