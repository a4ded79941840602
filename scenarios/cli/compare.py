"""The command `compare`: how two recorded runs differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from scenarios.cli.exit_codes import ExitCode
from scenarios.cli.many import show_document
from scenarios.cli.options import ExampleCommand, out_option


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry compare last~1 last
    openoutcry compare 3fa 8c1 --fail-on-regression 5%
    openoutcry compare baseline/quiet runs/quiet -o compare.html --json
    """,
)
@click.argument("base", metavar="BASE")
@click.argument("new", metavar="NEW")
@click.option(
    "--fail-on-regression",
    "threshold",
    metavar="SHARE",
    help="End with status 5 if something is worse by more, like 5%.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The page; compare-<id of BASE>.html in the folder of NEW unless given.",
)
@out_option()
@click.option("--json", "as_json", is_flag=True, help="Print the numbers instead of a summary.")
def compare(
    *, base: str, new: str, threshold: str | None, output: Path | None, out: Path, as_json: bool
) -> None:
    """Compare two recorded runs, or two groups of replications.

    BASE and NEW are a path, the start of an id, a scenario's name, `last` or `last~1`.
    Differences have 95 % intervals where both have replications, paired where they share their
    seeds; single runs have none. Exit status: 0, 2 invalid input; with --fail-on-regression also
    3 it cannot be told for lack of replications or of values, 5 a regression.
    """
    from reports.comparison import compare_runs
    from reports.comparison_document import document_of
    from reports.document_page import write_page
    from simulation.records import write_json
    from simulation.run_folder import find_run

    share = parse_threshold(threshold)
    refuse_json(output)
    facts = compare_runs(find_run(base, out), find_run(new, out))
    document = document_of(facts, share)
    page = output or Path(facts["new"]["folder"]) / f"compare-{facts['base']['id']}.html"
    write_page(document, page)
    write_json(page.with_suffix(".json"), facts)
    if as_json:
        click.echo(json.dumps(facts, indent=1, ensure_ascii=False))
    else:
        show_document(document, [page, page.with_suffix(".json")])
    click.get_current_context().exit(status_of(facts, share))


def refuse_json(output: Path | None) -> None:
    """Refuse a page whose name its numbers would take.

    Raises:
        InputError: It ends in `.json`.
    """
    from scenarios.errors import InputError

    if output is not None and output.suffix == ".json":
        raise InputError(f"--output {output}: the page is HTML; its numbers go beside it as .json")


def parse_threshold(text: str | None) -> float | None:
    """Return the share that something may be worse by.

    Raises:
        InputError: It is not a share.
    """
    from scenarios.errors import InputError
    from scenarios.units import SHARE

    if text is None:
        return None
    try:
        share = SHARE.parse(text)
    except ValueError as error:
        raise InputError(f"--fail-on-regression: {error}") from None
    if share < 0:
        raise InputError("--fail-on-regression: a share of at least 0% is meant")
    return share


def status_of(facts: dict[str, Any], threshold: float | None) -> ExitCode:
    """Return the exit status: a regression, one that cannot be told, or none."""
    from reports.comparison import lost, regressions, verdict_is_worse

    if threshold is None:
        return ExitCode.GOOD
    worse, unclear = regressions(facts, threshold)
    if worse or verdict_is_worse(facts):
        return ExitCode.REGRESSION
    return ExitCode.LIMIT_MISSED if unclear or lost(facts) else ExitCode.GOOD
