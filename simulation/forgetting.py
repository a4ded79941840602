"""What clients no longer need to be remembered, so that the memory of accounts stays bounded."""

from __future__ import annotations

from array import array
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulation.workload import Workload

_ANSWERS_PER_NEWS: Final = 32


class Forgetting:
    """Knows for each account below which command every last word is in.

    Accounts whose command ids do not ascend never forget.

    Args:
        workload: The commands.
        is_final: Whether the last word on the command of each row is in, shape (commands,).
    """

    def __init__(self, workload: Workload, is_final: bytearray) -> None:
        self._is_final = is_final
        self._rows = _packed(np.argsort(workload.account, kind="stable"))
        self._ids = workload.command_id
        accounts = np.arange(int(workload.account.max(initial=0)) + 2)
        in_order = workload.account[self._rows]
        starts = np.searchsorted(in_order, accounts)
        self._next = _packed(starts[:-1])  # place of the first command without its last word
        self._ends = _packed(starts[1:])
        self._counts = array("i", bytes(4 * len(self._next)))
        ids = workload.command_id[self._rows]
        descending = in_order[1:][(ids[1:] <= ids[:-1]) & (in_order[1:] == in_order[:-1])]
        for account in np.unique(descending).tolist():
            self._ends[account] = self._next[account]

    def take(self, account: int) -> int | None:
        """Count a last word to an account.

        Returns:
            Now and then, the lowest command id that may still be asked for; else None.
        """
        self._counts[account] += 1
        if self._counts[account] % _ANSWERS_PER_NEWS:
            return None
        rows, is_final = self._rows, self._is_final
        place, end = self._next[account], self._ends[account]
        first = place
        while place < end and is_final[rows[place]]:
            place += 1
        self._next[account] = place
        if place == first:
            return None
        return int(self._ids[rows[place]]) if place < end else int(self._ids[rows[place - 1]]) + 1


def _packed(numbers: NDArray[Any]) -> array[int]:
    """Return whole numbers below 2^31 in 4 bytes each; reading one is quicker than from numpy."""
    return array("i", numbers.astype(np.int32).tobytes())
