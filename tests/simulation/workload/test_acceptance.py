"""Most of the retail workload can be had: a brokerage without delays replays it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import pytest

from simulation.plan import LoadPlan, Plan
from simulation.prices import PriceTape
from simulation.records import OPERATIONS
from simulation.workload import Workload

PlanMaker = Callable[..., Plan]
Generate = Callable[[Plan], tuple[Workload, PriceTape]]


def near(share: float, expected: float, count: int) -> bool:
    return abs(share - expected) < 3 * math.sqrt(expected * (1 - expected) / count)


class FastBrokerage:
    """A brokerage without delays, to count what an honest one would reject."""

    def __init__(self, workload: Workload, tape: PriceTape) -> None:
        self.workload, self.tape = workload, tape
        self.cash: Counter[int] = Counter()
        self.shares: Counter[tuple[int, int]] = Counter()
        self.waiting: dict[int, tuple[int, int, int, int, int]] = {}
        self.rejected: Counter[str] = Counter()

    def replay(self) -> Counter[str]:
        columns = (self.tape.at_us, self.tape.symbol, self.tape.price)
        ticks = list(zip(*(column.tolist() for column in columns), strict=True))[::-1]
        for row, at_us in enumerate(self.workload.intended_us.tolist()):
            while ticks and ticks[-1][0] <= at_us:
                self.tick(*ticks.pop()[1:])
            self.command(row)
        return self.rejected

    def tick(self, symbol: int, price: int) -> None:
        for row, (user, of_symbol, side, quantity, limit) in list(self.waiting.items()):
            if of_symbol != symbol or (price > limit if side == 0 else price < limit):
                continue
            del self.waiting[row]
            self.settle(user, symbol, side, quantity, price)
            self.cash[user] += quantity * limit if side == 0 else 0
            self.shares[user, symbol] += quantity if side == 1 else 0

    def settle(self, user: int, symbol: int, side: int, quantity: int, price: int) -> None:
        sign = 1 if side == 0 else -1
        self.cash[user] -= sign * quantity * price
        self.shares[user, symbol] += sign * quantity

    def command(self, row: int) -> None:
        columns = ("operation", "user", "symbol", "quantity", "amount", "target")
        name, user, symbol, quantity, amount, target = (
            int(getattr(self.workload, column)[row]) for column in columns
        )
        match OPERATIONS[name]:
            case "deposit":
                self.cash[user] += amount
            case "withdraw":
                self.rejected["withdraw"] += self.cash[user] < amount
                self.cash[user] -= min(amount, self.cash[user])
            case "transfer":
                self.shares[user, symbol] += quantity
            case "cancel":
                self.cancel(target)
            case "place_market" | "place_limit":
                self.place(row, user, symbol, quantity)

    def cancel(self, target: int) -> None:
        order = self.waiting.pop(target, None)
        if order is None:
            self.rejected["cancel"] += 1
            return
        user, symbol, side, quantity, limit = order
        self.cash[user] += quantity * limit if side == 0 else 0
        self.shares[user, symbol] += quantity if side == 1 else 0

    def place(self, row: int, user: int, symbol: int, quantity: int) -> None:
        side = int(self.workload.order_type[row])
        limit, price = int(self.workload.limit_price[row]), int(self.workload.seen_price[row])
        worst = limit or price * 105 // 100
        if (
            (self.cash[user] < quantity * worst)
            if side == 0
            else (self.shares[user, symbol] < quantity)
        ):
            self.rejected["order"] += 1
        elif limit and (limit < price if side == 0 else limit > price):
            self.cash[user] -= quantity * limit if side == 0 else 0
            self.shares[user, symbol] -= quantity if side == 1 else 0
            self.waiting[row] = (user, symbol, side, quantity, limit)
        else:
            self.settle(user, symbol, side, quantity, price)


@pytest.mark.parametrize("deposit", [25_000 * 10_000, 10**12])
def test_only_the_orders_meant_to_be_excessive_are_rejected(
    plan_of: PlanMaker, generate: Generate, deposit: int
) -> None:
    loads = (
        LoadPlan("intraday", unit, 120.0, 23_400.0, total=5_000) for unit in ("orders", "other")
    )

    rejected = FastBrokerage(*generate(plan_of(*loads, deposit=deposit))).replay()

    assert near(rejected["order"] / 5_000, 0.015, 5_000)
    assert rejected["withdraw"] + rejected["cancel"] <= 5


def test_without_excess_no_order_of_a_rich_user_is_rejected(
    plan_of: PlanMaker, generate: Generate
) -> None:
    load = LoadPlan("intraday", "orders", 120.0, 23_400.0, total=5_000)

    rejected = FastBrokerage(*generate(plan_of(load, deposit=10**12, excess_share=0.0))).replay()

    assert not rejected.total()
