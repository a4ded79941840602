"""What the tests of exploration share: a basis, and casts with a bug for the hunt to find."""

from __future__ import annotations

import msgspec
import pytest

from actors.account import Account
from actors.domain.text_set import TextSet
from actors.messages.funds import DepositCash, WithdrawCash
from actors.messages.orders import SubmitOrder
from actors.order_book import OrderBook
from simulation.explore import Cast
from simulation.explore.shapes import Basis


class Generous(Account):
    """Credits a deposit with a little more than came in."""

    def deposit(self, command: DepositCash) -> None:
        super().deposit(msgspec.structs.replace(command, amount=command.amount + 1))


class Forgetful(OrderBook):
    """Takes a submit that comes again for another order."""

    def enter(self, order: SubmitOrder) -> None:
        kept, self.state.ended = self.state.ended, TextSet()
        for other in kept:
            if other != order.order_id:
                self.state.ended.add(other)
        super().enter(order)


class Fragile(Account):
    """Raises on every withdrawal."""

    def withdraw(self, command: WithdrawCash) -> None:
        raise RuntimeError("a bug")


@pytest.fixture(scope="session")
def basis() -> Basis:
    """Give what small worlds take over from a scenario."""
    return Basis("quiet-minute", 5, 3, 1_000_000, 0.55, 0.45, 0.015, 500, 1, 2, 0.005, 0.000_2)


@pytest.fixture
def generous() -> Cast:
    """Give a cast whose accounts make money: no fault is needed to see it."""
    return Cast(account=Generous)


@pytest.fixture
def forgetful() -> Cast:
    """Give a cast whose books execute an order again: only a fault shows it."""
    return Cast(book=Forgetful)


@pytest.fixture
def fragile() -> Cast:
    """Give a cast whose accounts raise."""
    return Cast(account=Fragile)
