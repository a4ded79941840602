"""The commands `run` and `workload`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenarios.cli.exit_codes import ExitCode
from scenarios.cli.guard import complain, forget_run_folder, remember_run_folder
from scenarios.cli.many import jobs_option, replications_option
from scenarios.cli.options import (
    ExampleCommand,
    json_option,
    out_option,
    output_option,
    override_option,
    scenario_argument,
    seed_option,
)
from scenarios.cli.progress import progress_bar
from scenarios.cli.replicated import repeated, run_replications
from scenarios.errors import InputError
from scenarios.interrupt import Interruptible

if TYPE_CHECKING:
    from scenarios.loader import ResolvedScenario
    from simulation.driver import Outcome
    from simulation.run_folder import RunFolder

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, readable=True)


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry run opening-bell
    openoutcry run trading-day --seed 7 --set users.count=2_000
    openoutcry run quiet-minute --set users.count=50 --json > metrics.json
    openoutcry run quiet-minute --replications 5 --jobs 2
    openoutcry run real-morning --set \\
        market.prices.file=AAPL_2012-06-21_34200000_57600000_message_10.csv
    """,
)
@scenario_argument()
@seed_option()
@override_option()
@replications_option()
@jobs_option()
@click.option("--replay", type=_FILE, metavar="FILE", help="Take the commands from this file.")
@out_option()
@json_option()
@click.option("--keep-journal", is_flag=True, help="Keep every fact, for `openoutcry audit`.")
@click.option("--quiet", is_flag=True, help="Show no progress and no summary, only the folder.")
def run(
    *,
    scenario: str,
    seed: int | None,
    overrides: tuple[str, ...],
    replications: int | None,
    jobs: int | None,
    replay: Path | None,
    out: Path,
    as_json: bool,
    keep_journal: bool,
    quiet: bool,
) -> None:
    """Run a scenario, audit it, and say whether it kept its limits.

    SCENARIO is a bundled name (see `openoutcry scenarios`) or a TOML file. The run is recorded
    in a folder of its own; a failure that `openoutcry explore` has written is only played again.
    Exit status: 0 good, 1 a bug, 2 invalid input, 3 a limit was missed
    or left undecided or an event never seen, 4 the audit found something lost, 130 interrupted.
    """
    from scenarios.loader import resolve
    from scenarios.running import command_of, make_folder, raised_in_words

    resolved = resolve(scenario, overrides, seed)
    if resolved.plan.replay is not None:
        from scenarios.cli.replay import play_again

        refuse_for_replay(
            seed=seed, replications=replications, jobs=jobs, replay=replay,
            keep_journal=keep_journal,
        )  # fmt: skip
        click.get_current_context().exit(play_again(resolved.plan, as_json=as_json))
    if not quiet:
        _tell_of_matrix(scenario, overrides)
    resolved = repeated(resolved, replications)
    if resolved.replications > 1:
        from scenarios.replications import Given

        status = run_replications(
            resolved, Given(scenario, overrides), out, jobs=jobs, seed=seed, replay=replay,
            keep_journal=keep_journal, as_json=as_json, quiet=quiet,
        )  # fmt: skip
        click.get_current_context().exit(status)
    if jobs is not None and replications is None:
        raise InputError("--jobs: this is a single run; with --replications N there are several")
    command = command_of(scenario, overrides, seed, replay, replications)
    folder = make_folder(resolved, out, command, replay)
    remember_run_folder(folder.path)
    outcome = _simulate(resolved, folder, replay, keep_journal=keep_journal, quiet=quiet)
    from reports.metrics import summarise

    metrics = summarise(folder.path)
    if outcome.interrupted:
        raise KeyboardInterrupt
    _report(folder.path, metrics, as_json=as_json, quiet=quiet)
    if outcome.failures:
        complain(raised_in_words(folder.path, outcome.failures))
    click.get_current_context().exit(verdict(metrics, outcome))


def _tell_of_matrix(scenario: str, overrides: tuple[str, ...]) -> None:
    from scenarios.matrix import has_matrix

    if has_matrix(scenario, overrides):
        what = "the scenario is run as it stands; for the cells of its [matrix] use"
        click.echo(f"{what} `openoutcry sweep`", err=True)


def refuse_for_replay(**given: object) -> None:
    """Refuse options that mean nothing to a small world, which is played as its file says.

    Raises:
        InputError: One of them was given.
    """
    for name, value in given.items():
        if value:
            option = f"--{name.replace('_', '-')}"
            raise InputError(f"{option}: a [replay] is played as its file says, and not recorded")


def verdict(metrics: Mapping[str, Any], outcome: Outcome) -> ExitCode:
    """Return the exit status of a finished run: lost before broken, broken before slow."""
    judged = metrics["verdict"]
    if judged["word"] == "something lost":
        return ExitCode.AUDIT_FAILED
    if outcome.failures:
        return ExitCode.BUG
    if not outcome.audit_passed:
        return ExitCode.AUDIT_FAILED
    return ExitCode.GOOD if judged["passed"] else ExitCode.LIMIT_MISSED


def _simulate(
    resolved: ResolvedScenario,
    folder: RunFolder,
    replay: Path | None,
    *,
    keep_journal: bool,
    quiet: bool,
) -> Outcome:
    from scenarios.running import carry_out

    plan = resolved.plan
    with progress_bar(plan.name, plan.starts_at_s, quiet=quiet) as bar:
        return carry_out(
            plan, folder, Interruptible(bar), replay=replay, keep_journal=keep_journal,
            forget=forget_run_folder,
        )  # fmt: skip


def _report(folder: Path, metrics: dict[str, Any], *, as_json: bool, quiet: bool) -> None:
    from reports import console, exports, page

    page.write(folder)
    exports.write_texts(folder)
    if as_json:
        click.echo((folder / "metrics.json").read_text(encoding="utf-8").rstrip("\n"))
    elif quiet:
        click.echo(folder)
    else:
        from rich.console import Console

        console.render(metrics, folder, Console())


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry workload opening-bell -o rush.parquet
    openoutcry workload quiet-minute --seed 7 -o quiet.csv
    """,
)
@scenario_argument()
@output_option("Where to write the commands: .parquet or .csv.", required=True)
@seed_option()
@override_option()
def workload(scenario: str, output: Path, seed: int | None, overrides: tuple[str, ...]) -> None:
    """Write the commands of a scenario into a file, for `run --replay`."""
    from scenarios.loader import resolve

    plan = resolve(scenario, overrides, seed).plan
    from simulation.prices import make_tape
    from simulation.streams import Streams
    from simulation.workload import make_workload, write_workload

    streams = Streams(plan.seed, 0)
    write_workload(make_workload(plan, make_tape(plan, streams), streams), output)
    click.echo(output)
