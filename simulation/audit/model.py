"""What the audit knows of accounts, orders and books: a naive model, made from facts alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, final

from msgspec import Struct

from actors.domain.orders import OrderStatus, OrderType, Reason
from actors.messages.base import Address, CommandId, ExecutionId, Fact, Message, OrderId
from actors.messages.facts import (
    AccountRegistered,
    OrderExecuted,
    OrderPlaced,
    StockListed,
)
from actors.messages.orders import Ending
from simulation.audit.findings import Concerned, Finding, Findings, Funds, told_of
from simulation.audit.linearizable import History
from simulation.audit.priority import NaiveBook

BUY: Final = OrderType.BUY  # looking a member up in its class is slow in Python 3.11
PENDING: Final = OrderStatus.PENDING
UNDECIDED: Final = "not decided yet"
"""The outcome of a cancel until its order is closed."""

_RECENT_BATCHES: Final = 2_000
_JOURNAL_LINES: Final = 20
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
        forgotten_below: Commands below, and not in `commands`, are done at both ends.
        released_below: Of which commands its clients said that they have the last word.
        repeated: What was asked more than once: whether its client knows; None if told BUSY.
        seen: The latest revision that each client knows of.
        reads: How many reads are pending.
        views: What was to be read at earlier revisions, while a read is pending.
        history: What its clients saw, where that is followed.
    """

    __slots__ = (
        "address", "cash", "commands", "forgotten_below", "held", "history", "holdings",
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
        self.released_below = 0
        self.repeated: dict[CommandId, bool | None] = {}
        self.last_order_id = ""
        self.last_transaction_id = ""
        self.seen: dict[Address, int] = {}
        self.reads = 0
        self.views: dict[int, View] = {}
        self.history: History | None = None

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


Batch = tuple[Address, Sequence[Fact], int]
_Draft = tuple[str, str, OrderId, Fact | Message | None, Address]


class World:
    """Everything the parts of the audit share.

    Attributes:
        legs: Executions that a book has made and no account has settled.
        orders: Orders that are not done at both ends, or not reported.
        recent: The last batches.
        batch: Number of the batch that is judged, from 1.
        at_us: When it was appended, by its actor's clock.
        touched: Whose shares the batch moved.
    """

    def __init__(self) -> None:
        self.usd = Pool(USD)
        self.pools: dict[str, Pool] = {}
        self.accounts: dict[Address, Account] = {}
        self.orders: dict[OrderId, Order] = {}
        self.legs: dict[ExecutionId, OrderExecuted] = {}
        self.findings = Findings()
        self.recent: deque[Batch] = deque(maxlen=_RECENT_BATCHES)
        self.batch = 0
        self.at_us = 0
        self.drafts: list[_Draft] = []
        self.touched: Pool | None = None

    def account(self, address: Address) -> Account:
        """Return the account at an address, an empty one if it was not heard of yet."""
        account = self.accounts.get(address)
        if account is None:
            account = self.accounts[address] = Account(address)
        return account

    def pool(self, symbol: str) -> Pool:
        """Return where the shares of a symbol are."""
        pool = self.pools.get(symbol)
        if pool is None:
            pool = self.pools[symbol] = Pool(symbol)
        return pool

    def in_flight(self, asset: str) -> int:
        """Sum up what is on its way to accounts; negative where they owe it."""
        total = 0
        for leg in self.legs.values():
            sign = 1 if leg.order_type is BUY else -1
            if asset == USD:
                total -= sign * leg.quantity * leg.price
            elif leg.order_id in self.orders and self.orders[leg.order_id].placed.symbol == asset:
                total += sign * leg.quantity
        return total

    def report(
        self,
        invariant: str,
        sentence: str,
        order_id: OrderId = "",
        cause: Fact | Message | None = None,
        account: Address = "",
    ) -> None:
        """Take down a breach that the present batch or message shows.

        Args:
            invariant: Its id.
            sentence: What is wrong, with the numbers.
            order_id: The order concerned.
            cause: The fact or message that shows it.
            account: The account concerned, where neither of them tells.
        """
        if self.findings.wants_detail(invariant):
            self.drafts.append((invariant, sentence, order_id, cause, account))

    def complete(self, address: Address, at_us: int, before: Funds | None = None) -> None:
        """Add to the breaches just taken down when and where they showed.

        Args:
            address: Of the actor or the client.
            at_us: When; -1 at the end.
            before: Balances of the actor before the batch.
        """
        drafts, self.drafts = self.drafts, []
        for invariant, sentence, order_id, cause, named in drafts:
            self.findings.kept.append(
                Finding(
                    invariant,
                    sentence,
                    address,
                    at_us,
                    order_id,
                    self.batch,
                    "" if cause is None else told_of(cause),
                    self._concerned((address, named), order_id, cause, before),
                    self._journal_of(order_id),
                )
            )

    def _concerned(
        self,
        addresses: tuple[Address, Address],
        order_id: OrderId,
        cause: object,
        before: Funds | None,
    ) -> tuple[Concerned, ...]:
        """Return the accounts that a breach is about: that of its fact, and the order's."""
        order = self.orders.get(order_id)
        of_order = "" if order is None else order.account
        named = (*addresses, of_order, getattr(cause, "account", ""))
        concerned = []
        for name in dict.fromkeys(named):
            account = self.accounts.get(name)
            if account is not None:
                after = account.funds()
                lines = {symbol: holding[:2] for symbol, holding in account.view()[3].items()}
                earlier = before if before is not None and name == addresses[0] else after
                concerned.append(Concerned(name, earlier, after, lines))
        return tuple(concerned)

    def forget(self, order: Order) -> None:
        """Drop an order that both ends, and its client, are done with."""
        placed = order.placed
        del self.orders[placed.order_id]
        commands = self.accounts[order.account].commands
        if placed.command_id in commands:
            commands[placed.command_id] = placed.order_id

    def _journal_of(self, order_id: OrderId) -> tuple[str, ...]:
        if not order_id:
            return ()
        told = [
            (address, fact, at_us)
            for address, facts, at_us in self.recent
            for fact in facts
            if getattr(fact, "order_id", None) == order_id
        ]
        order = self.orders.get(order_id)
        if order is not None and all(fact is not order.placed for _, fact, _ in told):
            # It waited so long that its beginning is no longer among the recent batches.
            told.insert(0, (order.account, order.placed, order.placed.at_us))
        lines = [_line(*entry) for entry in told]
        return tuple(lines[-_JOURNAL_LINES:])


def _line(address: Address, fact: Fact, at_us: int) -> str:
    return f"{at_us / 1e6:.6f} s {address}: {told_of(fact, leave_out='order_id')}"


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
