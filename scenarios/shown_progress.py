"""How far a simulation is, in a notebook or on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from scenarios.interrupt import Progress


def shown_progress(
    title: str, starts_at_s: int, wanted: bool | None
) -> AbstractContextManager[Progress]:
    """Show how far a run is while the block runs; yield what is told so.

    Args:
        title: What is running.
        starts_at_s: Time of day at which virtual time is 0, in seconds after midnight.
        wanted: Show it; None shows it in notebooks only.
    """
    kernel = _kernel()
    if wanted is False or (wanted is None and kernel is None):
        return nullcontext(_nothing)
    if kernel is None:
        from scenarios.cli.progress import progress_bar

        return progress_bar(title, starts_at_s, quiet=False)
    return _in_notebook(title, starts_at_s)


def _nothing(now_s: float, end_s: float) -> None:
    return


def _kernel() -> Any:
    """Return the shell of the notebook that this runs in; None elsewhere."""
    import sys

    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    shell = get_ipython()
    return shell if hasattr(shell, "kernel") else None


@contextmanager
def _in_notebook(title: str, starts_at_s: int) -> Iterator[Progress]:
    yield _nothing
