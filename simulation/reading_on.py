"""Customers who read on: each page of a list begins where the one before has ended."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from actors.messages.history import FindOrders, FoundOrders, GetTransactions, TransactionsAnswer

_ASKING: Final = (FindOrders, GetTransactions)
PAGED: Final = (FoundOrders, TransactionsAnswer)
"""Answers that may not be all."""


class ReadingOn:
    """Remembers where each list was left off; behind its last page it begins again."""

    def __init__(self) -> None:
        self._ends: dict[Any, Any] = {}
        self._asked: dict[int, Any] = {}  # which list a command is about

    def continued(self, row: int, message: Any) -> Any:
        """Return the question for the next page of what a message asks."""
        if not isinstance(message, _ASKING):
            return message
        self._asked[row] = msgspec.structs.replace(message, command_id=0)
        end = self._ends.get(self._asked[row])
        return msgspec.structs.replace(message, after=end) if end else message

    def take(self, row: int, answer: Any) -> None:
        """Remember where a page has ended."""
        asked = self._asked.pop(row, None)
        self._ends[asked] = answer.end
