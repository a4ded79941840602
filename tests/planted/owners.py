"""Accounts that serve strangers, or are not done when they are closed."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import msgspec

from actors.account import Account
from actors.account_notices import Notices
from actors.account_state import Outcome
from actors.addresses import EXCHANGE, owner_of, watchlist_of
from actors.domain.orders import Reason
from actors.exchange import StockExchange
from actors.messages.base import Address
from actors.messages.facts import AccountClosed, AccountFact
from actors.messages.funds import CloseAccount
from actors.messages.orders import CommandAccepted
from planted.activation import act_up

_encode = msgspec.msgpack.Encoder().encode


class OpenDoor(StockExchange):
    """The door lets every user at every account."""

    def refusal_of_stranger(self, message: Any) -> Reason | None:
        return Reason.UNKNOWN_ACCOUNT if message.account not in self.state.accounts else None


class RoutesByAccount(OpenDoor):
    """Lets every user at the watch lists of every account's owner."""

    def look_into_watchlist(self, message: Any, sender: Address) -> None:
        whose = watchlist_of(owner_of(message.account))
        self.send(whose, self.with_client(message, sender))


class ServesStrangers(Account):
    """An account serves whoever comes through the door."""

    def refuses_stranger(self, message: Any) -> bool:
        if message.user != self.user:
            act_up()
        return False


class ClosesUnemptied(Account):
    """An account is closed whatever is left in it."""

    def close_account(self, command: CloseAccount) -> None:
        fingerprint = crc32(_encode(command))
        if self.answered_before(command, fingerprint):
            return
        if self.state.cash:
            act_up()
        self.record(AccountClosed(command.command_id, fingerprint, self.now_us))
        self.send(EXCHANGE, CommandAccepted(command.command_id, self.address))


class ForgetsThatItIsClosed(Account):
    """A closed account does not remember that it is closed."""

    def apply(self, fact: AccountFact) -> None:
        if isinstance(fact, AccountClosed):
            act_up()
            self.state.revision += 1
            self.state.commands[fact.command_id] = Outcome(fact.fingerprint)
        else:
            super().apply(fact)


class KeepsItsAlerts(Account):
    """A closed account goes on waiting for the prices of its alerts."""

    def derive(self) -> None:
        super().derive()
        self.notices = _Faithful(self)


class _Faithful(Notices):
    def drop_alerts(self) -> None:
        if self.state.alerts:
            act_up()
