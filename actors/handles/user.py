"""A user and the accounts of that user, as people hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.domain.users import User
from actors.handles.account import AccountHandle
from actors.handles.stock import Amount
from actors.notification_handles import UserPreferencesHandle

if TYPE_CHECKING:
    from actors.brokerage import Brokerage
    from actors.watch_handles import SessionHandle, WatchlistHandle


class UserHandle:
    """A customer of the brokerage."""

    def __init__(self, brokerage: Brokerage, user: User) -> None:
        self._brokerage = brokerage
        self.user = user

    def open_account(self, initial_balance: Amount = 0) -> AccountHandle:
        """Open one more account with the user's preferences, and deposit its first cash.

        Raises:
            ValueError: The balance is not an amount, or negative.
        """
        account = self._brokerage.open_one_more(self.user, initial_balance)
        self.preferences.carry_over(account)
        return account

    def account(self, number: int = 1) -> AccountHandle:
        """Return an account by its number, from 1.

        Raises:
            ValueError: There is none of this number.
        """
        return self._brokerage.account(self.user.id, number)

    def accounts(self) -> list[AccountHandle]:
        """Return all accounts, in the order of their opening, closed ones included."""
        count = self._brokerage.count_of_accounts(self.user.id)
        return [self.account(number) for number in range(1, count + 1)]

    @property
    def preferences(self) -> UserPreferencesHandle:
        """What the user wants to be told of, whichever account it happens to."""
        return UserPreferencesHandle(self)

    @property
    def watchlist(self) -> WatchlistHandle:
        """The user's watch lists."""
        return self._brokerage.watchlist(self.user.id)

    def log_in(self) -> SessionHandle:
        """Log the user in, and follow portfolio and watch lists until the log-out."""
        return self._brokerage.log_in(self.user.id)

    def __repr__(self) -> str:
        return f"<user {self.user.id}: {self.user.name}>"
