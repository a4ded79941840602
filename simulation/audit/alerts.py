"""Judges price alerts: each fires when its price is met, and is heard of once (A17, A23)."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any, Final

from actors.account_notices import ALERTS_AT_MOST
from actors.addresses import alerts_of
from actors.domain.money import dollars
from actors.domain.orders import Reason
from actors.domain.thresholds import Direction
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.base import Address, CommandId, Fact
from actors.messages.facts import CommandRefused
from actors.messages.notification_facts import (
    AlertArmed,
    AlertDisarmed,
    AlertDropped,
    AlertFired,
    AlertHeard,
    AlertPriceNoted,
    AlertRemoved,
    AlertSet,
    DebtSettled,
)
from simulation.audit.funds import FundsAudit
from simulation.audit.model import Account, Handler, Quoted
from simulation.audit.quotes import QuoteAudit
from simulation.audit.world import World

_ABOVE: Final = Direction.ABOVE
_UNKNOWN_ALERT: Final = Reason.UNKNOWN_ALERT
_ALERT_LIMIT: Final = Reason.ALERT_LIMIT

Request = tuple[Address, Address, int]
"""An account, a watcher, and the number of what one has told the other."""


class _Line:
    """An alert as its watcher's facts make it; `stamp` says which entry of a heap is its own."""

    __slots__ = ("alert", "armed", "direction", "price", "repeats", "stamp")

    def __init__(self, fact: AlertArmed) -> None:
        self.alert = fact.alert
        self.direction = fact.direction
        self.price = fact.price
        self.repeats = fact.repeats
        self.armed = True
        self.stamp = 0

    def is_met(self, price: int) -> bool:
        """Tell whether a price is at the threshold or beyond."""
        return price >= self.price if self.direction is _ABOVE else price <= self.price


class _Watcher:
    """The alerts of one symbol, by what they wait for next: heaps with outdated entries."""

    def __init__(self) -> None:
        self.price = 0
        self.number = 0
        self.lines: dict[tuple[Address, int], _Line] = {}
        self.counts: dict[Address, int] = {}
        self.due: dict[_Line, int] = {}  # met, and not fired: the price that met it
        self._rising: list[tuple[int, int, _Line]] = []  # met by a price at or above
        self._falling: list[tuple[int, int, _Line]] = []  # negated; at or below
        self._stamp = 0

    def wait(self, line: _Line) -> None:
        """Let a line wait: armed for its threshold, else for the other side of it."""
        self._stamp += 1
        line.stamp = self._stamp
        if line.armed is (line.direction is _ABOVE):
            least = line.price if line.armed else line.price + 1
            heappush(self._rising, (least, line.stamp, line))
        else:
            most = line.price if line.armed else line.price - 1
            heappush(self._falling, (-most, line.stamp, line))

    def settle(self) -> None:
        """Let the present price arm lines again, and meet those that are armed."""
        for line in self.met():
            if line.armed:
                self.due[line] = self.price
            else:
                line.armed = True
                self.wait(line)

    def met(self) -> list[_Line]:
        """Take out all lines that wait for the present price."""
        met = []
        if self.number:
            for heap, limit in ((self._rising, self.price), (self._falling, -self.price)):
                while heap and heap[0][0] <= limit:
                    _, stamp, line = heappop(heap)
                    if line.stamp == stamp:
                        met.append(line)
        return met


class AlertAudit:
    """Follows alerts from their accounts to those who watch the price, and back.

    Args:
        world: What all parts share.
        funds: Where commands are taken down.
        quotes: What knows the prices that stocks have set.
    """

    def __init__(self, world: World, funds: FundsAudit, quotes: QuoteAudit) -> None:
        self._world = world
        self._take_command = funds.take_command
        self._closed = funds.closed
        self._quotes = quotes
        self._watchers: dict[Address, _Watcher] = {}
        self._set: dict[tuple[Address, CommandId], AlertSet] = {}
        # Which no watcher has yet: an alert to wait for, or the number of one to forget.
        self._requests: dict[Request, AlertSet | int] = {}
        self._fired: dict[Request, tuple[CommandId, int]] = {}  # which no account has heard of
        funds.judges[_UNKNOWN_ALERT] = self.refused_as_unknown
        funds.judges[_ALERT_LIMIT] = self.refused_as_many

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return {
            AlertRemoved: self.alert_removed,
            AlertDropped: self.alert_dropped,
            AlertHeard: self.alert_heard,
            AlertArmed: self.alert_armed,
            AlertDisarmed: self.alert_disarmed,
            AlertPriceNoted: self.price_noted,
            AlertFired: self.alert_fired,
        }

    def alert_set(self, account: Account, fact: AlertSet) -> None:
        """Expect that the alert is armed, and that it is what its client asked for."""
        asked = account.asked_as(fact.command_id)
        self._take_command(account, fact.command_id, account.revision, fact)
        if type(asked) is SetAlert:
            wanted = asked.symbol, asked.direction, asked.price, asked.repeats
            if wanted != (fact.symbol, fact.direction, fact.price, fact.repeats):
                self._report(f"{account.address} sets another alert than it was asked for", fact)
        self._set[account.address, fact.command_id] = fact
        self._requests[account.address, alerts_of(fact.symbol), fact.number] = fact

    def alert_removed(self, account: Account, fact: AlertRemoved) -> None:
        """Expect that the alert is disarmed."""
        self._take_command(account, fact.command_id, account.revision, fact)
        self._expect_disarmed(account, fact)

    def alert_dropped(self, account: Account, fact: AlertDropped) -> None:
        """Expect that the alert of an account that is closed is disarmed; no other is dropped."""
        if account.address not in self._closed:
            self._report(f"{account.address} drops an alert, and is not closed", fact)
        self._expect_disarmed(account, fact)

    def _expect_disarmed(self, account: Account, fact: AlertRemoved | AlertDropped) -> None:
        line = self._set.pop((account.address, fact.alert), None)
        if line is None:
            self._report(f"{account.address} removes an alert that it does not have", fact)
        else:
            self._requests[account.address, alerts_of(line.symbol), fact.number] = line.number

    def refused_as_unknown(self, account: Account, asked: Any, fact: CommandRefused) -> None:
        """Check that an alert which was to be removed is not there."""
        if type(asked) is RemoveAlert and (account.address, asked.alert) in self._set:
            sentence = f"{account.address} does not know its alert {asked.alert}"
            self._world.report("A17", sentence, cause=fact)

    def refused_as_many(self, account: Account, _: Any, fact: CommandRefused) -> None:
        """Check that an account has as many alerts as it may have."""
        count = sum(1 for owner, _ in self._set if owner == account.address)
        if count < ALERTS_AT_MOST:
            sentence = f"{account.address} takes no further alert, and has {count}"
            self._world.report("A17", sentence, cause=fact)

    def alert_heard(self, account: Account, fact: AlertHeard) -> None:
        """Check that the alert has fired, and was not heard of before."""
        fired = self._fired.pop((account.address, fact.watcher, fact.number), None)
        if fired is None:
            self._report(f"{account.address} hears of what has not fired, or hears it again", fact)
        elif fired != (fact.alert, fact.price):
            self._report(f"{account.address} hears of another alert, or another price", fact)

    def heard_of(self, account: Account, fact: AlertHeard) -> str:
        """Return the symbol of an alert that its customer still wants to hear of, or nothing."""
        key = account.address, fact.alert
        line = self._set.get(key)
        if line is not None and not line.repeats:
            del self._set[key]
        return "" if line is None else line.symbol

    def alert_armed(self, watcher: Quoted, fact: AlertArmed) -> None:
        """Take that an alert is waited for, the one that its account has set."""
        wanted = self._requests.pop((fact.account, watcher.address, fact.number), None)
        if type(wanted) is not AlertSet:
            self._report(f"{watcher.address} arms what nobody has set, or arms it again", fact)
        elif (wanted.command_id, wanted.direction, wanted.price, wanted.repeats) != (
            fact.alert, fact.direction, fact.price, fact.repeats,
        ):  # fmt: skip
            self._report(f"{watcher.address} arms another alert than {fact.account} has set", fact)
        line = _Line(fact)
        known = self._watcher(watcher.address)
        known.lines[fact.account, fact.number] = line
        known.wait(line)
        known.settle()

    def alert_disarmed(self, watcher: Quoted, fact: AlertDisarmed) -> None:
        """Take that an alert is waited for no more; perhaps it never was."""
        wanted = self._requests.pop((fact.account, watcher.address, fact.number), None)
        if wanted != fact.armed_by:
            self._report(f"{watcher.address} disarms what {fact.account} has not removed", fact)
        known = self._watcher(watcher.address)
        line = known.lines.pop((fact.account, fact.armed_by), None)
        if line is not None:
            line.stamp = 0
            known.due.pop(line, None)
        self._requests.pop((fact.account, watcher.address, fact.armed_by), None)

    def _watcher(self, address: Address) -> _Watcher:
        known = self._watchers.get(address)
        if known is None:
            known = self._watchers[address] = _Watcher()
        return known

    def price_noted(self, watcher: Quoted, fact: AlertPriceNoted) -> None:
        """Take a price, and arm again what waits for it."""
        known = self._watcher(watcher.address)
        self._quotes.watched(watcher.address, watcher.symbol, fact, known.number)
        known.price, known.number = fact.price, fact.number
        known.settle()

    def alert_fired(self, watcher: Quoted, fact: AlertFired) -> None:
        """Check that an alert was armed, and that the price meets it."""
        known = self._watcher(watcher.address)
        line = known.lines.get((fact.account, fact.armed_by))
        if line is None or line not in known.due:
            self._report(f"{watcher.address} fires what is not armed or not met", fact)
            return
        number = known.counts[fact.account] = known.counts.get(fact.account, 0) + 1
        if number != fact.number:
            self._report(
                f"{watcher.address} fires number {fact.number}; the next is {number}", fact
            )
        self._fired[fact.account, watcher.address, fact.number] = line.alert, known.due.pop(line)
        if line.repeats:
            line.armed = not line.is_met(known.price)
            known.wait(line)
        else:
            del known.lines[fact.account, fact.armed_by]

    def debt_settled(self, debtor: Address, fact: DebtSettled) -> None:
        """Check that the creditor has what its debtor forgets."""
        if (debtor, fact.creditor, fact.number) in self._requests:
            self._report(f"{debtor} forgets what {fact.creditor} does not have", fact)
        if (fact.creditor, debtor, fact.number) in self._fired:
            self._report(f"{debtor} forgets what {fact.creditor} has not heard of", fact)

    def check_rest(self) -> None:
        """Report what was asked of a watcher, or fired by it, and did not get there."""
        for address, known in self._watchers.items():
            last = self._quotes.last_of(address.partition("/")[2])
            if known.lines and known.number != last:
                self._report(f"{address} waits, and knows price {known.number} of {last}")
            for line, price in known.due.items():
                self._report(
                    f"{address} has not fired alert {line.alert}, {line.direction.value} "
                    f"{dollars(line.price)}, at {dollars(price)}"
                )
        for account, watcher, number in self._requests:
            self._report(f"{watcher} never heard of number {number} of {account}")
        for account, alert in self._set:
            if account in self._closed:
                sentence = f"{account} is closed, and still waits for its alert {alert}"
                self._world.report("A25", sentence, account=account)
        for account, watcher, number in self._fired:
            self._report(f"{account} never heard that {watcher} has fired, number {number}")

    def _report(self, sentence: str, cause: Fact | None = None) -> None:
        self._world.report("A23", sentence, cause=cause)
