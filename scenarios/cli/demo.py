"""The command `demo`: what a brokerage does, in five short stories."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import click

from scenarios.cli.options import ExampleCommand

if TYPE_CHECKING:
    from actors.runtimes.runtime import Runtime

_STORIES: Final = 5


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry demo
    openoutcry demo --story 4 --runtime virtual
    """,
)
@click.option(
    "--story", type=click.IntRange(1, _STORIES), metavar="N", help="Play one of the five, 1 to 5."
)
@click.option(
    "--runtime",
    type=click.Choice(["threads", "virtual"]),
    default="threads",
    show_default=True,
    help="Who serves the actors: threads, or virtual time.",
)
def demo(story: int | None, runtime: str) -> None:
    """Play five short stories: from a deposit to a profit."""
    for number in range(1, _STORIES + 1) if story is None else (story,):
        _play(number, runtime)


def _play(number: int, runtime: str) -> None:
    from actors import Brokerage
    from scenarios.demo import STORIES, Teller

    story = STORIES[number - 1]
    plain = False if os.environ.get("NO_COLOR") else None
    click.secho(f"Story {number} of {_STORIES}: {story.title}", bold=True, color=plain)
    with Brokerage(_make_runtime(runtime)) as exchange:
        story.play(exchange, Teller(click.echo))
    click.echo()


def _make_runtime(name: str) -> Runtime[Any]:
    if name == "threads":
        from actors import ThreadRuntime

        return ThreadRuntime()
    from simulation.virtual_time import VirtualTimeRuntime

    return VirtualTimeRuntime()
