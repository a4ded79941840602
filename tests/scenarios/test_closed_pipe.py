"""Commands into a pipe whose reader has gone, as in `openoutcry show last | head -3`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one recorded run."""
    folder = tmp_path_factory.mktemp("pipes")
    words = ("run", "quiet-minute", "--set", "users.count=20", "--quiet", "--out")
    result = CliRunner().invoke(openoutcry, [*words, str(folder / "runs")])
    assert result.exit_code in {ExitCode.GOOD, ExitCode.LIMIT_MISSED}, result.output
    return folder


def into_a_closed_pipe(folder: Path, *words: str, both: bool = False) -> tuple[int, str]:
    """Call `openoutcry` where nobody reads what it prints; give its status and its stderr."""
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [sys.executable, "-m", "scenarios.openoutcry", *words],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, check=False,
        stdout=theirs, stderr=theirs if both else subprocess.PIPE,
    )  # fmt: skip
    os.close(theirs)
    return done.returncode, done.stderr or ""


@pytest.mark.parametrize(
    "words",
    [("--help",), ("scenarios",), ("schema",), ("list",), ("show", "last"),
     ("show", "last", "--json"), ("slowest", "last")],
    ids=" ".join,
)  # fmt: skip
def test_a_command_that_nobody_reads_ends_like_one_that_sigpipe_kills(
    folder: Path, words: tuple[str, ...]
) -> None:
    assert into_a_closed_pipe(folder, *words) == (128 + 13, "")


def test_a_complaint_that_nobody_reads_ends_likewise(folder: Path) -> None:
    assert into_a_closed_pipe(folder, "show", "nothing-of-that-name", both=True) == (141, "")


def test_a_reader_that_has_enough_leaves_the_pipe_quiet(folder: Path) -> None:
    script = (
        f'"{sys.executable}" -m scenarios.openoutcry show last | head -3; exit ${{PIPESTATUS[0]}}'
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode in {ExitCode.GOOD, ExitCode.NOBODY_READS}
    assert (len(done.stdout.splitlines()), done.stderr) == (3, "")
