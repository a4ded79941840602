"""What the audit knows of accounts, orders and books: a naive model, made from facts alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, final

from msgspec import Struct

from actors.domain.orders import OrderStatus, OrderType, Reason
from actors.messages.base import Address, CommandId, Fact, Message, OrderId
from actors.messages.facts import (
    AccountRegistered,
    OrderExecuted,
    OrderPlaced,
    StockListed,
)
from actors.messages.orders import Ending
from simulation.audit.findings import Funds
from simulation.audit.linearizable import History
from simulation.audit.priority import NaiveBook

BUY: Final = OrderType.BUY  # looking a member up in its class is slow in Python 3.11
PENDING: Final = OrderStatus.PENDING
UNDECIDED: Final = "not decided yet"
"""The outcome of a cancel until its order is closed."""

_NOTHING_FORGOTTEN: Final = -(2**62)
_VIEWS_KEPT: Final = 64  # of an account that is being read

USD: Final = "USD"


class Pool:
    """Where all of one asset is: money in 1/10,000 USD, or the shares of one symbol.

    An execution is in flight from the book's batch to the account's. What is in flight and what
    the street has are kept as one sum: the book's batch moves the asset from one to the other,
    and only the account's batch changes the sum.

    Invariant: `accounts + elsewhere == outside`, at every boundary.
    """

    __slots__ = ("accounts", "asset", "elsewhere", "gap", "outside")

    def __init__(self, asset: str) -> None:
        self.asset = asset
        self.accounts = 0  # moved by what accounts say
        self.elsewhere = 0  # with the street and in flight; moved by what books say
        self.outside = 0  # came in, less what was paid out, as clients asked for it
        self.gap = 0  # reported already

    def missing(self) -> int:
        """Return what is missing; negative where there is too much."""
        return self.outside - self.accounts - self.elsewhere


class Holding:
    """The shares of one symbol in one account, and their cost in all."""

    __slots__ = ("cost", "held", "quantity")

    def __init__(self) -> None:
        self.quantity = 0
        self.held = 0
        self.cost = 0


class Order(Struct, gc=False):
    """An order, from its placing until both ends are done with it."""

    placed: OrderPlaced
    account: Address
    left: int  # of its hold
    worst: int  # price that its customer accepted, as far as the audit can tell
    revision: int  # of the account that placed it, or that closed it
    asked: bool = False  # a client waits for its report
    entered: bool = False
    execution: OrderExecuted | None = None  # the latest
    executed: int = 0
    settled: int = 0
    ending: Ending | None = None  # by the book
    ended: bool = False  # the account has that
    submitted: bool = False  # the account knows that the book has the order
    cancels: tuple[CommandId, ...] = ()  # that wait for its close
    status: OrderStatus = PENDING
    unconfirmed: int = 0  # reports of the book
    reported: bool = False  # to the client


Outcome = Order | OrderId | Reason | int
"""What became of a command: an order (its id, once both ends are done with it), a refusal, or
the account's revision that carried it out."""


class Question(Struct, gc=False):
    """What a client wants to read, and the least revision that it must find."""

    message: Message
    floor: int


class Rivals(Struct):
    """Two commands of different content under one id, of which either may come first."""

    message: Message


View = tuple[int, int, int, dict[str, tuple[int, int, int]]]
"""What can be read of an account: cash, held, realised, and for each symbol the quantity, how
many of it are held, and the cost."""


@final
class Account:
    """One account, as its facts and the rules make it.

    Attributes:
        revision: How many facts it has recorded.
        commands: What became of each command that its client may repeat.
        pending: What was asked and not answered.
        turned_away: What the exchange refused, of which a copy may still come in.
        forgotten_below: Commands below, and not in `commands`, are done at both ends, ...
        forgotten_since: ... from this number on.
        released_below: Of which commands its clients said that they have the last word.
        repeated: What was asked more than once: whether its client knows; None if told BUSY.
        seen: The latest revision that each client knows of.
        reads: How many reads are pending.
        views: What was to be read at earlier revisions, while a read is pending.
        history: What its clients saw, where that is followed.
    """

    __slots__ = (
        "address", "cash", "commands", "forgotten_below", "forgotten_since", "held", "history",
        "holdings",
        "is_heard", "last_order_id", "last_transaction_id", "open_orders", "pending", "reads",
        "realised", "released_below", "repeated", "revision", "seen", "turned_away", "views",
    )  # fmt: skip

    def __init__(self, address: Address) -> None:
        self.address = address
        self.cash = 0
        self.held = 0
        self.realised = 0
        self.revision = 0
        self.holdings: dict[str, Holding] = {}
        self.open_orders = 0
        self.commands: dict[CommandId, Outcome] = {}
        self.pending: dict[CommandId, Any] = {}
        self.turned_away: dict[CommandId, Any] = {}
        self.is_heard = False  # its clients' commands are
        self.forgotten_below = _NOTHING_FORGOTTEN
        self.forgotten_since = 0
        self.released_below = 0
        self.repeated: dict[CommandId, bool | None] = {}
        self.last_order_id = ""
        self.last_transaction_id = ""
        self.seen: dict[Address, int] = {}
        self.reads = 0
        self.views: dict[int, View] = {}
        self.history: History | None = None

    def has_forgotten(self, command_id: CommandId) -> bool:
        """Tell whether a command is one of those that were forgotten together."""
        return self.forgotten_since <= command_id < self.forgotten_below

    def funds(self) -> Funds:
        """Return a copy of the balances."""
        return Funds(self.cash, self.held)

    def holding(self, symbol: str) -> Holding:
        """Return the holding of a symbol, an empty one if there is none yet."""
        holding = self.holdings.get(symbol)
        if holding is None:
            holding = self.holdings[symbol] = Holding()
        return holding

    def view(self) -> View:
        """Return what can be read now."""
        return (
            self.cash,
            self.held,
            self.realised,
            {
                symbol: (holding.quantity, holding.held, holding.cost)
                for symbol, holding in self.holdings.items()
                if holding.quantity
            },
        )

    def keep_view(self) -> None:
        """Remember what can be read now, as a batch is about to change it."""
        views = self.views
        if len(views) >= _VIEWS_KEPT:
            del views[next(iter(views))]
        views[self.revision] = self.view()

    def asked_as(self, command_id: CommandId) -> Any:
        """Return what a client asked under an id, or None."""
        asked = self.pending.get(command_id)
        return self.turned_away.get(command_id) if asked is None else asked


@final
class Quoted:
    """A book, or anybody else with prices of one symbol: the one that stands."""

    __slots__ = (
        "address", "closed", "deferred", "last_execution_id", "naive", "number", "price",
        "session_us", "symbol", "unconfirmed",
    )  # fmt: skip

    def __init__(self, address: Address) -> None:
        self.address = address
        self.symbol = address.partition("/")[2]
        self.number = -1
        self.price = -1
        self.last_execution_id = ""
        self.closed = False
        self.session_us: int | None = None  # opening of the session that was opened last
        self.deferred: dict[OrderId, int] = {}  # to the opening of the session they wait for
        self.unconfirmed = 0
        self.naive = NaiveBook()


def is_later(identity: str, before: str) -> bool:
    """Tell whether an id comes after another one of the same actor.

    Actors number what they name, so an id that does not rise may have been given before.
    """
    return (len(identity), identity) > (len(before), before)


Handler = Callable[[Any, Any], None]
"""Judges one fact of one actor: the first argument is the actor's model."""

_WITHOUT_MONEY: Final = (AccountRegistered, StockListed)


class Part(Protocol):
    """A part of the audit."""

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""


def handlers_of(*parts: Part) -> dict[type, Handler]:
    """Return what judges each type of fact that actors of one kind record."""
    handlers: dict[type, Handler] = dict.fromkeys(_WITHOUT_MONEY, _nothing_to_judge)
    for part in parts:
        handlers |= part.handlers()
    return handlers


def _nothing_to_judge(_: Account | Quoted, __: Fact) -> None:
    """Let a fact pass that moves nothing."""
