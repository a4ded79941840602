"""The commands about recorded runs: `list`, `show`, `audit` and `report`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from scenarios.cli.exit_codes import ExitCode
from scenarios.cli.experiments import find_one_run, show_experiment, write_experiment
from scenarios.cli.options import ExampleCommand, json_option, out_option, run_argument
from scenarios.errors import InputError


@click.command(
    "list",
    cls=ExampleCommand,
    examples="""
    openoutcry list
    openoutcry list --out elsewhere
    """,
)
@out_option()
def list_command(out: Path) -> None:
    """List the recorded runs and their verdicts, oldest first."""
    from simulation.run_folder import list_runs

    runs = list_runs(out)
    if not runs:
        click.echo(f"no runs in {out} yet; `openoutcry run opening-bell` makes one", err=True)
    for row in runs:
        click.echo(_row(row))


def _row(run: Mapping[str, Any]) -> str:
    cells = (
        f"{run.get('id', '?'):<7}",
        f"{_local_time(str(run.get('started', ''))):<19}",
        f"{_word(run):<14}",
        f"{run.get('scenario', '?'):<18}",
        f"seed {run.get('seed', '?')}",
        str(run.get("kind", "")),
    )
    return "  ".join(cells).rstrip()


def _local_time(text: str) -> str:
    """Write an instant as the names of the folders do; empty where there is none."""
    try:
        return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return ""


def _word(run: Mapping[str, Any]) -> str:
    """Return the verdict on a run that has one, else how it ended."""
    from reports.metrics_file import read_metrics
    from simulation.records import UnreadableRun

    if run["status"] == "unreadable":
        return "unreadable"
    try:
        metrics = read_metrics(run["path"])
    except UnreadableRun:
        return "unreadable"
    return str(metrics.get("verdict", {}).get("word", run["status"]))


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry show last
    openoutcry show last~1 --json
    openoutcry show 3fa
    """,
)
@run_argument()
@out_option()
@json_option()
def show(run: str, out: Path, as_json: bool) -> None:
    """Show the summary of a recorded run.

    RUN is a path, the start of an id, a scenario's name, `last` or `last~1`.
    """
    from simulation.run_folder import find_run

    folder = find_run(run, out)
    metrics = _read_metrics(folder)
    if as_json:
        click.echo((folder / "metrics.json").read_text(encoding="utf-8").rstrip("\n"))
        return
    if "kind" in metrics:
        show_experiment(folder, metrics)
        return
    from rich.console import Console

    from reports import console

    console.render(metrics, folder, Console())


def _read_metrics(folder: Path) -> dict[str, Any]:
    """Return a run's metrics; one that was killed gets them now, from the rows it has left."""
    from reports.metrics_file import read_metrics
    from simulation.records import read_status

    if read_status(folder) == "running":
        raise InputError(
            f"{folder}: the run is still under way; `openoutcry list` shows when it has ended"
        )
    return read_metrics(folder) or _summarise(folder)


def _summarise(folder: Path) -> dict[str, Any]:
    """Make the metrics of a run, or of an experiment that was killed, from what there is."""
    from simulation.records import RUN_FILE, read_json

    kind = read_json(folder / RUN_FILE).get("kind")
    if kind == "replications":
        from reports.replications import summarise_group

        return summarise_group(folder)
    if kind == "sweep":
        from reports.sweeps import summarise_sweep

        return summarise_sweep(folder)
    if kind == "capacity":
        from reports.capacity import summarise_capacity

        return summarise_capacity(folder)
    from reports.metrics import summarise

    return summarise(folder)


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry run quiet-minute --keep-journal
    openoutcry audit last
    """,
)
@run_argument()
@out_option()
def audit(run: str, out: Path) -> None:
    """Judge a recorded run again, from its journal alone.

    RUN is a path, the start of an id, a scenario's name, `last` or `last~1`; it must have been
    run with --keep-journal. Exit status: 0 nothing is lost, 4 something is.
    """
    from simulation.audit import replay
    from simulation.audit.journal_file import JOURNAL_FILE

    folder = find_one_run(run, out)
    if not (folder / JOURNAL_FILE).is_file():
        raise InputError(f"{folder}: the run kept no journal; run it again with --keep-journal")
    result = replay(folder)
    click.echo(result.render())
    click.echo(f"{folder.name}: {'nothing lost' if result.passed else 'something lost'}")
    status = ExitCode.GOOD if result.passed else ExitCode.AUDIT_FAILED
    click.get_current_context().exit(status)


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry report last
    openoutcry report last --open
    openoutcry report last --against last~1
    """,
)
@run_argument()
@out_option()
@click.option("--open", "open_it", is_flag=True, help="Open the page in a browser.")
@click.option("--against", metavar="RUN", help="Draw the percentiles of this run as thin lines.")
def report(run: str, out: Path, open_it: bool, against: str | None) -> None:
    """Write the report of a recorded run again: its page, figures, tables and test cases.

    RUN is a path, the start of an id, a scenario's name, `last` or `last~1`. The page is
    report.html; beside it figures/ (PNG and SVG), tables/ (CSV), percentiles.hgrm (HdrHistogram)
    and junit.xml (limits, events and invariants as test cases) say the same.
    """
    from simulation.run_folder import find_run

    folder = find_run(run, out)
    metrics = _read_metrics(folder)
    if "kind" in metrics and against is not None:
        raise InputError(f"--against: {folder} is an experiment; `openoutcry compare` compares two")
    if "kind" in metrics:
        written = write_experiment(folder, metrics)
    else:
        written = _write_report(folder, None if against is None else find_one_run(against, out))
    click.echo(written)
    if open_it:
        click.launch(written.resolve().as_uri())


def _write_report(folder: Path, earlier: Path | None) -> Path:
    """Write the page of one run and what belongs to it; return the page."""
    from reports import exports, page

    if earlier is not None:
        _read_metrics(earlier)
    written = page.write(folder, earlier)
    exports.write_texts(folder)
    exports.write_figures(folder)
    return written
