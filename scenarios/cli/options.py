"""Arguments and options that several commands share."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class ExampleCommand(click.Command):
    """A command whose help ends with examples, which are never wrapped."""

    def __init__(self, *arguments: Any, examples: str = "", **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._examples = textwrap.dedent(examples).strip()

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        with formatter.section("Examples"):
            for line in self._examples.splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def scenario_argument() -> Decorator:
    """Return the argument SCENARIO."""
    return click.argument("scenario", metavar="SCENARIO")


def run_argument() -> Decorator:
    """Return the argument RUN."""
    return click.argument("run", metavar="RUN", default="last")


def override_option() -> Decorator:
    """Return the option `--set`."""
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help='Replace a key of the scenario, like "market.symbols=10". May be repeated.',
    )


def seed_option() -> Decorator:
    """Return the option `--seed`."""
    return click.option("--seed", type=int, metavar="N", help="Replace the scenario's seed.")


def out_option(default: str = "runs", what: str = "Folder of all runs.") -> Decorator:
    """Return the option `--out`."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(default),
        show_default=True,
        metavar="DIR",
        help=what,
    )


def output_option(what: str, *, required: bool = False) -> Decorator:
    """Return the option `-o`, the file that a command writes."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        required=required,
        metavar="FILE",
        help=what,
    )


def json_option() -> Decorator:
    """Return the option `--json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print metrics.json instead of a summary."
    )
