"""Sessions: which client of a user is logged in, for actors that follow prices meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from actors.messages.base import Address, CommandId
from actors.messages.facts import SessionBegun, SessionEnded
from actors.messages.queries import SessionAnswer
from actors.messages.watching import SessionBegins, SessionEnds

if TYPE_CHECKING:
    from actors.actor import Actor

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


def hear_of_session(actor: Actor, news: SessionNews) -> bool:
    """Record that a session begins or ends, and pass it on; tell whether that is new.

    Clients number their commands upwards, so a late copy of an older command changes nothing.
    """
    is_new: bool = news.command_id > actor.state.session.last
    if is_new and isinstance(news, SessionBegins):
        actor.record(SessionBegun(news.command_id, news.screen))
    elif is_new:
        actor.record(SessionEnded(news.command_id))
    if news.then:
        actor.send(news.then[0], msgspec.structs.replace(news, then=news.then[1:]))
    else:
        actor.send(news.client, SessionAnswer(news.command_id, news.account))
    return is_new
