"""The command `trend`: how the runs that were kept of a scenario went."""

from __future__ import annotations

import json
from pathlib import Path

import click

from scenarios.cli.many import show_document
from scenarios.cli.options import ExampleCommand, json_option, out_option, output_option
from scenarios.errors import InputError


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry trend
    openoutcry trend --metric latency.search.p99 --metric rate.completed
    openoutcry trend opening-bell --newest 20 -o trend.html
    """,
)
@click.argument("scenario", required=False)
@click.option("--metric", "metrics", metavar="NAME", multiple=True, help="What is shown; repeat.")
@click.option(
    "--newest",
    type=click.IntRange(2, 1_000),
    default=50,
    show_default=True,
    metavar="N",
    help="Only the newest N runs.",
)
@output_option("The page; trend-SCENARIO.html in the folder of all runs unless given.")
@out_option()
@json_option()
def trend(
    *,
    scenario: str | None,
    metrics: tuple[str, ...],
    newest: int,
    output: Path | None,
    out: Path,
    as_json: bool,
) -> None:
    """Show how the runs that were kept of a scenario went, the oldest first.

    SCENARIO is that of the newest run unless given. Runs and groups of replications count.
    """
    from reports.document_files import write_figures
    from reports.document_page import write_page
    from reports.trend import document_of, trend_of
    from scenarios.sweeps import refuse_unknown_metric

    for name in metrics:
        refuse_unknown_metric(name)
    facts = trend_of(kept_runs(scenario, out)[-newest:], metrics)
    if as_json:
        click.echo(json.dumps(facts, indent=1, ensure_ascii=False))
        return
    document = document_of(facts)
    page = write_page(document, output or out / f"trend-{facts['scenario']}.html")
    files = write_figures(document, page.parent)
    show_document(document, [page, *(file for file in files if file.suffix == ".png")])


def kept_runs(scenario: str | None, out: Path) -> list[Path]:
    """Return the runs of a scenario that have ended, the oldest first.

    Raises:
        InputError: There is none.
    """
    from simulation.run_folder import list_runs

    ended = [
        row for row in list_runs(out)
        if row["status"] not in {"running", "unreadable"}
        and row.get("kind", "replications") == "replications"
    ]  # fmt: skip
    name = scenario or (ended[-1]["scenario"] if ended else "")
    found = [Path(row["path"]) for row in ended if row.get("scenario") == name]
    if not found:
        known = ", ".join(sorted({str(row.get("scenario")) for row in ended}))
        what = f"of {name!r} in {out}; there are runs of {known}" if known else f"in {out} yet"
        raise InputError(f"no runs {what}")
    return found
