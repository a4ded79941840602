"""Observers in a simulated run: they count on whatever becomes of those who serve them."""

from __future__ import annotations

from actors import Brokerage, Stock
from simulation.onlookers import let_look_on
from simulation.plan import SubscriptionsPlan
from simulation.virtual_time import VirtualTimeRuntime


def test_an_onlooker_counts_on_after_a_crash_of_whoever_serves_it() -> None:
    runtime = VirtualTimeRuntime()
    with Brokerage(runtime, searchable=False) as exchange:
        stock = exchange.add_stock(Stock("ACME", "Acme Inc.", "10.00"))
        (onlooker,) = let_look_on(exchange, SubscriptionsPlan(0.0, observers=1), ("ACME",))
        stock.set_price("11.00")
        (address,) = (one for one in runtime.cells if one.startswith("observer"))

        runtime.crash(address)
        stock.set_price("12.00")
        runtime.restart(address)
        runtime.run_until_idle()
        for price in ("13.00", "14.00"):
            stock.set_price(price)

    assert onlooker.told == 3
