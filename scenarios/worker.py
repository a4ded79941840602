"""A process that plays runs for its parent, started fresh as `python -m scenarios.worker`.

Each task on its standard input is a pickled `Task`; on its standard output it tells its progress
and in the end how the run went, pickled too. It ends when nothing more comes.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
import traceback
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeAlias

from scenarios.errors import is_bad_input
from scenarios.playing import Played, Task, play

_TOLD_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Moved:
    """Tell how far a run has come, in virtual seconds."""

    now_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Broken:
    """Tell that a run could not be played to its end.

    Attributes:
        what: The error in a line.
        is_bad_input: It blames what was given; else it is a bug.
        trace: The traceback of a bug.
    """

    what: str
    is_bad_input: bool
    trace: str = ""


Told: TypeAlias = Moved | Broken | Played


class Teller:
    """Passes progress on, a few times a second.

    Args:
        parent: Where it is written.
    """

    def __init__(self, parent: BinaryIO) -> None:
        self._parent = parent
        self._told_s = 0.0

    def __call__(self, now_s: float, end_s: float) -> None:
        """Tell the parent, unless it was told just now; a parent that is gone ends the run."""
        if time.perf_counter() - self._told_s >= _TOLD_EVERY_S:
            self._told_s = time.perf_counter()
            self.tell(Moved(now_s, end_s))

    def tell(self, told: Told) -> None:
        """Write one word to the parent."""
        pickle.dump(told, self._parent)
        self._parent.flush()


def answer(task: Task, teller: Teller) -> Played | Broken:
    """Play a task; whatever goes wrong becomes an answer."""
    try:
        return play(task, teller)
    except BrokenPipeError:
        raise
    except Exception as error:
        what = str(error) if is_bad_input(error) else f"{type(error).__name__}: {error}"
        trace = "" if is_bad_input(error) else traceback.format_exc()
        return Broken(what, is_bad_input(error), trace)


def main() -> None:
    """Play every task until there is none; what anybody prints goes to stderr."""
    parent = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    teller = Teller(parent)
    while True:
        try:
            task = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        teller.tell(answer(task, teller))


if __name__ == "__main__":
    # Under this name its classes would be those of `__main__`, which the parent does not know.
    from scenarios.worker import main as run_worker

    run_worker()
