"""The command `explore`: many small worlds with faults, and the smallest that fails."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenarios.cli.exit_codes import ExitCode
from scenarios.cli.guard import complain
from scenarios.cli.options import ExampleCommand, out_option, override_option, scenario_argument

if TYPE_CHECKING:
    from simulation.explore.campaign import Tally
    from simulation.explore.shrinking import Shrunk

_SEED_END = 2**63


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry explore quiet-minute --seeds 300
    openoutcry explore opening-bell --seeds 10_000 --jobs 8
    openoutcry explore quiet-minute --seeds 1 --first-seed 1234
    openoutcry run failures/a05-1234.toml
    """,
)
@scenario_argument()
@click.option(
    "--seeds", type=int, default=300, show_default=True, metavar="N", help="How many to play."
)
@click.option(
    "--first-seed", type=int, default=0, show_default=True, metavar="K", help="Where to begin."
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=2, show_default=True, metavar="J",
    help="Worker processes.",
)  # fmt: skip
@override_option()
@out_option("failures", "Folder of failures; made when there is one.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def explore(
    *,
    scenario: str,
    seeds: int,
    first_seed: int,
    jobs: int,
    overrides: tuple[str, ...],
    out: Path,
    as_json: bool,
) -> None:
    """Play many small worlds with faults, and make the one that fails smaller.

    Each seed stands for a few accounts and stocks, a handful of commands and a mix of faults,
    derived from SCENARIO. After the faults everything must come to rest, with nothing lost. A
    failure is written to DIR as a scenario that `openoutcry run` plays again. Exit status:
    0 nothing was lost, 1 a bug of the tool, 2 invalid input, 4 something was lost or (from
    1,000 seeds on) a situation never came up, 130 interrupted.
    """
    from scenarios.cli.exploration import judged, show, shown_progress
    from scenarios.errors import InputError
    from scenarios.loader import resolve
    from simulation.explore.campaign import Campaign, Settings
    from simulation.explore.shapes import basis_of

    if seeds < 1 or first_seed < 0 or first_seed + seeds > _SEED_END:
        raise InputError("--seeds: at least 1 is meant, and seeds are numbers from 0 to 2**63 - 1")
    refuse_unwritable(out)
    basis = basis_of(resolve(scenario, overrides).plan)
    is_whole = True
    failures = Failures(out, scenario)
    with shown_progress(basis.name, quiet=as_json) as show_progress:

        def move(tally: Tally) -> None:
            failures.write(tally)
            show_progress(tally)

        campaign = Campaign(Settings(basis, first_seed, seeds, jobs), move)
        try:
            campaign.run()
        except KeyboardInterrupt:
            is_whole = False
    tally = campaign.tally
    if as_json:
        click.echo(json.dumps(summary_of(tally, failures.files), indent=2))
    else:
        show(tally, failures.files)
    if not is_whole:
        complain(f"interrupted after {tally.done:,} of {seeds:,} seeds")
        click.get_current_context().exit(ExitCode.INTERRUPTED)
    status = judged(tally)
    if status is ExitCode.BUG:
        complain("this is a bug in Open Outcry: a small world broke its own machinery")
    click.get_current_context().exit(status)


def refuse_unwritable(out: Path) -> None:
    """Refuse a folder that no failure could be written to, before anything is played.

    Raises:
        InputError: It cannot be made or written.
    """
    from scenarios.errors import InputError

    is_new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        sentence = f"--out {out}: nothing can be written there: {error.strerror}"
        raise InputError(sentence) from error
    if is_new:
        out.rmdir()  # it comes back with the first failure


class Failures:
    """Writes each failure as soon as it has been made smaller, and says so on stderr.

    Args:
        out: Folder of failures; made with the first one.
        scenario: What the small worlds were derived from.

    Attributes:
        files: What was written, by seed.
    """

    def __init__(self, out: Path, scenario: str) -> None:
        self.files: dict[int, Path] = {}
        self._out = out
        self._scenario = scenario

    def write(self, tally: Tally) -> None:
        """Write what is new."""
        for smaller in tally.shrunk:
            if smaller.shrunk is not None and smaller.seed not in self.files:
                self._write(smaller.seed, smaller.shrunk)

    def _write(self, seed: int, shrunk: Shrunk) -> None:
        from scenarios.failures import file_name, write_failure

        self._out.mkdir(parents=True, exist_ok=True)
        path = self._out / file_name(shrunk.target, seed)
        self.files[seed] = write_failure(path, shrunk, seed, self._scenario)
        what = f"seed {seed}: {shrunk.target}, {shrunk.size_in_words} are enough"
        print(f"{what}: openoutcry run {path}", file=sys.stderr)


def summary_of(tally: Tally, files: dict[int, Path]) -> dict[str, Any]:
    """Return the summary of a campaign as plain values."""
    from simulation.explore.campaign import summary

    shrunk = [
        {
            "seed": smaller.seed,
            "target": smaller.shrunk.target,
            "commands": smaller.shrunk.size[0],
            "faults": smaller.shrunk.size[1],
            "file": str(files[smaller.seed]),
        }
        for smaller in tally.shrunk
        if smaller.shrunk is not None
    ]
    return summary(tally) | {"shrunk": shrunk}
