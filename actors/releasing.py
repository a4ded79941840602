"""What a client has every answer to, so that accounts need not remember it for ever."""

from __future__ import annotations

import threading
from typing import Any, Final
from weakref import WeakSet

from actors.messages.base import Address, CommandId
from actors.messages.funds import ForgetCommands

FIRST_COMMAND_ID: Final = 2**40
"""Of the command ids that handles choose themselves."""
ANSWERS_PER_NEWS: Final = 32
_UNASKED_AT_MOST: Final = 2  # an order's id is taken before that of the quote which it needs


class _Given:
    """Ids that a thread has taken and not used yet, the oldest first."""

    def __init__(self) -> None:
        self.unasked: list[CommandId] = []


class Releasing:
    """Knows below which command of each account a client has all answers.

    Only ids that handles number themselves count: whoever chooses one may repeat it whenever.
    An id that was taken is waited for until its command is sent, or until its thread, which has
    two in hand at most, has taken others: then it was taken in vain.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # of this client's notes, not of any actor's state
        self._mine = threading.local()
        self._given: WeakSet[_Given] = WeakSet()  # those of a thread that has ended are gone
        self._open: dict[Address, dict[CommandId, int]] = {}  # asked, and how often not answered
        self._answered: dict[Address, int] = {}
        self._highest: dict[Address, CommandId] = {}
        self._released: dict[Address, CommandId] = {}

    def given(self, command_id: CommandId) -> None:
        """Note that this thread has taken an id."""
        with self._lock:
            mine: _Given | None = getattr(self._mine, "given", None)
            if mine is None:
                mine = self._mine.given = _Given()
                self._given.add(mine)
            mine.unasked.append(command_id)
            del mine.unasked[:-_UNASKED_AT_MOST]

    def has_released(self, account: Address, command_id: CommandId) -> bool:
        """Tell whether an account has been told that nobody will ask for this again."""
        released = self._released.get(account, FIRST_COMMAND_ID)
        return FIRST_COMMAND_ID <= command_id < released

    def asked(self, message: Any) -> None:
        """Note that a command or a question is on its way."""
        key = _numbered(message)
        with self._lock:
            for given in list(self._given):
                if message.command_id in given.unasked:
                    given.unasked.remove(message.command_id)
            if key is not None:
                waiting = self._open.setdefault(key[0], {})
                waiting[key[1]] = waiting.get(key[1], 0) + 1

    def answered(self, message: Any) -> ForgetCommands | None:
        """Note that its answer is there; return now and then what its account may forget."""
        key = _numbered(message)
        if key is None:
            return None
        account, command_id = key
        with self._lock:
            self._close(account, command_id)
            count = self._answered[account] = self._answered.get(account, 0) + 1
            below = self._below(account) if count % ANSWERS_PER_NEWS == 0 else 0
            if below <= self._released.get(account, FIRST_COMMAND_ID):
                return None
            self._released[account] = below
        return ForgetCommands(account, below, message.user, FIRST_COMMAND_ID)

    def _close(self, account: Address, command_id: CommandId) -> None:
        waiting = self._open[account]
        waiting[command_id] -= 1
        if not waiting[command_id]:
            del waiting[command_id]
        self._highest[account] = max(command_id, self._highest.get(account, 0))

    def _below(self, account: Address) -> CommandId:
        unasked = [command_id for given in list(self._given) for command_id in given.unasked]
        return min([*self._open[account], *unasked, self._highest[account] + 1])


def _numbered(message: Any) -> tuple[Address, CommandId] | None:
    """Return account and id of what a handle has numbered itself and an account may remember."""
    account, command_id = getattr(message, "account", ""), message.command_id
    if type(account) is not str or type(command_id) is not int:
        return None
    return (account, command_id) if account and command_id >= FIRST_COMMAND_ID else None
