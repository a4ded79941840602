"""Processes that play runs: each answer belongs to its task, and nothing is left over."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scenarios import workers
from scenarios.errors import InputError
from scenarios.loader import resolve
from scenarios.playing import Task
from scenarios.replications import Given, task_of
from scenarios.worker import encode
from scenarios.workers import RunBroken, Workers
from simulation.records import read_json, read_status

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tasks(tmp_path: Path) -> list[Task]:
    """Two short runs."""
    resolved = resolve("quiet-minute", ["users.count=5", "replications=1"])
    return [task_of(resolved, Given("quiet-minute"), tmp_path, name, {}) for name in "ab"]


def test_a_process_that_was_not_heard_out_does_not_answer_for_the_next_task(
    tasks: list[Task],
) -> None:
    def stumble(task: Task, now_s: float, end_s: float) -> None:
        if task is tasks[0]:
            raise ZeroDivisionError

    with Workers(1, stumble) as pool:
        with pytest.raises(ZeroDivisionError):
            pool.play(tasks[0])

        assert pool.play(tasks[1]).folder == tasks[1].out / "b"


def is_running(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has collected yet does not."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except FileNotFoundError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def test_children_of_a_process_that_was_killed_are_killed_with_it(
    tasks: list[Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = tmp_path / "child"

    def start() -> subprocess.Popen[bytes]:
        script = f"sleep 300 >/dev/null & echo $! > {number}; kill -9 $$"
        return subprocess.Popen(
            ["/bin/sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip

    monkeypatch.setattr(workers, "_start", start)
    with Workers(1) as pool, pytest.raises(RunBroken, match="its process was killed"):
        pool.play(tasks[0])

    child, deadline = int(number.read_text("utf-8")), time.monotonic() + 10
    while is_running(child):
        assert time.monotonic() < deadline, "it was left over"
        time.sleep(0.01)


def test_an_interrupt_while_closing_leaves_the_rest_to_be_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Workers(2)
    started = [pool._start(), pool._start()]
    kill = workers._kill

    def interrupted(worker: subprocess.Popen[bytes]) -> None:
        monkeypatch.setattr(workers, "_kill", kill)
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "_kill", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pool.close()
    pool.close()

    assert None not in [worker.returncode for worker in started]


def test_a_run_whose_parent_is_gone_ends_as_interrupted_and_in_silence(tmp_path: Path) -> None:
    resolved = resolve("opening-bell", ["users.count=300", "replications=1"])
    task = task_of(resolved, Given("opening-bell"), tmp_path, "run", {})
    worker = subprocess.Popen(
        [sys.executable, "-P", "-m", "scenarios.worker"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write(encode(task) + b"\n")
    worker.stdin.flush()
    worker.stdout.readline()

    worker.stdout.close()
    _, told = worker.communicate(timeout=180)

    assert (worker.returncode, told) == (0, b"")
    assert read_status(tmp_path / "run") == "interrupted"
    assert read_json(tmp_path / "run" / "metrics.json")["verdict"]["word"] == "interrupted"


@pytest.mark.parametrize("jobs", [0, -1])
def test_less_than_one_process_is_refused(jobs: int) -> None:
    with pytest.raises(InputError, match="at least 1"):
        Workers(jobs)
