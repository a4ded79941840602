"""What a notebook or a script begins with: run a scenario, or take a run that was recorded."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from reports.metrics import summarise
from scenarios.errors import InputError, in_one_family
from scenarios.interrupt import Interruptible
from scenarios.loader import resolve
from scenarios.playing import refuse_replay, with_seed
from scenarios.recorded import Run
from scenarios.running import carry_out, command_of, make_folder
from scenarios.settings import as_options
from scenarios.shown_progress import shown_progress

_INTERRUPTS: Final = (signal.SIGINT,)


class Interrupted(KeyboardInterrupt):
    """A run was stopped from outside; what it had recorded is kept.

    Attributes:
        run: The partial run.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(f"interrupted; the partial run is in {run.path}")
        self.run = run


@in_one_family
def simulate(
    scenario: str | Path,
    *,
    seed: int | None = None,
    out: str | Path = "runs",
    replay: str | Path | None = None,
    keep_journal: bool = False,
    progress: bool | None = None,
    overrides: Mapping[str, Any] | None = None,
    **keys: Any,
) -> Run:
    """Run a scenario once, record and audit it, and return the run.

    Args:
        scenario: A bundled name, or the path of a TOML file.
        seed: Replaces the scenario's seed.
        out: Folder of all runs; made if missing.
        replay: A workload file to take instead of generating one.
        keep_journal: Keep every fact, for `openoutcry audit`.
        progress: Show how far it is; by default in a notebook only.
        overrides: Keys of the scenario by their dotted names, such as `{"market.symbols": 10}`.
        **keys: The same for keys of the top level, such as `duration="2m"` or
            `cluster={"workers": 4}`; `users=50` stands for `users.count`, and `symbols=10` for
            `market.symbols`.

    Raises:
        InputError: The scenario cannot be run; names every mistake, each with its place.
        Interrupted: It was stopped; the partial run is kept.
    """
    if "replications" in {**keys, **(overrides or {})}:
        raise InputError("replications: `simulate` runs once; use `replicate`")
    options = as_options({**keys, **(overrides or {})})
    resolved = resolve(str(scenario), options, seed)
    resolved = with_seed(resolved, resolved.plan.seed)  # once, whatever replications it asks for
    plan = resolved.plan
    refuse_replay(resolved)
    workload = _existing(replay)
    command = command_of(str(scenario), options, seed, workload)
    folder = make_folder(resolved, Path(out), command, workload)
    with shown_progress(plan.name, plan.starts_at_s, progress) as show:
        outcome = carry_out(
            plan, folder, Interruptible(show, _INTERRUPTS), replay=workload,
            keep_journal=keep_journal,
        )  # fmt: skip
    summarise(folder.path)
    run = Run(folder.path)
    if outcome.interrupted:
        raise Interrupted(run)
    return run


def _existing(file: str | Path | None) -> Path | None:
    if file is not None and not Path(file).is_file():
        raise InputError(f"replay: no such file: {file}")
    return None if file is None else Path(file)


@in_one_family
def load_run(run: str | Path = "last", out: str | Path = "runs") -> Run:
    """Return a recorded run.

    Args:
        run: A path, the start of an id, a scenario's name, `last` or `last~1`.
        out: Folder of all runs.

    Raises:
        InputError: No run is meant by it, or more than one.
    """
    from simulation.run_folder import find_run

    return Run(find_run(str(run), Path(out)))
