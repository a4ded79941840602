"""The front door of the brokerage."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, assert_never

import msgspec

from actors.actor import Actor
from actors.addresses import HISTORY, MARKET_DATA, OPERATIONS, stock_of, watchlist_of
from actors.domain.money import MAX_MONEY
from actors.domain.notifications import are_routes
from actors.domain.order_factory import MAX_PRICE, MAX_QUANTITY, InvalidOrder, OrderFactory
from actors.domain.orders import Reason
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.base import Address, ByKind, CommandId
from actors.messages.control import AccountReady, RegisterAccount
from actors.messages.facts import AccountRegistered, ExchangeFact, SessionFollowed, StockListed
from actors.messages.feed import GetHistory
from actors.messages.funds import (
    CloseAccount,
    DepositCash,
    ForgetCommands,
    TransferShares,
    WithdrawCash,
)
from actors.messages.history import FindOrders, GetTransactions
from actors.messages.market import ListStock
from actors.messages.notifications import GetPreferences, SetPreferences
from actors.messages.orders import (
    CancelOrder,
    CommandAccepted,
    CommandRejected,
    OrderAccepted,
    PlaceOrder,
)
from actors.messages.queries import (
    GetAccount,
    GetPortfolio,
    GetQuote,
    LogIn,
    LogOut,
    SearchStocks,
    SessionAnswer,
)
from actors.messages.watching import (
    FollowSessions,
    GetWatchlist,
    SessionBegins,
    SessionEnds,
    UnwatchSymbol,
    WatchSymbol,
)
from actors.well_formed import NUMBERS, is_text, is_well_formed, is_whole

if TYPE_CHECKING:
    from actors.brokerage import Brokerage

Funds: TypeAlias = DepositCash | WithdrawCash | TransferShares
Notices: TypeAlias = SetPreferences | SetAlert | RemoveAlert
Command: TypeAlias = PlaceOrder | CancelOrder | CloseAccount | Funds | Notices
Reply: TypeAlias = OrderAccepted | CommandAccepted | CommandRejected
Watching: TypeAlias = WatchSymbol | UnwatchSymbol | GetWatchlist
HistoryQuery: TypeAlias = FindOrders | GetTransactions
AccountQuery: TypeAlias = GetPortfolio | GetAccount | GetPreferences | HistoryQuery
OwnQuery: TypeAlias = AccountQuery | LogIn | LogOut | Watching
Query: TypeAlias = GetQuote | GetHistory | SearchStocks | OwnQuery
ExchangeMessage: TypeAlias = (
    Command | Reply | Query | ForgetCommands | ListStock | RegisterAccount | FollowSessions
)

_PATIENCE_S = 60.0  # after which a command without an answer is taken for lost
_INVALID_COMMAND = Reason.INVALID_COMMAND
_UNKNOWN_SYMBOL = Reason.UNKNOWN_SYMBOL
_UNKNOWN_ACCOUNT = Reason.UNKNOWN_ACCOUNT
_NOT_OWNER = Reason.NOT_OWNER
_INVALID_QUANTITY = Reason.INVALID_QUANTITY
_INVALID_AMOUNT = Reason.INVALID_AMOUNT
_BUSY = Reason.BUSY
_INVALID_PRICE = Reason.INVALID_PRICE
_INVALID_PREFERENCES = Reason.INVALID_PREFERENCES


class ExchangeState(msgspec.Struct, array_like=True):
    """Who and what the exchange knows."""

    symbols: dict[str, str] = {}
    accounts: dict[Address, str] = {}  # to the user whose it is
    session_followers: dict[Address, list[Address]] = {}  # by account


class StockExchange(Actor):
    """Checks what comes in, sheds load, routes commands to accounts, and answers clients.

    A command that the door refuses has not been taken in: nothing is recorded, and the same
    command may be accepted later. The account alone decides about what it has taken in.

    Args:
        in_flight_limit: Commands without an answer above which more are refused as busy.
    """

    state_type = ExchangeState
    state: ExchangeState

    def __init__(self, in_flight_limit: int = 10_000) -> None:
        super().__init__()
        self.in_flight_limit = in_flight_limit
        self.users: set[str] = set()
        # To the client that waits for an answer, and since when.
        self.in_flight: dict[tuple[Address, CommandId], tuple[Address, float]] = {}

    @staticmethod
    def get_instance() -> Brokerage:
        """Return the running brokerage that this process shares, made at its first use.

        Separate ones are made by `Brokerage()`. It is closed when the interpreter exits; after
        a `close()` before that, the next call makes a new one.
        """
        from actors.shared import SHARED

        return SHARED.get()

    def derive(self) -> None:
        self.users.update(self.state.accounts.values())

    def receive(self, message: Any, sender: Address) -> None:
        handle, is_of_client = _HANDLERS[type(message)]
        if is_of_client and not is_well_formed(message):
            self.turn_away(message, sender)
        else:
            handle(self, message, sender)

    def list_stock(self, news: ListStock) -> None:
        self.record(StockListed(news.symbol, news.name))

    def register(self, news: RegisterAccount) -> None:
        """Take commands for an account from its user, who never changes."""
        if news.account not in self.state.accounts:
            self.record(AccountRegistered(news.account, news.user))
        if news.reply_to and self.state.accounts[news.account] == news.user:
            self.send(news.reply_to, AccountReady(news.command_id, news.account))
        elif news.reply_to:
            rejected = CommandRejected(news.command_id, news.account, _NOT_OWNER)
            self.send(news.reply_to, rejected)

    def tell_sessions_to(self, news: FollowSessions) -> None:
        if news.follower not in self.state.session_followers.get(news.account, ()):
            self.record(SessionFollowed(news.account, news.follower))

    def pass_on(self, release: ForgetCommands) -> None:
        """Tell all who keep answers of this client which of them it has."""
        is_range = is_whole(release.below, *NUMBERS) and is_whole(release.since, *NUMBERS)
        if is_range and self.refusal_of_stranger(release) is None:
            self.send(release.account, release)
            watchlist = watchlist_of(release.user)
            if watchlist in self.state.session_followers.get(release.account, ()):
                self.send(watchlist, release)

    def turn_away(self, message: Command | Query, sender: Address) -> None:
        """Refuse what cannot even be read, if there is anybody to tell."""
        client = (message.reply_to if is_text(message.reply_to) else "") or sender
        number = message.command_id if is_whole(message.command_id, *NUMBERS) else -1
        named = getattr(message, "account", "")
        account = named if is_text(named) else ""  # as its client knows the command by both
        self.send(client or OPERATIONS, CommandRejected(number, account, _INVALID_COMMAND))

    def take_in(self, command: Command, refusal: Reason | None, sender: Address) -> None:
        """Pass a command on to its account, or refuse it at the door."""
        client = command.reply_to or sender
        key = (command.account, command.command_id)
        if refusal is None and self.in_flight.pop(key, None) is None:
            refusal = self.refusal_of_load()  # a repeat of what is in flight adds none
        if refusal is not None:
            self.send(client, CommandRejected(command.command_id, command.account, refusal))
            return
        self.in_flight[key] = (client, self.now)
        self.send(command.account, self.with_client(command, sender))

    def refusal_of_load(self) -> Reason | None:
        if len(self.in_flight) >= self.in_flight_limit:
            self.forget_the_lost()
        return _BUSY if len(self.in_flight) >= self.in_flight_limit else None

    def forget_the_lost(self) -> None:
        """Make room for commands by forgetting those whose answer can no longer be expected."""
        while self.in_flight:
            oldest = next(iter(self.in_flight))
            if self.now - self.in_flight[oldest][1] < _PATIENCE_S:
                break
            del self.in_flight[oldest]

    def refusal_of_order(self, order: PlaceOrder) -> Reason | None:
        if not self.lists(order.symbol):
            return _UNKNOWN_SYMBOL
        stranger = self.refusal_of_stranger(order)
        if stranger is not None:
            return stranger
        try:
            OrderFactory.create_order(
                order.symbol, order.quantity, order.order_type, order.price_type,
                order.limit_price, order.seen_price,
            )  # fmt: skip
        except InvalidOrder as invalid:
            return invalid.reason
        return None

    def lists(self, symbol: object) -> bool:
        """Tell whether a symbol can be traded, whatever a client may have sent as one."""
        return type(symbol) is str and symbol in self.state.symbols

    def refusal_of_stranger(self, message: Command | OwnQuery | ForgetCommands) -> Reason | None:
        """Return why an account is not for this user, whatever a client may have sent as either.

        A user learns nothing about the accounts of others, not even which there are.
        """
        account, user = message.account, message.user
        if type(account) is not str or type(user) is not str or user not in self.users:
            return _UNKNOWN_ACCOUNT
        return None if self.state.accounts.get(account) == user else _NOT_OWNER

    def refusal_of_transfer(self, transfer: TransferShares) -> Reason | None:
        if not self.lists(transfer.symbol):
            return _UNKNOWN_SYMBOL
        stranger = self.refusal_of_stranger(transfer)
        if stranger is not None:
            return stranger
        if not is_whole(transfer.quantity, 1, MAX_QUANTITY):
            return _INVALID_QUANTITY
        return None if is_whole(transfer.cost, 0, MAX_MONEY) else _INVALID_AMOUNT

    def refusal_of_funds(self, command: Funds) -> Reason | None:
        if isinstance(command, TransferShares):
            return self.refusal_of_transfer(command)
        stranger = self.refusal_of_stranger(command)
        if stranger is not None:
            return stranger
        return None if is_whole(command.amount, 1, MAX_MONEY) else _INVALID_AMOUNT

    def refusal_of_other(self, command: Command) -> Reason | None:
        if isinstance(command, SetAlert) and not self.lists(command.symbol):
            return _UNKNOWN_SYMBOL
        stranger = self.refusal_of_stranger(command)
        if stranger is not None:
            return stranger
        if isinstance(command, SetAlert) and not is_whole(command.price, 1, MAX_PRICE):
            return _INVALID_PRICE
        if isinstance(command, SetPreferences) and not are_routes(command.routes):
            return _INVALID_PREFERENCES
        return None

    def answer(self, reply: Reply) -> None:
        """Hand an account's answer to the client that waits; a second one has no taker."""
        waiting = self.in_flight.pop((reply.account, reply.command_id), None)
        if waiting is not None:
            self.send(waiting[0], reply)

    def look_up_price(self, query: GetQuote | GetHistory, sender: Address) -> None:
        if self.lists(query.symbol):
            of_stock = isinstance(query, GetHistory)
            recipient = stock_of(query.symbol) if of_stock else MARKET_DATA
            self.send(recipient, self.with_client(query, sender))
        else:
            self.send(
                query.reply_to or sender, CommandRejected(query.command_id, "", _UNKNOWN_SYMBOL)
            )

    def search(self, query: SearchStocks, sender: Address) -> None:
        self.send(MARKET_DATA, self.with_client(query, sender))

    def look_into_account(self, query: AccountQuery, sender: Address) -> None:
        refusal = self.refusal_of_stranger(query)
        if refusal is None:
            of_history = isinstance(query, HistoryQuery)
            self.send(HISTORY if of_history else query.account, self.with_client(query, sender))
        else:
            self.refuse_query(query, refusal, sender)

    def keep_session(self, message: LogIn | LogOut, sender: Address) -> None:
        """Pass a log-in or log-out along those who want to know; the last of them answers."""
        refusal = self.refusal_of_stranger(message)
        if refusal is not None:
            self.refuse_query(message, refusal, sender)
            return
        command_id, account = message.command_id, message.account
        client = message.reply_to or sender
        first, *rest = self.state.session_followers.get(account, ("",))
        then = tuple(rest)
        if not first:
            self.send(client, SessionAnswer(command_id, account))
        else:
            kind = SessionBegins if isinstance(message, LogIn) else SessionEnds
            screen = message.screen if is_text(message.screen) else ""
            self.send(first, kind(command_id, account, client, screen, then))

    def look_into_watchlist(self, message: Watching, sender: Address) -> None:
        """Pass on what the owner of a watch list says; nobody else learns whether there is one."""
        refusal = self.refusal_of_watching(message)
        if refusal is None:
            self.send(watchlist_of(message.user), self.with_client(message, sender))
        else:
            self.refuse_query(message, refusal, sender)

    def refusal_of_watching(self, message: Watching) -> Reason | None:
        if isinstance(message, WatchSymbol) and not self.lists(message.symbol):
            return _UNKNOWN_SYMBOL
        stranger = self.refusal_of_stranger(message)
        if stranger is not None:
            return stranger
        followers = self.state.session_followers.get(message.account, ())
        return None if watchlist_of(message.user) in followers else _UNKNOWN_ACCOUNT

    def refuse_query(self, query: OwnQuery, refusal: Reason, sender: Address) -> None:
        rejected = CommandRejected(query.command_id, query.account, refusal)
        self.send(query.reply_to or sender, rejected)

    def with_client(self, message: Any, sender: Address) -> Any:
        """Return a message that says where its answer goes."""
        return message if message.reply_to else msgspec.structs.replace(message, reply_to=sender)

    def apply(self, fact: ExchangeFact) -> None:
        match fact:
            case StockListed():
                self.state.symbols[fact.symbol] = fact.name
            case AccountRegistered():
                self.state.accounts[fact.account] = fact.user
                self.users.add(fact.user)
            case SessionFollowed():
                self.state.session_followers.setdefault(fact.account, []).append(fact.follower)
            case _:
                assert_never(fact)


Handler: TypeAlias = Callable[[StockExchange, Any, Address], None]


def _take_in(refusal_of: Callable[[StockExchange, Any], Reason | None]) -> tuple[Handler, bool]:
    """Return what takes in a client's command unless this rule refuses it."""
    return lambda door, command, sender: door.take_in(
        command, refusal_of(door, command), sender
    ), True


_ANSWER: Final = (lambda door, reply, _: door.answer(reply), False)
_ORDER: Final = _take_in(lambda door, order: door.refusal_of_order(order))
_FUNDS: Final = _take_in(lambda door, command: door.refusal_of_funds(command))
_OTHER: Final = _take_in(lambda door, command: door.refusal_of_other(command))
_PRICE: Final = (lambda door, query, sender: door.look_up_price(query, sender), True)
_ACCOUNT: Final = (lambda door, query, sender: door.look_into_account(query, sender), True)
_SESSION: Final = (lambda door, message, sender: door.keep_session(message, sender), True)
_WATCHING: Final = (lambda door, message, sender: door.look_into_watchlist(message, sender), True)
_HANDLERS: Final[ByKind[tuple[Handler, bool]]] = ByKind({
    OrderAccepted: _ANSWER, CommandAccepted: _ANSWER, CommandRejected: _ANSWER,
    ListStock: (lambda door, news, _: door.list_stock(news), False),
    RegisterAccount: (lambda door, news, _: door.register(news), False),
    FollowSessions: (lambda door, news, _: door.tell_sessions_to(news), False),
    ForgetCommands: (lambda door, news, _: door.pass_on(news), False),
    SearchStocks: (lambda door, query, sender: door.search(query, sender), True),
    PlaceOrder: _ORDER, DepositCash: _FUNDS, WithdrawCash: _FUNDS, TransferShares: _FUNDS,
    CancelOrder: _OTHER, CloseAccount: _OTHER, SetPreferences: _OTHER, SetAlert: _OTHER,
    RemoveAlert: _OTHER, GetQuote: _PRICE, GetHistory: _PRICE, GetPortfolio: _ACCOUNT,
    GetAccount: _ACCOUNT, GetPreferences: _ACCOUNT, FindOrders: _ACCOUNT,
    GetTransactions: _ACCOUNT, LogIn: _SESSION, LogOut: _SESSION,
    WatchSymbol: _WATCHING, UnwatchSymbol: _WATCHING, GetWatchlist: _WATCHING,
})  # fmt: skip
"""What handles each class of message, and whether a client may have put anything into it."""
