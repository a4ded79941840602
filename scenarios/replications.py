"""Replications: one scenario several times over, each time with other random numbers.

Every replication is played in a process of its own and recorded in a run folder of its own, under
one folder of the group; the group's `metrics.json` has means with 95 % intervals over them.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from scenarios.playing import Played, Task, refuse_replay, with_seed
from scenarios.provenance import workload_facts
from scenarios.workers import Tell, Workers

if TYPE_CHECKING:
    from scenarios.loader import ResolvedScenario
    from simulation.run_folder import RunFolder

KIND: Final = "replications"


@dataclass(frozen=True, slots=True)
class Given:
    """How a scenario was named, so that the command can be repeated.

    Attributes:
        scenario: A bundled name or a file.
        overrides: `KEY=VALUE` each.
    """

    scenario: str
    overrides: tuple[str, ...] = ()

    def command(self, verb: str, *options: str, seed: int | None = None) -> str:
        """Return the command line.

        Args:
            verb: `run`, `sweep` or another command about a scenario.
            options: What else it is told.
            seed: Replaces the scenario's seed.
        """
        words = ["openoutcry", verb, self.scenario, *options]
        words += [] if seed is None else ["--seed", str(seed)]
        words += [word for override in self.overrides for word in ("--set", override)]
        return shlex.join(words)


def replicate(
    resolved: ResolvedScenario,
    given: Given,
    out: Path,
    *,
    jobs: int | None = None,
    tell: Tell = lambda task, now_s, end_s: None,
    begun: Callable[[Path], None] = lambda folder: None,
    ended: Callable[[Played], None] = lambda played: None,
    keep_journal: bool = False,
    replay: Path | None = None,
    seed: int | None = None,
) -> Path:
    """Run a scenario as often as it asks for, side by side, and sum it up.

    Args:
        resolved: The scenario with its `replications`.
        given: How it was named.
        out: Folder of all runs.
        jobs: Processes at a time; None for one per processor.
        tell: Called with a task and its progress, from any thread.
        begun: Called with the folder of the group, once it is there.
        ended: Called with each replication that has ended.
        keep_journal: Keep every fact of each.
        replay: A workload file that all of them take.
        seed: The seed that was given beside the scenario, for the command that repeats it.

    Returns:
        The folder of the group, with its `metrics.json`.

    Raises:
        InputError: What was given cannot be used; nothing is left behind.
        RunBroken: A replication could not be played to its end; the others are kept.
        KeyboardInterrupt: Whoever waits wants it to end; what is finished is kept and summed up.
    """
    from reports.replications import summarise_group
    from simulation.run_folder import RunFolder

    refuse_replay(resolved)
    workers, count = Workers(jobs, tell), resolved.replications
    group = RunFolder.create(
        out, resolved.plan.name, resolved.as_given, resolved.as_resolved, resolved.plan.seed,
        given.command("run", "--replications", str(count), seed=seed),
        kind=KIND, replications=count,
    )  # fmt: skip
    begun(group.path)
    taken = workload_facts(replay)
    tasks = [
        msgspec.structs.replace(
            task, keep_journal=keep_journal, replay=replay, facts={**task.facts, **taken}
        )
        for task in tasks_of(resolved, given, group.path)
    ]
    with summed_up(group, summarise_group), workers:
        for played in workers.each(tasks, workers.play):
            ended(played)
    return group.path


def tasks_of(resolved: ResolvedScenario, given: Given, out: Path) -> Iterator[Task]:
    """Yield a task for each replication, to be recorded in folders below `out`."""
    from simulation.streams import seed_of

    for number in range(1, resolved.replications + 1):
        seed = seed_of(resolved.plan.seed, number)
        yield task_of(
            with_seed(resolved, seed), given, out, f"replication-{number}", {"replication": number}
        )


def task_of(
    single: ResolvedScenario, given: Given, out: Path, name: str, facts: Mapping[str, Any]
) -> Task:
    """Return the task that plays a scenario once, recorded as `out/name`."""
    command = given.command("run", "--replications", "1", seed=single.plan.seed)
    return Task(
        single.plan, out, name, single.as_given, single.as_resolved, command,
        {**day_of(single), **facts},
    )  # fmt: skip


def day_of(resolved: ResolvedScenario) -> dict[str, str]:
    """Return which day and session a plan simulates; nothing if it names none."""
    from scenarios.dated import session_in_words

    plan = resolved.plan
    return {"date": plan.date, "session": session_in_words(plan)} if plan.date else {}


@contextmanager
def summed_up(group: RunFolder, summarise: Callable[[Path], object]) -> Iterator[None]:
    """Sum up what is there when the block ends, however it ends.

    A group that came to nothing because of what was given is taken away.
    """
    import shutil

    from scenarios.errors import is_bad_input

    try:
        with group:
            yield
    except BaseException as error:
        if is_bad_input(error) and not any(group.path.glob("*/**/metrics.json")):
            shutil.rmtree(group.path, ignore_errors=True)
        else:
            summarise(group.path)
            error.add_note(f"what is finished is kept in {group.path}")
        raise
    summarise(group.path)


def seeds(seed: int, count: int) -> Sequence[int]:
    """Return the seeds of so many replications of a scenario with this seed."""
    from simulation.streams import seed_of

    return [seed_of(seed, number) for number in range(1, count + 1)]
