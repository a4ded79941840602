"""A stock: the current price of one symbol, told to those who follow it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, TypeAlias, assert_never

import msgspec

from actors.actor import Actor, Outbox
from actors.domain.order_factory import MAX_PRICE, checked_price
from actors.domain.price_history import UNKNOWN, PriceHistory
from actors.messages.base import Address
from actors.messages.control import Remind
from actors.messages.facts import FollowerAdded, PriceSet, StockFact, StockListed
from actors.messages.feed import GetHistory, HistoryAnswer
from actors.messages.market import FollowPrice, PriceAck, PriceChanged, SetPrice

StockMessage: TypeAlias = SetPrice | PriceAck | FollowPrice | GetHistory | Remind


LONGEST_SYMBOL: Final = 100
LONGEST_NAME: Final = 1_000


class StockState(msgspec.Struct, array_like=True):
    """The current price, which change of it this is, and who is told."""

    price: int = 0
    number: int = 0
    followers: list[Address] = []


class Stock(Actor):
    """The source of one symbol's price.

    Args:
        symbol: Under which it is traded.
        name: Of the company.
        price: The first one, as text or whole dollars.

    Raises:
        ValueError: The symbol is none, the name is no text, or the price is not above zero.
    """

    state_type = StockState
    state: StockState

    def __init__(self, symbol: str, name: str, price: str | int | Decimal) -> None:
        super().__init__()
        if not is_symbol(symbol):
            raise ValueError(
                f"a stock needs a symbol without slashes, of at most {LONGEST_SYMBOL} characters, "
                f"not {symbol!r}"
            )
        if type(name) is not str or not name.isprintable() or len(name) > LONGEST_NAME:
            raise ValueError(
                f"the name of {symbol} must be text of at most {LONGEST_NAME} characters, "
                f"not {name!r}"
            )
        self.symbol = symbol
        self.name = name
        self.first_price = checked_price(symbol, price)
        # Not in the journal: whoever is told a price again only says again that it knows it.
        self.confirmed: dict[Address, int] = {}
        # Made from the facts; when a price became true is in them only where its source told.
        self.history = PriceHistory()

    def on_start(self) -> None:
        self.record(StockListed(self.symbol, self.name))
        self.record(PriceSet(1, self.first_price))
        self.history.stamp(self.now_us)

    def derive(self) -> None:
        self.history.add(self.state.number, self.state.price, UNKNOWN)

    def receive(self, message: StockMessage, sender: Address) -> None:
        match message:
            case SetPrice():
                self.set_price(message)
            case PriceAck():
                self.confirmed[sender] = max(message.number, self.confirmed.get(sender, 0))
            case FollowPrice():
                self.add_follower(message)
            case GetHistory():
                self.tell_history(message)
            case Remind():
                self.resend()
            case _:
                assert_never(message)

    def set_price(self, command: SetPrice) -> None:
        assert type(command.price) is int, f"a price is a whole number, not {command.price!r}"
        assert 0 < command.price <= MAX_PRICE, f"no stock is worth {command.price}"
        self.record(PriceSet(self.state.number + 1, command.price, command.due_us))
        if command.due_us < 0:
            self.history.stamp(self.now_us)
        for follower in self.state.followers:
            self.promise(follower, self.price_changed())

    def tell_history(self, query: GetHistory) -> None:
        kept = self.history.latest(query.limit)
        prices, at_us = tuple(one.price for one in kept), tuple(one.at_us for one in kept)
        answer = HistoryAnswer(query.command_id, query.symbol, self.history.last, prices, at_us)
        self.send(query.reply_to, answer)

    def outbox(self) -> Outbox:
        number, confirmed = self.state.number, self.confirmed
        return {
            follower: (follower, self.price_changed())
            for follower in self.state.followers
            if confirmed.get(follower, 0) < number
        }

    def add_follower(self, command: FollowPrice) -> None:
        if command.follower not in self.state.followers:
            self.record(FollowerAdded(command.follower))
        self.promise(command.follower, self.price_changed(command.asked_us))

    def price_changed(self, asked_us: int = 0) -> PriceChanged:
        return PriceChanged(self.symbol, self.state.number, self.state.price, asked_us)

    def apply(self, fact: StockFact) -> None:
        match fact:
            case PriceSet():
                self.state.number, self.state.price = fact.number, fact.price
                self.history.add(fact.number, fact.price, fact.due_us)
            case FollowerAdded():
                self.state.followers.append(fact.follower)
            case StockListed():
                pass
            case _:
                assert_never(fact)


def is_symbol(value: object) -> bool:
    """Tell whether something can be the symbol of a stock."""
    if type(value) is not str or not value.isprintable() or len(value) > LONGEST_SYMBOL:
        return False
    return bool(value) and value == value.strip() and "/" not in value
