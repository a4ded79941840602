"""`openoutcry explore`, and failures that `openoutcry run` plays again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from actors.account import Account
from actors.domain.market_hours import ALWAYS_OPEN, MarketHours
from actors.messages.funds import DepositCash
from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode
from scenarios.failures import world_of_plan, write_failure, write_world
from scenarios.loader import resolve
from simulation.explore.campaign import Campaign
from simulation.explore.hunt import play_quietly
from simulation.explore.seeds import world_of
from simulation.explore.shapes import basis_of
from simulation.explore.shrinking import shrink
from simulation.explore.small_world import SmallWorld
from simulation.explore.worker import Smaller

ROOT = Path(__file__).parents[2]
Call = Callable[..., Result]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Call the command line in an empty folder, on 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: CliRunner().invoke(openoutcry, list(map(str, words)))


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let accounts of this process credit a deposit with too much."""
    credit = Account.deposit

    def too_much(self: Account, command: DepositCash) -> None:
        credit(self, msgspec.structs.replace(command, amount=command.amount + 1))

    monkeypatch.setattr(Account, "deposit", too_much)


def small_world(seed: int) -> SmallWorld:
    return world_of(basis_of(resolve("quiet-minute").plan), seed)


def test_a_clean_campaign_says_so_and_leaves_nothing_behind(call: Call, tmp_path: Path) -> None:
    result = call("explore", "quiet-minute", "--seeds", 12)

    assert result.exit_code == ExitCode.GOOD, result.output
    assert "quiet-minute: nothing was lost" in result.output
    assert "12 (0 to 11)" in result.output
    assert max(map(len, result.output.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []


def test_the_json_summary_is_json_and_nothing_else(call: Call) -> None:
    result = call("explore", "quiet-minute", "--seeds", 5, "--first-seed", 40, "--json")

    shown = json.loads(result.stdout)
    assert (shown["passed"], shown["seeds"], shown["first_seed"]) == (True, 5, 40)
    assert len(shown["situations"]) >= 40


def test_the_help_ends_with_examples(call: Call) -> None:
    result = call("explore", "--help")

    assert "openoutcry explore quiet-minute --seeds 300" in result.output
    assert "openoutcry run failures/" in result.output


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-scenario",),
        ("quiet-minute", "--seeds", 0),
        ("quiet-minute", "--first-seed", -1),
        ("quiet-minute", "--first-seed", 2**63),
        ("quiet-minute", "--jobs", 0),
    ],
)
def test_what_cannot_be_explored_is_refused_in_a_line(
    call: Call, words: tuple[object, ...]
) -> None:
    result = call("explore", *words)

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "Traceback" not in result.output


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so, for 30 seconds at most."""
    deadline_s = time.monotonic() + 30.0
    while not condition():
        assert time.monotonic() < deadline_s, "it never came to be"
        time.sleep(0.01)


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for processes in /proc")
def test_ctrl_c_ends_a_campaign_and_its_workers(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "scenarios.openoutcry", "explore", "quiet-minute"]
    process = subprocess.Popen(
        [*words, "--seeds", "100000"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        eventually(lambda: len(children_of(process.pid)) == 2)
        workers = children_of(process.pid)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()

    assert process.returncode == ExitCode.INTERRUPTED
    assert said.strip().startswith("interrupted after ")
    assert said.strip().endswith(" of 100,000 seeds")
    eventually(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def without_the_past(world: SmallWorld) -> SmallWorld:
    """Return a world whose market, if it opens before the start, has always been open."""
    hours = world.market.hours
    if not isinstance(hours, MarketHours) or hours.opens_us > 0:
        return world
    hours = msgspec.structs.replace(hours, opens_us=ALWAYS_OPEN.opens_us)
    market = msgspec.structs.replace(world.market, hours=hours)
    return msgspec.structs.replace(world, market=market)


def test_a_small_world_as_a_scenario_is_the_same_world(tmp_path: Path) -> None:
    for seed in range(60):
        world = small_world(seed)
        file = write_world(tmp_path / "world.toml", world, "Is it the same?", "For a test.")

        plan = resolve(str(file)).plan

        assert plan.replay is not None
        assert world_of_plan(plan, plan.replay) == without_the_past(world), f"seed {seed}"


@pytest.mark.parametrize("seed", range(4))
def test_a_small_world_as_a_scenario_has_the_same_digest(
    call: Call, tmp_path: Path, seed: int
) -> None:
    world = small_world(seed)
    file = write_world(tmp_path / "world.toml", world, "Is it the same?", "")

    result = call("run", file)

    assert f"digest {play_quietly(world).digest}" in result.output


@pytest.mark.usefixtures("careless")
def test_a_failure_that_was_made_smaller_fails_again_when_it_is_run(
    call: Call, tmp_path: Path
) -> None:
    shrunk = shrink(small_world(3), limit_s=20.0)
    file = write_failure(tmp_path / "a01-3.toml", shrunk, 3, "quiet-minute")

    result = call("run", file)

    assert result.exit_code == ExitCode.AUDIT_FAILED
    assert "A01 $0.0001 appeared" in result.output
    assert "a01-3: something lost" in result.output
    assert "# A01 $0.0001 appeared" in file.read_text(encoding="utf-8")


def test_a_failure_that_is_mended_passes_when_it_is_run(call: Call, tmp_path: Path) -> None:
    file = write_world(tmp_path / "mended.toml", small_world(3), "Is it mended?", "")

    result = call("run", file, "--json")

    assert result.exit_code == ExitCode.GOOD
    assert json.loads(result.stdout)["passed"] is True


def test_a_replay_whose_files_are_gone_is_refused_at_their_place(
    call: Call, tmp_path: Path
) -> None:
    file = write_world(tmp_path / "gone.toml", small_world(3), "Is it there?", "")
    (tmp_path / "gone.ticks.csv").unlink()

    result = call("run", file)

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "replay.ticks: no such file" in result.output
    assert "gone.toml:" in result.output


def test_a_command_file_that_is_wrong_is_refused_in_a_line(call: Call, tmp_path: Path) -> None:
    file = write_world(tmp_path / "wrong.toml", small_world(3), "Is it right?", "")
    (tmp_path / "wrong.commands.csv").write_text("nothing\n", encoding="utf-8")

    result = call("run", file)

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "wrong.commands.csv:1: the columns" in result.output


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_played(call: Call) -> None:
    result = call("explore", "quiet-minute", "--seeds", 1, "--out", "/proc/no")

    assert result.exit_code == 2
    assert "--out /proc/no: nothing can be written there" in result.output


def test_an_interrupted_campaign_shows_what_it_has_met(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_seed(campaign: Campaign) -> None:
        campaign.tally.done = 1
        raise KeyboardInterrupt

    monkeypatch.setattr(Campaign, "run", one_seed)
    result = call("explore", "quiet-minute", "--seeds", 9)

    assert result.exit_code == 130
    assert "interrupted after 1 of 9 seeds" in result.output
    assert "rarest situations" in result.output


@pytest.mark.parametrize("option", [("--seed", 5), ("--keep-journal",)])
def test_a_replay_refuses_options_that_mean_nothing_to_it(
    call: Call, tmp_path: Path, option: tuple[object, ...]
) -> None:
    world = world_of(basis_of(resolve("quiet-minute").plan), 0)
    file = write_world(tmp_path / "again.toml", world, "Is it refused?", "")

    result = call("run", file, *option)

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "is played as its file says" in result.output


@pytest.mark.usefixtures("careless")
def test_a_failure_is_written_and_announced_while_the_campaign_goes_on(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shrunk = shrink(small_world(3), limit_s=20.0)

    def fail_and_go_on(campaign: Campaign) -> None:
        campaign.tally.shrunk.append(Smaller(7, shrunk))
        campaign._progress(campaign.tally)
        assert (tmp_path / "failures" / "a01-7.toml").is_file()
        campaign._progress(campaign.tally)

    monkeypatch.setattr(Campaign, "run", fail_and_go_on)
    result = call("explore", "quiet-minute", "--seeds", 9)

    assert result.stderr.count("seed 7: A01, ") == 1
    assert "are enough: openoutcry run failures/a01-7.toml" in result.stderr
