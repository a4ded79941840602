"""The command `compare`: how two recorded runs differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenarios.cli.exit_codes import ExitCode
from scenarios.cli.many import show_document
from scenarios.cli.options import ExampleCommand, out_option, output_option

if TYPE_CHECKING:
    from reports.document import Document


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry compare last~1 last
    openoutcry compare 3fa 8c1 --fail-on-regression 5%
    openoutcry compare baseline/quiet runs/quiet -o compare.html --json
    openoutcry compare last~3 last~2 last~1 last
    """,
)
@click.argument("base", metavar="BASE")
@click.argument("new", metavar="NEW...", nargs=-1, required=True)
@click.option(
    "--fail-on-regression",
    "threshold",
    metavar="SHARE",
    help="End with status 5 if something is worse by more, like 5%.",
)
@output_option("The page; compare-<id of BASE>.html in the folder of NEW unless given.")
@out_option()
@click.option("--json", "as_json", is_flag=True, help="Print the numbers instead of a summary.")
def compare(
    *,
    base: str,
    new: tuple[str, ...],
    threshold: str | None,
    output: Path | None,
    out: Path,
    as_json: bool,
) -> None:
    """Compare recorded runs, groups of replications, or two sweeps.

    BASE and NEW are a path, the start of an id, a scenario's name, `last` or `last~1`.
    Several NEW are each compared with BASE and drawn into one figure; two sweeps are compared
    cell by cell. Differences have 95 % intervals where both have replications, paired where they
    share their seeds; single runs have none. Exit status: 0, 2 invalid input; with
    --fail-on-regression also 3 it cannot be told for lack of replications or of
    values, 5 a regression.
    """
    from reports.document_page import write_page
    from scenarios.thresholds import threshold_of
    from simulation.records import write_json
    from simulation.run_folder import find_run

    share = threshold_of(threshold, "--fail-on-regression")
    refuse_json(output)
    folders = [find_run(name, out) for name in (base, *new)]
    facts, document = compared(folders, share)
    page = output or folders[-1] / f"compare-{facts['base']['id']}.html"
    write_page(document, page)
    write_json(page.with_suffix(".json"), facts)
    if as_json:
        click.echo(json.dumps(facts, indent=1, ensure_ascii=False))
    else:
        show_document(document, [page, page.with_suffix(".json")])
    click.get_current_context().exit(worst_of(facts, share))


def compared(folders: list[Path], share: float | None) -> tuple[dict[str, Any], Document]:
    """Compare the first with the others: runs, groups of replications, or one sweep with one.

    Returns:
        The numbers, and what there is to say.

    Raises:
        InputError: There are too many.
        UnreadableRun: One of them cannot be compared.
    """
    from reports import comparison, comparison_document, several_comparison, sweep_comparison
    from scenarios.errors import InputError

    if len(folders) - 1 > several_comparison.MOST:
        raise InputError(f"NEW: at most {several_comparison.MOST}, not {len(folders) - 1}")
    facts: dict[str, Any]
    if len(folders) > 2:
        facts = several_comparison.compare_several(folders[0], folders[1:])
        return facts, several_comparison.document_of(facts, share)
    if any(map(sweep_comparison.is_sweep, folders)):
        facts = sweep_comparison.compare_sweeps(*folders)
        return facts, sweep_comparison.document_of(facts, share)
    facts = comparison.compare_runs(*folders)
    return facts, comparison_document.document_of(facts, share)


def worst_of(facts: dict[str, Any], threshold: float | None) -> ExitCode:
    """Return the gravest exit status of all that was compared."""
    single = [cell["comparison"] for cell in facts.get("cells", ())]
    statuses = {status_of(one, threshold) for one in facts.get("comparisons", single) or [facts]}
    if threshold is not None and facts.get("lost"):
        statuses.add(ExitCode.LIMIT_MISSED)  # nothing is known of a cell that is there no more
    grave = (ExitCode.REGRESSION, ExitCode.LIMIT_MISSED)
    return next((status for status in grave if status in statuses), ExitCode.GOOD)


def refuse_json(output: Path | None) -> None:
    """Refuse a page whose name its numbers would take.

    Raises:
        InputError: It ends in `.json`.
    """
    from scenarios.errors import InputError

    if output is not None and output.suffix == ".json":
        raise InputError(f"--output {output}: the page is HTML; its numbers go beside it as .json")


def status_of(facts: dict[str, Any], threshold: float | None) -> ExitCode:
    """Return the exit status: a regression, one that cannot be told, or none."""
    from reports.comparison import lost, regressions, verdict_is_worse

    if threshold is None:
        return ExitCode.GOOD
    worse, unclear = regressions(facts, threshold)
    if worse or verdict_is_worse(facts):
        return ExitCode.REGRESSION
    return ExitCode.LIMIT_MISSED if unclear or lost(facts) else ExitCode.GOOD
