"""The commands about scenario files: `scenarios` and `validate`."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click

from scenarios.cli.exit_codes import ExitCode
from scenarios.cli.guard import complain
from scenarios.cli.options import ExampleCommand, output_option, override_option


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry scenarios
    openoutcry scenarios opening-bell
    openoutcry scenarios quiet-minute > mine.toml
    """,
)
@click.argument("name", required=False, metavar="[NAME]")
def scenarios(name: str | None) -> None:
    """List the bundled scenarios, or print the one called NAME."""
    from scenarios.layers import read_layer
    from scenarios.loader import bundled, find_scenario

    if name is not None:
        click.echo(read_layer(find_scenario(name)).text.rstrip("\n"))
        return
    for known, path in bundled().items():
        description = read_layer(path).document.get("description", "(only to be extended)")
        click.echo(
            textwrap.fill(
                description, 79, initial_indent=f"{known:<21} ", subsequent_indent=" " * 22
            )
        )


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry validate rush.toml
    openoutcry validate *.toml
    openoutcry validate real-morning --set \\
        market.prices.file=AAPL_2012-06-21_34200000_57600000_message_10.csv
    """,
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@override_option()
def validate(files: tuple[str, ...], overrides: tuple[str, ...]) -> None:
    """Check scenarios without running them, and name every mistake with its place.

    FILE is a TOML file or a bundled name. Exit status: 0 all are valid, 2 one is not.
    """
    from scenarios.errors import ScenarioError
    from scenarios.loader import resolve
    from scenarios.matrix import cells_of, has_matrix

    status = ExitCode.GOOD
    for file in files:
        try:
            resolve(file, overrides)
            cells = (
                f", {len(cells_of(file, overrides))} cells" if has_matrix(file, overrides) else ""
            )
            click.echo(f"{file}: valid{cells}")
        except ScenarioError as error:
            complain(str(error))
            status = ExitCode.BAD_INPUT
    click.get_current_context().exit(status)


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry schema -o scenario.schema.json
    openoutcry schema | less
    """,
)
@output_option("Where to write it, instead of printing it.")
def schema(output: Path | None) -> None:
    """Give the JSON schema of scenario files, by which editors check and complete them.

    With the line `#:schema ./scenario.schema.json` at its head, a scenario beside that file is
    checked while it is written.
    """
    from scenarios.errors import InputError
    from scenarios.schema import schema_text

    if output is None:
        click.echo(schema_text(), nl=False)
        return
    try:
        output.write_text(schema_text(), encoding="utf-8")
    except OSError as error:
        raise InputError(f"--output {output}: cannot be written: {error.strerror}") from error
    click.echo(output)
