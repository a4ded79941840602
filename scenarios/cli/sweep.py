"""The command `sweep`: every cell of a scenario's matrix."""

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

if TYPE_CHECKING:
    from scenarios.matrix import Cell


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry sweep sizing --dry-run
    openoutcry sweep sizing --jobs 2
    openoutcry sweep sizing --set 'matrix.cluster.workers=[2, 4]' --replications 3
    openoutcry sweep sizing --metric latency.place_market.mean
    """,
)
@scenario_argument()
@click.option("--dry-run", is_flag=True, help="Resolve and list the cells, and run none.")
@click.option("--metric", metavar="NAME", help="What is drawn over the load.")
@seed_option()
@override_option()
@replications_option()
@jobs_option()
@out_option()
@json_option()
def sweep(
    *,
    scenario: str,
    dry_run: bool,
    metric: str | None,
    seed: int | None,
    overrides: tuple[str, ...],
    replications: int | None,
    jobs: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Run every cell of a scenario's [matrix].

    [matrix] names keys of the scenario and the values that they are to take, all combinations
    of which are run, with the same seeds. The result is a table of the cells, a figure of a
    latency over the offered load with its knee, and the numbers as CSV and JSON. Exit status:
    0 every cell passed, 1 a bug, 2 invalid input, 3 a cell missed a limit or left it undecided,
    4 the audit found something lost in one, 130 interrupted.
    """
    from scenarios.matrix import cells_of
    from scenarios.sweeps import refuse_unknown_metric

    refuse_unknown_metric(metric)
    if replications is not None:
        overrides = (*overrides, f"replications={replications}")
    cells = cells_of(scenario, overrides, seed)
    if dry_run:
        list_cells(cells)
        return
    folder = _play(cells, scenario, overrides, out, metric=metric, jobs=jobs, seed=seed)
    click.get_current_context().exit(show_sweep(folder, as_json=as_json))


def list_cells(cells: list[Cell]) -> None:
    """Print the cells, each in a line."""
    from reports.sweep_document import values_in_words

    for cell in cells:
        click.echo(f"{cell.number:>4}  {values_in_words(dict(cell.values))}")
    runs = sum(cell.resolved.replications for cell in cells)
    virtual_s = sum(cell.resolved.replications * cell.resolved.plan.end_s for cell in cells)
    click.echo(f"{len(cells)} cells, {runs} runs, {virtual_s:,.0f} s of virtual time")


def _play(
    cells: list[Cell],
    scenario: str,
    overrides: tuple[str, ...],
    out: Path,
    *,
    metric: str | None,
    jobs: int | None,
    seed: int | None,
) -> Path:
    from scenarios.replications import Given
    from scenarios.sweeps import sweep_cells
    from scenarios.workers import RunBroken

    bar = Bar(sum(cell.resolved.replications for cell in cells))
    folders: list[Path] = []

    def begun(folder: Path) -> None:
        folders.append(folder)
        remember_run_folder(folder)

    with bar.shown(cells[0].resolved.plan.name, quiet=False):
        try:
            return sweep_cells(
                cells, Given(scenario, overrides), out, metric=metric, jobs=jobs, tell=bar.tell,
                begun=begun, ended=lambda played: bar.ended(played.folder), seed=seed,
            )  # fmt: skip
        except RunBroken as error:
            end_broken(error, folders[0])
            raise


def show_sweep(folder: Path, *, as_json: bool) -> ExitCode:
    """Show a recorded sweep, write its page and its table, and return its exit status."""
    from reports.document_page import write_page
    from reports.sweep_document import document_of, write_cells
    from simulation.records import METRICS_FILE, PAGE_FILE, read_json

    document = document_of(folder)
    files = [write_page(document, folder / PAGE_FILE), write_cells(folder)]
    if as_json:
        click.echo((folder / METRICS_FILE).read_text(encoding="utf-8").rstrip("\n"))
    else:
        show_document(document, files)
    return status_of_word(read_json(folder / METRICS_FILE)["verdict"]["word"])
