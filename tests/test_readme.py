"""The Python in the README runs as it stands there, and does what the text beside it says."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from actors import Brokerage, OrderStrategy, OrderType, PriceType, Stock, User, add_strategy
from simulation.virtual_time import VirtualTimeRuntime

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
WHOLE = [block for block in BLOCKS if "with Brokerage(" in block]
PARTS = [block for block in BLOCKS if "with Brokerage(" not in block]
NAMES = (Brokerage, OrderStrategy, OrderType, PriceType, Stock, User, add_strategy)


def printed_by(block: str, names: dict[str, Any]) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(block, "README.md", "exec"), names)
    return printed.getvalue()


@pytest.fixture
def names() -> dict[str, Any]:
    """Give what the first block of the README has imported."""
    return {one.__name__: one for one in NAMES}


@pytest.fixture
def open_names(
    names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Any]]:
    """Give what the parts of the README rest on: a brokerage with an account and two stocks."""
    monkeypatch.chdir(tmp_path)
    with Brokerage(VirtualTimeRuntime()) as exchange:
        account = exchange.register_account(
            User("U001", "Alice", "alice@example.com", "555-0001"), "10000.00"
        )
        apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        exchange.add_stock(Stock("MSFT", "Microsoft", "300.00"))
        account.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)
        yield names | {"exchange": exchange, "account": account, "apple": apple}


def test_every_block_is_run_by_one_of_these_tests() -> None:
    assert (len(WHOLE), len(PARTS)) == (3, 6)


def test_the_first_block_trades(names: dict[str, Any]) -> None:
    printed = printed_by(WHOLE[0], names)

    assert printed.startswith("OrderStatus.EXECUTED {'profit_loss': 0, ")


def test_a_brokerage_in_a_file_is_opened_again(
    names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Brokerage(journal="floor.db") as exchange:
        exchange.register_account(User("U001", "Alice"), "10.00")

    assert printed_by(WHOLE[1], names) == "100000 0 []\n"


def test_the_calendar_says_what_its_comments_say(names: dict[str, Any]) -> None:
    (block,) = (one for one in WHOLE if "trading_calendar" in one)
    said = re.findall(r"print\(.*?\) +# (.*)", block)

    early, late = printed_by(block, names).splitlines()

    assert said[0].startswith(f"{early}: ")
    assert late == said[1]


@pytest.mark.parametrize("number", range(len(PARTS)))
def test_a_part_runs_on_a_brokerage_that_is_open(open_names: dict[str, Any], number: int) -> None:
    printed_by(PARTS[number], open_names)
