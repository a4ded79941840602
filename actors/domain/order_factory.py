"""The order factory: makes orders that are valid in themselves, or says why not."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from actors.domain.money import MAX_MONEY, dollars, money
from actors.domain.orders import Order, OrderType, PriceType, Reason
from actors.domain.strategies import STRATEGIES

MAX_QUANTITY: Final = 10**7
MAX_PRICE: Final = 10**10

assert MAX_QUANTITY * MAX_PRICE <= MAX_MONEY, "no execution may exceed what can be counted"


class InvalidOrder(ValueError):  # noqa: N818 - the domain's word; it is a refusal, not a failure
    """An instruction that no market could carry out.

    Attributes:
        reason: Why, for programs; the exception's text says it to people.
    """

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(reason, sentence)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.args[1])


class OrderFactory:
    """Makes every `Order`; the rules that need neither account nor market are checked here."""

    @staticmethod
    def create_order(
        symbol: str,
        quantity: int,
        order_type: OrderType,
        price_type: PriceType,
        limit_price: int | None = None,
        seen_price: int | None = None,
    ) -> Order:
        """Make an order.

        Args:
            symbol: What is bought or sold; not empty.
            quantity: Shares, 1 to MAX_QUANTITY.
            order_type: Buy or sell.
            price_type: At market or at a limit.
            limit_price: Required for a limit order, refused for a market order;
                1 to MAX_PRICE.
            seen_price: The quote that the customer saw, within the same range;
                required for a market order.

        Raises:
            InvalidOrder: The first rule that is broken, in the precedence of `Reason`.
        """
        if type(symbol) is not str or not symbol:
            raise InvalidOrder(Reason.UNKNOWN_SYMBOL, "an order needs the symbol of a stock")
        if type(order_type) is not OrderType or type(price_type) is not PriceType:
            raise _invalid_types(order_type, price_type)
        # `type`, not `isinstance`: True is an int, and one share is not what was meant.
        if type(quantity) is not int or not 0 < quantity <= MAX_QUANTITY:
            raise _invalid_quantity(quantity)
        strategy = STRATEGIES[price_type]
        if strategy.needs_price:
            _check_price("limit price", limit_price, quantity)
        elif limit_price is not None:
            raise InvalidOrder(
                Reason.INVALID_PRICE,
                f"a {price_type.value.lower()} order has no limit price; leave it out",
            )
        if seen_price is not None or strategy.needs_quote:
            _check_price("seen price", seen_price, quantity)
        return Order(symbol, order_type, price_type, quantity, limit_price, seen_price)


def checked_price(symbol: str, price: str | int | Decimal) -> int:
    """Convert the price of a stock.

    Args:
        symbol: Of the stock, for the message.
        price: As text, whole dollars or Decimal.

    Returns:
        The price, 1/10,000 USD, 1 to MAX_PRICE.

    Raises:
        ValueError: It is no amount, or out of this range.
    """
    units = money(price)
    if not 0 < units <= MAX_PRICE:
        raise ValueError(
            f"the price of {symbol} must be above zero and at most {dollars(MAX_PRICE)}, "
            f"not {price}"
        )
    return units


def _check_price(what: str, price: int | None, quantity: int) -> None:
    if type(price) is not int or not 0 < price <= MAX_PRICE:
        raise _invalid_price(what, price, quantity)


def _invalid_types(order_type: object, price_type: object) -> InvalidOrder:
    return InvalidOrder(
        Reason.INVALID_ORDER,
        f"{order_type!r} at {price_type!r} is no order; "
        "give OrderType.BUY or SELL, and PriceType.MARKET or LIMIT",
    )


def _invalid_quantity(quantity: object) -> InvalidOrder:
    return InvalidOrder(
        Reason.INVALID_QUANTITY,
        f"a quantity of {_shown(quantity)} cannot be ordered; "
        f"give a whole number from 1 to {MAX_QUANTITY:,}",
    )


def _invalid_price(what: str, price: object, quantity: int) -> InvalidOrder:
    if price is None:
        return InvalidOrder(Reason.INVALID_PRICE, f"the {what} is missing; give one above zero")
    return InvalidOrder(
        Reason.INVALID_PRICE,
        f"a {what} of {_in_dollars(price)} is not possible; "
        f"give one from {dollars(1)} to {dollars(MAX_PRICE)}",
    )


def _in_dollars(price: object) -> str:
    is_amount = type(price) is int and abs(price) <= MAX_MONEY
    return dollars(price) if is_amount and isinstance(price, int) else _shown(price)


def _shown(value: object) -> str:
    # Python refuses to print very long integers.
    return "a huge number" if isinstance(value, int) and abs(value) > 10**30 else repr(value)
