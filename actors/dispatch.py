"""When a notifier may send what: batches, rate, retries and outages, without any clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable
from heapq import heappop, heappush
from math import inf
from typing import Final

import msgspec

from actors.domain.notifications import Channel

BATCH_AT_MOST: Final = 100  # notifications
ATTEMPTS: Final = 8
"""Answers that a notification could not be sent, before it is given up; as is usual."""


class Pace(msgspec.Struct, frozen=True):
    """How fast a channel may be used, and when to try again; durations are seconds.

    Attributes:
        rate_per_s: Notifications per second and worker, above 0.
        workers: Batches that may be under way at once, each of them a connection.
        capacity: Notifications that may wait; what comes above stays with its producer.
        patience_s: After which a batch without an answer is taken for lost.
        attempts: Answers that a notification could not be sent before it is given up.
        retry_after_s: Wait before a second try; it doubles with each further one.
        retry_at_most_s: Longest such wait.

    Raises:
        ValueError: With one of these nothing would ever leave, or nothing ever end.
    """

    rate_per_s: float
    workers: int = 1
    capacity: int = 100_000
    patience_s: float = 10.0
    attempts: int = ATTEMPTS
    retry_after_s: float = 1.0
    retry_at_most_s: float = 60.0

    def __post_init__(self) -> None:
        for name in ("rate_per_s", "patience_s", "retry_after_s", "retry_at_most_s"):
            if not 0 < getattr(self, name) < inf:
                raise ValueError(f"{name} is above 0 and finite, not {getattr(self, name)}")
        for name in ("workers", "capacity", "attempts"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)}")

    def wait_s(self, failures: int) -> float:
        """Return how long to wait after so many failures in a row, at least 1."""
        doubled: float = self.retry_after_s * 2.0 ** min(failures - 1, 30)
        return min(doubled, self.retry_at_most_s)


PACES: Final = {
    Channel.CONSOLE: Pace(1_000.0),
    Channel.EMAIL: Pace(100.0),
    Channel.SMS: Pace(50.0),
    Channel.PUSH: Pace(50.0),
}


class Dispatch:
    """Decides which notifications leave next, by id; told the time with every question.

    A token bucket holds a second's worth. Where tokens are scarce, it waits until they suffice
    for a whole batch. A batch without an answer says nothing of its notifications, only of the
    channel: that rests, longer each time, and is then tried with one batch.

    Args:
        pace: Of the channel.
        waiting: Ids of what waits already, the oldest first.
        now_s: The present.
    """

    def __init__(self, pace: Pace, waiting: Iterable[str], now_s: float) -> None:
        self._pace = pace
        self._rate_per_s = pace.rate_per_s * pace.workers
        self._burst = max(1.0, self._rate_per_s)
        self._ready = deque(waiting)
        self._later: list[tuple[float, int, str]] = []
        self._delayed = 0  # ever, so that equal instants keep their order
        self._flying: dict[int, tuple[list[str], float]] = {}  # ids, and until when to wait
        self._failures: dict[str, int] = {}
        self._tokens = 0.0
        self._filled_s = now_s
        self._silences = 0  # in a row
        self._resumes_s = now_s
        self._batch = int(now_s * 1_000_000)  # above those of an earlier incarnation

    def add(self, notification_id: str) -> None:
        """Let a new one wait its turn."""
        self._ready.append(notification_id)

    def next_batch(self, now_s: float, wanted: Container[str]) -> tuple[int, list[str]] | None:
        """Return the number and the ids of a batch that may leave now, if one may.

        Args:
            now_s: The present.
            wanted: Ids of what is still to be sent.
        """
        self._give_up_silent(now_s)
        while self._later and self._later[0][0] <= now_s:
            self._ready.append(heappop(self._later)[2])
        self._fill(now_s)
        size = self._size()
        if not size or not self._is_free(now_s) or self._tokens < size:
            return None
        ids: list[str] = []
        while self._ready and len(ids) < size:
            notification_id = self._ready.popleft()
            if notification_id in wanted:
                ids.append(notification_id)
        return self._let_fly(ids, now_s) if ids else None

    def _let_fly(self, ids: list[str], now_s: float) -> tuple[int, list[str]]:
        self._tokens -= len(ids)
        self._batch += 1
        self._flying[self._batch] = ids, now_s + self._pace.patience_s
        return self._batch, ids

    def _size(self) -> int:
        return min(len(self._ready), BATCH_AT_MOST, int(self._burst))

    def _is_free(self, now_s: float) -> bool:
        workers = 1 if self._silences else self._pace.workers
        return len(self._flying) < workers and now_s >= self._resumes_s

    def _fill(self, now_s: float) -> None:
        passed_s = max(0.0, now_s - self._filled_s)
        self._tokens = min(self._burst, self._tokens + passed_s * self._rate_per_s)
        self._filled_s = now_s

    def _give_up_silent(self, now_s: float) -> None:
        """Take batches for lost that had no answer in time, and let the channel rest."""
        silent: list[list[str]] = []
        while self._flying:  # the oldest is the first whose time is up
            number, (ids, until_s) = next(iter(self._flying.items()))
            if until_s > now_s:
                break
            del self._flying[number]
            silent.append(ids)
        for ids in reversed(silent):
            self.rest(ids, now_s)

    def rest(self, ids: list[str], now_s: float) -> None:
        """Let the channel rest, as a batch could not get there; its notifications come next."""
        self._ready.extendleft(reversed(ids))
        if now_s >= self._resumes_s:  # else several batches met the same silence
            self._silences += 1
            self._resumes_s = now_s + self._pace.wait_s(self._silences)

    def land(self, batch: int) -> list[str]:
        """Take that a batch has its answer, and return its ids; none if it was taken for lost."""
        return self._flying.pop(batch, ([], 0.0))[0]

    def is_up(self) -> None:
        """Know that the channel works: it need not rest any more."""
        self._silences, self._resumes_s = 0, 0.0

    def failed(self, notification_id: str) -> int:
        """Count that one could not be sent, and return how often that was so."""
        count = self._failures[notification_id] = self._failures.get(notification_id, 0) + 1
        return count

    def delay(self, notification_id: str, now_s: float, at_least_s: float = 0.0) -> None:
        """Let one wait before it is tried again."""
        failures = max(1, self._failures.get(notification_id, 0))
        due_s = now_s + max(at_least_s, self._pace.wait_s(failures))
        self._delayed += 1
        heappush(self._later, (due_s, self._delayed, notification_id))

    def forget(self, notification_id: str) -> None:
        """Know nothing more of one that is done."""
        self._failures.pop(notification_id, None)

    def wait_s(self, now_s: float) -> float | None:
        """Return after how many seconds it may be worth asking again; None for after no time."""
        instants = [next(iter(self._flying.values()))[1]] if self._flying else []
        if self._later:
            instants.append(self._later[0][0])
        if self._ready and self._is_free(max(now_s, self._resumes_s)):
            missing = max(0.0, self._size() - self._tokens)
            instants.append(max(self._resumes_s, now_s + missing / self._rate_per_s))
        return max(0.0, min(instants) - now_s) if instants else None
