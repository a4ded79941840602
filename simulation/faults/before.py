"""Faults that are part of the world before a run begins: its arrivals, prices and hours."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from actors.addresses import book_of, stock_of
from actors.domain.market_hours import MarketHours
from simulation.faults.fate import amount_of
from simulation.faults.injector import Injector
from simulation.plan import FaultPlan, LoadPlan, Plan
from simulation.prices import PriceTape
from simulation.prices.tape import CENT, HIGHEST_PRICE

MICROSECONDS: Final = 1_000_000


def with_spikes(plan: Plan) -> Plan:
    """Return a plan with the extra arrivals of its load spikes."""
    spikes = tuple(_spike(plan, fault) for fault in plan.faults if fault.kind == "load_spike")
    return replace(plan, load=(*plan.load, *spikes)) if spikes else plan


def _spike(plan: Plan, fault: FaultPlan) -> LoadPlan:
    return LoadPlan(
        "constant-arrival-rate",
        unit="orders",
        start_s=fault.at_s,
        duration_s=_ends_s(plan, fault) - fault.at_s,
        rate_per_s=amount_of(fault),
    )


def _ends_s(plan: Plan, fault: FaultPlan) -> float:
    return min(plan.end_s, fault.at_s + (plan.end_s if fault.for_s is None else fault.for_s))


def with_gaps(tape: PriceTape, plan: Plan) -> PriceTape:
    """Return a tape with the jumps of a plan's price gaps; when they end, prices are back.

    Customers go on seeing the prices without the gap: they have been taken by surprise.
    """
    for fault in plan.faults:
        if fault.kind == "price_gap":
            tape = _with_gap(tape, fault, _ends_s(plan, fault))
    return tape


def _with_gap(tape: PriceTape, fault: FaultPlan, ends_s: float) -> PriceTape:
    start_us, end_us = round(fault.at_s * MICROSECONDS), round(ends_s * MICROSECONDS)
    hit = np.array([_is_hit(fault, symbol) for symbol in tape.symbols])
    price = tape.price.copy()
    inside = hit[tape.symbol] & (tape.at_us >= start_us) & (tape.at_us < end_us)
    price[inside] = _gapped(price[inside], fault)
    symbols = np.flatnonzero(hit).astype(np.int32)
    edges = [np.full(len(symbols), at_us, np.int64) for at_us in (start_us, end_us)]
    before, after = (tape.price_at(symbols, edge) for edge in edges)
    at_us = np.concatenate((tape.at_us, *edges))
    order = np.argsort(at_us, kind="stable")
    return replace(
        tape,
        at_us=at_us[order],
        symbol=np.concatenate((tape.symbol, symbols, symbols))[order],
        price=np.concatenate((price, _gapped(before, fault), after))[order],
    )


def _is_hit(fault: FaultPlan, symbol: str) -> bool:
    names = (symbol, stock_of(symbol), book_of(symbol))
    return any(Injector(0, ()).fits(fault.where, name) for name in names)


def _gapped(price: NDArray[np.int64], fault: FaultPlan) -> NDArray[np.int64]:
    cents: NDArray[np.int64] = np.rint(price * (1.0 + amount_of(fault)) / CENT).astype(np.int64)
    return np.clip(cents * CENT, CENT, HIGHEST_PRICE)


def with_early_close(hours: MarketHours, plan: Plan) -> MarketHours:
    """Return market hours that end with the first early close of a plan."""
    closes_us = [
        round(fault.at_s * MICROSECONDS) for fault in plan.faults if fault.kind == "early_close"
    ]
    return MarketHours(hours.opens_us, min([hours.closes_us, *closes_us]))


def note_them(injector: Injector, hours: MarketHours, tape: PriceTape) -> None:
    """Keep which of these faults happened: a spike of nothing or a late close has not."""
    for number, fault in injector.of_kinds(["load_spike", "price_gap", "early_close"]):
        if fault.at_s < injector.end_s and _happens(fault, hours, tape):
            injector.fire(number, f"{fault.kind} {fault.where} #0", fault.where, fault.at_s)


def _happens(fault: FaultPlan, hours: MarketHours, tape: PriceTape) -> bool:
    if fault.kind == "early_close":
        return round(fault.at_s * MICROSECONDS) < hours.closes_us
    if fault.kind == "price_gap":
        return any(_is_hit(fault, symbol) for symbol in tape.symbols)
    return amount_of(fault) > 0.0
