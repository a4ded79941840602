"""What the audit knows of accounts, orders and books: a naive model, made from facts alone."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from msgspec import Struct

from actors.domain.orders import OrderStatus, OrderType, Reason
from actors.messages.base import Address, CommandId, ExecutionId, Fact, Message, OrderId
from actors.messages.facts import (
    AccountOpened,
    AccountRegistered,
    FollowerAdded,
    OrderExecuted,
    OrderPlaced,
    StockListed,
)
from actors.messages.orders import Ending
from simulation.audit.findings import Finding, Findings, Funds

BUY: Final = OrderType.BUY  # looking a member up in its class is slow in Python 3.11
PENDING: Final = OrderStatus.PENDING
CARRIED_OUT: Final = "carried out"
"""The outcome of a command other than an order that an account took in."""
UNDECIDED: Final = "not decided yet"
"""The outcome of a cancel until its order is closed."""

_RECENT_BATCHES: Final = 2_000
_JOURNAL_LINES: Final = 20
_ENUMERATED: Final = re.compile(r"<\w+\.(\w+): [^>]*>")

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
    asked: bool  # a client waits for its report
    entered: bool = False
    execution: OrderExecuted | None = None  # the latest
    executed: int = 0
    settled: int = 0
    ending: Ending | None = None  # by the book
    ended: bool = False  # the account has that
    cancels: tuple[CommandId, ...] = ()  # that wait for its close
    status: OrderStatus = PENDING
    unconfirmed: int = 0  # reports of the book
    reported: bool = False  # to the client


Outcome = Order | OrderId | Reason | str
"""What became of a command: an order (its id, once it is forgotten), a refusal, or done."""


class Account:
    """One account, as its facts and the rules make it."""

    __slots__ = (
        "address", "cash", "commands", "held", "holdings", "last_order_id",
        "last_transaction_id", "pending",
    )  # fmt: skip

    def __init__(self, address: Address) -> None:
        self.address = address
        self.cash = 0
        self.held = 0
        self.holdings: dict[str, Holding] = {}
        self.commands: dict[CommandId, Outcome] = {}
        self.pending: dict[CommandId, Any] = {}  # asked and not answered
        self.last_order_id = ""
        self.last_transaction_id = ""

    def funds(self) -> Funds:
        """Return a copy of the balances."""
        return Funds(self.cash, self.held)

    def holding(self, symbol: str) -> Holding:
        """Return the holding of a symbol, an empty one if there is none yet."""
        holding = self.holdings.get(symbol)
        if holding is None:
            holding = self.holdings[symbol] = Holding()
        return holding


class Quoted:
    """A book, or anybody else with prices of one symbol: the one that stands."""

    __slots__ = (
        "address", "cash", "closed", "held", "last_execution_id", "number", "price", "symbol",
    )  # fmt: skip

    def __init__(self, address: Address) -> None:
        self.address = address
        self.symbol = address.partition("/")[2]
        self.number = -1
        self.price = -1
        self.last_execution_id = ""
        self.closed = False


def is_later(identity: str, before: str) -> bool:
    """Tell whether an id comes after another one of the same actor.

    Actors number what they name, so an id that does not rise may have been given before.
    """
    return (len(identity), identity) > (len(before), before)


Batch = tuple[Address, Sequence[Fact], int]
_Draft = tuple[str, str, OrderId, Fact | Message | None]


class World:
    """Everything the parts of the audit share.

    Attributes:
        legs: Executions that a book has made and no account has settled.
        orders: Orders that are not done at both ends, or not reported.
        recent: The last batches.
        batch: Number of the batch that is judged, from 1.
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
    ) -> None:
        """Take down a breach that the present batch or message shows."""
        if self.findings.wants_detail(invariant):
            self.drafts.append((invariant, sentence, order_id, cause))

    def complete(self, address: Address, at_us: int, before: Funds | None = None) -> None:
        """Add to the breaches just taken down when and where they showed.

        Args:
            address: Of the actor or the client.
            at_us: When; -1 at the end.
            before: Balances of the actor before the batch.
        """
        drafts, self.drafts = self.drafts, []
        for invariant, sentence, order_id, cause in drafts:
            account = self._concerned(address, order_id)
            after = None if account is None else account.funds()
            known = before is not None and address in self.accounts
            self.findings.kept.append(
                Finding(
                    invariant,
                    sentence,
                    address,
                    at_us,
                    order_id,
                    self.batch,
                    "" if cause is None else _shown(cause),
                    before if known else after,
                    after,
                    self._journal_of(order_id),
                )
            )

    def _concerned(self, address: Address, order_id: OrderId) -> Account | None:
        order = self.orders.get(order_id)
        return self.accounts.get(address if order is None else order.account)

    def forget(self, order: Order) -> None:
        """Drop an order that both ends, and its client, are done with."""
        placed = order.placed
        del self.orders[placed.order_id]
        self.accounts[order.account].commands[placed.command_id] = placed.order_id

    def _journal_of(self, order_id: OrderId) -> tuple[str, ...]:
        if not order_id:
            return ()
        lines = [
            f"{at_us / 1e6:.6f} s {address}: {_shown(fact)}"
            for address, facts, at_us in self.recent
            for fact in facts
            if getattr(fact, "order_id", None) == order_id
        ]
        return tuple(lines[-_JOURNAL_LINES:])


def _shown(sentence: Fact | Message) -> str:
    return _ENUMERATED.sub(r"\1", repr(sentence))


Handler = Callable[[Any, Any], None]
"""Judges one fact of one actor: the first argument is the actor's model."""

_WITHOUT_MONEY: Final = (AccountOpened, AccountRegistered, FollowerAdded, StockListed)


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
