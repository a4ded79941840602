"""In how many small worlds is each planted bug caught, by what, and in how small a one?

Run it with `python benchmarks/planted_bugs.py --seeds 300`; see `--help`. It plants one bug after
the other and plays the same seeds with faults and without. A bug that nothing has caught by then
goes on to more seeds. `--shrink` also makes one failure of each as small as it gets.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]

from planted.campaign import Outcome, outcome_of  # noqa: E402 - found by the line above
from planted.table import TABLE, Bug  # noqa: E402
from planted_tables import brief, markdown, printed, write_between  # noqa: E402
from printing import machine  # noqa: E402

from scenarios.loader import resolve  # noqa: E402
from simulation.explore.hunt import quiet  # noqa: E402
from simulation.explore.seeds import world_of  # noqa: E402
from simulation.explore.shapes import Basis, basis_of  # noqa: E402
from simulation.explore.shrinking import shrink  # noqa: E402
from simulation.explore.world import play  # noqa: E402

CHUNK = 25
OTHER_DIGEST = "A22"
DOCUMENT = ROOT / "docs" / "planted-bugs.md"


@dataclass
class Tally:
    """What became of the seeds of one bug, with faults or without."""

    seeds: int = 0
    caught: int = 0
    first: int | None = None
    unnoticed: int = 0  # it acted, and nothing noticed
    seconds: float = 0.0
    by: Counter[str] = field(default_factory=Counter)

    def take(self, seed: int, outcome: Outcome) -> None:
        """Take what became of a seed."""
        self.seeds += 1
        self.by.update(outcome.signs)
        if outcome.signs:
            self.caught += 1
            self.first = seed if self.first is None else min(self.first, seed)
        elif outcome.acted:
            self.unnoticed += 1

    def add(self, other: Tally) -> None:
        """Take what became of other seeds of the same bug."""
        self.seeds += other.seeds
        self.caught += other.caught
        self.unnoticed += other.unnoticed
        self.seconds += other.seconds
        self.by.update(other.by)
        firsts = [first for first in (self.first, other.first) if first is not None]
        self.first = min(firsts, default=None)


@dataclass
class Line:
    """All that is known of one bug in the end.

    Attributes:
        small: Commands, faults and seconds of a failure that was shrunk, if one was.
    """

    bug: Bug
    with_faults: Tally = field(default_factory=Tally)
    without: Tally = field(default_factory=Tally)
    small: tuple[int, int, float] | None = None

    @property
    def caught(self) -> int:
        """In how many worlds anything noticed it."""
        return self.with_faults.caught + self.without.caught


@cache
def basis_from(scenario: str) -> Basis:
    return basis_of(resolve(scenario).plan)


def bug_called(name: str) -> Bug:
    return next(bug for bug in TABLE if bug.name == name)


@cache
def is_sound(scenario: str, faults: bool, seed: int) -> bool:
    """Tell whether a small world comes to rest without a bug; else it shows nothing of one."""
    return play(world_of(basis_from(scenario), seed, with_faults=faults)).passed


def play_seeds(name: str, scenario: str, faults: bool, seeds: range) -> Tally:
    """Play seeds with a bug, in whatever process this is."""
    bug, tally, begun_s = bug_called(name), Tally(), time.perf_counter()
    other = iter(digests_elsewhere(name, scenario, faults, seeds))
    with quiet():
        for seed in seeds:
            if not is_sound(scenario, faults, seed):
                next(other, "")
                continue
            outcome = outcome_of(bug, basis_from(scenario), seed, with_faults=faults)
            if next(other, outcome.digest) != outcome.digest:
                outcome = outcome._replace(signs=(*outcome.signs, OTHER_DIGEST))
            tally.take(seed, outcome)
    tally.seconds = time.perf_counter() - begun_s
    return tally


def digests_elsewhere(name: str, scenario: str, faults: bool, seeds: range) -> list[str]:
    """Return the digests from a process with another hash seed, where a bug shows in them."""
    if bug_called(name).invariants != (OTHER_DIGEST,):
        return []
    here = os.environ.get("PYTHONHASHSEED", "random")
    question = [name, scenario, str(int(faults)), str(seeds.start), str(seeds.stop)]
    done = subprocess.run(
        [sys.executable, __file__, "--digests", *question],
        env={**os.environ, "PYTHONHASHSEED": "2" if here == "1" else "1"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split()


def print_digests(name: str, scenario: str, faults: str, start: str, stop: str) -> None:
    with quiet():
        for seed in range(int(start), int(stop)):
            basis = basis_from(scenario)
            print(outcome_of(bug_called(name), basis, seed, with_faults=faults == "1").digest)


def shrink_first(name: str, scenario: str, faults: bool, seed: int) -> tuple[int, int, float]:
    """Shrink the failure of a seed; return its commands, its faults and the seconds it took."""
    begun_s = time.perf_counter()
    world = world_of(basis_from(scenario), seed, with_faults=faults)
    commands, decisions = shrink(world, bug_called(name).cast()).size
    return commands, decisions, time.perf_counter() - begun_s


class Campaign:
    """Plays the seeds of one bug after the other on several processes."""

    def __init__(self, options: argparse.Namespace, pool: ProcessPoolExecutor) -> None:
        self._options = options
        self._pool = pool

    def line_of(self, bug: Bug) -> Line:
        """Play all seeds of a bug, and more until something notices it."""
        options, line = self._options, Line(bug)
        begun, until = 0, options.seeds
        while begun < until:
            self._play(line, range(begun, until))
            more = 0 if line.caught else min(options.at_most, 2 * until)
            begun, until = until, max(until, more)
        if options.shrink and line.caught and bug.invariants != (OTHER_DIGEST,):
            line.small = self._shrunk(line)
        return line

    def _play(self, line: Line, seeds: range) -> None:
        for tally, future in [*self._submitted(line, seeds)]:
            tally.add(future.result())

    def _submitted(self, line: Line, seeds: range) -> Iterator[tuple[Tally, Future[Tally]]]:
        scenario = self._options.scenario
        for start in range(seeds.start, seeds.stop, CHUNK):
            part = range(start, min(start + CHUNK, seeds.stop))
            for tally, faults in ((line.with_faults, True), (line.without, False)):
                yield tally, self._pool.submit(play_seeds, line.bug.name, scenario, faults, part)

    def _shrunk(self, line: Line) -> tuple[int, int, float]:
        faults = line.with_faults.first is not None
        seed = line.with_faults.first if faults else line.without.first
        assert seed is not None
        scenario = self._options.scenario
        return self._pool.submit(shrink_first, line.bug.name, scenario, faults, seed).result()


def options_from(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python benchmarks/planted_bugs.py", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seeds", type=int, default=300, help="seeds for each bug (300)")
    parser.add_argument(
        "--at-most", type=int, default=2_000, help="seeds for a bug that nothing catches (2000)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument("--only", action="append", metavar="NAME", help="this bug; repeatable")
    parser.add_argument("--scenario", default="quiet-minute", help="where small worlds come from")
    parser.add_argument("--shrink", action="store_true", help="shrink one failure of each bug")
    parser.add_argument("--document", action="store_true", help=f"write into docs/{DOCUMENT.name}")
    parser.add_argument("--digests", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    unknown = set(options.only or ()) - {bug.name for bug in TABLE}
    if unknown:
        parser.error(f"no planted bug is called {', '.join(sorted(unknown))}")
    if options.seeds < 1 or options.jobs < 1:
        parser.error("--seeds and --jobs must be at least 1")
    return options


def main(arguments: Sequence[str]) -> None:
    options = options_from(arguments)
    if options.digests:
        print_digests(*options.digests)
        return
    bugs = [bug for bug in TABLE if not options.only or bug.name in options.only]
    begun_s, lines = time.perf_counter(), []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=context) as pool:
        campaign = Campaign(options, pool)
        for number, bug in enumerate(bugs, 1):
            lines.append(campaign.line_of(bug))
            print(f"{number} of {len(bugs)}: {brief(lines[-1])}", file=sys.stderr, flush=True)
    about = f"{machine()}; {time.perf_counter() - begun_s:,.0f} s on {options.jobs} processes"
    print(printed(lines))
    print(about)
    if options.document:
        write_between(DOCUMENT, markdown(lines, about))


if __name__ == "__main__":
    main(sys.argv[1:])
