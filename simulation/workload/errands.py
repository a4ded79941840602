"""What customers do beside trading: alerts, preferences, further accounts, records, intrusions.

It is filled in when orders and cash are decided, none of which it touches; each kind of errand
has a stream of its own, so that one more weight in a profile changes no other draw.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from actors.domain.notifications import Event
from actors.domain.order_factory import MAX_PRICE
from actors.domain.order_query import Sort
from actors.domain.orders import OrderStatus, OrderType, Word
from simulation.notification_plan import NotificationsPlan
from simulation.plan import Plan
from simulation.streams import Streams
from simulation.workload.cancels import Waiting, choose_targets
from simulation.workload.details import (
    ALERTS,
    ALL_ORDERS,
    INTRUSIONS,
    NO_WISHES,
    WATCHING_INTRUSIONS,
)
from simulation.workload.draft import Draft, Market
from simulation.workload.grouped import user_time_keys
from simulation.workload.popularity import sample
from simulation.workload.workload import (
    BALANCE,
    CLOSE_ACCOUNT,
    INTRUDE,
    NONE,
    OPEN_ACCOUNT,
    ORDER_SEARCH,
    PREFER,
    PREFERENCES,
    PRICE_HISTORY,
    QUOTE,
    REMOVE_ALERT,
    SET_ALERT,
    TRANSACTIONS,
    Int32s,
    Int64s,
    WorkloadError,
)

FARTHEST_ALERT: Final = 0.02  # from the quote, as a share of it
REPEATED_ALERTS: Final = 0.2
SETTLED_US: Final = 30_000_000  # after which a customer uses an account that was opened
NEVER_US: Final = 2**62
FURTHER_SHARE: Final = 0.5  # of the errands of whoever has a further account
_OF_ACCOUNTS: Final = (BALANCE, PREFERENCES, SET_ALERT, PREFER, ORDER_SEARCH, TRANSACTIONS)


class Errands:
    """Fills in the errands of a draft, and takes down what they say.

    Args:
        plan: The run.
        market: Its prices, and how popular its stocks are.
        draft: Who does what when; changed in place.
        streams: Randomness.

    Attributes:
        account: Number of the account of each row.
        detail: What each row says in words, as an index into `details`.
        details: Sorted, all different, each used.
    """

    def __init__(self, plan: Plan, market: Market, draft: Draft, streams: Streams) -> None:
        self._plan = plan
        self._market = market
        self._draft = draft
        self._streams = streams
        self._words: dict[int, str] = {}
        self.account: Int32s = draft.user
        if np.isin(draft.operation, (*_OF_ACCOUNTS, OPEN_ACCOUNT, CLOSE_ACCOUNT, INTRUDE)).any():
            self.account = draft.user.copy()
        self._open_accounts()
        self._choose_accounts()
        self._set_alerts()
        self._remove_alerts()
        self._say_wishes()
        self._search_orders()
        self._look_back()
        self._intrude()
        self.details = tuple(sorted(set(self._words.values())))
        self.detail = self._codes()

    def _rows(self, *operations: int) -> Int64s:
        return np.flatnonzero(np.isin(self._draft.operation, operations))

    def _codes(self) -> Int32s:
        codes = np.full(len(self._draft.at_us), NONE, dtype=np.int32)
        places = {text: place for place, text in enumerate(self.details)}
        codes[list(self._words)] = [places[text] for text in self._words.values()]
        return codes

    def _open_accounts(self) -> None:
        """Number further accounts in the order of their opening, and close each one once.

        Whoever has none to close tries to close the first one, which is hardly ever empty.
        """
        draft, opens, closes = self._draft, self._rows(OPEN_ACCOUNT), self._rows(CLOSE_ACCOUNT)
        self.account[opens] = self._plan.users.count + 1 + np.arange(len(opens))
        never = np.full(len(opens), NEVER_US)
        opened = Waiting(draft.user[opens], draft.at_us[opens] + SETTLED_US, never)
        chosen = choose_targets(draft.user[closes], draft.at_us[closes], opened)
        found = chosen != NONE
        self.account[closes[found]] = self.account[opens[chosen[found]]]
        until_us = never.copy()
        until_us[chosen[found]] = draft.at_us[closes[found]]
        self._further = opens, opened.since_us, until_us

    def _choose_accounts(self) -> None:
        """Let some errands be about the latest further account, as long as it is open."""
        opens, since_us, until_us = self._further
        rows = self._rows(*_OF_ACCOUNTS)
        if not len(opens) or not len(rows):
            return
        draft = self._draft
        rows = rows[self._streams.get("further accounts").random(len(rows)) < FURTHER_SHARE]
        keys = user_time_keys(draft.user[opens], since_us)
        order = np.argsort(keys, kind="stable")
        asked = user_time_keys(draft.user[rows], draft.at_us[rows])
        latest = order[np.maximum(np.searchsorted(keys[order], asked, side="right") - 1, 0)]
        is_own = (draft.user[opens[latest]] == draft.user[rows]) & (asked >= keys[latest])
        is_own &= until_us[latest] > draft.at_us[rows]
        self.account[rows[is_own]] = self.account[opens[latest[is_own]]]

    def _set_alerts(self) -> None:
        """Set alerts on both sides of the quote; a few look the way that is met at once."""
        draft, rows, rng = self._draft, self._rows(SET_ALERT), self._streams.get("alerts set")
        draft.symbol[rows] = sample(self._market.popularity, len(rows), rng)
        seen = self._market.tape.price_at(draft.symbol[rows], draft.at_us[rows])
        away = rng.uniform(-FARTHEST_ALERT, FARTHEST_ALERT, len(rows))
        prices = np.rint(seen * (1.0 + away)).astype(np.int64)
        draft.limit_price[rows] = np.clip(prices, 1, MAX_PRICE)
        again = rng.random(len(rows)) < REPEATED_ALERTS
        ways = [*ALERTS]  # above, below, and the same each time
        codes = (away < 0) + 2 * again
        self._words |= {row: ways[code] for row, code in zip(rows.tolist(), codes, strict=True)}

    def _remove_alerts(self) -> None:
        """Remove the latest alert of an account each; where there is none, look at a quote."""
        draft, rows, alerts = self._draft, self._rows(REMOVE_ALERT), self._rows(SET_ALERT)
        never = np.full(len(alerts), NEVER_US)
        waiting = Waiting(draft.user[alerts], draft.at_us[alerts], never)
        chosen = choose_targets(draft.user[rows], draft.at_us[rows], waiting)
        found, targets = rows[chosen != NONE], alerts[chosen[chosen != NONE]]
        draft.target[found] = targets
        if len(found):
            self.account[found] = self.account[targets]
        draft.operation[rows[chosen == NONE]] = QUOTE

    def _say_wishes(self) -> None:
        rows, rng = self._rows(PREFER), self._streams.get("wishes")
        if not len(rows):
            return
        if self._plan.notifications is None:
            raise WorkloadError("profile.operations: prefer needs a table [notifications]")
        for row in rows.tolist():
            self._words[row] = _draw_wishes(rng, self._plan.notifications)

    def _search_orders(self) -> None:
        draft, rows, rng = self._draft, self._rows(ORDER_SEARCH), self._streams.get("order search")
        symbols = sample(self._market.popularity, len(rows), rng)
        for row, symbol in zip(rows.tolist(), symbols.tolist(), strict=True):
            pairs = (
                ("symbol", (self._market.tape.symbols[symbol],)), ("status", OrderStatus),
                ("side", OrderType), ("sort", Sort),
            )  # fmt: skip
            chosen = [
                f"{name}={_shown(list(words)[rng.integers(len(words))])}"
                for name, words in pairs
                if rng.random() < 0.3
            ]
            self._words[row] = " ".join(chosen) or ALL_ORDERS
        draft.symbol[rows] = NONE

    def _look_back(self) -> None:
        rows = self._rows(PRICE_HISTORY)
        rng = self._streams.get("price histories")
        self._draft.symbol[rows] = sample(self._market.popularity, len(rows), rng)

    def _intrude(self) -> None:
        """Let users try one thing after the other at the first accounts of others."""
        draft, rows, users = self._draft, self._rows(INTRUDE), self._plan.users.count
        if users < 2:
            draft.operation[rows] = QUOTE
            return
        rng = self._streams.get("intrusions")
        draft.symbol[rows] = sample(self._market.popularity, len(rows), rng)
        others = rng.integers(1, users, len(rows))
        self.account[rows] = 1 + (draft.user[rows] - 1 + others) % users
        watching = () if self._plan.subscriptions is None else WATCHING_INTRUSIONS
        tried = [*INTRUSIONS, *watching]
        self._words |= {row: tried[n % len(tried)] for n, row in enumerate(rows.tolist())}


def _draw_wishes(rng: np.random.Generator, plan: NotificationsPlan) -> str:
    """Draw what somebody wants to hear of on each of the run's channels; sometimes nothing."""
    wishes = []
    for channel in plan.channels:
        events = [event.value for event in Event if rng.random() < 0.5]
        if events and rng.random() < 0.7:
            wishes.append(f"{channel.channel}:{'+'.join(events)}")
    return " ".join(wishes) or NO_WISHES


def _shown(word: Word | str) -> str:
    return word if isinstance(word, str) else word.value
