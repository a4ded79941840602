"""What a watch list remembers of commands: until their client says that it has the answers."""

from __future__ import annotations

import msgspec
import pytest
from kit import Kit

from actors.addresses import EXCHANGE, account_of, watchlist_of
from actors.exchange import StockExchange
from actors.messages.control import RegisterAccount
from actors.messages.facts import CommandsForgotten
from actors.messages.funds import ForgetCommands
from actors.messages.watching import FollowSessions, UnwatchSymbol, WatchAnswer, WatchSymbol
from actors.watchlist import Watchlist

ACCOUNT = account_of("U1")
LIST = "mine"


@pytest.fixture
def kit() -> Kit:
    """Give a watch list on which two symbols were put and one taken off."""
    kit = Kit(Watchlist, "U1", 0, address=watchlist_of("U1"), peers=["client"])
    kit.deliver(WatchSymbol(1, ACCOUNT, LIST, "AAPL", "client", "U1"))
    kit.deliver(WatchSymbol(2, ACCOUNT, LIST, "MSFT", "client", "U1"))
    kit.deliver(UnwatchSymbol(3, ACCOUNT, LIST, "AAPL", "client", "U1"))
    kit.drop()
    return kit


def test_what_its_client_has_the_answers_to_is_forgotten(kit: Kit) -> None:
    kit.deliver(ForgetCommands(ACCOUNT, 3, "U1"))

    assert list(kit.state.commands) == [3]
    assert kit.state.lists == {LIST: ["MSFT"]}


def test_a_late_copy_of_a_forgotten_command_is_met_by_silence(kit: Kit) -> None:
    kit.deliver(ForgetCommands(ACCOUNT, 3, "U1"))

    kit.deliver(WatchSymbol(1, ACCOUNT, LIST, "AAPL", "client", "U1"))

    kit.expect_silence()
    assert kit.state.lists == {LIST: ["MSFT"]}


def test_a_command_that_has_not_come_yet_stays_welcome(kit: Kit) -> None:
    kit.deliver(ForgetCommands(ACCOUNT, 2**63 - 1, "U1"))

    kit.deliver(WatchSymbol(4, ACCOUNT, LIST, "AAPL", "client", "U1"))

    assert kit.expect("client", WatchAnswer) == WatchAnswer(4, ACCOUNT)


def test_a_stranger_cannot_make_it_forget(kit: Kit) -> None:
    kit.deliver(ForgetCommands(ACCOUNT, 3, "U2"))

    assert list(kit.state.commands) == [1, 2, 3]


def test_nothing_is_recorded_where_there_is_nothing_to_forget(kit: Kit) -> None:
    kit.deliver(ForgetCommands(ACCOUNT, 3, "U1"))
    kit.deliver(ForgetCommands(ACCOUNT, 3, "U1"))
    kit.deliver(ForgetCommands(ACCOUNT, 2, "U1"))

    assert kit.facts_of(CommandsForgotten) == [CommandsForgotten(3)]


def test_what_was_forgotten_stays_so_through_a_restart(kit: Kit) -> None:
    kit.deliver(ForgetCommands(ACCOUNT, 3, "U1"))
    before = msgspec.msgpack.encode(kit.state)

    kit.restart()

    assert msgspec.msgpack.encode(kit.state) == before


def test_the_exchange_passes_on_what_its_client_has_the_answers_to() -> None:
    watchlist = watchlist_of("U1")
    with Kit(StockExchange, address=EXCHANGE, peers=[ACCOUNT, watchlist]) as kit:
        kit.deliver(RegisterAccount(ACCOUNT, "U1"))
        kit.deliver(FollowSessions(ACCOUNT, watchlist))

        kit.deliver(ForgetCommands(ACCOUNT, 5, "U1"))

        heard = kit.expect(ACCOUNT, ForgetCommands), kit.expect(watchlist, ForgetCommands)
        assert [news.below for news in heard] == [5, 5]
