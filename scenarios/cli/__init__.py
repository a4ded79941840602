"""The command line. Whatever is slow to import is imported inside the command that needs it."""

from __future__ import annotations

import io
import signal
import sys

import click

from scenarios.cli.capacity import capacity
from scenarios.cli.compare import compare
from scenarios.cli.demo import demo
from scenarios.cli.doctor import doctor
from scenarios.cli.explore import explore
from scenarios.cli.guard import GuardedGroup
from scenarios.cli.run import run, workload
from scenarios.cli.runs import audit, list_command, report, show
from scenarios.cli.scenario_files import scenarios, schema, validate
from scenarios.cli.search import search
from scenarios.cli.sweep import sweep
from scenarios.cli.trend import trend
from scenarios.cli.why import slowest, why

__all__ = ["main", "openoutcry"]


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from scenarios.cli.doctor import own_version

        click.echo(f"openoutcry {own_version()}")
        ctx.exit()


@click.group(
    cls=GuardedGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Start with: openoutcry run opening-bell",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def openoutcry() -> None:
    """A whole online brokerage made of actors, measured under load and audited to the cent."""


for command in (
    run,
    sweep,
    capacity,
    compare,
    trend,
    explore,
    workload,
    audit,
    list_command,
    show,
    report,
    search,
    why,
    slowest,
    scenarios,
    validate,
    schema,
    doctor,
    demo,
):
    openoutcry.add_command(command)


def main() -> None:
    """Run the command line; SIGTERM ends it like Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name may have letters that it cannot write
            stream.reconfigure(errors="backslashreplace")
    openoutcry(prog_name="openoutcry")
