"""The command line: exit statuses, what goes to stdout, and that no traceback is ever shown."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode
from scenarios.cli.guard import GuardedGroup, remember_run_folder
from scenarios.cli.progress import progress_bar
from scenarios.cli.run import verdict
from scenarios.errors import InputError
from scenarios.gauge import time_of_day
from scenarios.loader import resolve

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(openoutcry.commands)
Written = Callable[..., Path]


def invoke(*words: str | Path) -> Result:
    return CliRunner().invoke(openoutcry, list(map(str, words)))


def test_the_help_names_every_command() -> None:
    result = invoke("--help")

    assert result.exit_code == ExitCode.GOOD
    for command in COMMANDS:
        assert f"  {command} " in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_examples_and_fits_80_columns(command: str) -> None:
    result = invoke(command, "--help")

    examples = result.stdout.partition("Examples:\n")[2]
    assert f"  openoutcry {command}" in examples
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize("command", ["run", "validate", "workload"])
def test_every_scenario_of_the_examples_is_valid(
    command: str, written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written()
    (tmp_path / "AAPL_2012-06-21_34200000_57600000_message_10.csv").touch()

    for scenario, overrides in scenarios_in_examples(command):
        resolve(scenario, overrides)


def scenarios_in_examples(command: str) -> list[tuple[str, list[str]]]:
    """Return scenario and overrides of each example but those about a pattern of files."""
    examples = invoke(command, "--help").stdout.partition("Examples:\n")[2]
    lines = [shlex.split(line) for line in examples.replace("\\\n", " ").splitlines()]
    assert all(words[:2] == ["openoutcry", command] for words in lines)
    return [
        (words[2], [word for before, word in pairwise(words) if before == "--set"])
        for words in lines
        if "*" not in words[2]
    ]


def test_the_help_imports_nothing_that_is_slow(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from scenarios.cli import openoutcry\n"
        "openoutcry(['--help'], standalone_mode=False)\n"
        "slow = {'numpy', 'pandas', 'pyarrow', 'pydantic', 'matplotlib', 'rich', 'simulation'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run"], "Missing argument"),
        (["run", "opening-bel"], "did you mean 'opening-bell'?"),
        (["run", "quiet-minute", "--set", "duration=5"], "--set duration: a duration with its"),
        (["run", "quiet-minute", "--seed", "-1"], "--seed: must be at least 0"),
        (["run", "quiet-minute", "--seed", "x"], "not a valid integer"),
        (["run", "quiet-minute", "--replay", "gone.csv"], "does not exist"),
        (["workload", "quiet-minute"], "Missing option '-o'"),
        (["workload", "opening-bel", "-o", "x.csv"], "did you mean 'opening-bell'?"),
        (["scenarios", "opening-bel"], "did you mean 'opening-bell'?"),
        (["show", "last"], "no run 'last'"),
        (["audit", "xyz"], "no run 'xyz'"),
        (["report", "last~3"], "no run 'last~3'"),
        (["nonsense"], "No such command"),
    ],
)
def test_what_cannot_be_used_is_one_error_and_status_2(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = invoke(*words)

    assert (result.exit_code, result.stdout) == (ExitCode.BAD_INPUT, "")
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_scenarios_are_listed_with_their_question() -> None:
    result = invoke("scenarios")

    assert re.search(r"^quiet-minute +Does a small brokerage work", result.stdout, re.MULTILINE)
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_bundled_scenario_is_printed_as_it_stands() -> None:
    given = (ROOT / "scenarios" / "library" / "opening-bell.toml").read_text(encoding="utf-8")

    assert invoke("scenarios", "opening-bell").stdout == given


def test_validate_tells_about_every_file(written: Written) -> None:
    good = written(name="good.toml")
    bad = written(("symbols = 10", "symbols = 0"), name="bad.toml")

    result = invoke("validate", bad, good, "quiet-minute")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stdout == f"{good}: valid\nquiet-minute: valid\n"
    assert result.stderr.startswith(f"{bad}:5:11: market.symbols: must be at least 1")


def test_the_doctor_finds_this_machine_fit(tmp_path: Path) -> None:
    result = invoke("doctor", "--out", tmp_path)

    assert result.exit_code == ExitCode.GOOD, result.stdout
    assert "NOT OK" not in result.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_the_doctor_sees_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    result = invoke("doctor", "--out", tmp_path / "runs")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert f"{tmp_path} cannot be written to" in result.stdout


def test_list_of_no_runs_says_how_to_make_one(tmp_path: Path) -> None:
    result = invoke("list", "--out", tmp_path)

    assert (result.exit_code, result.stdout) == (ExitCode.GOOD, "")
    assert "openoutcry run opening-bell" in result.stderr


def failing(error: BaseException, folder: Path | None = None) -> Result:
    """Run a command that raises, within the group that guards ours."""
    group = GuardedGroup("guarded")

    @group.command("fail")
    def fail() -> None:
        if folder is not None:
            remember_run_folder(folder)
        raise error

    return CliRunner().invoke(group, ["fail"])


def test_an_error_of_our_own_is_shown_as_it_is() -> None:
    result = failing(InputError("line 3 is broken"))

    assert (result.exit_code, result.stderr) == (ExitCode.BAD_INPUT, "line 3 is broken\n")


class OurBugError(RuntimeError):
    """An error of our own that blames nobody else."""

    __module__ = "actors.account"


@pytest.mark.parametrize("error", [ValueError("odd"), KeyError("odd"), OurBugError("odd")])
def test_any_other_error_is_a_bug_with_its_traceback_in_a_file(
    error: Exception, tmp_path: Path
) -> None:
    result = failing(error, tmp_path)

    assert result.exit_code == ExitCode.BUG
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"this is a bug in Open Outcry: {type(error).__name__}")
    assert f"traceback written to {tmp_path / 'traceback.txt'}" in result.stderr
    assert "raise error" in (tmp_path / "traceback.txt").read_text(encoding="utf-8")


def test_a_bug_before_there_is_a_run_still_leaves_its_traceback() -> None:
    told = failing(RuntimeError("odd")).stderr

    file = Path(told.rpartition("traceback written to ")[2].strip())
    assert "RuntimeError: odd" in file.read_text(encoding="utf-8")


def test_an_interrupt_says_where_the_partial_run_is(tmp_path: Path) -> None:
    result = failing(KeyboardInterrupt(), tmp_path)

    assert result.exit_code == ExitCode.INTERRUPTED
    assert result.stderr == f"interrupted; the partial run is in {tmp_path}\n"


@dataclass(frozen=True)
class Ended:
    """What the exit status is decided by, besides the metrics."""

    audit_passed: bool = True
    failures: int = 0


@pytest.mark.parametrize(
    ("word", "outcome", "status"),
    [
        ("passed", Ended(), ExitCode.GOOD),
        ("limit missed", Ended(), ExitCode.LIMIT_MISSED),
        ("not proven", Ended(), ExitCode.LIMIT_MISSED),
        ("passed", Ended(failures=1), ExitCode.BUG),
        ("limit missed", Ended(failures=1), ExitCode.BUG),
        ("something lost", Ended(), ExitCode.AUDIT_FAILED),
        ("passed", Ended(audit_passed=False), ExitCode.AUDIT_FAILED),
        ("handler failed", Ended(audit_passed=False, failures=1), ExitCode.BUG),
        ("something lost", Ended(audit_passed=False, failures=1), ExitCode.AUDIT_FAILED),
    ],
)
def test_what_was_lost_outweighs_what_broke_and_that_what_was_slow(
    word: str, outcome: Any, status: ExitCode
) -> None:
    metrics = {"verdict": {"word": word, "passed": word == "passed"}}

    assert verdict(metrics, outcome) == status


def test_no_bar_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("opening-bell", 0, quiet=False) as move:
        move(1.0, 2.0)

    assert capsys.readouterr() == ("", "")


def test_a_time_of_day_goes_on_after_midnight() -> None:
    assert time_of_day(34_200) == "09:30:00"
    assert time_of_day(86_400 + 61.9) == "00:01:01"


def test_colour_is_left_out_on_demand() -> None:
    group = GuardedGroup("guarded")

    @group.command("fail")
    def fail() -> None:
        raise InputError("wrong")

    shown = CliRunner().invoke(group, ["fail"], color=True).stderr
    plain = CliRunner().invoke(group, ["fail"], color=True, env={"NO_COLOR": "1"}).stderr
    assert (shown, plain) == ("\x1b[31mwrong\x1b[0m\n", "wrong\n")


def test_an_unexpected_click_error_keeps_its_own_status() -> None:
    assert failing(click.UsageError("odd")).exit_code == ExitCode.BAD_INPUT
