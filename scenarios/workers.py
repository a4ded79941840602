"""Processes that play runs side by side: started fresh, replaced when they die, never left over."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from scenarios.errors import InputError
from scenarios.playing import Played, Task
from scenarios.worker import Broken, Moved, Told, encode, read_told

Tell = Callable[[Task, float, float], None]
Item = TypeVar("Item")
Result = TypeVar("Result")

_LOOK_EVERY_S: Final = 0.2  # for Ctrl-C, which a waiting thread does not hear


class RunBroken(RuntimeError):  # noqa: N818 - what is the matter, not that it is an error
    """A run could not be played to its end, by no fault of what was given.

    Attributes:
        trace: The traceback, where there is one.
        word: Its verdict, if it came that far.
    """

    def __init__(self, what: str, trace: str = "", word: str = "failed") -> None:
        super().__init__(what)
        self.trace = trace
        self.word = word


class Workers:
    """Up to `jobs` processes, each of which plays one run at a time.

    Args:
        jobs: How many; None for one per processor. They are started when they are first needed.
        tell: Called with a task, its virtual time and its end while it runs; from any thread.

    Raises:
        InputError: There are to be less than one.
    """

    def __init__(self, jobs: int | None, tell: Tell = lambda task, now_s, end_s: None) -> None:
        if jobs is not None and jobs < 1:
            raise InputError(f"jobs: at least 1 is meant, not {jobs}")
        self.jobs = cores() if jobs is None else jobs
        self._tell = tell
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_closed = False
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes] | None] = queue.SimpleQueue()
        for _ in range(self.jobs):
            self._idle.put(None)

    def play(self, task: Task) -> Played:
        """Play a task in one of the processes, and wait for its end.

        Raises:
            InputError: What the task was given cannot be used.
            RunBroken: It raised, or its process was killed.
        """
        worker = self._idle.get()
        try:
            if worker is None or not self._lives(worker):
                worker = self._start()
            return self._ask(worker, task)
        finally:
            self._idle.put(worker)

    def each(self, items: Iterable[Item], work: Callable[[Item], Result]) -> Iterator[Result]:
        """Do some work for each item, `jobs` at a time, and yield the results as they come.

        The first error ends it; what has not begun is left.
        """
        pool = ThreadPoolExecutor(self.jobs)
        waiting: set[Future[Result]] = {pool.submit(work, item) for item in items}
        try:
            while waiting:
                done, waiting = wait(waiting, _LOOK_EVERY_S, FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            # Not waited for: a second Ctrl-C must find its way to `close`, which ends the threads.
            pool.shutdown(wait=False, cancel_futures=True)
            if waiting:
                self.close()

    def close(self) -> None:
        """Kill what still runs, its own children included.

        Whoever interrupts it can call it again: what is not killed yet is still known.
        """
        with self._lock:
            self._is_closed = True
        while self._running:
            self._drop(next(iter(self._running)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_closed:
                raise RunBroken("it was stopped")
            worker = _start()
            self._running.add(worker)
        return worker

    def _lives(self, worker: subprocess.Popen[bytes]) -> bool:
        """Tell whether a process can take a task; of one that died nothing is left."""
        if worker.returncode is None and worker.poll() is None:
            return True
        self._drop(worker)
        return False

    def _drop(self, worker: subprocess.Popen[bytes]) -> None:
        """Kill a process, and its children, which may outlive it."""
        with self._lock:
            is_ours = worker in self._running
        if is_ours:  # the number of one that was killed before may be somebody else's by now
            _kill(worker)
        with self._lock:
            self._running.discard(worker)

    def _ask(self, worker: subprocess.Popen[bytes], task: Task) -> Played:
        told = self._converse(worker, task)
        if isinstance(told, Broken):
            if told.is_bad_input:
                raise InputError(told.what)
            raise RunBroken(f"{task.folder_name}: {told.what}", told.trace)
        return told

    def _converse(self, worker: subprocess.Popen[bytes], task: Task) -> Broken | Played:
        """Send a task and listen until it has ended."""
        try:
            _say(worker, task)
            while isinstance(told := _heard(worker), Moved):
                self._tell(task, told.now_s, told.end_s)
        except BaseException as error:
            # Its next words, if any, would be taken for the answer to the next task.
            ended = _end_of(worker) if isinstance(error, EOFError) else ""
            self._drop(worker)
            if ended:
                raise RunBroken(f"{task.folder_name}: {ended}") from None
            raise
        return told


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _say(worker: subprocess.Popen[bytes], task: Task) -> None:
    """Send a task.

    Raises:
        EOFError: The process is gone.
    """
    assert worker.stdin is not None
    try:
        worker.stdin.write(encode(task) + b"\n")
        worker.stdin.flush()
    except (OSError, ValueError):  # the latter where the pipe was closed by `close`
        raise EOFError from None


def _heard(worker: subprocess.Popen[bytes]) -> Told:
    """Hear the next word of a process.

    Raises:
        EOFError: The process is gone.
    """
    assert worker.stdout is not None
    try:
        line = worker.stdout.readline()
    except (OSError, ValueError):
        raise EOFError from None
    if not line.endswith(b"\n"):
        raise EOFError
    return read_told.decode(line)


def _end_of(worker: subprocess.Popen[bytes]) -> str:
    """Say how a process ended that should not have."""
    status = worker.wait()
    if status == -signal.SIGKILL:
        return "its process was killed; if nobody did that, memory ran out: try --jobs 1"
    if status < 0:
        return f"its process was ended by {signal.Signals(-status).name}"
    return f"its process ended with status {status} before it had an answer"


def _start() -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, which Ctrl-C does not reach."""
    root = str(Path(__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "scenarios.worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip


def _kill(worker: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
