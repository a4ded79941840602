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
    """Prices walk at random (geometric Brownian motion)."""
    ticks: Rate = _PRICES.ticks_per_s
    """Mean price changes of each stock."""
    start_price: Money = _PRICES.start_price
    """First price of each stock."""
    volatility: Share = _PRICES.volatility
    """Standard deviation of a year's log return."""
    drift: Growth = _PRICES.drift
    """Mean of a year's log return."""

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
    """Prices pass through the open, high, low and close of daily bars."""
    file: str | None = None
    """A table of bars; without it the real ones in the package. Relative to the file that names it.
    """
    ticks: Rate = _PRICES.ticks_per_s
    """Mean price changes of each stock."""

    def to_plan(self) -> PricesPlan:
        """Return the plan of these prices."""
        file = None if self.file is None else Path(self.file)
        return PricesPlan("bars", file=file, ticks_per_s=self.ticks)


class LobsterPrices(Table):
    """Prices of the trade prints of a LOBSTER message file."""

    kind: Literal["lobster"]
    """The trades of a LOBSTER message file; one stock."""
    file: str = Field(description='the message file; give it with --set "market.prices.file=PATH"')

    def to_plan(self) -> PricesPlan:
        """Return the plan of these prices."""
        return PricesPlan("lobster", file=Path(self.file))


Prices = Annotated[WalkPrices | BarsPrices | LobsterPrices, Field(discriminator="kind")]


class Market(Table):
    """The stocks and their trading hours."""

    symbols: int = Field(ge=1, le=10_000, description="how many stocks are listed")
    opens: TimeOfDay = _MARKET.opens_s
    """Opening time of day in New York."""
    closes: TimeOfDay = _MARKET.closes_s
    """Closing time of day in New York."""
    collar: BasisPoints = float(_MARKET.collar_bp)
    """How far from the quote that its customer saw a market order may execute."""
    accept_early_limits: bool = False
    """Take limit orders before the opening, for the session that follows."""
    prices: Prices = BarsPrices(kind="bars")
    """Where prices come from."""

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
    """How many machines."""
    workers: int = Field(default=2, ge=1, le=10_000)
    """Workers of each machine: so many messages are served there at a time."""
    speed: float = Field(default=1.0, gt=0, le=1_000)
    """How fast: 1.0 serves a message in the time that was calibrated, 2.0 in half of it."""
    mailbox_capacity: int = Field(default=100_000, ge=1)
    """Messages that a mailbox holds at most."""
    client_delay: Duration = 0.005
    """Mean delay of the network between a client and the cluster, one way."""
    node_delay: Duration = 0.000_2
    """Delay of the network between two machines, one way."""
    commit: Duration = 0.0
    """Time of one group commit of a machine's journal; 0s for a journal in memory."""
