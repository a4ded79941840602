"""Judges that an account serves its own user, and nobody else (A25)."""

from __future__ import annotations

from typing import Any, Final

from actors.domain.orders import Reason
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.base import Address, CommandId, Message
from actors.messages.facts import AccountOpened
from actors.messages.funds import (
    CloseAccount,
    DepositCash,
    ForgetCommands,
    TransferShares,
    WithdrawCash,
)
from actors.messages.history import FindOrders, GetTransactions
from actors.messages.notifications import GetPreferences, SetPreferences
from actors.messages.orders import CancelOrder, PlaceOrder
from actors.messages.queries import GetAccount, GetPortfolio, LogIn, LogOut
from actors.messages.watching import GetWatchlist, UnwatchSymbol, WatchSymbol
from simulation.audit.model import Account, Handler
from simulation.audit.registrations import RegistrationAudit
from simulation.audit.world import World

_OWNED: Final = frozenset({
    PlaceOrder, CancelOrder, DepositCash, WithdrawCash, TransferShares, CloseAccount, GetAccount,
    GetPortfolio, LogIn, LogOut, ForgetCommands, SetPreferences, SetAlert, RemoveAlert,
    GetPreferences, WatchSymbol, UnwatchSymbol, GetWatchlist, FindOrders, GetTransactions,
})  # fmt: skip
_NOT_OWNER: Final = Reason.NOT_OWNER
_FOR_STRANGERS: Final = frozenset({
    Reason.NOT_OWNER, Reason.UNKNOWN_ACCOUNT, Reason.UNKNOWN_SYMBOL, Reason.INVALID_COMMAND,
})  # fmt: skip
"""What may be said to somebody who asks about the account of another: nothing of it."""

Key = tuple[Address, Address, CommandId]


class OwnerAudit:
    """Sets apart what strangers ask of an account; they are to be refused, all alike.

    An account of which no opening was heard has no owner here: nothing is judged of it.

    Attributes:
        judged: Answers to strangers.
    """

    def __init__(self, world: World, registrations: RegistrationAudit) -> None:
        self._world = world
        self._is_known = registrations.is_known
        self._owners: dict[Address, str] = {}
        self._answered: dict[Key, bool] = {}
        self._shared: set[Key] = set()  # the owner has used the same id
        self._early: dict[Key, str] = {}  # users who asked before the door knew
        self.judged = 0

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return {AccountOpened: self.opened}

    def opened(self, account: Account, fact: AccountOpened) -> None:
        """Learn whose an account is."""
        self._owners[account.address] = fact.user

    def is_strangers(self, client: Address, message: Any) -> bool:
        """Tell whether a message is to an account that is not its user's, and note it."""
        if type(message) not in _OWNED:
            return False
        owner = self._owners.get(message.account)
        if type(message) is ForgetCommands:
            return owner is not None and owner != message.user
        key = message.reply_to or client, message.account, message.command_id
        if owner is None or key in self._early or not self._is_known(message.account):
            if self._early.setdefault(key, message.user) != message.user:
                self._shared.add(key)
            return False
        if owner == message.user:
            if key in self._answered:
                self._shared.add(key)
            return False
        account = self._world.account(message.account)
        if message.command_id in account.pending or message.command_id in account.commands:
            self._shared.add(key)
        self._answered.setdefault(key, False)
        return True

    def was_for_stranger(self, client: Address, message: Any) -> bool:
        """Judge an answer, and tell whether it is one to a stranger."""
        account = getattr(message, "account", None)
        command_id = getattr(message, "command_id", None)
        if account is None or command_id is None:
            return False
        key = client, account, command_id
        reason = getattr(message, "reason", None)  # why it is a refusal
        if key in self._early:
            self._judge_early(key, message)
            return False
        if key not in self._answered:
            if reason is _NOT_OWNER and account in self._owners and self._is_known(account):
                self._report(message, f"the user of {account} is refused as a stranger")
            return False
        if reason in _FOR_STRANGERS:
            self._answered[key] = True
            self.judged += 1
            return True
        if key in self._shared:
            return False
        self._answered[key] = True
        self._report(message, f"a stranger to {account} is told more than a refusal")
        return True

    def _judge_early(self, key: Key, message: Any) -> None:
        """Judge an answer to what was asked when nobody knew yet whose the account is."""
        _, account, _ = key
        is_refused = getattr(message, "reason", None) in _FOR_STRANGERS
        is_strangers = self._early[key] != self._owners.get(account, self._early[key])
        if is_strangers and not is_refused and key not in self._shared:
            self._report(message, f"a stranger to {account} is told more than a refusal")

    def check_rest(self) -> None:
        """Report strangers who never got an answer (A16)."""
        for (client, account, command_id), is_answered in self._answered.items():
            if not is_answered:
                sentence = f"{client} got no answer to command {command_id} to {account}"
                self._world.report("A16", sentence, account=account)

    def _report(self, message: Message, sentence: str) -> None:
        self._world.report("A25", sentence, cause=message)
