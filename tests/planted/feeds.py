"""Feeds, watch lists and live portfolios that leave a screen behind, or tell it too much."""

from __future__ import annotations

from typing import Any

import msgspec

from actors.account import Account
from actors.account_views import Watchers
from actors.messages.feed import PriceUpdate
from actors.messages.queries import SessionAnswer
from actors.messages.watching import (
    GetWatchlist,
    SessionBegins,
    SessionEnds,
    UnwatchSymbol,
    WatchlistAnswer,
    WatchSymbol,
)
from actors.portfolio_view import PortfolioView
from actors.price_feed import PriceFeed
from actors.subscriptions import Subscriptions
from actors.watchlist import Watchlist
from planted.activation import act_up


class DropsTheNewest(PriceFeed):
    """What came within the interval is forgotten when the interval is over."""

    def flush_late(self, interval_us: int) -> None:
        group = self.groups.get(interval_us)
        if group is not None:
            group.is_armed = False
            if group.number < self.number or group.late:
                act_up()
                group.late = []


class TimerNotRearmed(PriceFeed):
    """The timer of a group is set once, and never again."""

    def flush_late(self, interval_us: int) -> None:
        super().flush_late(interval_us)
        group = self.groups.get(interval_us)
        if group is not None and not group.is_armed:
            act_up()
            group.is_armed = True


class ShowsAfterLogOut(Watchlist):
    """A screen is told prices after its user has logged out."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.left = ""

    def receive(self, message: Any, sender: str) -> None:
        if isinstance(message, SessionEnds):
            self.left = self.state.session.screen
        super().receive(message, sender)

    def follow_prices(self) -> None:
        if not self.left:
            super().follow_prices()

    def show_line(self, symbol: str) -> None:
        if not self.left:
            super().show_line(symbol)
            return
        act_up()
        session, self.state.session.screen = self.state.session, self.left
        super().show_line(symbol)
        session.screen = ""


class ShowsUnwatched(Watchlist):
    """A symbol that was taken off a list is shown as before."""

    def follow_prices(self) -> None:
        before = set(self.subscriptions.held)
        super().follow_prices()
        gone = before - set(self.subscriptions.held)
        if gone and self.state.session.is_open:
            act_up()
            self.subscriptions.want([*self.subscriptions.held, *sorted(gone)])


class ViewLostInCrash(PortfolioView):
    """A live portfolio that has crashed follows nothing any more."""

    def on_recovered(self) -> None:
        if self.state.session.is_open:
            act_up()


class NeverRenews(Watchlist):
    """A watch list does not ask its feeds again, so that a feed that crashed forgets it."""

    def renew(self) -> None:
        act_up()
        self.subscriptions._is_armed = False
        self.subscriptions._arm()
        self.show()


class _Credulous(Subscriptions):
    def take(self, update: PriceUpdate) -> int | None:
        held = self.held.get(update.symbol)
        if held is not None and update.number < held.number:
            act_up()
            held.number = update.number - 1
        return super().take(update)


class TakesOlderPrices(PortfolioView):
    """An older price that comes late takes the place of a newer one."""

    def __init__(self, account: str, interval_us: int) -> None:
        super().__init__(account, interval_us)
        self.subscriptions = _Credulous(self, interval_us)


class WrongSum(PortfolioView):
    """What a portfolio is worth is calculated with the price before."""

    def take_price(self, update: PriceUpdate) -> None:
        if self.is_shown and update.symbol in self.holdings:
            held = self.subscriptions.held[update.symbol]
            if held.number < update.number and held.price != update.price:
                act_up()
                quantity = self.holdings[update.symbol].quantity
                self.value -= quantity * (update.price - held.price)
        super().take_price(update)


class HearsNoLogIn(PortfolioView):
    """A live portfolio answers a log-in, and begins no session."""

    def receive(self, message: Any, sender: str) -> None:
        if isinstance(message, SessionBegins):
            act_up()
            self.send(message.client, SessionAnswer(message.command_id, message.account))
        else:
            super().receive(message, sender)


class _Silent(Watchers):
    def tell(self) -> None:
        if self._until_s:
            act_up()


class TellsNoHoldings(Account):
    """Tells its holdings to whoever asks, and not when they change."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.watchers = _Silent(self)


class IsAlwaysFull(Watchlist):
    """A watch list has no room for anything."""

    def has_room(self, name: str, symbol: str) -> bool:
        act_up()
        return False


class ServesAnybody(Watchlist):
    """A watch list serves whoever comes through the door."""

    def receive(self, message: Any, sender: str) -> None:
        if isinstance(message, WatchSymbol | GetWatchlist) and message.user != self.user:
            act_up()
            message = msgspec.structs.replace(message, user=self.user)
        super().receive(message, sender)


class LeavesOneOut(Watchlist):
    """A watch list leaves out what was put on it last, when it is read."""

    def send(self, recipient: str, message: Any) -> None:
        if isinstance(message, WatchlistAnswer) and message.lines:
            act_up()
            message = msgspec.structs.replace(message, lines=message.lines[:-1])
        super().send(recipient, message)


class WatchesAgain(Watchlist):
    """A watch list carries out a command again that it is told again."""

    def change_list(self, command: WatchSymbol | UnwatchSymbol) -> None:
        if self.state.commands.pop(command.command_id, None) is not None:
            act_up()
        super().change_list(command)
