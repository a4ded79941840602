"""A campaign: many seeds over several worker processes, and what they met together."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

import simulation
from simulation.audit import judge_digests
from simulation.explore.hunt import Result
from simulation.explore.shapes import Basis
from simulation.explore.shrinking import TIME_LIMIT_S
from simulation.explore.situations import Situation
from simulation.explore.worker import Answer, Hunt, Hunted, Shrink, Smaller, Task, read_answer

SEEDS_AT_ONCE: Final = 20
SEEDS_FOR_ALL_SITUATIONS: Final = 1_000
_CHECKED_EVERY: Final = 50  # seeds: one of so many is played twice
_SHRUNK_AT_MOST: Final = 6
_HASH_SEED: Final = 101  # of the first worker; the others count on

_encode = msgspec.json.Encoder().encode


class Settings(msgspec.Struct, frozen=True):
    """What a campaign is to do.

    Attributes:
        basis: Of the scenario.
        first_seed: Where it begins to count.
        seeds: How many it plays.
        jobs: Worker processes.
        shrink_s: Wall-clock seconds for each failure that is made smaller.
    """

    basis: Basis
    first_seed: int
    seeds: int
    jobs: int = 2
    shrink_s: float = TIME_LIMIT_S


class WorkerDied(RuntimeError):  # noqa: N818 - named for what happened
    """A worker process ended although nobody asked it to."""


class Tally:
    """What a campaign has met so far.

    Attributes:
        settings: What it is to do.
        done: Seeds played.
        failed: Those in which something broke.
        seen: In how many seeds each situation came up.
        shrunk: Failures made smaller.
        unequal: Seeds whose second play, in another process, had another digest.
        checked: Seeds that were played twice.
        steps: Events in all small worlds.
        wall_s: How long it took.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.done = 0
        self.failed: list[Result] = []
        self.seen: Counter[str] = Counter({situation.value: 0 for situation in Situation})
        self.shrunk: list[Smaller] = []
        self.unequal: list[int] = []
        self.checked = 0
        self.steps = 0
        self.wall_s = 0.0

    def add(self, result: Result) -> None:
        """Take down what became of a seed."""
        self.done += 1
        self.steps += result.steps
        self.seen.update(result.seen)
        if not result.passed:
            self.failed.append(result)

    @property
    def reached(self) -> int:
        """How many situations came up."""
        return sum(count > 0 for count in self.seen.values())

    @property
    def never_seen(self) -> list[str]:
        """Situations that never came up."""
        return [name for name, count in self.seen.items() if not count]

    @property
    def proves_enough(self) -> bool:
        """Whether every situation came up, or too few seeds were played to ask for that."""
        return self.done < SEEDS_FOR_ALL_SITUATIONS or not self.never_seen

    @property
    def passed(self) -> bool:
        """Whether nothing was lost and everything was met."""
        return not self.failed and not self.unequal and self.proves_enough


Progress = Callable[[Tally], None]


class Campaign:
    """Hands out seeds to worker processes, and failures to be made smaller.

    Args:
        settings: What to do.
        progress: Called after each answer.
    """

    def __init__(self, settings: Settings, progress: Progress = lambda _: None) -> None:
        self.tally = Tally(settings)
        self._settings = settings
        self._progress = progress
        self._lock = threading.Lock()
        end = settings.first_seed + settings.seeds
        self._tasks: deque[Task] = deque(
            Hunt(settings.basis, list(range(first, min(first + SEEDS_AT_ONCE, end))))
            for first in range(settings.first_seed, end, SEEDS_AT_ONCE)
        )
        self._twice: list[tuple[int, Result]] = []  # with the worker that played it
        self._shrinking: set[str] = set()
        self._workers: list[subprocess.Popen[bytes]] = []
        self._errors: list[BaseException] = []

    def run(self) -> Tally:
        """Run all of it.

        Raises:
            WorkerDied: A worker process ended.
            KeyboardInterrupt: Whoever started it wants it to end.
        """
        begun_s = time.perf_counter()
        try:
            for number in range(max(2, self._settings.jobs)):
                self._workers.append(_start(number))
            self._in_parallel(range(self._settings.jobs), self._work)
            self._in_parallel(range(len(self._workers)), self._check)
        finally:
            for worker in self._workers:
                worker.kill()
                worker.communicate()
            self.tally.wall_s = time.perf_counter() - begun_s
        return self.tally

    def _in_parallel(self, numbers: Sequence[int], work: Callable[[int], None]) -> None:
        """Let a thread talk to each worker, and wait for all of them."""

        def safely(number: int) -> None:
            try:
                work(number)
            except BaseException as error:
                self._errors.append(error)

        threads = [threading.Thread(target=safely, args=(n,), daemon=True) for n in numbers]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(timeout=0.2)  # so that Ctrl-C is heard
        if self._errors:
            raise self._errors[0]

    def _work(self, number: int) -> None:
        while True:
            with self._lock:
                if not self._tasks:
                    return
                task = self._tasks.popleft()
            self._take(number, self._ask(number, task))

    def _ask(self, number: int, task: Task) -> Answer:
        worker = self._workers[number]
        assert worker.stdin is not None
        assert worker.stdout is not None
        try:
            worker.stdin.write(_encode(task) + b"\n")
            worker.stdin.flush()
            line = worker.stdout.readline()
        except OSError:
            line = b""
        if not line:
            raise WorkerDied(f"worker {number + 1} ended with status {worker.wait()} on {task}")
        return read_answer(line)

    def _take(self, number: int, answer: Answer) -> None:
        """Take an answer; a new kind of failure is to be made smaller before anything else."""
        with self._lock:
            if isinstance(answer, Smaller):
                self.tally.shrunk.append(answer)
            else:
                for result in answer.results:
                    self._add(number, result)
            self._progress(self.tally)

    def _add(self, number: int, result: Result) -> None:
        self.tally.add(result)
        if (result.seed - self._settings.first_seed) % _CHECKED_EVERY == 0:
            self._twice.append((number, result))
        if result.passed or result.broken[0] in self._shrinking:
            return
        if len(self._shrinking) < _SHRUNK_AT_MOST:
            self._shrinking.add(result.broken[0])
            settings = self._settings
            self._tasks.appendleft(Shrink(settings.basis, result.seed, settings.shrink_s))

    def _check(self, number: int) -> None:
        """Play once more what another worker has played: the digest must be the same (A22)."""
        count = len(self._workers)
        mine = [result for player, result in self._twice if (player + 1) % count == number]
        if not mine:
            return
        answer = self._ask(number, Hunt(self._settings.basis, [result.seed for result in mine]))
        assert isinstance(answer, Hunted)
        with self._lock:
            self.tally.checked += len(mine)
            for first, second in zip(mine, answer.results, strict=True):
                if judge_digests(first.digest, second.digest) is not None:
                    self.tally.unequal.append(first.seed)


def _start(number: int) -> subprocess.Popen[bytes]:
    """Start a worker with a hash seed of its own, in a process group that Ctrl-C does not reach."""
    root = str(Path(simulation.__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ, "PYTHONHASHSEED": str(_HASH_SEED + number),
        "PYTHONPATH": os.pathsep.join(paths),
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "simulation.explore.worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True,
    )  # fmt: skip


def summary(tally: Tally) -> dict[str, Any]:
    """Return a campaign as plain values."""
    settings = tally.settings
    return {
        "scenario": settings.basis.name,
        "first_seed": settings.first_seed,
        "seeds": tally.done,
        "jobs": settings.jobs,
        "passed": tally.passed,
        "failed": [{"seed": one.seed, "broken": one.broken} for one in tally.failed],
        "played_twice": tally.checked,
        "unequal_digests": tally.unequal,
        "situations": dict(tally.seen),
        "never_seen": tally.never_seen,
        "steps": tally.steps,
        "wall_s": round(tally.wall_s, 3),
    }
