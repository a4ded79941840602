"""Capacity: the highest load at which a scenario still meets its limits, found by bisection.

The load of the scenario is multiplied by a factor. Each replication is searched by itself, with
the same random numbers at every load, so that it has one threshold; the interval is over the
thresholds of the replications.
"""

from __future__ import annotations

import math
import shlex
import threading
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scenarios.errors import InputError
from scenarios.playing import Played, Task, with_seed
from scenarios.replications import Given, day_of, summed_up
from scenarios.workers import RunBroken, Tell, Workers

if TYPE_CHECKING:
    from scenarios.loader import ResolvedScenario
    from simulation.run_folder import RunFolder

KIND: Final = "capacity"
LEAST: Final = 1 / 16
MOST: Final = 16.0
PRECISION: Final = 0.02
_HIGHEST: Final = 1_000_000
_FINEST: Final = 0.001
_LOST: Final = {"something lost", "handler failed", "failed", "interrupted"}


@dataclass(frozen=True, slots=True)
class Bracket:
    """Between which factors the threshold lies.

    Attributes:
        low: The highest factor that was seen to pass; None if even the least fails.
        high: The lowest one that was seen to fail above it; None if even the most passes.
    """

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Range:
    """Where is searched, and how closely.

    Attributes:
        least: Lowest factor, above 0.
        most: Highest factor, no less than that, at most 1,000,000.
        precision: The search ends when the factors that pass and fail are that close, as a share,
            0.001 to 1.

    Raises:
        InputError: The range is empty, or the precision is none that a search could reach.
    """

    least: float = LEAST
    most: float = MOST
    precision: float = PRECISION

    def __post_init__(self) -> None:
        if not 0 < self.least <= _HIGHEST or not 0 < self.most <= _HIGHEST:
            raise InputError(f"{self._given}: each above 0 and at most {_HIGHEST:,} is meant")
        if self.least > self.most:
            raise InputError(f"{self._given}: a lowest load that is no higher than most is meant")
        if not _FINEST <= self.precision <= 1:
            raise InputError("precision: from 0.1% to 100% is meant")

    @property
    def _given(self) -> str:
        return f"the range of loads to try is from least {self.least:,g} to most {self.most:,g}"


@dataclass(slots=True)
class Searched:
    """One replication: its seed, every load that was tried, and the bracket in the end."""

    number: int
    seed: int
    tries: list[dict[str, Any]] = field(default_factory=list)
    low: float | None = None
    high: float | None = None


def search(passes: Callable[[float], bool], within: Range) -> Bracket:
    """Find the factor beyond which a load no longer passes.

    From the scenario's own load it doubles or halves until the answer changes, and then bisects
    between the two, by geometric means. It presumes that what fails at a load fails at all higher
    ones.

    Args:
        passes: Tells whether the limits are met at a factor.
        within: Where to search.
    """
    bracket = _gallop(passes, within)
    low, high = bracket.low, bracket.high
    while low is not None and high is not None and high / low - 1 > within.precision:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if passes(middle) else (low, middle)
    return Bracket(low, high)


def _gallop(passes: Callable[[float], bool], within: Range) -> Bracket:
    factor = min(max(1.0, within.least), within.most)
    if passes(factor):
        low = factor
        while low < within.most:
            factor = min(2 * low, within.most)
            if not passes(factor):
                return Bracket(low, factor)
            low = factor
        return Bracket(low, None)
    high = factor
    while high > within.least:
        factor = max(high / 2, within.least)
        if passes(factor):
            return Bracket(factor, high)
        high = factor
    return Bracket(None, high)


def scaled(resolved: ResolvedScenario, factor: float) -> ResolvedScenario:
    """Return a scenario whose every load is multiplied; users and machines stay as they are."""
    from scenarios.models import Scenario
    from scenarios.toml_text import to_toml

    document = tomllib.loads(resolved.as_resolved)
    for load in document["load"]:
        _scale(load, factor)
    plan = Scenario.model_validate(document).to_plan(resolved.plan.name)
    return replace(resolved, plan=plan, as_resolved=to_toml(document))


def _scale(load: dict[str, Any], factor: float) -> None:
    from scenarios.units import RATE

    for table, key in [(load, "rate"), *((stage, "target") for stage in load.get("stages", ()))]:
        if key in table:
            table[key] = RATE.format(RATE.parse(table[key]) * factor)
    if "total" in load:
        load["total"] = max(1, round(load["total"] * factor))


def find_capacity(
    resolved: ResolvedScenario,
    given: Given,
    out: Path,
    *,
    within: Range | None = None,
    jobs: int | None = None,
    tell: Tell = lambda task, now_s, end_s: None,
    begun: Callable[[Path], None] = lambda folder: None,
    ended: Callable[[Played], None] = lambda played: None,
    seed: int | None = None,
) -> Path:
    """Search the capacity of a scenario in each of its replications, and sum it up.

    Args:
        resolved: The scenario, with at least one limit.
        given: How it was named.
        out: Folder of all runs.
        within: Where to search.
        jobs: Processes at a time; None for one per processor.
        tell: Called with a task and its progress, from any thread.
        begun: Called with the folder, once it is there.
        ended: Called with each run that has ended, from any thread.
        seed: The seed that was given beside the scenario, for the command that repeats it.

    Returns:
        The folder, with its `metrics.json`.

    Raises:
        InputError: What was given cannot be used, or there is nothing to be searched.
        RunBroken: A run failed, or its audit found something lost.
        KeyboardInterrupt: Whoever waits wants it to end; what was tried is kept.
    """
    refuse_unlimited(resolved)
    workers, within = Workers(jobs, tell), within or Range()
    folder = _folder(resolved, given, out, within, seed)
    begun(folder.path)
    searches = _Searches(resolved, folder, within, workers, ended)
    with summed_up(folder, searches.save), workers:
        for _ in workers.each(searches.found, searches.search):
            pass
    return folder.path


def refuse_unlimited(resolved: ResolvedScenario) -> None:
    """Refuse a scenario of which no load can be searched.

    Raises:
        InputError: It has no limits, or no load of its own.
    """
    name = resolved.sources[0]
    if resolved.plan.replay is not None:
        raise InputError(f"{name}: a [replay] has no load that could be raised")
    if not resolved.plan.limits:
        raise InputError(f"{name}: it has no [limits], so every load would pass")


def _folder(
    resolved: ResolvedScenario, given: Given, out: Path, within: Range, seed: int | None
) -> RunFolder:
    from simulation.run_folder import RunFolder

    cluster, count = resolved.plan.cluster, resolved.replications
    options = (
        "--replications",
        str(count),
        "--least",
        f"{within.least:g}",
        "--most",
        f"{within.most:g}",
        "--precision",
        f"{within.precision * 100:g}%",
    )
    return RunFolder.create(
        out, resolved.plan.name, resolved.as_given, resolved.as_resolved, resolved.plan.seed,
        given.command("capacity", *options, seed=seed), kind=KIND, replications=count,
        within=asdict(within), cluster={"nodes": cluster.nodes, "workers": cluster.workers},
    )  # fmt: skip


class _Searches:
    """The searches of all replications, each of which waits for one run at a time."""

    def __init__(
        self,
        resolved: ResolvedScenario,
        folder: RunFolder,
        within: Range,
        workers: Workers,
        ended: Callable[[Played], None],
    ) -> None:
        from simulation.streams import seed_of

        self._resolved = resolved
        self._folder = folder
        self._within = within
        self._workers = workers
        self._ended = ended
        self._lock = threading.Lock()  # of the file, which every search writes
        self.found = [
            Searched(number, seed_of(resolved.plan.seed, number))
            for number in range(1, resolved.replications + 1)
        ]

    def search(self, one: Searched) -> None:
        """Search one replication to its end."""
        bracket = search(lambda factor: self._passes(one, factor), self._within)
        one.low, one.high = bracket.low, bracket.high

    def _passes(self, one: Searched, factor: float) -> bool:
        played = self._workers.play(self._task(one, factor))
        self._ended(played)
        self._note(one, factor, played)
        _refuse_broken(played)
        return all(limit["passed"] for limit in played.limits)

    def _note(self, one: Searched, factor: float, played: Played) -> None:
        """Write down what came of a load, so that a search that is killed leaves it behind."""
        missed = [dict(limit) for limit in played.limits if not limit["passed"]]
        one.tries.append({
            "factor": factor,
            "folder": str(played.folder.relative_to(self._folder.path)),
            "passed": not missed,
            "missed": missed,
            "offered": played.metrics.get("rate.offered", 0.0),
        })  # fmt: skip
        self._write()

    def _task(self, one: Searched, factor: float) -> Task:
        """Return the run of a replication at a multiple of its load."""
        single = scaled(with_seed(self._resolved, one.seed), factor)
        out = self._folder.path / f"replication-{one.number}"
        out.mkdir(exist_ok=True)
        name = f"try-{len(one.tries) + 1:02}"
        command = ["openoutcry", "run", str(out / name / "scenario.resolved.toml")]
        return Task(
            single.plan, out, name, single.as_given, single.as_resolved, shlex.join(command),
            {"load_factor": factor, **day_of(single)},
        )  # fmt: skip

    def save(self, folder: Path) -> object:
        """Write down what was tried, and sum it up."""
        from reports.capacity import summarise_capacity

        self._write()
        return summarise_capacity(folder)

    def _write(self) -> None:
        from reports.capacity import SEARCHED_FILE

        with self._lock:
            found = [asdict(one) for one in self.found]
            self._folder.write_json(SEARCHED_FILE, {"searched": found})


def _refuse_broken(played: Played) -> None:
    """End the search where a run was not only slow but wrong: its load says nothing."""
    if played.word in _LOST:
        what = f"{played.folder}: {played.word}; its report says what"
        raise RunBroken(what, word=played.word)
