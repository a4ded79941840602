"""Replications: processes of their own, seeds of their own, one verdict over all of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from kept import read
from terminal import on_a_terminal

from reports.intervals import interval_of_mean
from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode
from scenarios.loader import bundled, resolve
from scenarios.playing import with_seed
from scenarios.replications import Given, seeds, tasks_of
from scenarios.worker import encode, read_task

ROOT = Path(__file__).parents[2]
SMALL = ("quiet-minute", "--set", "users.count=20")


def invoke(*words: object) -> Result:
    return CliRunner().invoke(openoutcry, list(map(str, words)))


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three replications of a small scenario."""
    out = tmp_path_factory.mktemp("replicated")
    result = invoke("run", *SMALL, "--replications", 3, "--jobs", 2, "--quiet", "--out", out)
    assert result.exit_code == ExitCode.GOOD, result.output
    return Path(result.stdout.strip())


def test_the_first_replication_has_the_seed_of_the_scenario_and_no_two_are_equal() -> None:
    own = seeds(7, 50)

    assert own[0] == 7
    assert len(set(own)) == 50
    assert not set(own) & set(seeds(8, 50))


def test_a_replication_has_the_same_seed_however_many_there_are() -> None:
    assert seeds(7, 3) == seeds(7, 50)[:3]
    assert seeds(7, 3) == [
        7,
        1117950049666392112,
        1995612719926547545,
    ]  # so that recorded comparisons stay valid


def test_every_replication_is_a_run_of_its_own_that_can_be_repeated_alone(group: Path) -> None:
    facts = read(group / "metrics.json")
    second = group / "replication-2"

    alone = invoke("run", second / "scenario.resolved.toml", "--json", "--out", group / "again")

    assert read(second / "run.json")["seed"] == seeds(1, 2)[1]
    assert json.loads(alone.stdout)["run"]["digest"] == facts["replications"][1]["digest"]


def test_the_first_replication_is_the_run_without_replications(group: Path) -> None:
    single = json.loads(invoke("run", *SMALL, "--json", "--out", group / "single").stdout)

    assert single["run"]["digest"] == read(group / "metrics.json")["replications"][0]["digest"]


def test_a_mean_and_its_interval_are_over_replications(group: Path) -> None:
    facts = read(group / "metrics.json")
    each = [read(group / f"replication-{n}" / "metrics.json")["metrics"] for n in (1, 2, 3)]

    name = "latency.place_market.p99"
    expected = interval_of_mean([metrics[name] for metrics in each])
    assert facts["metrics"][name] == expected.mean
    assert facts["intervals"][name]["high"] == expected.high
    assert facts["run"]["replications"] == 3


def test_a_group_tells_the_warm_ups_of_all_replications_and_not_of_the_first(
    group: Path, tmp_path: Path
) -> None:
    copied = Path(shutil.copytree(group, tmp_path / "copied"))
    for number in (1, 2, 3):
        file = copied / f"replication-{number}" / "metrics.json"
        facts = read(file)
        facts["run"]["warm_up"] = {"how": "found", "seconds": number, "mser5_s": number}
        facts["run"]["measured_s"] = 60.0 - number
        file.write_text(json.dumps(facts), encoding="utf-8")
    (copied / "metrics.json").unlink()

    told = " ".join(invoke("show", copied).stdout.split())

    assert "found by MSER-5 in each run: 1 s … 3 s" in told
    assert "57.0 s … 59.0 s virtual in each replication" in told


def test_a_group_is_listed_shown_and_written_again(group: Path) -> None:
    page = group / "report.html"
    first = page.read_bytes()
    page.unlink()

    listed = invoke("list", "--out", group.parent).stdout
    assert listed.rstrip().endswith("  replications")
    shown = invoke("show", group).stdout.splitlines()
    written = invoke("report", group).stdout.strip()

    assert re.search(r"^\w{6} .* passed +quiet-minute", listed)
    assert shown[0] == "quiet-minute  seed 1  3 replications  ✓ passed"
    assert max(len(line) for line in shown if not line.startswith("again ")) <= 80
    assert any("mean of each percentile over 3 replications" in line for line in shown)
    assert Path(written).read_bytes() == first


def test_a_limit_within_the_interval_is_inconclusive_and_says_how_many_would_decide(
    group: Path, tmp_path: Path
) -> None:
    interval = read(group / "metrics.json")["intervals"]["latency.place_market.mean"]
    bound_us = (interval["mean"] + 0.3 * (interval["high"] - interval["mean"])) * 1e6
    limit = f"limits.latency.place_market.mean=< {bound_us:.3f}us"

    result = invoke("run", *SMALL, "--set", limit, "--replications", 3, "--out", tmp_path)

    assert result.exit_code == ExitCode.LIMIT_MISSED, result.output
    assert "3 replications  ? inconclusive" in result.stdout
    told = " ".join(result.stdout.split())
    assert re.search(r"latency\.place_market\.mean: \d+ replications would decide it", told)


@pytest.mark.parametrize(
    "name", [name for name in bundled() if name not in {"retail", "real-morning"}]
)
def test_a_plan_comes_out_of_the_pipe_as_it_went_in(name: str, tmp_path: Path) -> None:
    (task,) = tasks_of(resolve(name, ["replications=1"]), Given(name), tmp_path)

    assert read_task(encode(task)) == task


def test_a_bad_file_leaves_nothing_behind(tmp_path: Path) -> None:
    workload = tmp_path / "bad.csv"
    workload.write_text("nothing\n", encoding="utf-8")

    result = invoke(
        "run", *SMALL, "--replications", 2, "--replay", workload, "--out", tmp_path / "runs"
    )

    assert (result.exit_code, result.stdout) == (ExitCode.BAD_INPUT, "")
    assert "bad.csv" in result.stderr
    assert list((tmp_path / "runs").iterdir()) == []


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started, from whichever of its threads."""
    texts = [path.read_text("utf-8") for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(word) for text in texts for word in text.split()]


def wait_for(what: Callable[[], Any], seconds: float = 180.0) -> Any:
    """Return what a condition gives as soon as it gives anything."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found


@pytest.fixture
def under_way(tmp_path: Path) -> Any:
    """Give a process that plays two replications at a time, of which the first is finished."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scenarios.openoutcry", "run", *SMALL, "--replications", "60",
         "--jobs", "2"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_for(lambda: list(tmp_path.glob("runs/*/replication-*/metrics.json")))
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_replication_whose_process_is_killed_fails_the_group_and_keeps_the_others(
    under_way: subprocess.Popen[str], tmp_path: Path
) -> None:
    os.kill(children_of(under_way.pid)[0], signal.SIGKILL)

    _, told = under_way.communicate(timeout=180)

    assert under_way.returncode == ExitCode.BUG
    assert re.search(r"replication-\d+: its process was killed", told)
    (facts,) = (read(path) for path in tmp_path.glob("runs/*/metrics.json"))
    assert facts["verdict"]["word"] == "failed"
    assert facts["run"]["replications"] >= 1


def test_an_interrupt_keeps_the_finished_replications_and_leaves_no_process(
    under_way: subprocess.Popen[str], tmp_path: Path
) -> None:
    workers = children_of(under_way.pid)
    under_way.send_signal(signal.SIGINT)

    _, told = under_way.communicate(timeout=180)

    assert under_way.returncode == ExitCode.INTERRUPTED
    assert "interrupted; the partial run is in" in told
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    (facts,) = (read(path) for path in tmp_path.glob("runs/*/metrics.json"))
    assert facts["verdict"]["word"] == "interrupted"
    assert 1 <= facts["run"]["replications"] < 60


def test_a_terminal_sees_how_many_runs_are_done(tmp_path: Path) -> None:
    # A terminal and --json: the bar is for whoever watches, the numbers for a program.
    status, seen = on_a_terminal(tmp_path, "run", *SMALL, "--replications", "2", "--json")

    assert status == ExitCode.GOOD, seen
    assert re.search(r"quiet-minute .*1 of 2 runs", seen)


def test_a_scenario_as_a_single_run_resolves_to_itself(tmp_path: Path) -> None:
    single = with_seed(resolve("quiet-minute", ["replications=4"]), 99)
    file = tmp_path / "quiet-minute.toml"
    file.write_text(single.as_resolved, encoding="utf-8")

    again = resolve(str(file))

    assert (again.plan, again.replications) == (single.plan, 1)
