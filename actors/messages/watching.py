"""Watch lists, live portfolios, and the sessions for which they follow prices."""

from __future__ import annotations

from actors.domain.orders import Reason
from actors.messages.base import Address, CommandId, Message
from actors.messages.queries import HoldingLine


class WatchSymbol(Message, frozen=True):
    """Ask for a symbol to be put on a watch list of the user whose account this is."""

    command_id: CommandId
    account: Address
    name: str  # of the list
    symbol: str
    reply_to: Address = ""
    user: str = ""  # who asks


class UnwatchSymbol(Message, frozen=True):
    """Ask for a symbol to be taken off a watch list; a list ends with its last symbol."""

    command_id: CommandId
    account: Address
    name: str
    symbol: str
    reply_to: Address = ""
    user: str = ""


class GetWatchlist(Message, frozen=True):
    """Ask for a watch list with the latest prices."""

    command_id: CommandId
    account: Address
    name: str
    reply_to: Address = ""
    user: str = ""


class WatchAnswer(Message, frozen=True):
    """Tell that a watch list was changed, or why not."""

    command_id: CommandId
    account: Address
    reason: Reason | None = None


class WatchLine(Message, frozen=True):
    """One symbol of a watch list: its latest price, and the change since its first one."""

    symbol: str
    number: int
    price: int
    change: int


class WatchlistAnswer(Message, frozen=True):
    """Tell what is on a watch list (nothing if there is none), and the names of all lists."""

    command_id: CommandId
    account: Address
    name: str
    lines: tuple[WatchLine, ...]
    names: tuple[str, ...]


class WatchlistUpdate(Message, frozen=True):
    """Tell the screen of a user who is logged in a new price of a symbol on a watch list."""

    account: Address
    line: WatchLine


class FollowSessions(Message, frozen=True):
    """Ask the exchange to tell `follower` when the user of an account logs in and out."""

    account: Address
    follower: Address


class SessionBegins(Message, frozen=True):
    """Tell that a user has logged in; whoever hears it last answers the client."""

    command_id: CommandId
    account: Address
    client: Address
    screen: Address  # where live prices are shown; empty for nowhere
    then: tuple[Address, ...]  # who is to hear of it next


class SessionEnds(Message, frozen=True):
    """Tell that a user has logged out; whoever hears it last answers the client."""

    command_id: CommandId
    account: Address
    client: Address
    screen: Address  # whose session it is; empty for whichever there is
    then: tuple[Address, ...]


class FollowHoldings(Message, frozen=True):
    """Ask an account to tell `follower` its holdings for a while, if there is news.

    It tells them at once if it has recorded more than `known` facts.
    """

    follower: Address
    known: int = -1


class HoldingsTold(Message, frozen=True):
    """Tell what an account holds; `revision` rises with each change."""

    account: Address
    revision: int
    holdings: tuple[HoldingLine, ...]


class ShownLine(Message, frozen=True):
    """One holding of a live portfolio, and the price that it is valued at."""

    symbol: str
    quantity: int
    cost: int
    number: int
    price: int


class PortfolioShown(Message, frozen=True):
    """Tell a screen a whole portfolio: at log-in, and when its holdings have changed."""

    account: Address
    revision: int
    lines: tuple[ShownLine, ...]
    current_value: int
    cost_total: int


class PortfolioUpdate(Message, frozen=True):
    """Tell a screen what a portfolio is worth at the new price of one holding."""

    account: Address
    revision: int
    symbol: str
    number: int
    price: int
    current_value: int
