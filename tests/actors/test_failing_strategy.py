"""A strategy of somebody's own that fails or talks nonsense hurts no account, book or journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors import (
    AccountHandle,
    Brokerage,
    OrderStatus,
    OrderType,
    PriceType,
    Stock,
    StockHandle,
    User,
)
from actors.account import Account
from actors.commands import BuyCommand
from actors.domain.order_factory import InvalidOrder
from actors.domain.orders import Reason
from actors.domain.pricing import MOST_WORST_PRICE
from actors.domain.strategies import STRATEGIES, OrderStrategy, add_strategy
from actors.handles import order as order_handle
from simulation.audit.auditor import Auditor

DOLLAR = 10_000
BUY, SELL = OrderType.BUY, OrderType.SELL


class Odd(OrderStrategy):
    """Answers whatever a test wants it to."""

    answer: Any = 0
    is_broken = False

    @staticmethod
    def worst_price(
        order_type: OrderType, limit_price: int | None, seen_price: int | None, collar_bp: int
    ) -> int:
        if isinstance(Odd.answer, Exception):
            raise Odd.answer
        return Odd.answer  # type: ignore[no-any-return]

    @staticmethod
    def is_due(order_type: OrderType, worst_price: int, trigger_price: int, price: int) -> bool:
        return bool(price // (0 if Odd.is_broken else 1))


ODD = add_strategy("ODD", Odd())
NONSENSE = [
    1.5,
    float("nan"),
    None,
    "5",
    True,
    10**30,
    MOST_WORST_PRICE + 1,
    ZeroDivisionError("x"),
]


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test begin with a strategy that is in order."""
    monkeypatch.setattr(Odd, "answer", 200 * DOLLAR)
    monkeypatch.setattr(Odd, "is_broken", False)


@pytest.fixture
def auditor(exchange: Brokerage) -> Auditor:
    """Give an auditor that reads along."""
    auditor = Auditor(collar_bp=500)
    exchange.runtime.follow(auditor)
    return auditor


@pytest.mark.parametrize("nonsense", NONSENSE, ids=repr)
def test_whoever_places_an_order_hears_what_the_strategy_got_wrong(
    apple: StockHandle, alice: AccountHandle, nonsense: Any
) -> None:
    Odd.answer = nonsense

    with pytest.raises(InvalidOrder, match=r"the strategy ODD (says|was asked)") as refused:
        alice.place_order(apple, 1, BUY, ODD, "160.00")

    assert refused.value.reason is Reason.INVALID_ORDER
    assert alice.open_orders() == []


@pytest.mark.parametrize("nonsense", NONSENSE, ids=repr)
def test_an_account_refuses_what_its_strategy_has_no_price_for_and_tells_the_operators(
    exchange: Brokerage,
    apple: StockHandle,
    alice: AccountHandle,
    nonsense: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        order_handle, "worst_price_of", lambda *_: 1
    )  # a client that checks nothing
    Odd.answer = nonsense

    order = alice.place_order(apple, 1, BUY, ODD, "160.00")

    assert (order.status, order.reason) == (OrderStatus.REJECTED, Reason.INVALID_ORDER)
    assert "the strategy ODD" in exchange.runtime.supervisor.alarms[-1]
    rebuilt: Any = exchange.runtime.rebuilt(alice.address)
    assert isinstance(rebuilt, Account)
    assert rebuilt.state.cash == 10_000 * DOLLAR


def test_the_log_of_commands_tells_it_as_well(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    Odd.answer = 1.5

    entry = exchange.commands.execute(BuyCommand("U001", "AAPL", 1, "160.00", price_type=ODD))

    assert "the strategy ODD says that the worst price is 1.5" in entry.sentence


def test_an_order_waits_on_while_its_strategy_fails_and_holds_up_nobody_else(
    exchange: Brokerage, auditor: Auditor, apple: StockHandle, alice: AccountHandle
) -> None:
    Odd.is_broken = True
    odd = alice.place_order(apple, 1, BUY, ODD, "160.00")
    limit = alice.place_order(apple, 1, BUY, PriceType.LIMIT, "140.00")

    apple.set_price("139.00")

    exchange.runtime.run_until_idle(10.0)
    assert (odd.status, limit.status) == (OrderStatus.PENDING, OrderStatus.EXECUTED)
    assert "raised ZeroDivisionError" in exchange.runtime.supervisor.alarms[-1]
    assert odd.cancel()
    exchange.runtime.run_until_idle(10.0)
    assert auditor.finish().findings == []


def test_a_file_can_be_opened_again_after_a_strategy_has_talked_nonsense(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        alice = exchange.register_account(User("U001", "Alice"), "10000.00")
        exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        Odd.answer = 1.5
        with pytest.raises(InvalidOrder):
            alice.place_order("AAPL", 1, SELL, ODD, "160.00")

    with Brokerage(journal=path) as exchange:
        assert exchange.account("U001").cash == 10_000 * DOLLAR


@pytest.mark.parametrize("nonsense", [None, "y", 5, object(), msgspec.Struct])
def test_what_is_no_strategy_is_not_added(nonsense: Any) -> None:
    with pytest.raises(TypeError, match="a strategy is meant"):
        add_strategy("NONE_AT_ALL", nonsense)

    assert "NONE_AT_ALL" not in {price_type.value for price_type in STRATEGIES}
