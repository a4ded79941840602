"""A process that plays runs for its parent, started fresh as `python -m scenarios.worker`.

Each line on its standard input is a `Task`; in lines on its standard output it tells its progress
and in the end how the run went, all as JSON. It ends when nothing more comes.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from scenarios.errors import is_bad_input
from scenarios.playing import Played, Task, play

_TOLD_EVERY_S: Final = 0.2


class Moved(msgspec.Struct, frozen=True, tag=True):
    """Tell how far a run has come, in virtual seconds."""

    now_s: float
    end_s: float


class Broken(msgspec.Struct, frozen=True, tag=True):
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


def _path_of(kind: type, value: Any) -> Any:
    """Make a path of its text, the only type here that JSON does not know."""
    if kind is not Path:
        raise NotImplementedError(f"no {kind} can be made of {value!r}")
    return Path(value)


encode = msgspec.json.Encoder(enc_hook=str).encode
read_task = msgspec.json.Decoder(Task, dec_hook=_path_of).decode
read_told: msgspec.json.Decoder[Told] = msgspec.json.Decoder(Told, dec_hook=_path_of)


class Teller:
    """Passes progress on, a few times a second.

    Args:
        parent: Where it is written, unbuffered.
    """

    def __init__(self, parent: FileIO) -> None:
        self._parent = parent
        self._told_s = 0.0

    def __call__(self, now_s: float, end_s: float) -> None:
        """Tell the parent, unless it was told just now.

        Raises:
            KeyboardInterrupt: The parent is gone, so the run is to end here.
        """
        if time.perf_counter() - self._told_s < _TOLD_EVERY_S:
            return
        self._told_s = time.perf_counter()
        try:
            self.tell(Moved(now_s, end_s))
        except BrokenPipeError:
            raise KeyboardInterrupt from None

    def tell(self, told: Told) -> None:
        """Write one word to the parent.

        Raises:
            BrokenPipeError: The parent is gone.
        """
        left = encode(told) + b"\n"
        while left:
            left = left[self._parent.write(left) :]


def answer(task: Task, teller: Teller) -> Played | Broken:
    """Play a task; whatever goes wrong becomes an answer."""
    try:
        return play(task, teller)
    except Exception as error:
        what = str(error) if is_bad_input(error) else f"{type(error).__name__}: {error}"
        trace = "" if is_bad_input(error) else traceback.format_exc()
        return Broken(what, is_bad_input(error), trace)


def main() -> None:
    """Play every task until there is none, or nobody who listens; prints go to stderr."""
    parent = FileIO(os.dup(1), "wb")
    os.dup2(2, 1)
    teller = Teller(parent)
    with suppress(BrokenPipeError):
        for line in sys.stdin.buffer:
            teller.tell(answer(read_task(line), teller))


if __name__ == "__main__":
    main()
