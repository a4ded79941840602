"""Whatever a client says, the door answers it or drops it, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit import Kit

from actors.domain.notifications import Channel, Event, Route
from actors.domain.orders import OrderType, PriceType, Reason
from actors.domain.thresholds import Direction
from actors.exchange import Command, Query, StockExchange
from actors.messages.base import Message
from actors.messages.control import RegisterAccount
from actors.messages.funds import DepositCash, ForgetCommands
from actors.messages.market import ListStock
from actors.messages.orders import CancelOrder, CommandRejected
from actors.messages.queries import GetAccount, GetQuote, SearchStocks
from actors.messages.watching import FollowSessions

ME = "account/U1-1"
WATCHLIST = "watchlist/U1"
PEERS = (ME, WATCHLIST, "client", "market-data", "stock/AAPL")
FROM_CLIENTS = (*get_args(Command), *get_args(Query), ForgetCommands)
KNOWN = (
    ME, "U1", "client", "AAPL", "", OrderType.BUY, PriceType.LIMIT, 1, 0, -1, Direction.ABOVE,
    (Route(Channel.SMS, "1", (Event.DEPOSIT,)),), (Route(None, 5, [Event]),),  # type: ignore[arg-type]
)  # fmt: skip
ANYTHING = st.one_of(
    st.sampled_from(KNOWN), st.sampled_from(KNOWN),
    st.integers(), st.text(max_size=300), st.none(), st.floats(), st.booleans(),
    st.lists(st.integers(), max_size=2), st.binary(max_size=3),
)  # fmt: skip


def hostile(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Return messages of a kind, each part of which may be anything."""
    fields = msgspec.structs.fields(kind)
    return st.tuples(*[ANYTHING for _ in fields]).map(lambda values: kind(*values))


@pytest.fixture
def kit() -> Iterator[Kit]:
    """Give an exchange that knows one stock and one account."""
    with Kit(StockExchange, address="exchange", peers=PEERS) as kit:
        kit.deliver(ListStock("AAPL", "Apple Inc."))
        kit.deliver(RegisterAccount(ME, user="U1"))
        kit.deliver(FollowSessions(ME, WATCHLIST))
        yield kit


@pytest.mark.parametrize("kind", FROM_CLIENTS)
@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_message_of_a_client_makes_the_door_raise_or_pass_on_what_cannot_be_kept(
    kit: Kit, kind: type[Message], data: st.DataObject
) -> None:
    kit.runtime.send("exchange", data.draw(hostile(kind)), "client")
    kit.runtime.run_until_idle()

    assert not kit.runtime.supervisor.failures
    for message in kit.drop():
        msgspec.msgpack.encode(message)


@pytest.mark.parametrize(
    "message",
    [
        DepositCash("7", ME, 1, user="U1"),  # type: ignore[arg-type]
        DepositCash(2**63, ME, 1, user="U1"),
        DepositCash(True, ME, 1, user="U1"),
        CancelOrder(1, ME, order_id=5, user="U1"),  # type: ignore[arg-type]
        CancelOrder(1, ME, placed_by=None, user="U1"),  # type: ignore[arg-type]
        SearchStocks(1, None),  # type: ignore[arg-type]
        SearchStocks(1, "x" * 201),
        SearchStocks(1, "x", -1),
        GetQuote(1, "AAPL", ["client"]),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_read_is_refused(kit: Kit, message: Any) -> None:
    kit.deliver(message, "client")

    assert kit.expect("client", CommandRejected).reason is Reason.INVALID_COMMAND


@pytest.mark.parametrize("below", [2**70, -(2**70), "7", None, 1.5])
def test_a_number_that_cannot_be_kept_is_not_passed_on(kit: Kit, below: Any) -> None:
    kit.deliver(ForgetCommands(ME, below, user="U1"), "client")

    kit.expect_silence()


def test_what_cannot_be_read_and_has_no_sender_is_shown_to_the_operators(kit: Kit) -> None:
    kit.deliver(GetQuote(None, "AAPL"))  # type: ignore[arg-type]

    assert "invalid_command" in kit.runtime.supervisor.alarms[0]


def test_an_account_keeps_its_user_whoever_registers_it_again(kit: Kit) -> None:
    kit.deliver(RegisterAccount(ME, user="U2"), "client")

    kit.deliver(GetAccount(1, ME, user="U1"), "client")

    assert kit.expect(ME, GetAccount).user == "U1"
