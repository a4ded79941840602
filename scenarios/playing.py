"""Plays one run and records it, in whichever process: what a worker does, without a terminal."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from scenarios.errors import InputError
from simulation.plan import Plan

if TYPE_CHECKING:
    from scenarios.loader import ResolvedScenario
    from simulation.driver import Outcome
    from simulation.run_folder import RunFolder

LOG_FILE: Final = "log.txt"
Progress = Callable[[float, float], None]


class Task(msgspec.Struct, frozen=True):
    """One run to be played, whole: nothing is looked up again where it is played.

    Attributes:
        plan: What the simulation takes.
        out: Folder in which the run's own folder is made.
        folder_name: What that is called.
        as_given: Text of the scenario's file.
        as_resolved: TOML text of every key, which resolves to the same plan.
        command: The command line that repeats this run alone.
        facts: What else its `run.json` says.
        replay: A workload file to take instead of generating one.
        keep_journal: Keep every fact.
    """

    plan: Plan
    out: Path
    folder_name: str
    as_given: str
    as_resolved: str
    command: str
    facts: dict[str, Any] = msgspec.field(default_factory=dict)
    replay: Path | None = None
    keep_journal: bool = False


class Played(msgspec.Struct, frozen=True, tag=True):
    """How a run ended.

    Attributes:
        folder: Where it is recorded.
        word: Its verdict.
        digest: SHA-256 over its journal.
        metrics: The flat metrics of its `metrics.json`.
        limits: Its limits, each with what was measured.
    """

    folder: Path
    word: str
    digest: str
    metrics: dict[str, float]
    limits: list[dict[str, Any]]


def play(task: Task, progress: Progress | None = None) -> Played:
    """Run a task in virtual time, record it and judge it.

    Args:
        task: What to run.
        progress: Called now and then with the virtual time and the end, in seconds.

    Raises:
        ValueError: A file that the plan names cannot be used; says what is wrong and where.
    """
    from reports.metrics import summarise
    from simulation.run_folder import RunFolder

    folder = RunFolder.create(
        task.out, task.plan.name, task.as_given, task.as_resolved, task.plan.seed, task.command,
        folder_name=task.folder_name, **task.facts,
    )  # fmt: skip
    outcome = record(
        task.plan, folder, replay=task.replay, keep_journal=task.keep_journal, progress=progress
    )
    facts = summarise(folder.path)
    verdict = facts["verdict"]
    return Played(folder.path, verdict["word"], outcome.digest, facts["metrics"], verdict["limits"])


def finish(folder: RunFolder, outcome: Outcome) -> None:
    """Close the folder of a run, and say there how it ended."""
    if outcome.aborted:
        folder.finish("aborted", digest=outcome.digest, error=f"aborted: {outcome.aborted}")
    else:
        folder.finish("interrupted" if outcome.interrupted else "complete", digest=outcome.digest)


def record(plan: Plan, folder: RunFolder, **how: Any) -> Outcome:
    """Run a plan in virtual time and record it to its end, however that comes.

    Args:
        plan: What to run.
        folder: Where it is recorded.
        **how: As for `simulation.driver.run`.

    Raises:
        ValueError: A file that the plan names cannot be used; says what is wrong and where.
    """
    with folder, logging_into(folder.path / LOG_FILE):
        from simulation import driver  # takes its time; an interrupt then ends the run, too

        outcome = driver.run(plan, folder, **how)
        finish(folder, outcome)
    return outcome


@contextmanager
def logging_into(file: Path) -> Iterator[None]:
    """Send what actors log, the errors of handlers, into a file that is made when it is needed."""
    logger, handler = logging.getLogger("openoutcry"), logging.FileHandler(file, delay=True)
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()
        logger.propagate = propagated


def refuse_replay(resolved: ResolvedScenario) -> None:
    """Refuse a scenario whose every command is spelt out, for it is no run to be recorded.

    Raises:
        InputError: It is one.
    """
    if resolved.plan.replay is not None:
        name = resolved.sources[0]
        raise InputError(
            f"{name}: a [replay] is played as its file says, and not recorded; "
            f"use `openoutcry run {name}`"
        )


def with_seed(resolved: ResolvedScenario, seed: int) -> ResolvedScenario:
    """Return a scenario as a single run with another seed."""
    text = resolved.as_resolved
    for key, value in (("seed", seed), ("replications", 1)):
        text = re.sub(rf"^{key} = \d+$", f"{key} = {value}", text, count=1, flags=re.MULTILINE)
    return replace(
        resolved, plan=replace(resolved.plan, seed=seed), as_resolved=text, replications=1
    )
