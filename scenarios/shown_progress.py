"""How far a simulation is, in a notebook or on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from html import escape
from typing import Any, Final

from scenarios.gauge import Gauge, Together, time_of_day
from scenarios.interrupt import Display, Silent

_WALL_S_BETWEEN: Final = 0.25  # a browser has to draw each


def shown_progress(
    title: str, starts_at_s: int, wanted: bool | None
) -> AbstractContextManager[Display]:
    """Show how far a run is while the block runs; yield what is told so.

    Args:
        title: What is running.
        starts_at_s: Time of day at which virtual time is 0, in seconds after midnight.
        wanted: Show it; None shows it in notebooks only.
    """
    is_notebook = in_notebook()
    if wanted is False or (wanted is None and not is_notebook):
        return nullcontext(Silent())
    if is_notebook:
        return _in_cell(title, starts_at_s)
    from scenarios.cli.progress import progress_bar

    return progress_bar(title, starts_at_s, quiet=False)


def in_notebook() -> bool:
    """Tell whether this runs in the kernel of a notebook."""
    import sys

    if "IPython" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    return hasattr(get_ipython(), "kernel")


@contextmanager
def _in_cell(title: str, starts_at_s: int) -> Iterator[Display]:
    """Show a bar below the cell; it is gone when the block ends."""
    with _below_the_cell(html_of(title, 0.0, f"{time_of_day(starts_at_s)} set-up")) as show:
        yield CellBar(title, starts_at_s, show)


@contextmanager
def _below_the_cell(first: str) -> Iterator[Callable[[str], None]]:
    """Show HTML below the cell until the block ends; yield what replaces it."""
    from IPython.display import HTML, display

    handle: Any = display(HTML(first), display_id=True)
    try:
        yield lambda text: handle.update(HTML(text))
    finally:
        handle.update(HTML(""))


@contextmanager
def shown_runs(title: str, total: int | None) -> Iterator[Together]:
    """Show in a notebook how many runs are done while the block runs; yield what is told so.

    Args:
        title: What is running.
        total: How many runs there are; None while nobody knows.
    """
    together = Together(total)
    if not in_notebook():
        yield together
        return
    with _below_the_cell(html_of_runs(title, 0.0, 0, total)) as show:
        together.show = _seldom(
            lambda share, done, _: show(html_of_runs(title, share, done, total))
        )
        yield together
        together.show = None


def _seldom(show: Callable[[float, int, str], None]) -> Callable[[float, int, str], None]:
    """Let something be shown a few times a second at most."""
    shown_s = 0.0

    def now_and_then(completed: float, done: int, more: str) -> None:
        nonlocal shown_s
        if time.perf_counter() - shown_s >= _WALL_S_BETWEEN:
            shown_s = time.perf_counter()
            show(completed, done, more)

    return now_and_then


class CellBar(Gauge):
    """A bar below the cell of a notebook, updated in place.

    Args:
        title: What is running.
        starts_at_s: Time of day at which virtual time is 0, in seconds after midnight.
        show: Puts HTML where the bar is.
    """

    def __init__(self, title: str, starts_at_s: int, show: Any) -> None:
        super().__init__(starts_at_s)
        self._title = title
        self._show = show
        self._shown_s = 0.0

    def __call__(self, now_s: float, end_s: float) -> None:
        """Show that a run stands at `now_s` of `end_s` virtual seconds, a few times a second."""
        if time.perf_counter() - self._shown_s < _WALL_S_BETWEEN:
            return
        self._shown_s = time.perf_counter()
        reading = self.read(now_s, end_s)
        self._show(html_of(self._title, reading.share, reading.words()))


def html_of(title: str, share: float, words: str) -> str:
    """Return the bar as HTML, in the colours of whatever surrounds it."""
    return (
        f'<div style="font-variant-numeric: tabular-nums">{escape(title)} '
        f'<progress value="{share:.4f}" style="vertical-align: middle; width: 20em"></progress> '
        f"{share:.0%} {escape(words)}</div>"
    )


def html_of_runs(title: str, completed: float, done: int, total: int | None) -> str:
    """Return the bar of many runs; where nobody knows how many there will be, it only counts."""
    if total is None:
        return f"<div>{escape(title)}: {done} runs</div>"
    return html_of(title, completed / total, f"{done} of {total} runs")
