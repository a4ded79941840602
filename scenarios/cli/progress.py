"""A bar that moves with virtual time, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

Progress = Callable[[float, float], None]

_DAY_S: Final = 86_400


@contextmanager
def progress_bar(title: str, starts_at_s: int, *, quiet: bool) -> Iterator[Progress]:
    """Show a bar on stderr while the block runs; yield what moves it.

    Args:
        title: What is running.
        starts_at_s: Time of day at which virtual time is 0, in seconds after midnight.
        quiet: Show nothing. Nothing is shown either when stderr is not a terminal.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda now_s, end_s: None
        return
    from rich import progress as bar
    from rich.console import Console

    columns = (
        bar.TextColumn("{task.description}"),
        bar.BarColumn(bar_width=None),
        bar.TextColumn("{task.percentage:>3.0f}%"),
        bar.TextColumn("{task.fields[clock]} {task.fields[ratio]:>8}"),
        bar.TimeRemainingColumn(compact=True),
    )
    with bar.Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(title, total=None, clock=time_of_day(starts_at_s), ratio="set-up")
        begun_s = 0.0

        def move(now_s: float, end_s: float) -> None:
            nonlocal begun_s
            begun_s = begun_s or time.perf_counter()
            ratio = now_s / max(time.perf_counter() - begun_s, 1e-3)
            clock = time_of_day(starts_at_s + now_s)
            shown.update(task, total=end_s, completed=now_s, clock=clock, ratio=f"x{ratio:,.0f}")

        yield move


def time_of_day(seconds: float) -> str:
    """Return `HH:MM:SS` of a second after midnight; after the next midnight it starts anew."""
    minutes, second = divmod(int(seconds) % _DAY_S, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
