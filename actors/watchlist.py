"""The watch lists of one user."""

from __future__ import annotations

from itertools import chain
from typing import Final, TypeAlias, assert_never

import msgspec

from actors.addresses import account_of
from actors.domain.orders import Reason
from actors.messages.base import Address, CommandId, fingerprint_of
from actors.messages.control import Remind
from actors.messages.facts import (
    CommandsForgotten,
    SessionBegun,
    SessionEnded,
    SymbolUnwatched,
    SymbolWatched,
    WatchlistFact,
    WatchlistOpened,
    WatchRefused,
)
from actors.messages.feed import PriceUpdate, RenewalDue
from actors.messages.funds import ForgetCommands
from actors.messages.watching import (
    GetWatchlist,
    SessionBegins,
    SessionEnds,
    UnwatchSymbol,
    WatchAnswer,
    WatchLine,
    WatchlistAnswer,
    WatchlistUpdate,
    WatchSymbol,
)
from actors.sessions import Session, SessionFollower

WatchlistMessage: TypeAlias = (
    WatchSymbol
    | UnwatchSymbol
    | GetWatchlist
    | PriceUpdate
    | SessionBegins
    | SessionEnds
    | ForgetCommands
    | RenewalDue
    | Remind
)

MOST_LISTS: Final = 10
MOST_SYMBOLS: Final = 50
"""On one list."""
_QUESTIONS_AT_MOST: Final = 100
_LIST_FULL: Final = Reason.LIST_FULL
_NOT_OWNER: Final = Reason.NOT_OWNER
_DUPLICATE_COMMAND: Final = Reason.DUPLICATE_COMMAND


class WatchOutcome(msgspec.Struct, array_like=True, gc=False):
    """What became of a command, so that its repetition gets the same answer."""

    fingerprint: int
    reason: Reason | None = None


class WatchlistState(msgspec.Struct, array_like=True):
    """What a user watches, under the names of the lists, and whether the user is logged in."""

    lists: dict[str, list[str]] = {}
    commands: dict[CommandId, WatchOutcome] = {}
    session: Session = msgspec.field(default_factory=Session)
    forgotten_below: CommandId = 0  # what is below and not in `commands` is done at both ends


class Watchlist(SessionFollower):
    """Named lists of symbols, and their latest prices for as long as somebody looks.

    While its user is logged in it is subscribed to every symbol on its lists; at other times
    only until a question is answered. Only its own user may read or change it.

    Args:
        user: Id of its owner.
        interval_us: At most one update of a symbol in so many microseconds.
    """

    state_type = WatchlistState
    state: WatchlistState

    def __init__(self, user: str, interval_us: int) -> None:
        super().__init__(interval_us)
        self.user = user
        self.questions: dict[tuple[Address, CommandId], GetWatchlist] = {}

    def on_start(self) -> None:
        self.record(WatchlistOpened(self.user))

    def receive(self, message: WatchlistMessage, sender: Address) -> None:
        match message:
            case PriceUpdate():
                self.take_price(message)
            case WatchSymbol() | UnwatchSymbol():
                self.change_list(message)
            case GetWatchlist():
                self.read(message)
            case SessionBegins() | SessionEnds():
                self.hear(message)
            case ForgetCommands():
                self.forget_commands(message)
            case RenewalDue():
                self.renew()
            case Remind():
                self.resend()
            case _:
                assert_never(message)

    def change_list(self, command: WatchSymbol | UnwatchSymbol) -> None:
        """Put a symbol on a list or take it off, once for each command."""
        if command.user != self.user:
            self.answer(command, _NOT_OWNER)
            return
        fingerprint = fingerprint_of(command)
        before = self.state.commands.get(command.command_id)
        if before is not None:
            is_same = before.fingerprint == fingerprint
            self.answer(command, before.reason if is_same else _DUPLICATE_COMMAND)
            return
        if command.command_id < self.state.forgotten_below:
            return  # a late copy of what was answered long ago: nobody waits for it any more
        content = command.command_id, fingerprint, command.name, command.symbol
        if isinstance(command, UnwatchSymbol):
            self.record(SymbolUnwatched(*content))
        elif self.has_room(command.name, command.symbol):
            self.record(SymbolWatched(*content))
        else:
            self.record(WatchRefused(command.command_id, fingerprint, _LIST_FULL))
        self.follow_prices()
        self.answer_questions()
        self.answer(command, self.state.commands[command.command_id].reason)

    def forget_commands(self, request: ForgetCommands) -> None:
        """Forget what its client will not repeat; a command that did not come yet is none."""
        commands = self.state.commands
        below = min(request.below, max(commands, default=-1) + 1)
        if request.user == self.user and min(commands, default=below) < below:
            self.record(CommandsForgotten(below))

    def answer(self, command: WatchSymbol | UnwatchSymbol, reason: Reason | None) -> None:
        self.send(command.reply_to, WatchAnswer(command.command_id, command.account, reason))

    def has_room(self, name: str, symbol: str) -> bool:
        """Tell whether a symbol may be put on a list; one that is there already takes no room."""
        symbols = self.state.lists.get(name)
        if symbols is None:
            return len(self.state.lists) < MOST_LISTS
        return symbol in symbols or len(symbols) < MOST_SYMBOLS

    def read(self, query: GetWatchlist) -> None:
        """Answer as soon as there is a price of every symbol."""
        if query.user != self.user:
            refusal = WatchAnswer(query.command_id, query.account, _NOT_OWNER)
            self.send(query.reply_to, refusal)
            return
        self.questions[query.reply_to, query.command_id] = query
        if len(self.questions) > _QUESTIONS_AT_MOST:
            del self.questions[next(iter(self.questions))]  # its client has given up, or asks again
        self.follow_prices()
        self.answer_questions()

    def follow_prices(self) -> None:
        """Be subscribed to what the user, or a question, wants to know; to nothing else."""
        lists = self.state.lists
        names = lists if self.state.session.is_open else [q.name for q in self.questions.values()]
        self.subscriptions.want(chain.from_iterable(lists.get(name, ()) for name in names))

    def follow(self) -> None:
        self.follow_prices()
        self.show()

    def show(self) -> None:
        for symbol, held in self.subscriptions.held.items():
            if held.number:
                self.show_line(symbol)

    def show_line(self, symbol: str) -> None:
        screen = self.state.session.screen
        if screen:
            self.send(screen, WatchlistUpdate(account_of(self.user), self.line_of(symbol)))

    def take_price(self, update: PriceUpdate) -> None:
        if self.subscriptions.take(update) is None:
            return
        self.show_line(update.symbol)
        self.answer_questions()

    def answer_questions(self) -> None:
        """Answer those questions for which every price is there."""
        if not self.questions:
            return
        held = self.subscriptions.held
        for key, query in list(self.questions.items()):
            symbols = self.state.lists.get(query.name, [])
            if all(held[symbol].number for symbol in symbols):
                del self.questions[key]
                lines = tuple(map(self.line_of, symbols))
                names = tuple(self.state.lists)
                answer = WatchlistAnswer(query.command_id, query.account, query.name, lines, names)
                self.send(query.reply_to, answer)
        self.follow_prices()

    def line_of(self, symbol: str) -> WatchLine:
        held = self.subscriptions.held[symbol]
        return WatchLine(symbol, held.number, held.price, held.price - held.opening)

    def apply(self, fact: WatchlistFact) -> None:
        state = self.state
        match fact:
            case SymbolWatched():
                symbols = state.lists.setdefault(fact.name, [])
                if fact.symbol not in symbols:
                    symbols.append(fact.symbol)
                state.commands[fact.command_id] = WatchOutcome(fact.fingerprint)
            case SymbolUnwatched():
                self.apply_unwatched(fact)
            case WatchRefused():
                state.commands[fact.command_id] = WatchOutcome(fact.fingerprint, fact.reason)
            case CommandsForgotten():
                state.forgotten_below = fact.below
                kept = {n: one for n, one in state.commands.items() if n >= fact.below}
                state.commands = kept
            case SessionBegun() | SessionEnded():
                state.session.apply(fact)
            case WatchlistOpened():
                pass
            case _:
                assert_never(fact)

    def apply_unwatched(self, fact: SymbolUnwatched) -> None:
        state = self.state
        symbols = state.lists.get(fact.name, [])
        if fact.symbol in symbols:
            symbols.remove(fact.symbol)
            if not symbols:
                del state.lists[fact.name]
        state.commands[fact.command_id] = WatchOutcome(fact.fingerprint)
