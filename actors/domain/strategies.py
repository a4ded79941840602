"""Execution strategies: what a market order and a limit order do with a price."""

from __future__ import annotations

from typing import Final, Protocol

from actors.domain.orders import OrderType, PriceType

BASIS_POINTS: Final = 10_000

_BUY: Final = OrderType.BUY  # looking a member up in its class is slow in Python 3.11


class OrderStrategy(Protocol):
    """How orders of one price type are priced and executed on a quote venue.

    An order executes, whole and at the current price, as soon as it is due and that price is no
    worse than its worst one. So what is held for it always covers it, whatever its strategy says.

    Attributes:
        waits: Whether an order that cannot be executed at once stays in its book;
            one that does not ends with nothing executed.
        needs_price: Whether its customer names a price.
        needs_quote: Whether it rests on the quote that its customer saw.
        is_watched: Whether its book asks `is_due`, and is told the price that its customer named.
    """

    waits: bool = True
    needs_price: bool = True
    needs_quote: bool = False
    is_watched: bool = True

    @staticmethod
    def worst_price(
        order_type: OrderType, limit_price: int | None, seen_price: int | None, collar_bp: int
    ) -> int:
        """Return the worst price at which the order may ever be executed; 0 for no such order.

        Args:
            order_type: Buy or sell.
            limit_price: Of a limit order.
            seen_price: The quote that the customer saw; of a market order.
            collar_bp: Width of the collar around it, in basis points, at least 0.
        """
        ...

    @staticmethod
    def is_due(order_type: OrderType, worst_price: int, trigger_price: int, price: int) -> bool:
        """Tell whether an order is to execute at a price; by default, as soon as it may.

        The answer may rest on these values alone: it is asked again at each price, and again
        when a journal is opened.
        """
        return price <= worst_price if order_type is _BUY else price >= worst_price

    @staticmethod
    def can_execute(order_type: OrderType, worst_price: int, price: int) -> bool:
        """Tell whether a price is no worse than the worst one that the customer accepted."""
        return price <= worst_price if order_type is _BUY else price >= worst_price

    @staticmethod
    def execution_price(order_type: OrderType, worst_price: int, price: int) -> int | None:
        """Return the price of an execution now: the current one, or None if it is too bad."""
        if order_type is _BUY:
            return price if price <= worst_price else None
        return price if price >= worst_price else None


class MarketOrderStrategy(OrderStrategy):
    """At the current price and at once, unless the price has left the collar."""

    waits = False
    needs_price = False
    needs_quote = True
    is_watched = False

    @staticmethod
    def worst_price(
        order_type: OrderType, limit_price: int | None, seen_price: int | None, collar_bp: int
    ) -> int:
        """Return the collar's far edge, rounded away from the quote the customer saw.

        A buy's edge is its seen price plus the collar, rounded up; a sell's is its seen price
        less the collar, rounded down, and at least 1.
        """
        assert seen_price is not None, "a market order carries the quote that its customer saw"
        assert limit_price is None, "a market order has no limit price"
        if order_type is _BUY:
            return -(-seen_price * (BASIS_POINTS + collar_bp) // BASIS_POINTS)
        return max(1, seen_price * (BASIS_POINTS - collar_bp) // BASIS_POINTS)


class LimitOrderStrategy(OrderStrategy):
    """At the current price once that meets the limit; until then it waits."""

    is_watched = False

    @staticmethod
    def worst_price(
        order_type: OrderType, limit_price: int | None, seen_price: int | None, collar_bp: int
    ) -> int:
        """Return the limit; what the customer saw when placing it does not matter."""
        assert limit_price is not None, "a limit order carries its limit"
        return limit_price


STRATEGIES: Final[dict[PriceType, OrderStrategy]] = {
    PriceType.MARKET: MarketOrderStrategy(),
    PriceType.LIMIT: LimitOrderStrategy(),
}


def add_strategy(name: str, strategy: OrderStrategy) -> PriceType:
    """Let orders be placed with a strategy of one's own.

    It must be added before a journal is opened that has orders of its kind. Adding it again
    under the same name replaces it.

    Args:
        name: Of its price type, in capital letters.
        strategy: What such orders do with a price; without a state of its own.

    Returns:
        The price type to place orders with.

    Raises:
        ValueError: The name is none, or one of the brokerage's own.
        TypeError: It is no strategy.

    Example:
        A stop-loss: at market once the price has fallen to the one that its customer named.

        >>> class StopLossStrategy(OrderStrategy):
        ...     @staticmethod
        ...     def worst_price(order_type, limit_price, seen_price, collar_bp):
        ...         return 1
        ...
        ...     @staticmethod
        ...     def is_due(order_type, worst_price, trigger_price, price):
        ...         return price <= trigger_price
        >>> STOP_LOSS = add_strategy("STOP_LOSS", StopLossStrategy())
        >>> PriceType("STOP_LOSS") is STOP_LOSS
        True
    """
    if type(name) is not str or not name.isidentifier() or name != name.upper():
        raise ValueError(f'a strategy has a name like "STOP_LOSS", not {name!r}')
    if name in PriceType.__members__:
        raise ValueError(f"{name} is the brokerage's own; give the strategy another name")
    if not _is_strategy(strategy):
        raise TypeError(
            f"a strategy is meant, like one of `class StopLoss(OrderStrategy)`, not {strategy!r}"
        )
    price_type = PriceType.added(name)
    STRATEGIES[price_type] = strategy
    return price_type


def _is_strategy(value: object) -> bool:
    """Tell whether something has all that the brokerage asks of a strategy."""
    answers = ("worst_price", "is_due", "can_execute")
    facts = ("waits", "needs_price", "needs_quote", "is_watched")
    return all(callable(getattr(value, name, None)) for name in answers) and all(
        type(getattr(value, name, None)) is bool for name in facts
    )


# What does not depend on the price type, for those who know only the worst price.
can_execute: Final = OrderStrategy.can_execute
execution_price: Final = OrderStrategy.execution_price


def waits(price_type: PriceType) -> bool:
    """Tell whether an order that cannot be executed at once stays in its book."""
    return STRATEGIES[price_type].waits
