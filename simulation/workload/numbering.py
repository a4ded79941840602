"""Whose each account of a workload is: the users' first ones, and those that rows open."""

from __future__ import annotations

from collections import Counter

import numpy as np

from simulation.workload.workload import OPEN_ACCOUNT, Int32s, Workload


class Numbering:
    """Users of the accounts of a workload, by the accounts' numbers.

    An account that no row opens is the first one of the user of the same number.

    Args:
        workload: The commands.

    Attributes:
        firsts: How many users have an account that no row opens, at least.
        places: Number of the user, and of the account among that user's, from 1; index 0 is no
            account's.
    """

    def __init__(self, workload: Workload) -> None:
        account = workload.account
        rows = np.flatnonzero(workload.operation == OPEN_ACCOUNT)
        users: Int32s = workload.user[rows]
        self.places = [(number, 1) for number in range(int(account.max(initial=0)) + 1)]
        counts: Counter[int] = Counter()
        for number, user in zip(account[rows].tolist(), users.tolist(), strict=True):
            counts[user] += 1
            self.places[number] = user, 1 + counts[user]
        is_first = ~np.isin(account, account[rows])
        self.firsts = int(max(account[is_first].max(initial=0), users.max(initial=0)))
