"""Runs what is true of every runtime once on each of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from players import make_journal

from actors.runtimes.runtime import Runtime
from actors.runtimes.threads import ThreadRuntime
from simulation.clock import Clock
from simulation.cluster import Cluster, Node
from simulation.virtual_time import VirtualTimeRuntime

Maker = Callable[..., Runtime[Any]]


def on_threads(workers: int, **options: Any) -> ThreadRuntime:
    return ThreadRuntime(workers, **options)


def in_virtual_time(workers: int, **options: Any) -> VirtualTimeRuntime:
    clock = Clock()
    return VirtualTimeRuntime(clock, Cluster([Node(clock, "node-1", workers)]), **options)


@pytest.fixture(params=[on_threads, in_virtual_time], ids=["threads", "virtual"])
def make_runtime(request: pytest.FixtureRequest) -> Iterator[Maker]:
    """Give a maker of runtimes of one kind; they are closed after the test."""
    made: list[Runtime[Any]] = []

    def make(workers: int = 2, **options: Any) -> Runtime[Any]:
        runtime: Runtime[Any] = request.param(workers, **options)
        made.append(runtime)
        return runtime

    yield make
    for runtime in made:
        runtime.run_until_idle(5.0)  # where work is left for ever, closing would wait long
        runtime.close()


@pytest.fixture
def runtime(make_runtime: Maker) -> Runtime[Any]:
    """Give a runtime whose journal takes the facts of counters."""
    return make_runtime(journal=make_journal())
