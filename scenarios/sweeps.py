"""Sweeps: every cell of a scenario's matrix, each as often as the scenario asks for.

All cells share their seeds, replication by replication, so that they differ by what the matrix
changes and by nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scenarios.playing import Played, Task, refuse_replay, with_seed
from scenarios.replications import KIND as GROUP
from scenarios.replications import Given, summed_up, task_of, tasks_of
from scenarios.workers import Tell, Workers

if TYPE_CHECKING:
    from scenarios.matrix import Cell
    from simulation.run_folder import RunFolder

KIND: Final = "sweep"


@dataclass(slots=True)
class _Running:
    """A cell that is being played: how many of its runs are still to end, and its group."""

    tasks: list[Task]
    left: int
    group: RunFolder | None


def sweep_cells(
    cells: Sequence[Cell],
    given: Given,
    out: Path,
    *,
    metric: str | None = None,
    jobs: int | None = None,
    tell: Tell = lambda task, now_s, end_s: None,
    begun: Callable[[Path], None] = lambda folder: None,
    ended: Callable[[Played], None] = lambda played: None,
    seed: int | None = None,
) -> Path:
    """Play all cells side by side, and sum them up.

    Args:
        cells: At least one, all of one scenario.
        given: How the scenario was named.
        out: Folder of all runs.
        metric: What is drawn over the load; None for the p99 that comes nearest to its limit.
        jobs: Processes at a time; None for one per processor.
        tell: Called with a task and its progress, from any thread.
        begun: Called with the folder of the sweep, once it is there.
        ended: Called with each run that has ended.
        seed: The seed that was given beside the scenario, for the command that repeats it.

    Returns:
        The folder of the sweep, with its `metrics.json`.

    Raises:
        InputError: What was given cannot be used.
        RunBroken: A run could not be played to its end; the others are kept.
        KeyboardInterrupt: Whoever waits wants it to end; what is finished is kept and summed up.
    """
    from reports.sweeps import summarise_sweep
    from simulation.run_folder import RunFolder

    refuse_unknown_metric(metric)
    for cell in cells:
        refuse_replay(cell.resolved)
    workers, first = Workers(jobs, tell), cells[0].resolved
    folder = RunFolder.create(
        out, first.plan.name, first.as_given, first.as_resolved, first.plan.seed,
        given.command("sweep", seed=seed), kind=KIND, axes=list(cells[0].values),
        metric=metric or "", cells=[_row(cell) for cell in cells],
    )  # fmt: skip
    begun(folder.path)
    with summed_up(folder, summarise_sweep), ExitStack() as stack:
        running = {cell.number: _begin(cell, given, folder.path, stack) for cell in cells}
        tasks = [(number, task) for number, one in running.items() for task in one.tasks]
        stack.enter_context(workers)

        def play(item: tuple[int, Task]) -> tuple[int, Played]:
            return item[0], workers.play(item[1])

        for number, played in workers.each(tasks, play):
            ended(played)
            _note_end(running[number])
    return folder.path


def refuse_unknown_metric(name: str | None) -> None:
    """Refuse a metric that no run will ever have.

    Raises:
        InputError: It is not known.
    """
    from scenarios.errors import InputError
    from scenarios.suggest import did_you_mean
    from simulation.metric_names import METRICS, unit_of

    if name is not None and unit_of(name) is None:
        raise InputError(f"no such metric as '{name}'{did_you_mean(name, METRICS)}")


def name_of(number: int) -> str:
    """Return what the folder of a cell is called."""
    return f"cell-{number:03}"


def plain(value: Any) -> Any:
    """Return a value of a matrix as it is shown: text as it is, all else as JSON."""
    return value if isinstance(value, str | int | float) else json.dumps(value)


def _row(cell: Cell) -> dict[str, Any]:
    return {
        "number": cell.number,
        "folder": name_of(cell.number),
        "replications": cell.resolved.replications,
        "values": {axis: plain(value) for axis, value in cell.values.items()},
    }


def _begin(cell: Cell, given: Given, out: Path, stack: ExitStack) -> _Running:
    """Return the tasks of a cell; where it has several, they get a group of their own."""
    from reports.replications import summarise_group
    from simulation.run_folder import RunFolder

    resolved, name = cell.resolved, name_of(cell.number)
    own = Given(given.scenario, (*given.overrides, *_overrides(cell)))
    if resolved.replications == 1:
        single = with_seed(resolved, resolved.plan.seed)
        return _Running([task_of(single, own, out, name, {})], 1, None)
    count = resolved.replications
    group = RunFolder.create(
        out, resolved.plan.name, resolved.as_given, resolved.as_resolved, resolved.plan.seed,
        own.command("run", "--replications", str(count)), folder_name=name,
        kind=GROUP, replications=count,
    )  # fmt: skip
    stack.enter_context(summed_up(group, summarise_group))
    return _Running(list(tasks_of(resolved, own, group.path)), count, group)


def _overrides(cell: Cell) -> tuple[str, ...]:
    """Return the values of a cell as they stand after `--set`; JSON of them is TOML, too."""
    return tuple(f"{axis}={json.dumps(value)}" for axis, value in cell.values.items())


def _note_end(one: _Running) -> None:
    one.left -= 1
    if not one.left and one.group is not None:
        one.group.finish("complete")
