"""Plans for tests of prices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulation.plan import MarketPlan, Plan, PricesPlan, UsersPlan

PlanMaker = Callable[..., Plan]


@pytest.fixture
def plan_of() -> PlanMaker:
    """Return a maker of plans: a whole day after a minute's warm-up, unless told otherwise."""

    def make(
        *,
        symbols: int = 2,
        starts_at_s: int = 34_140,
        warm_up_s: float = 60.0,
        duration_s: float = 23_400.0,
        **prices: Any,
    ) -> Plan:
        market = MarketPlan(symbols, PricesPlan(**prices))
        return Plan("test", "", 1, starts_at_s, warm_up_s, duration_s, market, UsersPlan(1), ())

    return make


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a writer of small files."""

    def write_text(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write_text
