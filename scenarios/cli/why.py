"""The commands `why` and `slowest`: where the time of one order went, and whose took longest."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.experiments import find_one_run
from scenarios.cli.options import ExampleCommand, out_option, run_argument


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry why last U000042-1-3
    openoutcry why opening-bell U000042-1-3 --figure why.svg
    openoutcry why last 1234
    openoutcry why last U000042-1-3 --verify
    """,
)
@click.argument("run", metavar="RUN")
@click.argument("order", metavar="ORDER_ID")
@click.option(
    "--figure", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Draw the waterfall too, into a .png, .svg or .pdf.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print every hop as JSON.")
@click.option("--verify", is_flag=True, help="Repeat the whole run and compare its digest.")
@out_option()
def why(
    run: str, order: str, *, figure: Path | None, as_json: bool, verify: bool, out: Path
) -> None:
    """Tell where the time of one order went, hop by hop, and what became of its money.

    RUN is a path, the start of an id, a scenario's name, `last` or `last~1`; ORDER_ID may also
    be the number of a command, such as one that was refused. The hops are learnt by repeating
    the run up to the order's last word, once; every recorded instant of the order must come out
    again. `openoutcry slowest` and `openoutcry search` name orders.
    """
    import msgspec

    from reports.journey import text_of
    from scenarios.cli.progress import progress_bar
    from scenarios.journeys import journey_of
    from simulation.records import PLAN_FILE, read_json
    from simulation.run_folder import find_run

    if figure is not None:
        refuse_format(figure)
    folder = find_run(run, out)
    starts_at_s = int(read_json(folder / PLAN_FILE).get("starts_at_s", 0))
    with progress_bar(f"repeating {folder.name}", starts_at_s, quiet=False) as bar:
        journey = journey_of(folder, order, verify=verify, progress=bar)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(journey), indent=1).decode())
    else:
        click.echo(text_of(journey), nl=False)
    if figure is not None:
        from reports.journey_file import write_figure

        write_figure(journey, figure)
        click.echo(figure, err=True)


def refuse_format(figure: Path) -> None:
    """Refuse a file whose ending names no format.

    Raises:
        InputError: It is none of .png, .svg and .pdf.
    """
    from scenarios.errors import InputError

    if figure.suffix.lower() not in {".png", ".svg", ".pdf"}:
        raise InputError(f"--figure {figure}: a file that ends in .png, .svg or .pdf is meant")


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry slowest last
    openoutcry slowest opening-bell --top 5 --operation place_market
    """,
)
@run_argument()
@click.option(
    "--top", type=click.IntRange(1, 10_000), default=20, show_default=True, metavar="N",
    help="How many.",
)  # fmt: skip
@click.option("--operation", default="", metavar="WORD", help="Only this one, like place_market.")
@out_option()
def slowest(run: str, *, top: int, operation: str, out: Path) -> None:
    """List the requests that took longest, and which part of each took most.

    RUN is a path, the start of an id, a scenario's name, `last` or `last~1`. The warm-up is left
    out. `openoutcry why RUN ID` tells one of them hop by hop.
    """
    from reports.rows import slowest as find_slowest
    from reports.slowest_text import text_of
    from scenarios.recorded import Run
    from scenarios.suggest import check_operation

    check_operation("--operation", operation)
    found = Run(find_one_run(run, out))
    rows = find_slowest(found.path, top, from_us=found.counts_from_us, operation=operation)
    click.echo(text_of(rows, found.starts_at_s), nl=False)
