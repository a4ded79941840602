"""Runs what is true of every runtime once on each of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from files import open_journal
from players import make_journal

from actors import AccountHandle, Brokerage, Stock, StockHandle, User
from actors.runtimes.runtime import Runtime
from actors.runtimes.sqlite_journal import SqliteJournal
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


@pytest.fixture
def exchange(make_runtime: Maker) -> Brokerage:
    """Give a brokerage on each runtime; no bug and no lost message may stay unseen."""
    return Brokerage(make_runtime())


@pytest.fixture(autouse=True)
def nothing_went_wrong(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test of a brokerage in which a handler raised or a message was lost."""
    brokerage = request.getfixturevalue("exchange") if "exchange" in request.fixturenames else None
    yield
    if brokerage is not None:
        assert brokerage.runtime.supervisor.failures == []
        assert not brokerage.runtime.dead_letters


@pytest.fixture
def apple(exchange: Brokerage) -> StockHandle:
    """List Apple at $150."""
    return exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))


@pytest.fixture
def alice(exchange: Brokerage) -> AccountHandle:
    """Open an account with $10,000."""
    return exchange.register_account(User("U001", "Alice", "alice@example.com"), "10000.00")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the name of a journal's file, in a folder of its own."""
    folder = tmp_path / "floor"
    folder.mkdir()
    return folder / "floor.db"


@pytest.fixture
def journal(path: Path) -> Iterator[SqliteJournal]:
    """Give a journal on disk."""
    journal = open_journal(path)
    yield journal
    journal.close()
