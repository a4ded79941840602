"""Whose each account of a workload is: the users' first ones, and those that rows open."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np

from simulation.workload.reading import place_in
from simulation.workload.workload import OPEN_ACCOUNT, Int32s, Workload, WorkloadError

FURTHER_AT_MOST: Final = 1_000_000
"""Numbers of accounts beyond the users' first ones: a run has room for each up to the highest."""


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


def refuse_unknown_accounts(workload: Workload, users: int, file: Path) -> None:
    """Check that a workload file has no user or account that a scenario does not know.

    Raises:
        WorkloadError: A number is too high, or that of an account which is opened is too low.
    """
    opened = workload.account[workload.operation == OPEN_ACCOUNT]
    named = np.where(np.isin(workload.account, opened), 0, workload.account)
    highest = np.maximum(workload.user, named)
    unknown = np.flatnonzero(highest > users)
    if len(unknown):
        row = int(unknown[0])
        raise WorkloadError(
            f"{place_in(file, row)}: user or account {highest[row]}, but the scenario has "
            f"users.count = {users}; raise it, or replay with the scenario the file was made for"
        )
    if len(opened) and int(opened.min()) <= users:
        raise WorkloadError(
            f"{file}: account {int(opened.min())} is opened, but 1 to {users} are the "
            "users' first ones; number further ones from there on"
        )
    if int(opened.max(initial=0)) > users + FURTHER_AT_MOST:
        raise WorkloadError(
            f"{file}: account {int(opened.max())} is opened; number further ones from "
            f"{users + 1} to {users + FURTHER_AT_MOST}"
        )
