"""A live portfolio: what an account's holdings are worth, recalculated with each price."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from actors.messages.base import Address
from actors.messages.control import Remind
from actors.messages.facts import SessionBegun, SessionEnded, ViewFact, ViewOpened
from actors.messages.feed import PriceUpdate, RenewalDue
from actors.messages.queries import HoldingLine
from actors.messages.watching import (
    FollowHoldings,
    HoldingsTold,
    PortfolioShown,
    PortfolioUpdate,
    SessionBegins,
    SessionEnds,
    ShownLine,
)
from actors.sessions import SessionFollower, SessionState

ViewMessage: TypeAlias = (
    PriceUpdate | HoldingsTold | SessionBegins | SessionEnds | RenewalDue | Remind
)


class PortfolioView(SessionFollower):
    """Follows the prices of an account's holdings while its user is logged in.

    Invariant: `value` is the sum of quantity x price over the holdings whose price is known.

    Args:
        account: Whose holdings.
        interval_us: At most one update of a symbol in so many microseconds.
    """

    state_type = SessionState
    state: SessionState

    def __init__(self, account: Address, interval_us: int) -> None:
        super().__init__(interval_us)
        self.account = account
        self.holdings: dict[str, HoldingLine] = {}
        self.revision = -1  # of the account; below 0 as long as its holdings are not known
        self.value = 0
        self.is_shown = False  # the screen has the whole portfolio

    def on_start(self) -> None:
        self.record(ViewOpened(self.account))

    def receive(self, message: ViewMessage, sender: Address) -> None:
        match message:
            case PriceUpdate():
                self.take_price(message)
            case HoldingsTold():
                self.take_holdings(message)
            case SessionBegins() | SessionEnds():
                self.hear(message)
            case RenewalDue():
                self.renew()
            case Remind():
                self.resend()
            case _:
                assert_never(message)

    def follow(self) -> None:
        """Begin anew with a session that has begun, or leave with one that has ended."""
        self.revision, self.is_shown = -1, False
        self.holdings, self.value = {}, 0
        self.subscriptions.want(())
        self.subscriptions.keep_up(self.state.session.is_open, is_waiting=True)
        if self.state.session.is_open:
            self.send(self.account, FollowHoldings(self.address, self.revision))

    def renew(self) -> None:
        """Ask the feeds and the account again, and tell the screen again."""
        super().renew()
        if self.state.session.is_open:
            self.send(self.account, FollowHoldings(self.address, self.revision))

    def take_holdings(self, news: HoldingsTold) -> None:
        """Follow what is held now, unless a newer state is known."""
        if not self.state.session.is_open or news.revision <= self.revision:
            return
        is_changed = self.revision < 0 or news.holdings != tuple(self.holdings.values())
        self.revision = news.revision
        self.subscriptions.keep_up(True, is_waiting=False)
        if is_changed:
            self.holdings = {line.symbol: line for line in news.holdings}
            self.subscriptions.want(self.holdings)
            held = self.subscriptions.held
            self.value = sum(line.quantity * held[line.symbol].price for line in news.holdings)
            self.is_shown = False
            self.show()

    def take_price(self, update: PriceUpdate) -> None:
        before = self.subscriptions.take(update)
        if before is None:
            return
        self.value += self.holdings[update.symbol].quantity * (update.price - before)
        if not self.is_shown:
            self.show()
        elif self.state.session.screen:
            self.send(
                self.state.session.screen,
                PortfolioUpdate(
                    self.account, self.revision, update.symbol, update.number, update.price,
                    self.value,
                ),
            )  # fmt: skip

    def show(self) -> None:
        """Tell the screen the whole portfolio, once every price is known."""
        held = self.subscriptions.held
        if self.revision < 0 or not all(one.number for one in held.values()):
            return
        self.is_shown = True
        lines = tuple(
            ShownLine(
                line.symbol, line.quantity, line.cost, held[line.symbol].number,
                held[line.symbol].price,
            )
            for line in self.holdings.values()
        )  # fmt: skip
        if self.state.session.screen:
            cost = sum(line.cost for line in lines)
            self.send(
                self.state.session.screen,
                PortfolioShown(self.account, self.revision, lines, self.value, cost),
            )

    def apply(self, fact: ViewFact) -> None:
        match fact:
            case SessionBegun() | SessionEnded():
                self.state.session.apply(fact)
            case ViewOpened():
                pass
            case _:
                assert_never(fact)
