"""The transactions of a run, read once: what moved cash and shares in which account."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.tables import Integers, Mask, Table, Words

_COLUMNS: Final = ("quantity", "price", "amount", "realised", "cost", "at_us")


class Positions(NamedTuple):
    """Where each transaction belongs: those of one symbol in one account are one position.

    Attributes:
        of_row: The position of each row.
        account: Code of the account of each position.
        symbol: Code of its symbol.
    """

    of_row: Integers
    account: Integers
    symbol: Integers

    def sums(self, values: Integers) -> Integers:
        """Add up the values of the rows of each position."""
        return sums_by(self.of_row, values, len(self.account))


class Moves:
    """Columns of the transactions: rows of one account are in the order in which they happened.

    Money is 1/10,000 USD.

    Attributes:
        account: Addresses of accounts.
        symbol: Ticker symbols; empty where only cash moved.
        quantity: Shares.
        price: Of one share, of executions.
        amount: What they brought the account in cash; negative of buys.
        realised: Realised profit, of sells.
        cost: Of transfers, what the shares had cost elsewhere.
        at_us: When.
        buys: Which rows are buys; `sells` and `transfers` likewise.
    """

    def __init__(self, folder: Path) -> None:
        table = Table(folder, "transactions")
        self.account: Words = table.words("account")
        self.symbol: Words = table.words("symbol")
        numbers = {column: table.numbers(column) for column in _COLUMNS}
        self.quantity, self.price, self.amount = (numbers[name] for name in _COLUMNS[:3])
        self.realised, self.cost, self.at_us = (numbers[name] for name in _COLUMNS[3:])
        kind = table.words("kind")
        self.buys: Mask = kind.equal("buy")
        self.sells: Mask = kind.equal("sell")
        self.transfers: Mask = kind.equal("transfer")

    @cached_property
    def executions(self) -> Mask:
        """Which rows are executions."""
        return self.buys | self.sells

    @cached_property
    def positions(self) -> Positions:
        """The position that each row belongs to; rows that moved cash have ones of their own."""
        symbols = max(len(self.symbol.words), 1)
        keys = self.account.codes.astype(np.int64) * symbols + self.symbol.codes
        distinct, of_row = np.unique(keys, return_inverse=True)
        return Positions(of_row, distinct // symbols, distinct % symbols)

    @cached_property
    def user_of_account(self) -> Integers:
        """The number of the user of each account, counted from 0 as they occur."""
        numbers: dict[str, int] = {}
        users = (owner_of(address) for address in self.account.words)
        found = [numbers.setdefault(user, len(numbers)) for user in users]
        return np.array(found, np.int64)


def owner_of(account: str) -> str:
    """Return the id of the user in the address of an account, such as `account/U000007-1`."""
    return account.partition("/")[2].rpartition("-")[0]


def sums_by(codes: NDArray[np.integer[Any]], values: Integers, groups: int) -> Integers:
    """Add up values by group, exactly."""
    sums = np.zeros(groups, np.int64)
    np.add.at(sums, codes, values)
    return sums
