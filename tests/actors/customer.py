"""One customer's account as tests of it know it, and the orders it is given."""

from __future__ import annotations

from kit import Kit

from actors.domain.orders import OrderType, PriceType
from actors.messages.orders import ExecutionReport, OrderAccepted, PlaceOrder, SubmitOrder

DOLLAR = 10_000
ME = "account/U1-1"
BOOK = "book/AAPL"
PEERS = ("exchange", "client", "market-data", BOOK, "book/MSFT")
BUY, SELL = OrderType.BUY, OrderType.SELL


def limit(command_id: int, order_type: OrderType, quantity: int, price: int) -> PlaceOrder:
    return PlaceOrder(
        command_id, ME, "AAPL", order_type, PriceType.LIMIT, quantity, price * DOLLAR,
        reply_to="client", user="U1")  # fmt: skip


def market(command_id: int, order_type: OrderType, quantity: int, seen: int) -> PlaceOrder:
    return PlaceOrder(
        command_id, ME, "AAPL", order_type, PriceType.MARKET, quantity,
        seen_price=seen * DOLLAR, reply_to="client", user="U1")  # fmt: skip


def place(kit: Kit, command: PlaceOrder) -> str:
    """Place an order that is accepted, and return its id."""
    kit.deliver(command)
    accepted = kit.expect("exchange", OrderAccepted)
    assert kit.expect(BOOK, SubmitOrder).order_id == accepted.order_id
    return accepted.order_id


def executed(order_id: str, quantity: int, price: int, number: int = 1) -> ExecutionReport:
    return ExecutionReport(f"AAPL:{number}", order_id, quantity, price * DOLLAR, 7, quantity)
