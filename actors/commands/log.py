"""The command log of a brokerage: carries commands out, tells of them, undoes and replays them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from actors.addresses import account_of
from actors.client import Refused
from actors.commands.entries import Entry, Outcome
from actors.commands.files import write_log
from actors.commands.messages import command_of, message_of
from actors.commands.trail import Trail
from actors.commands.undoing import CannotUndo, reversal_of
from actors.commands.values import (
    KINDS,
    AccountCommand,
    CancelOrderCommand,
    Command,
    OrderCommand,
    OtherCommand,
    read_as_meant,
    told_in_words,
    what_is_unfit,
)
from actors.domain.money import InvalidAmount, money
from actors.domain.order_factory import InvalidOrder
from actors.domain.orders import Reason
from actors.domain.strategies import waits
from actors.handles.order import order_message
from actors.messages.base import Address, CommandId

if TYPE_CHECKING:
    from actors.account_state import Outcome as Answered
    from actors.brokerage import Brokerage

__all__ = ["CannotUndo", "CommandLog"]

_SUFFIX = "-commands"


class CommandLog:
    """Every command of a brokerage, whether it came as a value or through a handle.

    Args:
        brokerage: What carries the commands out.
        journal: The file that it is kept in, if any; the log is then kept beside it.

    Example:
        >>> with Brokerage() as exchange:
        ...     account = exchange.register_account(User("U001", "Alice"), "100.00")
        ...     entry = exchange.commands.execute(DepositCommand("U001", "50.00"))
        ...     undone = exchange.commands.undo(entry)
        ...     entry.sentence, undone.command.amount, account.cash
        ('accepted', '50.00', 1000000)
    """

    def __init__(self, brokerage: Brokerage, journal: Path | None = None) -> None:
        self._brokerage = brokerage
        path = None if journal is None else journal.with_name(journal.name + _SUFFIX)
        self.trail = Trail(lambda: brokerage.runtime.now, path)
        self._undoing = threading.Lock()

    def open(self) -> None:
        """Take up what is kept beside the journal; see `Trail.open`."""
        runtime = self._brokerage.runtime

        @cache
        def known_to(address: Address) -> dict[CommandId, Answered]:
            found: dict[CommandId, Answered] = runtime.rebuilt(address).state.commands
            return found

        def fate(command: Any) -> Answered | None:
            is_known = isinstance(command, AccountCommand) and _target(command) in runtime.cells
            return known_to(_target(command)).get(command.command_id) if is_known else None

        self.trail.open(fate, _target)

    def execute(self, command: Command) -> Entry:
        """Carry a command out, and return its entry; a refusal is an entry, too.

        A market order is waited for. A command that has an id is a repetition: it gets the
        answer that it got before.

        Raises:
            TypeError: It is no command.
            pykka.Timeout: There was no answer; the entry says so.
            JournalError: It cannot be written down, so that nothing happens.
        """
        return self._execute(command)

    def history(self, user: str | None = None, since: float = 0.0) -> list[Entry]:
        """Return the entries in order.

        Args:
            user: Of whom; by default of everybody.
            since: Seconds on the runtime's clock.
        """
        if type(since) not in (int, float) or not isfinite(since):
            raise ValueError(f"seconds on the runtime's clock are meant, not {since!r}")
        from_us = int(since * 1e6)  # rounded as the entries are
        return [each for each in self.trail.history(user) if each.at_us >= from_us]

    def undo(self, entry: Entry) -> Entry:
        """Undo a command, and return the entry of the command that does so.

        An order that waits is cancelled, and a deposit paid out. Nothing else can be undone: an
        execution was agreed with somebody else; a withdrawal has left the brokerage, and only
        its owner can bring the money back; an order that was taken out has lost its turn.

        Raises:
            CannotUndo: It cannot be undone, or not any more; says why.
        """
        with self._undoing:  # so that nobody undoes it twice
            known = self.trail.entry(entry.number) if isinstance(entry, Entry) else None
            if known is None or known.command != entry.command:
                raise CannotUndo("this log has no such entry")
            undone = self._execute(reversal_of(known), known.number)
        if undone.outcome is Outcome.REFUSED:
            raise CannotUndo(f"entry {known.number} cannot be undone any more: {undone.sentence}")
        return undone

    def replay(self, entries: Iterable[Entry]) -> list[Entry]:
        """Carry out once more, here, what another brokerage was told.

        Users, accounts and stocks must be there; prices move by themselves. Orders get ids of
        this brokerage, which cancels then name, and repetitions stay repetitions.

        Raises:
            TypeError: These are no entries of a log; nothing is carried out.
        """
        orders: dict[str, str] = {}
        numbers: dict[Any, CommandId | None] = {}
        done: list[Entry] = []
        for entry in _checked(entries):
            command = entry.command
            if isinstance(command, OtherCommand):
                done.append(self.trail.refused(command, entry.reason or Reason.INVALID_COMMAND))
                continue
            again = msgspec.structs.replace(command, command_id=numbers.get(command.key))
            if isinstance(again, CancelOrderCommand):
                known = orders.get(again.order_id, again.order_id)
                placed_by = numbers.get((*command.key[:2], again.placed_by))
                again = msgspec.structs.replace(
                    again, order_id=known, placed_by=-1 if placed_by is None else placed_by
                )
            done.append(self._execute(again))
            orders[entry.order_id] = done[-1].order_id
            numbers[command.key] = getattr(done[-1].command, "command_id", None)
        return done

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the log to a file, from which `read_log` has it back.

        Raises:
            JournalError: The file cannot be written.
        """
        write_log(path, self.history())

    def _execute(self, command: Any, undoes: int | None = None) -> Entry:
        if type(command) not in KINDS:
            raise TypeError(
                f'a command is meant, like BuyCommand("U001", "AAPL", 10), '
                f"not {told_in_words(command).content}"
            )
        self._brokerage.refuse_if_closed()
        meant = read_as_meant(command)
        if meant is None:
            told = told_in_words(command, command.user)
            return self.trail.refused(told, Reason.INVALID_COMMAND, what_is_unfit(command))
        try:
            message = self._message_of(meant)
        except _Unfit as unfit:
            return self.trail.refused(meant, unfit.reason, str(unfit))
        return self._carry_out(message, undoes)

    def _carry_out(self, message: Any, undoes: int | None) -> Entry:
        key = message.account, message.command_id
        if self._brokerage.has_released(*key):
            return self.trail.repeated(command_of(message), key)
        if undoes is not None:
            self.trail.will_undo(key, undoes)
        try:
            accepted = self._brokerage.ask(message)
        except Refused:
            return self.trail.latest(key)
        price_type = getattr(message, "price_type", None)
        if price_type is not None and not waits(price_type):
            self._brokerage.await_report(accepted.order_id)
        return self.trail.latest(key)

    def _message_of(self, command: Any) -> Any:
        command_id = self._number_of(command)
        try:
            if isinstance(command, OrderCommand):
                return self._order_of(command, command_id)
            return message_of(command, command_id, self._brokerage.client)
        except Refused as refused:
            raise _Unfit(refused.reason, str(refused)) from refused
        except InvalidOrder as invalid:
            raise _Unfit(invalid.reason, str(invalid)) from invalid
        except InvalidAmount as invalid:
            is_price = isinstance(command, OrderCommand)
            reason = Reason.INVALID_PRICE if is_price else Reason.INVALID_AMOUNT
            raise _Unfit(reason, str(invalid)) from invalid

    def _order_of(self, command: OrderCommand, command_id: CommandId) -> Any:
        own: Any = command
        limit, seen = command.limit_price, command.seen_price
        return order_message(
            self._brokerage, command.user, _target(own), command_id, command.symbol,
            command.quantity, command.order_type, command.priced(),
            None if limit is None else money(limit), None if seen is None else money(seen),
        )  # fmt: skip

    def _number_of(self, command: Any) -> CommandId:
        """Return a command's own id, or a new one."""
        brokerage, command_id = self._brokerage, command.command_id
        if command_id is None:
            return brokerage.next_command_id()
        if not brokerage.has_given(command_id):
            raise _Unfit(
                Reason.INVALID_COMMAND,
                f"a command id of {command_id} was not given to any command here; leave it out",
            )
        own: CommandId = command_id
        return own


class _Unfit(ValueError):  # noqa: N818 - named for what it says
    """A command that the brokerage need not even be asked about."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


def _checked(entries: object) -> list[Entry]:
    """Return entries; what is no collection of them is refused."""
    given: list[Any] = list(entries) if isinstance(entries, Iterable) else [entries]
    wrong = [one for one in given if not isinstance(one, Entry)]
    if wrong:
        raise TypeError(f"entries of a log are meant, as read_log returns them, not {wrong[0]!r}")
    return given


def _target(command: Any) -> Address:
    return account_of(command.user, command.account)
