"""Ctrl-C and SIGTERM, held back until a simulation stands between two events."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from simulation.timeline import PerSecond

Progress = Callable[[float, float], None]


class Display(Protocol):
    """Shows how far a run is, and how it is doing."""

    def __call__(self, now_s: float, end_s: float) -> None:
        """Show that it stands at `now_s` of `end_s` virtual seconds."""

    def watch(self, answers: PerSecond) -> None:
        """Show from here on what is counted there, too."""


class Silent:
    """Shows nothing."""

    def __call__(self, now_s: float, end_s: float) -> None:
        """Show nothing of a run."""

    def watch(self, answers: PerSecond) -> None:
        """Show nothing of its answers."""


_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interruptible:
    """Passes progress on, and raises there what was asked for between two calls.

    An interrupt that tears a handler in two would leave half of its effects, and the audit of
    the partial run would find something lost. A second one does not wait.

    Args:
        progress: Is told how far the run is.
        signals: What asks the run to end.

    Attributes:
        has_begun: Virtual time has begun to move.
    """

    def __init__(self, progress: Display, signals: tuple[signal.Signals, ...] = _SIGNALS) -> None:
        self.has_begun = False
        self._signals = signals
        self._is_asked = False
        self._progress = progress

    def __call__(self, now_s: float, end_s: float) -> None:
        """Note that the run stands at `now_s` of `end_s` virtual seconds.

        Raises:
            KeyboardInterrupt: The run is to end here.
        """
        self.has_begun = self.has_begun or now_s > 0
        if self._is_asked:
            raise KeyboardInterrupt
        self._progress(now_s, end_s)

    def watch(self, answers: PerSecond) -> None:
        """Let the answers be shown, too."""
        self._progress.watch(answers)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals that ask the process to end, unless it ignores them, in this block.

        Python hands signals to its main thread; in any other nothing is taken.
        """
        is_main = threading.current_thread() is threading.main_thread()
        wanted = self._signals if is_main else ()
        heard = [number for number in wanted if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._ask) for number in heard}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._is_asked or not self.has_begun:
            signal.default_int_handler(number, frame)
        self._is_asked = True
