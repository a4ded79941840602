"""How a campaign is shown: a line that moves while it runs, and tables in the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scenarios.cli.exit_codes import ExitCode
from simulation.explore.campaign import SEEDS_FOR_ALL_SITUATIONS, Tally
from simulation.explore.world import CRASH

_SHOWN_SEEDS: Final = 8
_RARE: Final = 12  # situations shown, the rarest first


@contextmanager
def shown_progress(name: str, *, quiet: bool) -> Iterator[Callable[[Tally], None]]:
    """Show a line on stderr while the block runs, on a terminal only; yield what moves it."""
    if quiet or not sys.stderr.isatty():
        yield lambda tally: None
        return
    begun_s = time.perf_counter()
    with Console(stderr=True).status(f"{escape(name)}: starting") as status:

        def move(tally: Tally) -> None:
            rate = tally.done / max(time.perf_counter() - begun_s, 1e-3)
            status.update(
                f"{escape(name)}: {tally.done:,} of {tally.settings.seeds:,} seeds, "
                f"{rate:,.0f}/s, {len(tally.failed):,} failed, "
                f"{tally.reached} of {len(tally.seen)} situations"
            )

        yield move


def judged(tally: Tally) -> ExitCode:
    """Return the exit status of a finished campaign."""
    if any(name.startswith(CRASH) for result in tally.failed for name in result.broken):
        return ExitCode.BUG
    return ExitCode.GOOD if tally.passed else ExitCode.AUDIT_FAILED


def show(tally: Tally, files: dict[int, Path]) -> None:
    """Show how a campaign ended, readable at 80 columns."""
    console = Console(highlight=False)
    console.print(f"[bold]{escape(_headline(tally))}[/]")
    console.print(_totals(tally))
    _show_situations(console, tally)
    if tally.failed:
        console.print(_failures(tally))
        console.print("The first seed of each kind of failure is made smaller and written down.")
    for smaller in tally.shrunk:
        if smaller.shrunk is not None:
            size = smaller.shrunk.size_in_words
            console.print(f"\n[bold]seed {smaller.seed}: {size} are enough[/]")
            console.print(escape(smaller.shrunk.story()), soft_wrap=True)
            console.print(f"openoutcry run {files[smaller.seed]}", soft_wrap=True, markup=False)
    if tally.unequal:
        what = f"seeds whose second play had another digest (A22): {tally.unequal}"
        console.print(f"\n{what}", markup=False)


def _headline(tally: Tally) -> str:
    name = tally.settings.basis.name
    if tally.failed or tally.unequal:
        return f"{name}: something was lost"
    if not tally.proves_enough:
        return f"{name}: nothing was lost, but not every situation came up"
    return f"{name}: nothing was lost"


def _totals(tally: Tally) -> Table:
    settings = tally.settings
    last = settings.first_seed + tally.done - 1
    rate = tally.done / max(tally.wall_s, 1e-3)
    table = Table.grid(padding=(0, 2))
    table.add_row("seeds", f"{tally.done:,} ({settings.first_seed:,} to {last:,})")
    table.add_row("failed", f"{len(tally.failed):,}")
    table.add_row("speed", f"{rate:,.1f} seeds/s wall-clock with {settings.jobs} jobs")
    table.add_row("played twice", f"{tally.checked:,}, {len(tally.unequal):,} unequal (A22)")
    table.add_row("situations", f"{tally.reached} of {len(tally.seen)} came up")
    return table


def _show_situations(console: Console, tally: Tally) -> None:
    """Show the situations that were rarest, and whether the ones missing matter."""
    table = Table("rarest situations", "seeds", title_justify="left")
    table.columns[1].justify = "right"
    if not tally.done:
        return
    for name, count in sorted(tally.seen.items(), key=lambda item: item[1])[:_RARE]:
        table.add_row(name, f"{count:,}")
    console.print(table)
    if tally.never_seen and tally.done < SEEDS_FOR_ALL_SITUATIONS:
        console.print(
            f"Note: from {SEEDS_FOR_ALL_SITUATIONS:,} seeds on every situation must come up."
        )


def _failures(tally: Tally) -> Table:
    by_sign: dict[str, list[int]] = {}
    for result in tally.failed:
        for sign in result.broken:
            by_sign.setdefault(sign, []).append(result.seed)
    table = Table("broken", "seeds", "first of them")
    table.columns[1].justify = "right"
    for sign, seeds in sorted(by_sign.items()):
        shown = ", ".join(map(str, sorted(seeds)[:_SHOWN_SEEDS]))
        table.add_row(escape(sign), f"{len(seeds):,}", shown)
    return table
