"""A workload in the making."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulation.prices.tape import PriceTape
from simulation.workload.schedule import Schedule
from simulation.workload.workload import NONE, Floats, Int8s, Int16s, Int32s, Int64s


class Market(NamedTuple):
    """What users know of the market: its prices, and the weight of each stock."""

    tape: PriceTape
    popularity: Floats


class Draft(NamedTuple):
    """Columns of a workload, filled one after the other; as in `Workload`."""

    at_us: Int64s
    user: Int32s
    operation: Int8s
    symbol: Int16s
    order_type: Int8s
    quantity: Int64s
    limit_price: Int64s
    seen_price: Int64s
    amount: Int64s
    target: Int64s

    @classmethod
    def of(cls, schedule: Schedule) -> Draft:
        """Make columns in which nothing beside the schedule applies to any row."""
        rows = len(schedule.at_us)
        return cls(
            *schedule,
            symbol=np.full(rows, NONE, dtype=np.int16),
            order_type=np.full(rows, NONE, dtype=np.int8),
            quantity=np.zeros(rows, dtype=np.int64),
            limit_price=np.zeros(rows, dtype=np.int64),
            seen_price=np.zeros(rows, dtype=np.int64),
            amount=np.zeros(rows, dtype=np.int64),
            target=np.full(rows, NONE, dtype=np.int64),
        )
