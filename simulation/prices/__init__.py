"""Prices: where every tick of a run comes from."""

from __future__ import annotations

from simulation.prices.source import make_tape
from simulation.prices.tape import PricesError, PriceTape

__all__ = ["PriceTape", "PricesError", "make_tape"]
