"""The business of a run: what was traded, by how many, in orders of what size."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from reports.findings import Findings, Window
from reports.moves import Moves, owner_of
from reports.requests import Requests
from reports.statistics import exact_sum
from reports.tables import Integers, Table
from simulation.metric_names import RETENTION_DAYS

_US_PER_S: Final = 1_000_000
_S_PER_DAY: Final = 86_400


def add_business(
    folder: Path, requests: Requests, moves: Moves, starts_at_s: float, findings: Findings
) -> None:
    """Add volume, users, the size of orders, and retention where the run has several days."""
    _add_volume(moves, findings)
    if requests.measured.any():
        _add_users(requests, moves, findings)
        _add_retention(requests, starts_at_s, findings)
    _add_sizes(folder, findings)


def _add_volume(moves: Moves, findings: Findings) -> None:
    rows = moves.executions
    findings.metrics["business.volume_usd"] = exact_sum(np.abs(moves.amount[rows]))
    findings.metrics["business.volume_shares"] = exact_sum(moves.quantity[rows])
    findings.metrics["business.executions"] = int(rows.sum())


def _add_users(requests: Requests, moves: Moves, findings: Findings) -> None:
    user = requests.numbers("user")
    logged_in = requests.operation.equal("login") & requests.words("status").equal("ok")
    active, of_request = np.unique(user[requests.measured], return_inverse=True)
    placed = np.bincount(of_request[requests.orders[requests.measured]], minlength=len(active))
    found = findings.metrics
    found["business.users_active"] = len(active)
    found["business.users_logged_in"] = len(np.unique(user[requests.measured & logged_in]))
    found["business.users_traded"] = _traders(moves, requests.window)
    findings.add_counts("business.orders_per_user", placed)


def _traders(moves: Moves, window: Window) -> int:
    counted = moves.executions & (moves.at_us >= window.start_us)
    accounts = np.unique(moves.account.codes[counted]).tolist()
    return len({owner_of(moves.account.words[code]) for code in accounts})


def _add_retention(requests: Requests, starts_at_s: float, findings: Findings) -> None:
    """Add which users came back; a run of one day can say nothing about that."""
    at_s = starts_at_s + requests.intended[requests.measured] / _US_PER_S
    shares = retention(
        requests.numbers("user")[requests.measured], (at_s // _S_PER_DAY).astype(int)
    )
    for day, (came_back, asked) in shares.items():
        findings.add_share(f"business.retention.day_{day}", came_back, asked)


def retention(user: Integers, day: Integers) -> dict[int, tuple[int, int]]:
    """Count who came back.

    Args:
        user: Who was active.
        day: On which calendar day, from any first one.

    Returns:
        By days since the first active day, at most 30: how many of the users whose first day
        lies that long before the last day of all were active then, and how many those are.
    """
    farthest = min(int(day.max() - day.min()), RETENTION_DAYS)
    if not farthest:
        return {}
    users, of_row = np.unique(user, return_inverse=True)
    first = np.full(len(users), day.max())
    np.minimum.at(first, of_row, day)
    since = day - first[of_row]
    within = since <= farthest
    seen = np.zeros((len(users), farthest + 1), np.bool_)
    seen[of_row[within], since[within]] = True
    return {
        days: (int(seen[:, days].sum()), int((first + days <= day.max()).sum()))
        for days in range(1, farthest + 1)
    }


def _add_sizes(folder: Path, findings: Findings) -> None:
    table = Table(folder, "orders")
    findings.add_counts("business.order_shares", table.numbers("quantity"))
    executed, price = table.numbers("executed"), table.numbers("price")
    findings.add_money("business.order_usd", (executed * price)[executed > 0])
