"""Looks at processes while they run: where the time goes, and how much memory they take."""

from __future__ import annotations

import signal
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

PERIOD_S = 0.002

# The innermost of these that is at work has the time; what none of them names goes to the caller.
PARTS = (
    ("simulation/workload/", "workload"),
    ("simulation/prices/", "prices"),
    ("actors/exchange.py", "handler: exchange"),
    ("actors/account.py", "handler: account"),
    ("actors/account_state.py", "handler: account"),
    ("actors/order_book.py", "handler: order book"),
    ("actors/market_data.py", "handler: market data"),
    ("actors/stock.py", "handler: stock"),
    ("actors/brokerage.py", "set-up"),
    ("actors/runtimes/journal.py", "journal"),
    ("simulation/virtual_time.py", "kernel and runtime"),
    ("simulation/clock.py", "kernel and runtime"),
    ("simulation/clients.py", "clients"),
    ("simulation/timeline.py", "timeline"),
    ("simulation/recorder.py", "recorder"),
    ("simulation/run_folder.py", "recorder"),
    ("simulation/witness.py", "witness pipe"),
    ("simulation/audit/", "audit, in this process"),
    ("simulation/bookkeeper.py", "books, in this process"),
    ("reports/", "report"),
    ("simulation/driver.py", "driver"),
)


class Sampler:
    """Interrupts its process now and then and books the time since to the part at work.

    A long call into C is interrupted only when it returns; all its time is booked to it then.
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._parts: dict[str, str | None] = {}
        self._last_s = 0.0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Sample the main thread meanwhile."""
        usual = signal.signal(signal.SIGALRM, self._sample)
        self._last_s = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, PERIOD_S, PERIOD_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, usual)

    def _sample(self, _: int, frame: FrameType | None) -> None:
        now_s = time.perf_counter()
        self.seconds[self._part_of(frame)] += now_s - self._last_s
        self._last_s = time.perf_counter()

    def _part_of(self, frame: FrameType | None) -> str:
        while frame is not None:
            file = frame.f_code.co_filename
            if file not in self._parts:
                self._parts[file] = next((part for key, part in PARTS if key in file), None)
            part = self._parts[file]
            if part is not None:
                return part
            frame = frame.f_back
        return "imports and the rest"


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started, as far as the system tells."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def memory_mib(pid: int) -> tuple[float, float]:
    """Return the memory of a process, now and at its peak so far, MiB; 0 where unknown."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0, 0.0
    fields = dict(line.split(":", 1) for line in lines if line.startswith(("VmRSS", "VmHWM")))
    now, peak = (float(fields.get(name, "0").split()[0]) for name in ("VmRSS", "VmHWM"))
    return now / 1024, peak / 1024


def cpu_s(pids: Iterable[int]) -> float:
    """Return the processor's seconds that running processes have had; 0 where unknown."""
    ticks = 0
    for pid in pids:
        try:
            line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        fields = line.rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / 100  # what Linux counts in, on every machine of today


class Peaks:
    """The most memory that a process, its child and both together have taken, MiB."""

    def __init__(self) -> None:
        self.main = 0.0
        self.witness = 0.0
        self.together = 0.0

    def look(self, pid: int) -> None:
        """Look once."""
        now, peak = memory_mib(pid)
        of_children = [memory_mib(child) for child in children_of(pid)]
        self.main = max(self.main, peak)
        self.witness = max([self.witness, *(peak for _, peak in of_children)])
        self.together = max(self.together, now + sum(now for now, _ in of_children))
