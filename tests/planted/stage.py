"""A tiny brokerage whose messages a test holds back, loses, repeats and delivers by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from actors.account_state import AccountState
from actors.actor import Effects
from actors.addresses import (
    EXCHANGE,
    MARKET_DATA,
    account_of,
    alerts_of,
    book_of,
    feed_of,
    notifier_of,
    stock_of,
    view_of,
    watchlist_of,
)
from actors.dispatch import Pace
from actors.domain.market_hours import ALWAYS_OPEN, Hours, MarketHours
from actors.domain.notifications import Channel, Event, Route
from actors.domain.orders import OrderType, PriceType
from actors.domain.thresholds import Direction
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.base import Address, CommandId, Message
from actors.messages.control import RegisterAccount
from actors.messages.funds import CloseAccount, DepositCash, TransferShares, WithdrawCash
from actors.messages.market import ListStock, SetPrice
from actors.messages.notifications import SetPreferences
from actors.messages.orders import CancelOrder, PlaceOrder
from actors.messages.queries import LogIn, LogOut
from actors.messages.watching import FollowSessions, GetWatchlist, UnwatchSymbol, WatchSymbol
from actors.runtimes.mailbox import Envelope
from planted.machinery import OftenTurning
from simulation.audit import Auditor, AuditResult, Digest
from simulation.audit.balances import balances_of
from simulation.channels import ChannelModel
from simulation.clock import Clock
from simulation.cluster import Cluster, Node, Place
from simulation.explore import Cast
from simulation.faults import FaultyRuntime, Injector
from simulation.notification_plan import ChannelPlan

DOLLAR: Final = 10_000
USER: Final = "U1"
ACCOUNT: Final = account_of(USER)
BOOK: Final = book_of("ACME")
STOCK: Final = stock_of("ACME")
ALERTS: Final = alerts_of("ACME")
NOTIFIER: Final = notifier_of(Channel.EMAIL)
CLIENT: Final = "client/U1"
SCREEN: Final = "screen/U1"
HOURS: Final = MarketHours(-10_000_000, 60_000_000)
MESSAGES_AT_MOST: Final = 1_000
_SETTLES_S: Final = 200.0
_PACE: Final = Pace(100.0)
_PACE_US: Final = 250_000
_STALE_AFTER_US: Final = 5_000_000

_encode = msgspec.msgpack.Encoder().encode


class Crashed(Exception):  # noqa: N818 - named for what happens
    """The machine stops before what its handler recorded is in the journal."""


class ByHand(FaultyRuntime):
    """A runtime whose messages between actors pass through a test's hands."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, injector=Injector(0, ()), is_encoded=True, **options)
        self.passes: Callable[[Address, Address, Message], bool] = lambda *_: True
        self.crashes_at: Address | None = None

    def _leave(self, cell: Place, cause: Envelope, messages: list[tuple[Address, Message]]) -> None:
        passing = [
            (to, message) for to, message in messages if self.passes(cell.address, to, message)
        ]
        super()._leave(cell, cause, passing)

    def _write(self, cell: Any, effects: Effects) -> bytes | None:
        if cell.address == self.crashes_at and effects.facts:
            self.crashes_at = None
            raise Crashed
        return super()._write(cell, effects)

    def _fail(self, cell: Any, envelope: Envelope, error: Exception) -> None:
        if isinstance(error, Crashed):
            self.crash(cell.address)
            self.restart(cell.address)
        else:
            super()._fail(cell, envelope, error)

    def hand_over(self, sender: Address, recipient: Address, message: Message) -> None:
        """Deliver a message from one actor to another."""
        self._enqueue(self.cells[recipient], Envelope(message, sender))


class Stage:
    """One account with $10,000 and 100 shares of ACME at $10, which trades by hand.

    Args:
        cast: Who plays.
        hours: When the market is open; it is 0 s now.
        commit_s: Time of a group commit.
        capacity: Of a mailbox.
        service_s: Time of any handler.
        pace: Of the notifier for e-mail.
        failures: Share of the attempts that its provider is busy for, 0 to 1.
        watching: The user can have a watch list and a live portfolio, at 250 ms.
    """

    def __init__(
        self, cast: Cast, hours: Hours = ALWAYS_OPEN, commit_s: float = 0.0,
        capacity: int = 1_000, service_s: float = 0.0, pace: Pace = _PACE,
        watching: bool = False, failures: float = 0.0,
    ) -> None:  # fmt: skip
        self.held: set[type] = set()
        self.lost: set[type] = set()
        self.stash: list[tuple[Address, Address, Message]] = []
        self.history: list[tuple[Address, Address, Message]] = []
        self.capacity = capacity
        self.command = 0
        self.asked: dict[CommandId, Message] = {}
        clock = Clock(initial_time=-1.0)
        self.runtime = _by_hand(cast)(
            clock, Cluster([Node(clock, "node-1", 2)]), service_times={"default": service_s},
            commit_s=commit_s, mailbox_capacity=capacity, journal=_journal(cast),
        )  # fmt: skip
        self.runtime.passes = self._pass
        self.auditor = Auditor(hours, staleness_us=_STALE_AFTER_US if watching else None)
        self.digest = Digest()
        self.runtime.follow(self.auditor)
        self.runtime.follow(self.digest)
        self.runtime.attach(CLIENT, lambda _: None)
        self._open(cast, hours, pace, failures)
        if watching:
            self._open_watching(cast)

    def _open(self, cast: Cast, hours: Hours, pace: Pace, failures: float) -> None:
        runtime = self.runtime
        runtime.spawn(EXCHANGE, cast.exchange)
        runtime.spawn(MARKET_DATA, cast.market_data)
        runtime.spawn(STOCK, cast.stock, "ACME", "Acme Inc.", "10.00")
        runtime.spawn(BOOK, cast.book, "ACME", hours)
        runtime.spawn(ALERTS, cast.alerts, "ACME")
        runtime.spawn(NOTIFIER, cast.notifier, Channel.EMAIL, pace)
        provider = ChannelPlan("email", 1.0, pace.workers, pace.rate_per_s, 0.05, failures)
        ChannelModel(runtime, provider, 0)
        runtime.spawn(ACCOUNT, cast.account, "U1", 500, hours)
        runtime.send(EXCHANGE, ListStock("ACME", "Acme Inc."))
        runtime.send(MARKET_DATA, ListStock("ACME", "Acme Inc."))
        runtime.send(EXCHANGE, RegisterAccount(ACCOUNT, USER))
        runtime.run(until_s=0.0)
        self.ask(DepositCash(self.next_command(), ACCOUNT, 10_000 * DOLLAR, CLIENT, USER))
        self.ask(
            TransferShares(self.next_command(), ACCOUNT, "ACME", 100, 800 * DOLLAR, CLIENT, USER)
        )

    def _open_watching(self, cast: Cast) -> None:
        runtime, watchlist, view = self.runtime, watchlist_of("U1"), view_of(ACCOUNT)
        runtime.attach(SCREEN, lambda _: None)
        runtime.spawn(feed_of("ACME"), cast.feed, "ACME", 10 * DOLLAR)
        runtime.spawn(watchlist, cast.watchlist, "U1", _PACE_US)
        runtime.spawn(view, cast.view, ACCOUNT, _PACE_US)
        for follower in (watchlist, view):
            runtime.send(EXCHANGE, FollowSessions(ACCOUNT, follower))
            self.settle()

    def log_in(self) -> CommandId:
        return self.ask(LogIn(self.next_command(), ACCOUNT, CLIENT, "U1", SCREEN))

    def log_out(self) -> CommandId:
        return self.ask(LogOut(self.next_command(), ACCOUNT, CLIENT, "U1"))

    def watch(self, user: str = USER) -> CommandId:
        command_id = self.next_command()
        return self.ask(WatchSymbol(command_id, ACCOUNT, "mine", "ACME", CLIENT, user))

    def unwatch(self) -> CommandId:
        command_id = self.next_command()
        return self.ask(UnwatchSymbol(command_id, ACCOUNT, "mine", "ACME", CLIENT, "U1"))

    def read_list(self) -> CommandId:
        return self.ask(GetWatchlist(self.next_command(), ACCOUNT, "mine", CLIENT, USER))

    def _pass(self, sender: Address, recipient: Address, message: Message) -> bool:
        if recipient in self.runtime.cells and recipient != sender:
            self.history.append((sender, recipient, message))
            if isinstance(message, tuple(self.held)):
                self.stash.append((sender, recipient, message))
                return False
        return not isinstance(message, tuple(self.lost))

    def next_command(self) -> CommandId:
        self.command += 1
        return self.command

    def ask(self, message: Any) -> CommandId:
        """Let the client send a command, and everything that can happen happen."""
        command_id: CommandId = message.command_id
        self.asked[command_id] = message
        self.runtime.send(EXCHANGE, message, CLIENT)
        self.settle()
        return command_id

    def settle(self) -> None:
        """Work until nothing is on its way."""
        self.runtime.run_until_idle()

    def again(self, command_id: CommandId) -> None:
        """Let the client repeat a command."""
        self.ask(self.asked[command_id])

    def order(
        self, quantity: int, side: OrderType = OrderType.BUY, limit: float | None = None,
        seen: float = 10.0,
    ) -> CommandId:  # fmt: skip
        """Place an order: at a limit in dollars, or at market."""
        kind = PriceType.MARKET if limit is None else PriceType.LIMIT
        limit_price = None if limit is None else int(limit * DOLLAR)
        seen_price = int(seen * DOLLAR) if limit is None else None
        return self.ask(
            PlaceOrder(
                self.next_command(), ACCOUNT, "ACME", side, kind, quantity, limit_price,
                seen_price, CLIENT, USER)
        )  # fmt: skip

    def send_order(self, quantity: int) -> None:
        """Send a limit order to buy at $9, and let nothing happen yet."""
        command = PlaceOrder(
            self.next_command(), ACCOUNT, "ACME", OrderType.BUY, PriceType.LIMIT, quantity,
            9 * DOLLAR, None, CLIENT, USER)  # fmt: skip
        self.asked[command.command_id] = command
        self.runtime.send(EXCHANGE, command, CLIENT)

    def buy(self, quantity: int = 10, limit: float | None = None) -> CommandId:
        return self.order(quantity, OrderType.BUY, limit)

    def sell(self, quantity: int = 10, limit: float | None = None) -> CommandId:
        return self.order(quantity, OrderType.SELL, limit)

    def cancel(self, placed_by: CommandId) -> CommandId:
        return self.ask(CancelOrder(self.next_command(), ACCOUNT, "", placed_by, CLIENT, USER))

    def withdraw(self, amount: int, user: str = USER) -> CommandId:
        return self.ask(WithdrawCash(self.next_command(), ACCOUNT, amount * DOLLAR, CLIENT, user))

    def deposit(self, amount: int) -> CommandId:
        return self.ask(DepositCash(self.next_command(), ACCOUNT, amount * DOLLAR, CLIENT, USER))

    def close(self) -> CommandId:
        return self.ask(CloseAccount(self.next_command(), ACCOUNT, CLIENT, USER))

    def prefer(self, *events: str) -> None:
        """Let the customer be told by e-mail of these events, or of all."""
        wanted = tuple(event for event in Event if not events or event.value in events)
        route = Route(Channel.EMAIL, "customer@example.com", wanted)
        self.ask(SetPreferences(self.next_command(), ACCOUNT, (route,), CLIENT, "U1"))

    def alert(
        self, dollars: float, direction: Direction = Direction.ABOVE, *, repeats: bool = False
    ) -> CommandId:
        price = int(dollars * DOLLAR)
        number = self.next_command()
        return self.ask(SetAlert(number, ACCOUNT, "ACME", direction, price, repeats, CLIENT, "U1"))

    def unalert(self, alert: CommandId) -> CommandId:
        return self.ask(RemoveAlert(self.next_command(), ACCOUNT, alert, CLIENT, "U1"))

    def price(self, dollars: float) -> None:
        """Let the stock take a price."""
        self.runtime.send(STOCK, SetPrice(int(dollars * DOLLAR)))
        self.settle()

    def hold(self, *kinds: type) -> None:
        """Keep messages of some kinds back from here on."""
        self.held |= set(kinds)

    def release(self, *kinds: type, last_first: bool = False) -> None:
        """Deliver what was kept back of some kinds, and keep no more of them back."""
        self.held -= set(kinds)
        freed = [entry for entry in self.stash if isinstance(entry[2], kinds)]
        self.stash = [entry for entry in self.stash if not isinstance(entry[2], kinds)]
        for entry in reversed(freed) if last_first else freed:
            self.runtime.hand_over(*entry)
            self.settle()

    def lose(self, *kinds: type) -> None:
        """Lose messages of some kinds from here on."""
        self.lost |= set(kinds)

    def redeliver(self, kind: type, nth: int = -1) -> None:
        """Deliver a message once more that was sent before: the n-th one of its kind."""
        sent = [entry for entry in self.history if isinstance(entry[2], kind)]
        self.runtime.hand_over(*sent[nth])
        self.settle()

    def crash(self, address: Address) -> None:
        """Let an actor lose its memory, and come back."""
        self.runtime.crash(address)
        self.runtime.restart(address)
        self.settle()

    def crash_after_append(self, address: Address) -> None:
        """Let an actor crash when it has next appended, before anything else happens."""

        def crash(appended_by: Address, *_: Any) -> None:
            if appended_by == address and not done:
                done.append(True)
                self.runtime._after(0.0, lambda: self.runtime.crash(address))
                self.runtime._after(0.1, lambda: self.runtime.restart(address))

        done: list[bool] = []
        self.runtime._on_appended = (*self.runtime._on_appended, crash)

    def crash_before_append(self, address: Address) -> None:
        """Let an actor crash when it is next about to append."""
        self.runtime.crashes_at = address

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.runtime.run(until_s=self.runtime.now + seconds)

    def judge(self) -> AuditResult:
        """Let everything heal and come to rest, and return the verdict."""
        self.lost.clear()
        self.release(*self.held, *{type(entry[2]) for entry in self.stash})
        self.advance(_SETTLES_S)
        for address, cell in self.runtime.cells.items():
            live, folded = cell.actor.state, self.runtime.rebuilt(address).state
            shown = (b"", b"") if live == folded else (_encode(live), _encode(folded))
            self.auditor.compare_folded(address, *shown)
            if isinstance(live, AccountState):
                self.auditor.compare_balances(address, balances_of(live))
            self.auditor.measured(address, "unconfirmed at rest", len(cell.actor.outbox()), 0)
            depth = cell.tally.depth_max
            self.auditor.measured(address, "messages waiting", depth, self.capacity)
        self.auditor.measured("the network", "messages", len(self.history), MESSAGES_AT_MOST)
        result = self.auditor.finish()
        self.runtime.close()
        return result


def _by_hand(cast: Cast) -> Any:
    """Return the runtime of a cast, with messages that pass through a test's hands."""
    plain = issubclass(ByHand, cast.runtime)
    return ByHand if plain else type("PlantedByHand", (cast.runtime, ByHand), {})


def _journal(cast: Cast) -> Any:
    """Return the journal of a cast, which turns facts into snapshots early."""
    journal = cast.journal
    if not issubclass(journal, OftenTurning):
        journal = type("OftenTurningDisk", (OftenTurning, journal), {})
    return journal(keep_all=False)
