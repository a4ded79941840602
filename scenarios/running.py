"""Carries a scenario out and records it, for the command line and for notebooks alike."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.errors import InputError, is_bad_input
from scenarios.interrupt import Interruptible
from scenarios.playing import LOG_FILE, record
from scenarios.provenance import workload_facts
from scenarios.replications import day_of

if TYPE_CHECKING:
    from scenarios.loader import ResolvedScenario
    from simulation.driver import Outcome
    from simulation.plan import Plan
    from simulation.run_folder import RunFolder


def command_of(
    scenario: str,
    overrides: Sequence[str],
    seed: int | None,
    replay: Path | None,
    replications: int | None = None,
) -> str:
    """Return the command line that carries a scenario out like this."""
    words = ["openoutcry", "run", scenario]
    words += [] if seed is None else ["--seed", str(seed)]
    words += [word for override in overrides for word in ("--set", override)]
    words += [] if replay is None else ["--replay", str(replay)]
    words += [] if replications is None else ["--replications", str(replications)]
    return shlex.join(words)


def make_folder(
    resolved: ResolvedScenario, out: Path, command: str, replay: Path | None
) -> RunFolder:
    """Make the folder of a new run.

    Raises:
        UnwritableRun: It cannot be made or written to.
    """
    from simulation.run_folder import RunFolder

    plan = resolved.plan
    return RunFolder.create(
        out, plan.name, resolved.as_given, resolved.as_resolved, plan.seed, command,
        **day_of(resolved), **workload_facts(replay),
    )  # fmt: skip


def carry_out(
    plan: Plan,
    folder: RunFolder,
    progress: Interruptible,
    *,
    replay: Path | None = None,
    keep_journal: bool = False,
    forget: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run a plan in virtual time, and record it to its end, be it an interrupt.

    Args:
        plan: What to run.
        folder: Where it is recorded.
        progress: Is told how far it is; it listens for interrupts meanwhile.
        replay: A workload file to take instead of generating one.
        keep_journal: Keep all facts, so that the run can be audited again.
        forget: Called when the folder was taken away again, as nothing was run.

    Raises:
        ValueError: A file that the plan names cannot be used; says what is wrong and where.
    """
    with _nothing_half_done(folder, progress, forget), progress.listening():
        return record(
            plan, folder, replay=replay, keep_journal=keep_journal, progress=progress,
            watch=progress.watch,
        )  # fmt: skip


@contextmanager
def _nothing_half_done(
    folder: RunFolder, progress: Interruptible, forget: Callable[[], None]
) -> Iterator[None]:
    """Take the folder away again if what was given turns out to be unusable, or too much."""
    try:
        with _memory_in_words():
            yield
    except ValueError as error:
        if is_bad_input(error) and not progress.has_begun:
            forget()
            shutil.rmtree(folder.path, ignore_errors=True)
        raise


@contextmanager
def _memory_in_words() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        less = "give fewer users, arrivals or price changes, or run fewer at a time"
        raise InputError(f"memory ran out ({error}); {less}") from error


def raised_in_words(folder: Path, failures: int) -> str:
    """Say that handlers have raised, and where to look."""
    from reports.format import times

    raised = f"a handler raised {times(failures)}; see {folder / LOG_FILE}"
    return f"this is a bug in Open Outcry: {raised}"
