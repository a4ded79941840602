"""A workload that takes less memory is the same workload."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from simulation.prices import PriceTape
from simulation.workload import Workload


def test_narrower_columns_hold_the_same_commands(day: tuple[Workload, PriceTape]) -> None:
    workload = day[0]

    narrow = workload.narrowed()

    for field in fields(Workload):
        assert np.array_equal(getattr(narrow, field.name), getattr(workload, field.name))


def test_narrower_columns_take_less_memory(day: tuple[Workload, PriceTape]) -> None:
    names = Workload.columns()
    wide, narrow = (
        sum(getattr(each, name).nbytes for name in names) for each in (day[0], day[0].narrowed())
    )

    assert narrow < 0.75 * wide
