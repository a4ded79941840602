"""The double-entry ledger: every amount that arrives somewhere has left somewhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct, field

from actors.domain.orders import OrderType

USD: Final = "USD"
STREET: Final = "street"
"""The counterparty of every execution on a quote venue."""
OUTSIDE: Final = "outside"
"""Where deposits come from and withdrawals go to."""

_BUY: Final = OrderType.BUY  # looking a member up in its class is slow in Python 3.11


class Entry(Struct, frozen=True, gc=False):
    """One line of a posting.

    Attributes:
        account: Whose balance changes.
        asset: USD, or a symbol.
        amount: Units of money or shares; positive comes in, negative goes out.
    """

    account: str
    asset: str
    amount: int


class Unbalanced(ValueError):  # noqa: N818 - named for what is wrong
    """A posting that would make money or shares out of nothing, or lose them."""


class Ledger(Struct):
    """Balances of all accounts in all assets.

    Invariants: the balances of each asset sum to zero, street and outside included; only
    balances other than zero are kept.

    Attributes:
        balances: Balance by account, by asset.
    """

    balances: dict[str, dict[str, int]] = field(default_factory=dict)

    def post(self, entries: Sequence[Entry]) -> None:
        """Apply a posting as a whole.

        Raises:
            Unbalanced: The amounts of an asset do not sum to zero; nothing was changed.
        """
        sums: dict[str, int] = {}
        for entry in entries:
            sums[entry.asset] = sums.get(entry.asset, 0) + entry.amount
        if any(sums.values()):
            raise Unbalanced(_imbalance(sums))
        for entry in entries:
            self._apply(entry)

    def balance(self, account: str, asset: str) -> int:
        """Return what an account has of an asset; negative where it has given more."""
        return self.balances.get(asset, {}).get(account, 0)

    def total(self, asset: str) -> int:
        """Return the sum over all accounts: zero, as long as the books are right."""
        return sum(self.balances.get(asset, {}).values())

    def check(self) -> None:
        """Assert the invariants."""
        for asset, accounts in self.balances.items():
            assert not sum(accounts.values()), f"the balances of {asset} do not sum to zero"
            assert all(accounts.values()), f"a balance of zero is kept for {asset}"

    def _apply(self, entry: Entry) -> None:
        accounts = self.balances.get(entry.asset)
        if accounts is None:
            accounts = self.balances[entry.asset] = {}
        balance = accounts.get(entry.account, 0) + entry.amount
        if balance:
            accounts[entry.account] = balance
        else:
            accounts.pop(entry.account, None)


def execution_entries(
    account: str, symbol: str, order_type: OrderType, quantity: int, price: int
) -> tuple[Entry, Entry, Entry, Entry]:
    """Make the posting of an execution against the street.

    Args:
        account: The customer's account.
        symbol: What was bought or sold.
        order_type: Buy or sell.
        quantity: Shares, above zero.
        price: Of one share, above zero.
    """
    assert quantity > 0, f"{quantity} shares of {symbol} cannot be executed"
    assert price > 0, f"{symbol} cannot be executed at a price of {price}"
    shares = quantity if order_type is _BUY else -quantity
    cash = shares * price
    return (
        Entry(account, USD, -cash),
        Entry(STREET, USD, cash),
        Entry(account, symbol, shares),
        Entry(STREET, symbol, -shares),
    )


def transfer_entries(giver: str, taker: str, asset: str, amount: int) -> tuple[Entry, Entry]:
    """Make the posting that moves money or shares from one account to another.

    Args:
        giver: Whose balance falls.
        taker: Whose balance rises.
        asset: USD, or a symbol.
        amount: Units of money or shares, above zero.
    """
    assert amount > 0, f"{amount} of {asset} cannot be moved"
    return Entry(giver, asset, -amount), Entry(taker, asset, amount)


def deposit_entries(account: str, amount: int) -> tuple[Entry, Entry]:
    """Make the posting of a deposit of money."""
    return transfer_entries(OUTSIDE, account, USD, amount)


def withdrawal_entries(account: str, amount: int) -> tuple[Entry, Entry]:
    """Make the posting of a withdrawal of money."""
    return transfer_entries(account, OUTSIDE, USD, amount)


def share_transfer_entries(
    giver: str, taker: str, symbol: str, quantity: int
) -> tuple[Entry, Entry]:
    """Make the posting that moves shares, also from outside or to it."""
    return transfer_entries(giver, taker, symbol, quantity)


def _imbalance(sums: dict[str, int]) -> str:
    wrong = ", ".join(f"{asset} to {amount:+d}" for asset, amount in sums.items() if amount)
    return f"the entries of a posting must sum to zero per asset, and these sum {wrong}"
