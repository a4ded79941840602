"""Sessions: which client of a user is logged in, for actors that follow prices meanwhile."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from actors.actor import Actor
from actors.messages.base import Address, CommandId
from actors.messages.facts import SessionBegun, SessionEnded
from actors.messages.queries import SessionAnswer
from actors.messages.watching import SessionBegins, SessionEnds
from actors.subscriptions import Subscriptions

SessionNews: TypeAlias = SessionBegins | SessionEnds


class Session(msgspec.Struct, array_like=True):
    """Whether a user is logged in, durably, as whoever follows prices must know after a crash.

    Attributes:
        last: The latest command that began or ended a session; an older one comes late.
        screen: Where live prices are shown; empty for nowhere.
    """

    last: CommandId = -1
    is_open: bool = False
    screen: Address = ""

    def apply(self, fact: SessionBegun | SessionEnded) -> None:
        """Change by a fact."""
        self.last = fact.command_id
        self.is_open = isinstance(fact, SessionBegun)
        self.screen = fact.screen if isinstance(fact, SessionBegun) else ""


class SessionState(msgspec.Struct, array_like=True):
    """Whether its user is logged in."""

    session: Session = msgspec.field(default_factory=Session)


class SessionFollower(Actor):
    """An actor that follows prices while its user is logged in, and shows them on a screen.

    Args:
        interval_us: At most one update of a symbol in so many microseconds.
    """

    def __init__(self, interval_us: int) -> None:
        super().__init__()
        self.subscriptions = Subscriptions(self, interval_us)

    @property
    def session(self) -> Session:
        """Whether somebody looks, and where."""
        session: Session = self.state.session
        return session

    def on_recovered(self) -> None:
        """Follow again what was followed before."""
        super().on_recovered()
        self.follow()

    def hear(self, news: SessionNews) -> None:
        """Take that a session begins or ends, and pass it on.

        Clients number their commands upwards, so a late copy of an older one changes nothing.
        Nor does a log-out at a screen that another one has taken the place of.
        """
        is_new = news.command_id > self.session.last
        if isinstance(news, SessionEnds) and news.screen not in {"", self.session.screen}:
            is_new = False
        if is_new and isinstance(news, SessionBegins):
            self.record(SessionBegun(news.command_id, news.screen))
        elif is_new:
            self.record(SessionEnded(news.command_id))
        if news.then:
            self.send(news.then[0], msgspec.structs.replace(news, then=news.then[1:]))
        else:
            self.send(news.client, SessionAnswer(news.command_id, news.account))
        if is_new:
            self.follow()

    def follow(self) -> None:
        """Follow what is to be followed in this session, or at other times."""
        raise NotImplementedError

    def renew(self) -> None:
        """Ask the feeds again, and tell the screen again, which may have missed something."""
        self.subscriptions.renew()
        self.show()

    def show(self) -> None:
        """Tell the screen, if there is one, everything that is known."""
        raise NotImplementedError
