"""A small world: everything that happens in it from outside, spelled out, so that it can shrink."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from actors.addresses import account_of
from actors.domain.market_hours import Hours
from actors.domain.notifications import Channel, Event, Route
from actors.domain.order_query import Sort
from actors.domain.orders import OrderType, PriceType
from actors.domain.thresholds import Direction
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.base import Address, CommandId, Message
from actors.messages.control import RegisterAccount
from actors.messages.feed import GetHistory
from actors.messages.funds import CloseAccount, DepositCash, TransferShares, WithdrawCash
from actors.messages.history import FindOrders, GetTransactions
from actors.messages.notifications import GetPreferences, SetPreferences
from actors.messages.orders import CancelOrder, PlaceOrder
from actors.messages.queries import GetAccount, GetPortfolio, GetQuote, LogIn, LogOut
from actors.messages.watching import GetWatchlist, UnwatchSymbol, WatchSymbol
from simulation.notification_plan import ChannelPlan
from simulation.plan import FaultPlan
from simulation.stop_orders import STOP_MARKET

CLIENT: Final[Address] = "client"
SCREEN: Final[Address] = "screen"
STALE_AFTER_S: Final = 5.0
"""How long a screen may show an old price in a small world without faults."""
_LIST: Final = "favourites"
_PRICES_READ: Final = 10
_LINES_READ: Final = 50
_SIDES: Final = {side.value: side for side in OrderType}
_DESTINATIONS: Final = {
    Channel.CONSOLE: "customer", Channel.EMAIL: "customer@example.com",
    Channel.SMS: "+1 555 0001", Channel.PUSH: "device",
}  # fmt: skip
_PRICE_TYPES: Final = {kind.value: kind for kind in (*PriceType, STOP_MARKET)}


class Step(Struct, frozen=True):
    """A customer sends something: the same command id again is a repetition by hand.

    Attributes:
        at_us: When it is sent, microseconds since the start.
        command_id: Of the command; clients number upwards.
        account: Number of the customer whose account it is, from 1.
        operation: `place`, `cancel`, `deposit`, `withdraw`, `transfer`, `quote`, `portfolio`,
            `account`, `history`, `orders`, `transactions`, `preferences`, `open`, `close`,
            `prefer`, `alert`, `unalert`, `login`, `logout`, `watch`, `unwatch`, `watchlist` or
            `undo`.
        symbol: Number of the stock, from 0; -1 for none.
        side: BUY or SELL, of an order.
        price_type: MARKET, LIMIT or STOP_MARKET, of an order.
        quantity: Shares ordered or transferred in; 1 for an alert that repeats.
        limit_price: Limit of a limit order, or what a stop order or an alert waits for,
            1/10,000 USD.
        seen_price: The quote that the customer saw, of a market order.
        amount: Cash moved, or cost of the shares transferred in, 1/10,000 USD; of an undo, what
            the deposit that it undoes brought, and 0 where it undoes an order.
        target: Command id of the order that a cancel is for, of the alert to be removed, or of
            what is undone.
        user: Number of the customer who sends it; 0 for the one whose account it is.
        wishes: What the customer wants to be told of, like `email:deposit+withdrawal sms:`.
        direction: `above` or `below`, of an alert.
        which: Of the customer's accounts; all above 1 are opened on the way, by `open`.
    """

    at_us: int
    command_id: CommandId
    account: int
    operation: str
    symbol: int = -1
    side: str = ""
    price_type: str = ""
    quantity: int = 0
    limit_price: int = 0
    seen_price: int = 0
    amount: int = 0
    target: CommandId = -1
    user: int = 0
    wishes: str = ""
    direction: str = ""
    which: int = 1

    @property
    def address(self) -> Address:
        """Address of the account."""
        return account_of(user_of(self.account), self.which)


class Tick(Struct, frozen=True):
    """A stock gets a new price.

    Attributes:
        at_us: When, microseconds since the start.
        symbol: Number of the stock, from 0.
        price: 1/10,000 USD.
    """

    at_us: int
    symbol: int
    price: int


class Machines(Struct, frozen=True):
    """The machines of a small world; durations are seconds.

    Attributes:
        speed: 1.0 serves a message in its calibrated time, 0.1 takes ten times as long.
        snapshots: Journals turn facts into snapshots.
        is_encoded: Messages pass through their encoded form on their way.
        drops_oldest: A full mailbox drops what waits longest, instead of refusing what comes.
    """

    nodes: int = 1
    workers: int = 2
    speed: float = 1.0
    mailbox_capacity: int = 100_000
    client_delay_s: float = 0.001
    node_delay_s: float = 0.000_2
    commit_s: float = 0.0
    snapshots: bool = False
    is_encoded: bool = False
    drops_oldest: bool = False


class Market(Struct, frozen=True):
    """The stocks, their first prices in 1/10,000 USD, and the rules of the venue."""

    opening: tuple[int, ...]
    hours: Hours
    collar_bp: int = 500
    in_flight_limit: int = 10_000


class SmallWorld(Struct, frozen=True):
    """All that a run of a small world depends on.

    Attributes:
        seed: Of the decisions of faults that name no decisions; of nothing else.
        accounts: How many customers there are, each with an account from the start.
        faults: What goes wrong.
        steps: What customers send, by time.
        ticks: How prices move, by time.
        retry_s: After how long a client without the last word asks again, at first.
        faulty_s: Until when faults may happen; then everything heals.
        settle_s: Virtual seconds granted after that for everything to come to rest.
        begins_faulty: Faults happen from the first actor on, not only after the set-up.
        channels: How notifications are sent; without any, there are no notifiers at all.
        conflation_s: At most one update of a symbol within so long on a screen or watch list;
            None where nobody has either.
    """

    seed: int
    accounts: int
    market: Market
    machines: Machines
    steps: tuple[Step, ...]
    ticks: tuple[Tick, ...]
    faults: tuple[FaultPlan, ...] = ()
    retry_s: float = 0.25
    faulty_s: float = 10.0
    settle_s: float = 300.0
    begins_faulty: bool = False
    channels: tuple[ChannelPlan, ...] = ()
    conflation_s: float | None = None


def symbol_of(number: int) -> str:
    """Return the ticker symbol of a stock by its number, from 0."""
    return f"S{number + 1}"


def user_of(number: int) -> str:
    """Return the id of a customer by the number of the account, from 1."""
    return f"U{number}"


def message_of(step: Step) -> Message:
    """Return what a step sends to the exchange."""
    account, user = step.address, user_of(step.user or step.account)
    match step.operation:
        case "place":
            return _order_of(step, account, user)
        case "quote" | "history":
            return _question_of(step)
        case "open":
            return RegisterAccount(account, user, step.command_id, CLIENT)
        case "undo":
            return _undo_of(step, account, user)
        case "login":
            return LogIn(step.command_id, account, CLIENT, user, SCREEN)
        case operation:
            kind, content = _OTHERS[operation]
            return kind(step.command_id, account, *content(step), CLIENT, user)


def _undo_of(step: Step, account: Address, user: str) -> WithdrawCash | CancelOrder:
    if step.amount:
        return WithdrawCash(step.command_id, account, step.amount, CLIENT, user)
    return CancelOrder(step.command_id, account, "", step.target, CLIENT, user)


def _question_of(step: Step) -> GetQuote | GetHistory:
    symbol = symbol_of(step.symbol)
    if step.operation == "quote":
        return GetQuote(step.command_id, symbol, CLIENT)
    return GetHistory(step.command_id, symbol, _PRICES_READ, CLIENT)


def _order_of(step: Step, account: Address, user: str) -> PlaceOrder:
    return PlaceOrder(
        step.command_id, account, symbol_of(step.symbol), _SIDES[step.side],
        _PRICE_TYPES[step.price_type], step.quantity, step.limit_price or None,
        step.seen_price or None, CLIENT, user,
    )  # fmt: skip


def routes_of(wishes: str) -> tuple[Route, ...]:
    """Return the preferences that a text like `email:deposit+withdrawal sms:` stands for.

    Raises:
        ValueError: It names no such channel or event.
    """
    routes = []
    for wish in wishes.split():
        name, _, events = wish.partition(":")
        channel = Channel(name)
        wanted = tuple(Event(event) for event in events.split("+") if event)
        routes.append(Route(channel, _DESTINATIONS[channel], wanted))
    return tuple(routes)


def _alert_content(step: Step) -> tuple[Any, ...]:
    direction = Direction(step.direction)
    return symbol_of(step.symbol), direction, step.limit_price, bool(step.quantity)


_OTHERS: Final[dict[str, tuple[Callable[..., Message], Callable[[Step], tuple[Any, ...]]]]] = {
    "cancel": (CancelOrder, lambda step: ("", step.target)),
    "deposit": (DepositCash, lambda step: (step.amount,)),
    "withdraw": (WithdrawCash, lambda step: (step.amount,)),
    "transfer": (
        TransferShares,
        lambda step: (symbol_of(step.symbol), step.quantity, step.amount),
    ),
    "portfolio": (GetPortfolio, lambda _: ()),
    "account": (GetAccount, lambda _: ()),
    "close": (CloseAccount, lambda _: ()),
    "prefer": (SetPreferences, lambda step: (routes_of(step.wishes),)),
    "alert": (SetAlert, _alert_content),
    "unalert": (RemoveAlert, lambda step: (step.target,)),
    "preferences": (GetPreferences, lambda _: ()),
    "orders": (
        FindOrders,
        lambda _: ("", None, None, -1, -1, Sort.TIME, False, _LINES_READ, None),
    ),
    "transactions": (GetTransactions, lambda _: (0, _LINES_READ)),
    "logout": (LogOut, lambda _: ()),
    "watch": (WatchSymbol, lambda step: (_LIST, symbol_of(step.symbol))),
    "unwatch": (UnwatchSymbol, lambda step: (_LIST, symbol_of(step.symbol))),
    "watchlist": (GetWatchlist, lambda _: (_LIST,)),
}
OPERATIONS: Final = ("place", "quote", "history", "login", *_OTHERS, "undo", "open")
"""What a step may be."""
RECORDS: Final = frozenset({"orders", "transactions"})
"""What the history of orders is asked."""
