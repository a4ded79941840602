"""The command `capacity`: the highest load that still meets the limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scenarios.cli.exit_codes import ExitCode
from scenarios.cli.guard import remember_run_folder
from scenarios.cli.many import (
    Bar,
    end_broken,
    jobs_option,
    replications_option,
    show_document,
    status_of_word,
)
from scenarios.cli.options import (
    ExampleCommand,
    json_option,
    out_option,
    override_option,
    scenario_argument,
    seed_option,
)
from scenarios.cli.replicated import repeated

if TYPE_CHECKING:
    from scenarios.capacity import Range
    from scenarios.loader import ResolvedScenario
    from scenarios.replications import Given


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry capacity sizing
    openoutcry capacity sizing --replications 5 --jobs 2
    openoutcry capacity sizing --set cluster.workers=4 --least 1 --most 8
    """,
)
@scenario_argument()
@click.option("--least", type=float, metavar="X", help="Lowest load to try, as a multiple.")
@click.option("--most", type=float, metavar="X", help="Highest load to try, as a multiple.")
@click.option("--precision", metavar="SHARE", help="How closely to search; 2% unless given.")
@seed_option()
@override_option()
@replications_option()
@jobs_option()
@out_option()
@json_option()
def capacity(
    *,
    scenario: str,
    least: float | None,
    most: float | None,
    precision: str | None,
    seed: int | None,
    overrides: tuple[str, ...],
    replications: int | None,
    jobs: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Find the highest load at which a scenario still meets its limits.

    Every load of SCENARIO is multiplied by a factor, which is searched by bisection from a
    sixteenth to sixteen times. Each replication is searched with its own seed, and has the same
    random numbers at every load; the interval is over replications. Exit status: 0 found, 1 a
    bug, 2 invalid input, 3 even the lowest load fails, 4 the audit found something lost, 130
    interrupted.
    """
    from scenarios.loader import resolve
    from scenarios.replications import Given

    resolved = repeated(resolve(scenario, overrides, seed), replications)
    within = parse_range(least, most, precision)
    given = Given(scenario, overrides)
    folder = _search(resolved, given, out, within=within, jobs=jobs, seed=seed)
    click.get_current_context().exit(show_capacity(folder, as_json=as_json))


def parse_range(least: float | None, most: float | None, precision: str | None) -> Range:
    """Return where to search.

    Raises:
        InputError: The range is empty, or the precision is no share.
    """
    from scenarios.capacity import LEAST, MOST, PRECISION, Range
    from scenarios.errors import InputError
    from scenarios.units import SHARE

    low, high = LEAST if least is None else least, MOST if most is None else most
    try:
        share = PRECISION if precision is None else SHARE.parse(precision)
    except ValueError as error:
        raise InputError(f"--precision: {error}") from None
    return Range(low, high, share)


def _search(
    resolved: ResolvedScenario,
    given: Given,
    out: Path,
    *,
    within: Range,
    jobs: int | None,
    seed: int | None,
) -> Path:
    from scenarios.capacity import find_capacity
    from scenarios.workers import RunBroken

    bar = Bar(None)
    folders: list[Path] = []

    def begun(folder: Path) -> None:
        folders.append(folder)
        remember_run_folder(folder)

    with bar.shown(resolved.plan.name, quiet=False):
        try:
            return find_capacity(
                resolved, given, out, within=within, jobs=jobs, tell=bar.tell, begun=begun,
                ended=lambda played: bar.ended(played.folder), seed=seed,
            )  # fmt: skip
        except RunBroken as error:
            end_broken(error, folders[0])
            raise


def show_capacity(folder: Path, *, as_json: bool) -> ExitCode:
    """Show what a search has found, write its page, and return its exit status."""
    from reports.capacity_document import document_of
    from reports.document_page import write_page
    from simulation.records import METRICS_FILE, PAGE_FILE, read_json

    document = document_of(folder)
    page = write_page(document, folder / PAGE_FILE)
    if as_json:
        click.echo((folder / METRICS_FILE).read_text(encoding="utf-8").rstrip("\n"))
    else:
        show_document(document, [page])
    return status_of_word(read_json(folder / METRICS_FILE)["verdict"]["word"])
