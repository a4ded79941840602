"""What commands that play many runs share: their options, their bar, and their last word."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scenarios.cli.exit_codes import ExitCode
from scenarios.cli.guard import complain
from scenarios.cli.options import Decorator
from scenarios.gauge import Together

if TYPE_CHECKING:
    from reports.document import Document
    from scenarios.workers import RunBroken

_STATUS = {
    "passed": ExitCode.GOOD,
    "something lost": ExitCode.AUDIT_FAILED,
    "handler failed": ExitCode.BUG,
    "failed": ExitCode.BUG,
    "interrupted": ExitCode.INTERRUPTED,
}

_WORDS = {".html": "report", ".csv": "table", ".json": "numbers"}


def replications_option() -> Decorator:
    """Return the option `--replications`."""
    return click.option(
        "--replications",
        type=click.IntRange(1, 10_000),
        metavar="N",
        help="Repeat with N seeds; means get 95 % intervals.",
    )


def jobs_option() -> Decorator:
    """Return the option `--jobs`."""
    return click.option(
        "--jobs",
        type=click.IntRange(1, 256),
        metavar="J",
        help="Processes at a time; one per processor unless given.",
    )


def status_of_word(word: str) -> ExitCode:
    """Return the exit status of a verdict: what is missed or undecided is no pass."""
    return _STATUS.get(word, ExitCode.LIMIT_MISSED)


class Bar(Together):
    """Shows how far many runs have come together, on a terminal."""

    @contextmanager
    def shown(self, title: str, *, quiet: bool) -> Iterator[Bar]:
        """Show the bar on stderr while the block runs, on a terminal only."""
        if quiet or not sys.stderr.isatty():
            yield self
            return
        from rich import progress as bar
        from rich.console import Console

        columns = (
            bar.TextColumn("{task.description}"),
            bar.BarColumn(bar_width=None),
            bar.TextColumn("{task.fields[words]}"),
            bar.TimeRemainingColumn(compact=True),
        )
        with bar.Progress(*columns, console=Console(stderr=True), transient=True) as shown:
            task = shown.add_task(title, total=self.total, words="starting")
            drawn = 0

            def show(completed: float, done: int, more: str) -> None:
                words = f"{done} of {self.total} runs" if self.total else f"{done} runs"
                nonlocal drawn
                has_ended, drawn = done > drawn, done
                # A run that has ended is drawn at once: the next may end before the next tick.
                shown.update(task, completed=completed, words=more or words, refresh=has_ended)

            self.show = show
            yield self
        self.show = None


def show_document(document: Document, files: list[Path]) -> None:
    """Print a document, and the files that were written about it."""
    from rich.console import Console

    from reports.document_console import print_document

    plain = bool(os.environ.get("NO_COLOR"))
    console = Console(highlight=False, no_color=plain or None)
    print_document(
        document, console, [f"{_WORDS.get(file.suffix, 'report'):<13} {file}" for file in files]
    )


def end_broken(error: RunBroken, folder: Path) -> None:
    """Say that a run could not be played, keep its traceback, and end with its status."""
    if error.trace:
        (folder / "traceback.txt").write_text(error.trace, encoding="utf-8")
        complain(f"this is a bug in Open Outcry: {error}; traceback in {folder}/traceback.txt")
    else:
        complain(f"{error}\nwhat is finished is kept in {folder}")
    click.get_current_context().exit(status_of_word(error.word))
