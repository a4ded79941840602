"""One exchange per process by default, whoever comes first, and separate ones where asked for."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from actors import Brokerage, Stock, StockExchange, ThreadRuntime, User
from actors.shared import SHARED

ROOT = str(Path(__file__).parents[2])


@pytest.fixture(autouse=True)
def none_survives() -> Iterator[None]:
    yield
    SHARED.close()


def test_thirty_two_who_come_at_once_get_one_and_the_same() -> None:
    for _ in range(5):
        barrier = threading.Barrier(32)

        def first_use(_: int, barrier: threading.Barrier = barrier) -> Brokerage:
            barrier.wait(30.0)
            return StockExchange.get_instance()

        with ThreadPoolExecutor(32) as pool:
            found = list(pool.map(first_use, range(32)))

        assert all(each is found[0] for each in found)
        found[0].close()


def test_the_shared_exchange_trades_on_threads() -> None:
    exchange = StockExchange.get_instance()

    account = exchange.register_account(User("U001", "Alice"), "100.00")

    assert isinstance(exchange.runtime, ThreadRuntime)
    assert StockExchange.get_instance().account("U001").cash == account.cash == 1_000_000


def test_separate_brokerages_are_separate() -> None:
    shared = StockExchange.get_instance()

    with Brokerage() as first, Brokerage() as second:
        first.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))

        assert len({id(each) for each in (shared, first, second)}) == 3
        assert (second.stocks(), shared.stocks()) == ([], [])
    assert not shared.is_closed


def test_after_a_close_the_next_call_makes_a_new_one() -> None:
    first = StockExchange.get_instance()
    first.close()

    second = StockExchange.get_instance()

    assert second is not first
    assert not second.is_closed


def test_it_is_closed_at_the_exit_of_the_interpreter() -> None:
    script = (
        "from actors import StockExchange, User\n"
        "exchange = StockExchange.get_instance()\n"
        "real = exchange.close\n"
        "exchange.close = lambda: (real(), print('closed', exchange.is_closed))\n"
        "exchange.register_account(User('U1', 'Ann'), '1.00')\n"
    )

    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env={**os.environ, "PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "closed True\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_has_one_of_its_own() -> None:
    script = (
        "import os\n"
        "from actors import StockExchange, User\n"
        "parent = StockExchange.get_instance()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    own = StockExchange.get_instance()\n"
        "    own.register_account(User('U1', 'Ann'), '1.00')\n"
        "    own.close()\n"
        "    os._exit(0 if own is not parent else 1)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0\n"
        "assert not parent.accounts()\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ended.returncode == 0, ended.stderr
