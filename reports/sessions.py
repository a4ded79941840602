"""Sessions of users: who is logged in when, and how long it goes on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reports.findings import Findings
from reports.over_time import Bins, Series
from reports.requests import Requests
from reports.tables import Integers, Mask

_US_PER_S = 1_000_000


class Sessions(NamedTuple):
    """The sessions of a run, by user and then by time.

    A session begins with a log-in that succeeds and ends with the user's next log-out that does;
    who logs in again meanwhile begins another one instead.

    Attributes:
        user: Whose each is.
        meant_us: When its log-in was meant to start.
        began_us: When that was answered.
        left_us: When its log-out was meant to start; -1 if that never was answered.
        ended_us: When its log-out was answered; -1 if never.
        replaced: Its user has logged in again instead.
    """

    user: Integers
    meant_us: Integers
    began_us: Integers
    left_us: Integers
    ended_us: Integers
    replaced: Mask

    @classmethod
    def of(cls, requests: Requests) -> Sessions:
        """Return those of a run."""
        comes, goes = (requests.operation.equal(name) for name in ("login", "logout"))
        done = (requests.answered >= 0) & ~requests.words("status").equal("rejected")
        rows = np.flatnonzero((comes | goes) & done)
        user, answered = requests.numbers("user")[rows], requests.answered[rows]
        order = np.lexsort((answered, user))
        rows, user, answered = rows[order], user[order], answered[order]
        begins = comes[rows]
        has_next = np.append(user[1:] == user[:-1], False)[: len(user)]
        next_begins = np.append(begins[1:], False)[: len(user)]
        meant, ends = requests.intended[rows], has_next & ~next_begins
        left_us, ended_us = (
            np.where(ends, np.append(times[1:], -1)[: len(user)], -1) for times in (meant, answered)
        )
        return cls(
            user[begins], meant[begins], answered[begins], left_us[begins], ended_us[begins],
            (has_next & next_begins)[begins],
        )  # fmt: skip

    def logged_in(self, instants_us: Integers) -> Integers:
        """Return how many users are logged in at some instants."""
        # Whoever logs in again was in already: of each chain of log-ins the first one counts.
        goes_on = np.append(False, self.replaced[:-1])[: len(self.replaced)]
        came = np.sort(self.began_us[~goes_on])
        left = np.sort(self.ended_us[self.ended_us >= 0])
        inside: Integers = np.searchsorted(came, instants_us, side="right")
        return inside - np.searchsorted(left, instants_us, side="right")


def add_sessions(requests: Requests, sessions: Sessions, findings: Findings) -> None:
    """Add how long sessions took, how many requests they had, and what their users waited."""
    counted = (sessions.meant_us >= requests.window.start_us) & ~sessions.replaced
    closed = counted & (sessions.ended_us >= 0)
    if not counted.any():
        return
    findings.metrics["sessions.count"] = int(counted.sum())
    findings.metrics["sessions.open"] = int((counted & ~closed).sum())
    lasted = (sessions.ended_us - sessions.meant_us)[closed]
    findings.add_times("sessions.duration", lasted, np.ones_like(lasted))
    number, waited = _sums(requests, sessions, closed)
    findings.add_counts("sessions.requests", number)
    findings.add_times("sessions.waited", waited, np.ones_like(waited))


def _sums(requests: Requests, sessions: Sessions, chosen: Mask) -> tuple[Integers, Integers]:
    """Return of each chosen session how many requests were answered, and their latencies' sum."""
    rows = np.flatnonzero(requests.answered >= 0)
    user, intended = requests.numbers("user")[rows], requests.intended[rows]
    span = int(intended.max(initial=0)) + 1
    keys = user * span + intended
    order = np.argsort(keys, kind="stable")
    waited = np.append(0, np.cumsum((requests.answered[rows] - intended)[order]))
    own = sessions.user[chosen] * span
    first = np.searchsorted(keys[order], own + sessions.meant_us[chosen], side="left")
    # Who waits for a log-out may have begun another session before it is answered.
    last = np.searchsorted(keys[order], own + sessions.left_us[chosen], side="right")
    return last - first, waited[last] - waited[first]


def users_over_time(requests: Requests, sessions: Sessions, bins: Bins) -> Series:
    """Return how users and what they wait for changed over the time of a run.

    Returns:
        `logged_in` (users, at the end of each bin), `logins_per_s`, and `in_flight` (requests that
        were meant to start and had no answer, at the end of each bin).
    """
    ends_us = (np.arange(bins.number) + 1) * (bins.width_s * _US_PER_S)
    came = np.bincount(bins.places(sessions.began_us), minlength=bins.number)
    started = np.searchsorted(np.sort(requests.intended), ends_us)
    answered = np.sort(requests.answered[requests.answered >= 0])
    return bins.series(
        logged_in=sessions.logged_in(ends_us).tolist(),
        logins_per_s=bins.per_second(came),
        in_flight=(started - np.searchsorted(answered, ends_us)).tolist(),
    )
