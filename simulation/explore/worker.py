"""A worker of a campaign: plays seeds and shrinks failures as its parent asks, line by line.

Started as `python -m simulation.explore.worker`. Each line on its standard input is a `Task`,
each line on its standard output the answer, both as JSON.
"""

from __future__ import annotations

import sys
from typing import TypeAlias

import msgspec

from simulation.explore.hunt import Result, hunt
from simulation.explore.seeds import world_of
from simulation.explore.shapes import Basis
from simulation.explore.shrinking import TIME_LIMIT_S, Shrunk, shrink


class Hunt(msgspec.Struct, tag=True):
    """Ask for the small worlds of some seeds to be played."""

    basis: Basis
    seeds: list[int]


class Shrink(msgspec.Struct, tag=True):
    """Ask for the small world of a seed that fails to be made smaller."""

    basis: Basis
    seed: int
    limit_s: float = TIME_LIMIT_S


class Hunted(msgspec.Struct, tag=True):
    """Tell what became of some seeds."""

    results: list[Result]


class Smaller(msgspec.Struct, tag=True):
    """Tell how small a failure could be made; None if it did not fail again."""

    seed: int
    shrunk: Shrunk | None


Task: TypeAlias = Hunt | Shrink
Answer: TypeAlias = Hunted | Smaller

_answers: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)
_decode_task = msgspec.json.Decoder(Task).decode
_encode = msgspec.json.Encoder().encode


def read_answer(line: bytes) -> Answer:
    """Return what a worker has said in one line."""
    return _answers.decode(line)


def answer(task: Task) -> Answer:
    """Do what is asked."""
    if isinstance(task, Hunt):
        return Hunted(list(hunt(task.basis, task.seeds)))
    try:
        return Smaller(task.seed, shrink(world_of(task.basis, task.seed), limit_s=task.limit_s))
    except ValueError:
        return Smaller(task.seed, None)


def main() -> None:
    """Answer every line until there is none."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(_encode(answer(_decode_task(line))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
