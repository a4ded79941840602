"""Judges what is on watch lists, and what is said of that (A09, A10, A14, A17)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

from actors.addresses import account_of, owner_of, watchlist_of
from actors.domain.orders import Reason
from actors.messages.base import Address, CommandId, Fact
from actors.messages.facts import CommandsForgotten, SymbolUnwatched, SymbolWatched, WatchRefused
from actors.messages.watching import (
    GetWatchlist,
    UnwatchSymbol,
    WatchAnswer,
    WatchlistAnswer,
    WatchSymbol,
)
from actors.watchlist import MOST_LISTS, MOST_SYMBOLS
from simulation.audit.model import Account, Handler, Quoted
from simulation.audit.reads import ReadAudit
from simulation.audit.world import World

_AT_ANY_TIME: Final = (Reason.NOT_OWNER, Reason.DUPLICATE_COMMAND)


class WatchlistAudit:
    """Follows the lists of each user, and compares answers with them.

    What is read is judged where the lists have not changed since it was asked.

    Args:
        world: What all parts share.
        reads: What remembers questions until they are answered.
    """

    def __init__(self, world: World, reads: ReadAudit) -> None:
        self._world = world
        self._questions = reads.questions
        self._lists: dict[Address, dict[str, dict[str, None]]] = {}  # by address and name
        self._changed: dict[Address, int] = {}  # in which batch, by address
        self._left_us: dict[tuple[Address, str], int] = {}  # when a symbol was taken off a list
        self.outcomes: defaultdict[Address, dict[CommandId, Reason | None]] = defaultdict(dict)
        self.judged = 0
        self.askers: dict[type, Callable[[Address, Any], None]] = {
            WatchSymbol: reads.question_asked, UnwatchSymbol: reads.question_asked,
            GetWatchlist: reads.dated_question_asked,
        }  # fmt: skip
        self.tellers: dict[type, Callable[[Address, Any], None]] = {WatchAnswer: self.answered}

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return {
            SymbolWatched: self.watched,
            SymbolUnwatched: self.unwatched,
            WatchRefused: self.refused,
            CommandsForgotten: self.forgotten,
        }

    def symbols(self, address: Address) -> list[str]:
        """Return what is on the lists at an address; what is on several, several times."""
        lists = self._lists.get(address, {})
        return [symbol for symbols in lists.values() for symbol in symbols]

    def left_us(self, address: Address, symbol: str, default: int) -> int:
        """Return when a symbol was last taken off a list."""
        return self._left_us.get((address, symbol), default)

    def watched(self, actor: Quoted, fact: SymbolWatched) -> None:
        """Take that a symbol is on a list."""
        self._decide(actor, fact, None)
        self._changed[actor.address] = self._world.batch
        lists = self._lists.setdefault(actor.address, {})
        lists.setdefault(fact.name, {})[fact.symbol] = None

    def unwatched(self, actor: Quoted, fact: SymbolUnwatched) -> None:
        """Take that a symbol is on a list no more; a list ends with its last one."""
        self._decide(actor, fact, None)
        self._changed[actor.address] = self._world.batch
        self._left_us[actor.address, fact.symbol] = self._world.at_us
        lists = self._lists.get(actor.address, {})
        lists.get(fact.name, {}).pop(fact.symbol, None)
        if not lists.get(fact.name, True):
            del lists[fact.name]

    def refused(self, actor: Quoted, fact: WatchRefused) -> None:
        """Check that there was no room."""
        self._decide(actor, fact, fact.reason)
        lists = self._lists.get(actor.address, {})
        longest = max(map(len, lists.values()), default=0)
        if fact.reason is Reason.LIST_FULL and len(lists) < MOST_LISTS and longest < MOST_SYMBOLS:
            sentence = f"{actor.address} refuses to watch more, though none of its lists is full"
            self._world.report("A17", sentence, cause=fact)

    def _decide(
        self, actor: Quoted, fact: SymbolWatched | SymbolUnwatched | WatchRefused,
        reason: Reason | None,
    ) -> None:  # fmt: skip
        """Remember what became of a command; nothing else may become of it later."""
        outcomes = self.outcomes[actor.address]
        if fact.command_id in outcomes:
            sentence = f"command {fact.command_id} was decided before and is decided again"
            self._world.report("A10", sentence, cause=fact)
        outcomes[fact.command_id] = reason

    def forgotten(self, actor: Quoted, fact: CommandsForgotten) -> None:
        """Forget commands that their client has the last word on."""
        account = self._account_of(actor.address)
        if account.is_heard and fact.below > account.released_below:
            self._report(
                "A10", f"a watch list forgets the commands below {fact.below}; its client has "
                f"released those below {account.released_below}", fact,
            )  # fmt: skip
        outcomes = self.outcomes[actor.address]
        for command_id in [one for one in outcomes if one < fact.below]:
            del outcomes[command_id]

    def _account_of(self, watchlist: Address) -> Account:
        return self._world.account(account_of(watchlist.partition("/")[2]))

    def read(self, client: Address, message: WatchlistAnswer) -> None:
        """Compare what a client reads with what is on the list, if that is still so."""
        asked = self._questions.pop((client, message.command_id), None)
        address = watchlist_of(owner_of(message.account))
        if asked is None or self._changed.get(address, 0) > asked.floor:
            return
        self.judged += 1
        lists = self._lists.get(address, {})
        shown = [line.symbol for line in message.lines]
        if shown != [*lists.get(message.name, {})] or set(message.names) != set(lists):
            sentence = f"{client} reads {', '.join(shown) or 'nothing'} of list {message.name!r}"
            so = ", ".join(lists.get(message.name, {})) or "nothing"
            self._report("A09", f"{sentence} of {address}; there is {so}", message)

    def answered(self, client: Address, message: WatchAnswer) -> None:
        """Check that the answer is the one in the journal: it is the same for every repeat."""
        self._questions.pop((client, message.command_id), None)
        if message.reason in _AT_ANY_TIME:
            return
        command_id, address = message.command_id, watchlist_of(owner_of(message.account))
        outcomes = self.outcomes[address]
        what = f"command {command_id}"
        if command_id not in outcomes:
            if command_id < self._account_of(address).released_below:
                return  # once more, and on its way since before its client said that it had it
            self._report("A14", f"{what} is answered, and not in the journal of {address}", message)
        elif outcomes[command_id] != message.reason:
            so = f"another outcome in the journal of {address}: {outcomes[command_id]}"
            self._report("A10", f"{what} has {so}", message)

    def _report(self, invariant: str, sentence: str, cause: Fact | Any) -> None:
        self._world.report(invariant, sentence, cause=cause)
