"""The part of a brokerage that knows its users and their accounts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from actors.account import Account
from actors.addresses import EXCHANGE, account_of
from actors.client import PATIENCE_S, Refused
from actors.domain.market_hours import Hours
from actors.domain.money import money
from actors.domain.orders import Reason
from actors.domain.users import User, check_user
from actors.handles import AccountHandle, Amount, UserHandle
from actors.messages.base import Address
from actors.messages.control import RegisterAccount
from actors.notes import ACCOUNTS, USER, decode, encode
from actors.runtimes.runtime import Runtime

if TYPE_CHECKING:
    from actors.brokerage import Brokerage


class Customers:
    """Opens accounts, and finds users and accounts again.

    What is noted of them is started again when the journal is reopened.
    """

    runtime: Runtime[Any]
    hours: Hours
    collar_bp: int
    _notes: dict[str, bytes]
    _changing: threading.Lock

    def refuse_if_closed(self) -> None:
        """Raise RuntimeError if nobody is at work here any more, or who works here asks."""
        raise NotImplementedError

    @property
    def _whole(self) -> Brokerage:
        return cast("Brokerage", self)

    def register_account(self, user: User, initial_balance: Amount = 0) -> AccountHandle:
        """Take in a user, open the first account, and deposit its first cash.

        Raises:
            ValueError: The user has an account already, or the balance is not an amount.
        """
        return self._with_balance(lambda: self.open_account(user), user, initial_balance)

    def open_one_more(self, user: User, initial_balance: Amount = 0) -> AccountHandle:
        """Open one more account for a user who is known; see `UserHandle.open_account`."""

        def open_next() -> Address:
            address = self._open_next(user.id)
            self._whole._join_session(user.id)
            return address

        return self._with_balance(open_next, user, initial_balance)

    def _with_balance(
        self, open_account: Callable[[], Address], user: User, initial_balance: Amount
    ) -> AccountHandle:
        balance = money(initial_balance)
        if balance < 0:
            raise ValueError(f"an initial balance must not be negative, as {initial_balance} is")
        handle = AccountHandle(self._whole, user, open_account())
        self.runtime.run_until_idle(PATIENCE_S)
        if balance:
            handle.deposit(initial_balance)
        return handle

    def open_account(self, user: User) -> Address:
        """Start the actor of a new user's account and register it, without waiting."""
        self.refuse_if_closed()
        check_user(user)
        address = account_of(user.id)
        with self._changing:
            if address in self.runtime.cells:
                raise ValueError(
                    f"user {user.id} has an account already; "
                    f'open one more with user("{user.id}").open_account()'
                )
            # What is noted is started again, however far this has got: so the note comes first.
            self.runtime.journal.note(USER + user.id, encode(user))
            self._start_account(user.id, address)
        return address

    def _open_next(self, user_id: str) -> Address:
        self.refuse_if_closed()
        with self._changing:
            number = self.count_of_accounts(user_id) + 1
            address = account_of(user_id, number)
            self.runtime.journal.note(ACCOUNTS + user_id, encode(number))
            self._start_account(user_id, address)
        return address

    def start_account(self, user_id: str, address: Address) -> None:
        """Start one more account of a user and note it; whoever asked for it registers it.

        Doing it again changes nothing.
        """
        if address not in self.runtime.cells:
            number = int(address.rpartition("-")[2])
            self.runtime.journal.note(ACCOUNTS + user_id, encode(number))
            self._start_account(user_id, address, is_new=False)

    def _start_account(self, user_id: str, address: Address, is_new: bool = True) -> None:
        self.runtime.spawn(address, Account, user_id, self.collar_bp, self.hours)
        if is_new:
            self.runtime.send(EXCHANGE, RegisterAccount(address, user_id))

    def user(self, user_id: str) -> UserHandle:
        """Return a user.

        Raises:
            ValueError: This user has no account here.
        """
        note = self._notes.get(f"{USER}{user_id}")
        if note is None:
            raise ValueError(f"user {user_id or repr(user_id)} has no account here")
        return UserHandle(self._whole, decode(note, type=User))

    def users(self) -> list[UserHandle]:
        """Return all users, in the order in which they came."""
        return [self.user(user_id) for user_id in self._noted(USER)]

    def account(self, user_id: str, number: int = 1) -> AccountHandle:
        """Return an account of a user by its number, from 1.

        Raises:
            ValueError: This user has none, or not so many.
        """
        user = self.user(user_id).user
        count = self.count_of_accounts(user_id)
        if type(number) is not int or not 1 <= number <= count:
            raise ValueError(f"user {user_id} has accounts 1 to {count}, no account {number!r}")
        return AccountHandle(self._whole, user, account_of(user_id, number))

    def count_of_accounts(self, user_id: str) -> int:
        """Return how many accounts a user has, closed ones included."""
        noted = self._notes.get(ACCOUNTS + user_id)
        return 1 if noted is None else decode(noted, type=int)

    def refuse_stranger(self, user_id: str, account: Address) -> None:
        """Raise Refused, as the door does, if an account is not one of this user's."""
        if f"{USER}{user_id}" not in self._notes:
            raise Refused(Reason.UNKNOWN_ACCOUNT)
        count = self.count_of_accounts(user_id)
        if account not in {account_of(user_id, number) for number in range(1, count + 1)}:
            raise Refused(Reason.NOT_OWNER)

    def _addresses(self) -> dict[Address, str]:
        """Return the addresses of all accounts, each with its user."""
        return {
            account_of(user_id, number): user_id
            for user_id in self._noted(USER)
            for number in range(1, self.count_of_accounts(user_id) + 1)
        }

    def accounts(self) -> list[AccountHandle]:
        """Return all accounts, user by user, in the order in which the users came."""
        return [account for user in self.users() for account in user.accounts()]

    def _noted(self, kind: str) -> list[str]:
        return [name.removeprefix(kind) for name in list(self._notes) if name.startswith(kind)]
