"""The tables `[users]` and `[profile]` of a scenario."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Final, Literal, get_args

from pydantic import Field, model_validator

from scenarios.models.types import (
    BasisPoints,
    Count,
    Duration,
    Money,
    Share,
    Table,
    Weight,
    refuse,
)
from simulation import plan

_RETAIL = plan.Profile()
_SHARE_TOLERANCE = 1e-9

Watching = Literal["watch", "unwatch", "watchlist"]
Alerting = Literal["prefer", "preferences", "set_alert", "remove_alert"]
Accounting = Literal[
    "balance", "price_history", "order_search", "transactions", "open_account", "close_account",
    "intrude",
]  # fmt: skip
OtherOperation = Literal[
    "quote", "search", "portfolio", "deposit", "withdraw", "cancel", "undo", Watching, Alerting,
    Accounting,
]  # fmt: skip
WATCHING: Final[tuple[Watching, ...]] = get_args(Watching)
"""Operations that need subscriptions."""
RENAMED = {"limit_offset": "limit_offset_bp", "think_time": "think_time_s"}


class Users(Table):
    """The customers: how many, and which profile they follow where `[profile]` is silent."""

    count: Count = Field(description="how many users there are")
    profile: Literal["retail"] = "retail"
    """The profile that they follow where [profile] is silent."""
    retry_after: Annotated[Duration, Field(gt=0)] | None = None
    """First wait before a command without an answer is sent again, doubled each time; without it
    never.
    """


class Profile(Table):
    """How users behave; what is left out is as in the `retail` profile."""

    buy_share: Share = _RETAIL.buy_share
    """Share of buys among orders."""
    limit_share: Share = _RETAIL.limit_share
    """Share of limit orders among orders."""
    stop_share: Share = _RETAIL.stop_share
    """Share of stop orders among orders."""
    zipf_slope: float = Field(default=_RETAIL.zipf_slope, ge=0, le=10)
    """Slope of the popularity of stocks over their ranks; 0 makes all equally popular."""
    round_lot_share: Share = _RETAIL.round_lot_share
    """Share of orders for exactly 100 shares."""
    odd_lot_share: Share = _RETAIL.odd_lot_share
    """Share of orders for fewer than 100 shares."""
    odd_lot_mean: float = Field(default=_RETAIL.odd_lot_mean, ge=1, lt=100)
    """Mean size of those, in shares."""
    size_tail_index: float = Field(default=_RETAIL.size_tail_index, gt=0, le=100)
    """Tail index of the sizes above 100 shares (Pareto); smaller means larger orders."""
    largest_order: Count = _RETAIL.largest_order
    """Cap on the size of an order, in shares."""
    largest_order_value: Money = _RETAIL.largest_order_value
    """Cap on the value of an order."""
    limit_offset: BasisPoints = _RETAIL.limit_offset_bp
    """Mean distance of a limit price from the quote."""
    marketable_share: Share = _RETAIL.marketable_share
    """Share of limit prices that cross the quote, and execute at once."""
    excess_share: Share = _RETAIL.excess_share
    """Share of orders for more than their customer has, which must be rejected."""
    deposit: Money = _RETAIL.deposit
    """First deposit of a customer (median)."""
    opening_positions: float = Field(default=_RETAIL.opening_positions, ge=0, le=1_000)
    """Mean number of stocks that a customer brings along."""
    activity_sigma: float = Field(default=_RETAIL.activity_sigma, ge=0, le=5)
    """Standard deviation of the logarithm of customers' activity."""
    deposit_sigma: float = Field(default=_RETAIL.deposit_sigma, ge=0, le=5)
    """Standard deviation of the logarithm of their first deposits."""
    think_time: Duration = _RETAIL.think_time_s
    """Mean time between two operations of a session."""
    session_operations: float = Field(default=_RETAIL.session_operations, gt=0, le=10_000)
    """Mean number of operations in a session, log-in and log-out left out."""
    orders_per_session: float = Field(default=_RETAIL.orders_per_session, ge=0)
    """Mean number of orders among them."""
    operations: dict[OtherOperation, Weight] = Field(
        default_factory=lambda: dict(_RETAIL.operations)  # type: ignore[arg-type]
    )
    """Weights of the operations other than orders; only their ratios count."""
    half_hour_shares: Annotated[tuple[Weight, ...], Field(strict=False, min_length=1)] = (
        _RETAIL.half_hour_shares
    )
    """Weights of the half hours from the opening on, for an intraday load."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Profile:
        if self.round_lot_share + self.odd_lot_share > 1 + _SHARE_TOLERANCE:
            refuse("odd_lot_share", "together with round_lot_share it is more than 100%")
        if self.orders_per_session > self.session_operations:
            refuse("orders_per_session", "it counts among session_operations, and is more")
        if not any(self.operations.values()):
            refuse("operations", "at least one weight must be above 0")
        if not any(self.half_hour_shares):
            refuse("half_hour_shares", "at least one weight must be above 0")
        return self

    def to_plan(self) -> plan.Profile:
        """Return the plan of this profile."""
        values = {RENAMED.get(name, name): getattr(self, name) for name in type(self).model_fields}
        values["operations"] = tuple(self.operations.items())
        return dataclasses.replace(_RETAIL, **values)
