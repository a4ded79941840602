"""Commands: the rows of a workload as the messages that clients send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from actors.addresses import account_of
from actors.domain.orders import OrderType, PriceType
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.base import Address
from actors.messages.control import RegisterAccount
from actors.messages.feed import GetHistory
from actors.messages.funds import CloseAccount, DepositCash, TransferShares, WithdrawCash
from actors.messages.history import FindOrders, GetTransactions
from actors.messages.notifications import GetPreferences, SetPreferences
from actors.messages.orders import CancelOrder, PlaceOrder
from actors.messages.queries import (
    GetAccount,
    GetPortfolio,
    GetQuote,
    LogIn,
    LogOut,
    SearchStocks,
)
from actors.messages.watching import GetWatchlist, UnwatchSymbol, WatchSymbol
from simulation.customer_names import routes_to, user_id
from simulation.intrusions import intrusion
from simulation.records import OPERATIONS
from simulation.stop_orders import STOP_MARKET
from simulation.workload import Workload
from simulation.workload.details import ALERTS, search_of, wishes_of
from simulation.workload.numbering import Numbering

CLIENT: Final[Address] = "client"
SCREEN: Final[Address] = "screen"
LIST: Final = "favourites"
PRICES_READ: Final = 100  # of the history of a stock
ROWS_READ: Final = 20  # of orders and transactions, in one page
MADE_AT_ONCE: Final = 4_096  # messages; they are gone before the next ones are made

_FIELDS: Final = {"side": "order_type"}  # of a search, where it is called otherwise

Make: TypeAlias = Callable[[NDArray[np.int64]], Iterator[Any]]
_BUY, _SELL = OrderType.BUY, OrderType.SELL
_MARKET, _LIMIT = PriceType.MARKET, PriceType.LIMIT


def account_addresses(workload: Workload) -> list[Address]:
    """Return the addresses of all accounts of a workload by their numbers; 0 is no account's."""
    return [account_of(user_id(user), nth) for user, nth in Numbering(workload).places]


class Commands:
    """Turns the rows of a workload into messages, those of one operation at a time.

    Args:
        workload: The rows.
        screen: Where those who log in want to see live prices; empty for nowhere.
    """

    def __init__(self, workload: Workload, screen: Address = "") -> None:
        self._workload = workload
        self._screen = screen
        self._accounts = account_addresses(workload)
        self._users = [user_id(number) for number in range(int(workload.user.max(initial=0)) + 1)]
        self._makers: tuple[Make, ...] = (
            self._log_ins, self._log_outs, self._quotes, self._searches, self._portfolios,
            self._deposits, self._withdrawals, self._transfers, self._market_orders,
            self._limit_orders, self._cancels, self._watches, self._unwatches,
            self._watchlists, self._stop_orders, self._undos, self._balances,
            self._price_histories, self._preferences, self._alerts, self._removals, self._wishes,
            self._openings, self._closings, self._order_searches, self._transactions,
            self._intrusions,
        )  # fmt: skip
        assert len(self._makers) == len(OPERATIONS)

    def in_order(self, rows: NDArray[np.int64]) -> Iterator[tuple[int, Any]]:
        """Yield each of these rows with its message."""
        for start in range(0, len(rows), MADE_AT_ONCE):
            chunk = rows[start : start + MADE_AT_ONCE]
            yield from zip(chunk.tolist(), self.messages(chunk), strict=True)

    def message(self, row: int) -> Any:
        """Return the message of one row."""
        return self.messages(np.array([row]))[0]

    def messages(self, rows: NDArray[Any]) -> list[Any]:
        """Return the messages of some rows, all made at once."""
        messages: list[Any] = [None] * len(rows)
        operations = self._workload.operation[rows]
        for operation, make in enumerate(self._makers):
            places = np.flatnonzero(operations == operation)
            for place, message in zip(places.tolist(), make(rows[places]), strict=True):
                messages[place] = message
        return messages

    def _who(self, rows: NDArray[np.int64]) -> tuple[list[int], list[Address]]:
        """Return command ids and account addresses of some rows."""
        accounts = self._accounts
        numbers = self._workload.account[rows].tolist()
        return self._workload.command_id[rows].tolist(), [accounts[n] for n in numbers]

    def _whose(self, rows: NDArray[np.int64]) -> tuple[repeat[Address], list[str]]:
        """Return where the answers go, and the users, of some rows."""
        users = self._users
        return repeat(CLIENT, len(rows)), [users[n] for n in self._workload.user[rows].tolist()]

    def _symbols(self, rows: NDArray[np.int64]) -> list[str]:
        symbols = self._workload.symbols
        return [symbols[index] for index in self._workload.symbol[rows].tolist()]

    def _log_ins(self, rows: NDArray[np.int64]) -> Iterator[LogIn]:
        return map(LogIn, *self._who(rows), *self._whose(rows), repeat(self._screen))

    def _log_outs(self, rows: NDArray[np.int64]) -> Iterator[LogOut]:
        return map(LogOut, *self._who(rows), *self._whose(rows))

    def _quotes(self, rows: NDArray[np.int64]) -> Iterator[GetQuote]:
        numbers = self._workload.command_id[rows].tolist()
        return (GetQuote(*both, CLIENT) for both in zip(numbers, self._symbols(rows), strict=True))

    def _searches(self, rows: NDArray[np.int64]) -> Iterator[SearchStocks]:
        texts = self._workload.queries
        numbers = self._workload.command_id[rows].tolist()
        queries = self._workload.query[rows].tolist()
        return (
            SearchStocks(n, texts[query], 10, CLIENT)
            for n, query in zip(numbers, queries, strict=True)
        )

    def _portfolios(self, rows: NDArray[np.int64]) -> Iterator[GetPortfolio]:
        return map(GetPortfolio, *self._who(rows), *self._whose(rows))

    def _deposits(self, rows: NDArray[np.int64]) -> Iterator[DepositCash]:
        amounts = self._workload.amount[rows].tolist()
        return map(DepositCash, *self._who(rows), amounts, *self._whose(rows))

    def _withdrawals(self, rows: NDArray[np.int64]) -> Iterator[WithdrawCash]:
        amounts = self._workload.amount[rows].tolist()
        return map(WithdrawCash, *self._who(rows), amounts, *self._whose(rows))

    def _transfers(self, rows: NDArray[np.int64]) -> Iterator[TransferShares]:
        workload = self._workload
        quantities, costs = workload.quantity[rows].tolist(), workload.amount[rows].tolist()
        return map(
            TransferShares, *self._who(rows), self._symbols(rows), quantities, costs,
            *self._whose(rows),
        )  # fmt: skip

    def _market_orders(self, rows: NDArray[np.int64]) -> Iterator[PlaceOrder]:
        for number, account, symbol, side, quantity, seen_price, client, user in self._orders(
            rows, self._workload.seen_price
        ):
            yield PlaceOrder(
                number, account, symbol, side, _MARKET, quantity, None, seen_price, client, user
            )

    def _limit_orders(self, rows: NDArray[np.int64]) -> Iterator[PlaceOrder]:
        for number, account, symbol, side, quantity, limit_price, client, user in self._orders(
            rows, self._workload.limit_price
        ):
            yield PlaceOrder(
                number, account, symbol, side, _LIMIT, quantity, limit_price, None, client, user
            )

    def _stop_orders(self, rows: NDArray[np.int64]) -> Iterator[PlaceOrder]:
        for number, account, symbol, side, quantity, trigger, client, user in self._orders(
            rows, self._workload.limit_price
        ):
            yield PlaceOrder(
                number, account, symbol, side, STOP_MARKET, quantity, trigger, None, client, user
            )

    def _orders(self, rows: NDArray[np.int64], price: NDArray[np.int64]) -> Iterator[Any]:
        workload = self._workload
        sides = [_SELL if code else _BUY for code in workload.order_type[rows].tolist()]
        columns = (
            *self._who(rows), self._symbols(rows), sides, workload.quantity[rows].tolist(),
            price[rows].tolist(), *self._whose(rows),
        )  # fmt: skip
        return zip(*columns, strict=True)

    def _cancels(self, rows: NDArray[np.int64]) -> Iterator[CancelOrder]:
        targets = self._workload.target[rows].tolist()
        return map(CancelOrder, *self._who(rows), repeat(""), targets, *self._whose(rows))

    def _undos(self, rows: NDArray[np.int64]) -> Iterator[CancelOrder | WithdrawCash]:
        """Undo a deposit by paying it out, and an order by its cancel, as a command log does."""
        targets, amounts = self._workload.target[rows], self._workload.amount[rows]
        columns = (*self._who(rows), targets.tolist(), amounts.tolist(), *self._whose(rows))
        for number, account, target, amount, client, user in zip(*columns, strict=True):
            if amount:
                yield WithdrawCash(number, account, amount, client, user)
            else:
                yield CancelOrder(number, account, "", target, client, user)

    def _watches(self, rows: NDArray[np.int64]) -> Iterator[WatchSymbol]:
        symbols = self._symbols(rows)
        return map(WatchSymbol, *self._who(rows), repeat(LIST), symbols, *self._whose(rows))

    def _unwatches(self, rows: NDArray[np.int64]) -> Iterator[UnwatchSymbol]:
        symbols = self._symbols(rows)
        return map(UnwatchSymbol, *self._who(rows), repeat(LIST), symbols, *self._whose(rows))

    def _watchlists(self, rows: NDArray[np.int64]) -> Iterator[GetWatchlist]:
        return map(GetWatchlist, *self._who(rows), repeat(LIST), *self._whose(rows))

    def _balances(self, rows: NDArray[np.int64]) -> Iterator[GetAccount]:
        return map(GetAccount, *self._who(rows), *self._whose(rows))

    def _price_histories(self, rows: NDArray[np.int64]) -> Iterator[GetHistory]:
        numbers, symbols = self._workload.command_id[rows].tolist(), self._symbols(rows)
        return map(GetHistory, numbers, symbols, repeat(PRICES_READ), repeat(CLIENT))

    def _preferences(self, rows: NDArray[np.int64]) -> Iterator[GetPreferences]:
        return map(GetPreferences, *self._who(rows), *self._whose(rows))

    def _alerts(self, rows: NDArray[np.int64]) -> Iterator[SetAlert]:
        directions, repeats = [], []
        for detail in self._details(rows):
            direction, again = ALERTS[detail]
            directions.append(direction)
            repeats.append(again)
        prices = self._workload.limit_price[rows].tolist()
        return map(
            SetAlert, *self._who(rows), self._symbols(rows), directions, prices, repeats,
            *self._whose(rows),
        )  # fmt: skip

    def _removals(self, rows: NDArray[np.int64]) -> Iterator[RemoveAlert]:
        targets = self._workload.target[rows].tolist()
        return map(RemoveAlert, *self._who(rows), targets, *self._whose(rows))

    def _wishes(self, rows: NDArray[np.int64]) -> Iterator[SetPreferences]:
        users = self._workload.user[rows].tolist()
        wishes = map(wishes_of, self._details(rows))
        routes = list(map(routes_to, users, wishes))
        return map(SetPreferences, *self._who(rows), routes, *self._whose(rows))

    def _openings(self, rows: NDArray[np.int64]) -> Iterator[RegisterAccount]:
        numbers, accounts = self._who(rows)
        clients, users = self._whose(rows)
        return map(RegisterAccount, accounts, users, numbers, clients)

    def _closings(self, rows: NDArray[np.int64]) -> Iterator[CloseAccount]:
        return map(CloseAccount, *self._who(rows), *self._whose(rows))

    def _order_searches(self, rows: NDArray[np.int64]) -> Iterator[FindOrders]:
        columns = (*self._who(rows), self._details(rows), *self._whose(rows))
        for number, account, detail, client, user in zip(*columns, strict=True):
            asked = search_of(detail)
            asked = {_FIELDS.get(name, name): value for name, value in asked.items()}
            yield FindOrders(number, account, **asked, limit=ROWS_READ, reply_to=client, user=user)

    def _transactions(self, rows: NDArray[np.int64]) -> Iterator[GetTransactions]:
        nothing, page = repeat(0), repeat(ROWS_READ)
        return map(GetTransactions, *self._who(rows), nothing, page, *self._whose(rows))

    def _intrusions(self, rows: NDArray[np.int64]) -> Iterator[Any]:
        details = self._details(rows)
        return map(intrusion, details, *self._who(rows), self._symbols(rows), *self._whose(rows))

    def _details(self, rows: NDArray[np.int64]) -> list[str]:
        details = self._workload.details
        return [details[index] for index in self._workload.detail[rows].tolist()]
