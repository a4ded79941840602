"""Placing, executing, cancelling and closing an order, between client, account and book.

Every command names the user it comes from: an account takes those of its own user only.
"""

from __future__ import annotations

from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason, Word
from actors.messages.base import Address, CommandId, ExecutionId, Message, OrderId


class Ending(Word):
    """Why a book is done with an order."""

    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PRICE_RAN_AWAY = "price_ran_away"  # a market order met a price beyond its collar


STATUS_OF_ENDING = {
    Ending.FILLED: OrderStatus.EXECUTED,
    Ending.CANCELLED: OrderStatus.CANCELLED,
    Ending.EXPIRED: OrderStatus.EXPIRED,
    Ending.PRICE_RAN_AWAY: OrderStatus.REJECTED,  # nothing of it ever happened
}


class PlaceOrder(Message, frozen=True):
    """Ask for an order to be placed; the same `command_id` again gets the same answer."""

    command_id: CommandId
    account: Address
    symbol: str
    order_type: OrderType
    price_type: PriceType
    quantity: int
    limit_price: int | None = None
    seen_price: int | None = None  # the quote the customer saw; the collar is laid around it
    reply_to: Address = ""
    user: str = ""


class CancelOrder(Message, frozen=True):
    """Ask for an open order to be taken out, named by its id or by the command that placed it.

    A client that has not heard its order's id yet can cancel by the command alone.
    """

    command_id: CommandId
    account: Address
    order_id: OrderId = ""
    placed_by: CommandId = -1
    reply_to: Address = ""
    user: str = ""


class OrderAccepted(Message, frozen=True):
    """Tell that an order is taken in and its worst case is held."""

    command_id: CommandId
    account: Address
    order_id: OrderId


class CommandAccepted(Message, frozen=True):
    """Tell that a command other than an order has been carried out."""

    command_id: CommandId
    account: Address


class CommandRejected(Message, frozen=True):
    """Tell that a command was refused and nothing happened."""

    command_id: CommandId
    account: Address
    reason: Reason
    next_session_us: int = -1  # when the market opens next, where that is why; -1 if not known


class OrderReport(Message, frozen=True):
    """Tell a client how its order ended; no word about the order follows."""

    command_id: CommandId
    account: Address
    order_id: OrderId
    status: OrderStatus
    quantity: int  # executed
    price: int  # of the execution; 0 if none
    executed_us: int  # by the book's clock; -1 if never


class SubmitOrder(Message, frozen=True):
    """Ask a book to execute an order, or to let it wait for its price."""

    order_id: OrderId
    account: Address
    order_type: OrderType
    price_type: PriceType
    quantity: int
    worst_price: int
    trigger_price: int = 0  # that the customer named, where it is not the worst one
    session_us: int = -1  # opening of the session that it is for; -1 where there is but one


class SubmitAck(Message, frozen=True):
    """Tell an account that the book has its order."""

    order_id: OrderId


class CancelSubmitted(Message, frozen=True):
    """Ask a book to take an order out, whether or not it has come in yet."""

    order_id: OrderId
    account: Address


class ExecutionReport(Message, frozen=True):
    """Tell an account of an execution; with `executed`, also that the order has ended by it."""

    execution_id: ExecutionId
    order_id: OrderId
    quantity: int
    price: int
    at_us: int
    executed: int | None  # quantity executed in all, if this execution ends the order


class EndReport(Message, frozen=True):
    """Tell an account that a book is done with an order."""

    order_id: OrderId
    executed: int
    ending: Ending


class ReportAck(Message, frozen=True):
    """Tell a book that a report is durable in the account; None for an end without execution."""

    order_id: OrderId
    execution_id: ExecutionId | None
    ended: bool
