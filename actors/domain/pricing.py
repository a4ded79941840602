"""What strategies answer, looked at before anything is held, recorded or executed by it."""

from __future__ import annotations

from typing import Any, Final

from actors.domain.order_factory import MAX_PRICE, InvalidOrder
from actors.domain.orders import OrderType, PriceType, Reason
from actors.domain.strategies import STRATEGIES

MOST_WORST_PRICE: Final = 10 * MAX_PRICE
"""Of any strategy, 1/10,000 USD: a collar may lie above the highest price, and what is held for
the largest order at this price can still be counted in 64 bits."""

_LONGEST_ANSWER: Final = 100  # characters of what a stranger's code has said


class StrategyFailed(InvalidOrder):
    """A strategy of somebody's own has raised, or given an answer that is none."""

    def __init__(self, price_type: PriceType, sentence: str) -> None:
        super().__init__(Reason.INVALID_ORDER, f"the strategy {price_type.value} {sentence}")


def worst_price_of(
    price_type: PriceType,
    order_type: OrderType,
    limit_price: int | None,
    seen_price: int | None,
    collar_bp: int,
) -> int:
    """Return the worst price of an order by its strategy; none above zero for no such order.

    Raises:
        StrategyFailed: The strategy raised, or this is no price.
    """
    rule = STRATEGIES[price_type].worst_price
    try:
        price: Any = rule(order_type, limit_price, seen_price, collar_bp)
    except Exception as error:  # whatever somebody else's code may raise
        raise StrategyFailed(price_type, _raised("its worst price", error)) from error
    # `type`: a fraction would be money that no journal could be read with again.
    if type(price) is not int or price > MOST_WORST_PRICE:
        raise StrategyFailed(
            price_type,
            f"says that the worst price is {_shown(price)}; give a whole number of 1/10,000 USD "
            f"up to {MOST_WORST_PRICE:,}, or 0 for no such order",
        )
    return price


def is_wanted(
    price_type: PriceType, order_type: OrderType, worst_price: int, trigger_price: int, price: int
) -> bool:
    """Tell whether an order is due at a price by its strategy.

    Raises:
        StrategyFailed: The strategy raised, or its answer is neither true nor false.
    """
    rule = STRATEGIES[price_type].is_due
    try:
        return bool(rule(order_type, worst_price, trigger_price, price))
    except Exception as error:  # whatever somebody else's code may raise
        raise StrategyFailed(price_type, _raised("whether an order is due", error)) from error


def _raised(what: str, error: Exception) -> str:
    return f"was asked for {what} and raised {type(error).__name__}: {_shown(error, str)}"


def _shown(thing: object, show: Any = repr) -> str:
    try:
        return str(show(thing))[:_LONGEST_ANSWER]
    except Exception:  # Python refuses to print very long integers, for one
        return f"a {type(thing).__name__} that cannot be shown"
