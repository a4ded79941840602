"""The tables `[market]` and `prices` of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from scenarios.models.types import (
    BasisPoints,
    Duration,
    Growth,
    Money,
    Rate,
    Share,
    Table,
    TimeOfDay,
    refuse,
)
from simulation.plan import MarketPlan, PricesPlan

_PRICES = PricesPlan()
_MARKET = MarketPlan(symbols=1, prices=_PRICES)


class WalkPrices(Table):
    """Prices that walk at random: geometric Brownian motion."""

    kind: Literal["walk"]
    ticks: Rate = _PRICES.ticks_per_s
    start_price: Money = _PRICES.start_price
    volatility: Share = _PRICES.volatility
    drift: Growth = _PRICES.drift

    def to_plan(self) -> PricesPlan:
        """Return the plan of these prices."""
        return PricesPlan(
            "walk",
            ticks_per_s=self.ticks,
            start_price=self.start_price,
            volatility=self.volatility,
            drift=self.drift,
        )


class BarsPrices(Table):
    """Prices that pass through daily bars; without a file, the real bars in the package."""

    kind: Literal["bars"]
    file: str | None = None
    ticks: Rate = _PRICES.ticks_per_s

    def to_plan(self) -> PricesPlan:
        """Return the plan of these prices."""
        file = None if self.file is None else Path(self.file)
        return PricesPlan("bars", file=file, ticks_per_s=self.ticks)


class LobsterPrices(Table):
    """Prices of the trade prints of a LOBSTER message file."""

    kind: Literal["lobster"]
    file: str = Field(description='the message file; give it with --set "market.prices.file=PATH"')

    def to_plan(self) -> PricesPlan:
        """Return the plan of these prices."""
        return PricesPlan("lobster", file=Path(self.file))


Prices = Annotated[WalkPrices | BarsPrices | LobsterPrices, Field(discriminator="kind")]


class Market(Table):
    """The stocks and their trading hours."""

    symbols: int = Field(ge=1, le=10_000, description="how many stocks are listed")
    opens: TimeOfDay = _MARKET.opens_s
    closes: TimeOfDay = _MARKET.closes_s
    collar: BasisPoints = float(_MARKET.collar_bp)
    accept_early_limits: bool = False
    prices: Prices = BarsPrices(kind="bars")

    @model_validator(mode="after")
    def _is_consistent(self) -> Market:
        if self.opens >= self.closes:
            refuse("closes", "the market must close after it opens")
        if self.collar != int(self.collar) or self.collar < 1:
            refuse("collar", "a whole number of basis points, at least 1bp, is meant")
        if self.prices.kind == "lobster" and self.symbols != 1:
            refuse("symbols", f"a LOBSTER file holds 1 stock, not {self.symbols}")
        return self

    def to_plan(self) -> MarketPlan:
        """Return the plan of this market."""
        return MarketPlan(
            symbols=self.symbols,
            prices=self.prices.to_plan(),
            opens_s=self.opens,
            closes_s=self.closes,
            collar_bp=int(self.collar),
            early_limits=self.accept_early_limits,
        )


class Cluster(Table):
    """The machines."""

    nodes: int = Field(default=1, ge=1, le=10_000)
    workers: int = Field(default=2, ge=1, le=10_000)
    speed: float = Field(default=1.0, gt=0, le=1_000)
    mailbox_capacity: int = Field(default=100_000, ge=1)
    client_delay: Duration = 0.005
    node_delay: Duration = 0.000_2
    commit: Duration = 0.0
