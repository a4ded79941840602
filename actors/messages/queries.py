"""Questions that change nothing, and their answers."""

from __future__ import annotations

from actors.domain.orders import OrderType, PriceType
from actors.messages.base import Address, CommandId, Message, OrderId


class LogIn(Message, frozen=True):
    """Ask for a session of a user."""

    command_id: CommandId
    account: Address
    reply_to: Address = ""
    user: str = ""
    screen: Address = ""  # where live prices are shown; empty for nowhere


class LogOut(Message, frozen=True):
    """Ask for a session to end."""

    command_id: CommandId
    account: Address
    reply_to: Address = ""
    user: str = ""
    screen: Address = ""  # whose session is to end; empty for whichever there is


class SessionAnswer(Message, frozen=True):
    """Tell that a session has begun or ended."""

    command_id: CommandId
    account: Address = ""


class GetQuote(Message, frozen=True):
    """Ask for the current price of a symbol."""

    command_id: CommandId
    symbol: str
    reply_to: Address = ""


class QuoteAnswer(Message, frozen=True):
    """Tell the latest price of a symbol; 0 where there is none yet."""

    command_id: CommandId
    symbol: str
    price: int
    number: int


class SearchStocks(Message, frozen=True):
    """Ask for symbols by the beginning of the symbol or by words of the name."""

    command_id: CommandId
    text: str
    limit: int = 10
    reply_to: Address = ""


class SearchAnswer(Message, frozen=True):
    """Tell the symbols found, best first."""

    command_id: CommandId
    symbols: tuple[str, ...]


class GetPortfolio(Message, frozen=True):
    """Ask for the holdings of an account, valued at the latest prices."""

    command_id: CommandId
    account: Address
    reply_to: Address = ""
    user: str = ""


class HoldingLine(Message, frozen=True):
    """One holding: its quantity and its cost in all."""

    symbol: str
    quantity: int
    held: int
    cost: int


class ValuePortfolio(Message, frozen=True):
    """Ask the market data to value holdings for a client."""

    command_id: CommandId
    account: Address
    cash: int
    held: int
    realised: int
    holdings: tuple[HoldingLine, ...]
    reply_to: Address
    revision: int = 0


class PortfolioAnswer(Message, frozen=True):
    """Tell what an account holds and what it is worth."""

    command_id: CommandId
    account: Address
    cash: int
    held: int
    holdings: tuple[HoldingLine, ...]
    prices: tuple[int, ...]  # of the holdings, in their order
    current_value: int
    cost_total: int
    realised: int
    revision: int = 0  # of the account: how many facts it had recorded


class GetAccount(Message, frozen=True):
    """Ask an account for its balances and open orders."""

    command_id: CommandId
    account: Address
    reply_to: Address = ""
    user: str = ""


class OpenOrderLine(Message, frozen=True):
    """One open order of an account."""

    order_id: OrderId
    symbol: str
    order_type: OrderType
    price_type: PriceType
    quantity: int
    worst_price: int
    cancelling: bool


class AccountAnswer(Message, frozen=True):
    """Tell the balances, holdings and open orders of an account."""

    command_id: CommandId
    account: Address
    cash: int
    held: int
    realised: int
    holdings: tuple[HoldingLine, ...]
    open_orders: tuple[OpenOrderLine, ...]
    revision: int = 0  # of the account: how many facts it had recorded
    is_closed: bool = False
