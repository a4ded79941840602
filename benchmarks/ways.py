"""Measures what it costs a run to keep the ways of its slowest requests (the table `spans`).

Usage, from the root of a checkout: python benchmarks/ways.py [--pairs N] [--rate N]

One scenario is run with the ways and without them, in turns, each run in a process of its own;
what is compared is the processor time of simulating, recording and auditing. Without them an
envelope forgets the one that caused it, and no answer is kept. `orders` is what a pair handles.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from math import exp, log
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from printing import busy_neighbours, cell, machine, table

from reports.intervals import interval_of_mean
from scenarios.loader import resolve
from simulation import driver, virtual_time
from simulation.run_folder import RunFolder
from simulation.spans import Spans

KINDS = ("with", "without")


def main() -> None:
    """Measure pairs of runs, or play one of them."""
    parser = argparse.ArgumentParser(description="What keeping the ways of requests costs.")
    parser.add_argument("--pairs", type=int, default=12, help="pairs of runs (12)")
    parser.add_argument("--rate", type=int, default=300, help="orders a second (300)")
    parser.add_argument("--play", choices=KINDS, help="play one run and print its seconds")
    arguments = parser.parse_args()
    if arguments.play:
        print(play(arguments.rate, keeps_ways=arguments.play == "with"))
        return
    print(machine(), busy_neighbours(), sep="\n", flush=True)
    print(report([pair(arguments.rate, number) for number in range(arguments.pairs)]))


def pair(rate: int, number: int) -> tuple[float, float]:
    """Return the processor seconds with and without, begun with either in turn."""
    turns = KINDS if number % 2 else KINDS[::-1]
    seconds = {kind: played_apart(rate, kind) for kind in turns}
    return seconds["with"], seconds["without"]


def played_apart(rate: int, kind: str) -> float:
    """Play one run in a fresh process; return its processor seconds."""
    command = [sys.executable, __file__, "--rate", str(rate), "--play", kind]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def play(rate: int, *, keeps_ways: bool) -> float:
    """Play one run and return the processor seconds that it took, its helpers' included."""
    plan = resolve("quiet-minute", [f"load.1.rate={rate}/s", "limits={}", "must_see=[]"]).plan
    if not keeps_ways:
        vars(virtual_time)["LONGEST_WAY"] = 0
        Spans.take = lambda *_: None  # type: ignore[method-assign]
    with TemporaryDirectory() as out:
        folder = RunFolder.create(Path(out), plan.name, "", "", plan.seed, "")
        before_s = processor_s()
        driver.run(plan, folder)
        return processor_s() - before_s


def processor_s() -> float:
    """Return the processor seconds of this process and of those that it has waited for."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def report(pairs: list[tuple[float, float]]) -> str:
    """Return the table of what was measured: ratios are geometric means of pairs."""
    ratios = [kept / bare for kept, bare in pairs]
    found = interval_of_mean([log(ratio) for ratio in ratios])
    ends = (
        ""
        if found.low is None or found.high is None
        else (f"{exp(found.low):.3f} to {exp(found.high):.3f}")
    )
    row = [f"{len(pairs)} pairs", *(cell(median(column)) for column in zip(*pairs, strict=True)),
           f"{exp(found.mean):.3f}", ends, f"{min(ratios):.3f} to {max(ratios):.3f}"]  # fmt: skip
    heads = ["ways of requests", "with s", "without s", "ratio", "95 % interval", "all pairs"]
    return table("processor time of a run, medians of pairs", heads, [row])


if __name__ == "__main__":
    main()
