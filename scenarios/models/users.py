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
OtherOperation = Literal[
    "quote", "search", "portfolio", "deposit", "withdraw", "cancel", "undo", Watching
]  # fmt: skip
WATCHING: Final[tuple[Watching, ...]] = get_args(Watching)
"""Operations that need subscriptions."""
RENAMED = {"limit_offset": "limit_offset_bp", "think_time": "think_time_s"}


class Users(Table):
    """The customers: how many, and which profile they follow where `[profile]` is silent."""

    count: Count = Field(description="how many users there are")
    profile: Literal["retail"] = "retail"
    retry_after: Annotated[Duration, Field(gt=0)] | None = None


class Profile(Table):
    """How users behave; what is left out is as in the `retail` profile."""

    buy_share: Share = _RETAIL.buy_share
    limit_share: Share = _RETAIL.limit_share
    stop_share: Share = _RETAIL.stop_share
    zipf_slope: float = Field(default=_RETAIL.zipf_slope, ge=0, le=10)
    round_lot_share: Share = _RETAIL.round_lot_share
    odd_lot_share: Share = _RETAIL.odd_lot_share
    odd_lot_mean: float = Field(default=_RETAIL.odd_lot_mean, ge=1, lt=100)
    size_tail_index: float = Field(default=_RETAIL.size_tail_index, gt=0, le=100)
    largest_order: Count = _RETAIL.largest_order
    largest_order_value: Money = _RETAIL.largest_order_value
    limit_offset: BasisPoints = _RETAIL.limit_offset_bp
    marketable_share: Share = _RETAIL.marketable_share
    excess_share: Share = _RETAIL.excess_share
    deposit: Money = _RETAIL.deposit
    opening_positions: float = Field(default=_RETAIL.opening_positions, ge=0, le=1_000)
    activity_sigma: float = Field(default=_RETAIL.activity_sigma, ge=0, le=5)
    deposit_sigma: float = Field(default=_RETAIL.deposit_sigma, ge=0, le=5)
    think_time: Duration = _RETAIL.think_time_s
    session_operations: float = Field(default=_RETAIL.session_operations, gt=0, le=10_000)
    orders_per_session: float = Field(default=_RETAIL.orders_per_session, ge=0)
    operations: dict[OtherOperation, Weight] = Field(
        default_factory=lambda: dict(_RETAIL.operations)  # type: ignore[arg-type]
    )
    half_hour_shares: Annotated[tuple[Weight, ...], Field(strict=False, min_length=1)] = (
        _RETAIL.half_hour_shares
    )

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
