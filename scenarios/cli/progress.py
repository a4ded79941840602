"""A bar that moves with virtual time, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from scenarios.gauge import Gauge, time_of_day
from scenarios.interrupt import Display, Silent

_REFRESHED_PER_S: Final = 4  # each takes a millisecond of the run's processor


@contextmanager
def progress_bar(title: str, starts_at_s: int, *, quiet: bool) -> Iterator[Display]:
    """Show a bar on stderr while the block runs; yield what moves it.

    Args:
        title: What is running.
        starts_at_s: Time of day at which virtual time is 0, in seconds after midnight.
        quiet: Show nothing. Nothing is shown either when stderr is not a terminal.
    """
    if quiet or not sys.stderr.isatty():
        yield Silent()
        return
    from rich import progress as bar
    from rich.console import Console

    columns = (
        bar.TextColumn("{task.description}"),
        bar.BarColumn(bar_width=None),
        bar.TextColumn("{task.percentage:>3.0f}%"),
        bar.TextColumn("{task.fields[words]}"),
    )
    console = Console(stderr=True)
    with bar.Progress(
        *columns, console=console, transient=True, refresh_per_second=_REFRESHED_PER_S
    ) as shown:
        words = f"{time_of_day(starts_at_s)} set-up"
        yield _Bar(shown, shown.add_task(title, total=None, words=words), starts_at_s)


class _Bar(Gauge):
    """Moves a bar of rich."""

    def __init__(self, shown: Any, task: Any, starts_at_s: int) -> None:
        super().__init__(starts_at_s)
        self._shown = shown
        self._task = task

    def __call__(self, now_s: float, end_s: float) -> None:
        """Show that a run stands at `now_s` of `end_s` virtual seconds."""
        words = self.read(now_s, end_s).words()
        self._shown.update(self._task, total=end_s, completed=max(0.0, now_s), words=words)
