"""Stop orders: a strategy that the brokerage lacks, so that runs show that one can be added.

Whatever decodes facts of a run, in whichever process, must import this module first.
"""

from __future__ import annotations

from typing import Final

from actors.domain.orders import OrderType, PriceType
from actors.domain.strategies import BASIS_POINTS, OrderStrategy, add_strategy

_BUY: Final = OrderType.BUY


class StopMarketStrategy(OrderStrategy):
    """At market once the price has come to the named one: a sell as it falls, a buy as it rises.

    A sell accepts any price by then. A buy, whose cash must be held, accepts the named price and
    the collar around it; beyond that it waits for the price to come back.
    """

    @staticmethod
    def worst_price(
        order_type: OrderType, limit_price: int | None, seen_price: int | None, collar_bp: int
    ) -> int:
        """Return 1 for a sell, and for a buy the collar's far edge, rounded up."""
        assert limit_price is not None, "a stop order carries the price that it waits for"
        if order_type is not _BUY:
            return 1
        return -(-limit_price * (BASIS_POINTS + collar_bp) // BASIS_POINTS)

    @staticmethod
    def is_due(order_type: OrderType, worst_price: int, trigger_price: int, price: int) -> bool:
        """Tell whether the price has come to the named one."""
        return price >= trigger_price if order_type is _BUY else price <= trigger_price


STOP_MARKET: Final[PriceType] = add_strategy("STOP_MARKET", StopMarketStrategy())
