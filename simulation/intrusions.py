"""What strangers try: for each word of `details.INTRUSIONS` the command of somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from actors.domain.orders import OrderType, PriceType
from actors.domain.thresholds import Direction
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.base import Address, CommandId
from actors.messages.funds import CloseAccount, DepositCash, TransferShares, WithdrawCash
from actors.messages.history import FindOrders, GetTransactions
from actors.messages.notifications import GetPreferences, SetPreferences
from actors.messages.orders import CancelOrder, PlaceOrder
from actors.messages.queries import GetAccount, GetPortfolio, LogIn, LogOut
from actors.messages.watching import GetWatchlist, UnwatchSymbol, WatchSymbol
from simulation.workload.details import INTRUSIONS, WATCHING_INTRUSIONS

_PRICE: Final = 1_000_000
_LIST: Final = "favourites"

Content: TypeAlias = Callable[[str], tuple[Any, ...]]
"""What stands between account and client of a command, for a symbol."""

_nothing: Final[Content] = lambda _: ()  # noqa: E731
_KINDS: Final[dict[str, tuple[Callable[..., Any], Content]]] = {
    "place": (
        PlaceOrder, lambda symbol: (symbol, OrderType.BUY, PriceType.LIMIT, 1, _PRICE, None),
    ),
    "cancel": (CancelOrder, lambda _: ("", 0)),
    "deposit": (DepositCash, lambda _: (_PRICE,)),
    "withdraw": (WithdrawCash, lambda _: (_PRICE,)),
    "transfer": (TransferShares, lambda symbol: (symbol, 1, _PRICE)),
    "portfolio": (GetPortfolio, _nothing),
    "balance": (GetAccount, _nothing),
    "close_account": (CloseAccount, _nothing),
    "prefer": (SetPreferences, lambda _: ((),)),
    "preferences": (GetPreferences, _nothing),
    "set_alert": (SetAlert, lambda symbol: (symbol, Direction.ABOVE, _PRICE, False)),
    "remove_alert": (RemoveAlert, lambda _: (0,)),
    "login": (LogIn, _nothing),
    "logout": (LogOut, _nothing),
    "watch": (WatchSymbol, lambda symbol: (_LIST, symbol)),
    "unwatch": (UnwatchSymbol, lambda symbol: (_LIST, symbol)),
    "watchlist": (GetWatchlist, lambda _: (_LIST,)),
}  # fmt: skip
_OF_HISTORY: Final[dict[str, type[FindOrders | GetTransactions]]] = {
    "order_search": FindOrders, "transactions": GetTransactions,
}  # fmt: skip

assert {*_KINDS, *_OF_HISTORY} == {*INTRUSIONS, *WATCHING_INTRUSIONS}, "each has its command"


def intrusion(
    what: str, command_id: CommandId, account: Address, symbol: str, client: Address, user: str
) -> Any:
    """Return the command of a stranger.

    Args:
        what: One of `INTRUSIONS` or `WATCHING_INTRUSIONS`.
        command_id: Of the command.
        account: Whose it is not.
        symbol: Of what the command is about, where it is about a stock.
        client: Where the answer goes.
        user: The stranger.
    """
    if what in _OF_HISTORY:
        return _OF_HISTORY[what](command_id, account, reply_to=client, user=user)
    kind, content = _KINDS[what]
    return kind(command_id, account, *content(symbol), client, user)
