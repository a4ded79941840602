"""`openoutcry run` and its friends on a real run of the smallest scenario."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUIET = ("quiet-minute", "--set", "users.count=20")


def start(*words: str | Path, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "scenarios.openoutcry", *map(str, words)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def call(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    process = start(*words, cwd=cwd)
    stdout, stderr = process.communicate(timeout=120)
    return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which the smallest scenario has been run once."""
    folder = tmp_path_factory.mktemp("recorded")
    result = call("run", "quiet-minute", "--keep-journal", "--json", cwd=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    (run,) = (folder / "runs").iterdir()
    assert json.loads(result.stdout) == json.loads((run / "metrics.json").read_text("utf-8"))
    return folder


def test_a_run_is_listed_shown_and_audited_again(recorded: Path) -> None:
    assert "quiet-minute" in call("list", cwd=recorded).stdout
    assert "place_market" in call("show", "last", cwd=recorded).stdout
    assert call("audit", "last", cwd=recorded).returncode == 0
    page = call("report", "last", cwd=recorded).stdout.strip()
    assert (recorded / page).is_file()


def test_the_summary_fits_80_columns(recorded: Path) -> None:
    lines = call("show", "last", cwd=recorded).stdout.splitlines()

    assert max(map(len, lines)) <= 80


def test_a_missed_limit_is_status_3(tmp_path: Path) -> None:
    result = call(*("run", *QUIET), "--set", "limits.latency.quote.max=< 1us", cwd=tmp_path)

    assert result.returncode == 3, result.stdout + result.stderr


def test_a_workload_is_written_and_replayed_to_the_same_digest(tmp_path: Path) -> None:
    assert call("workload", *QUIET, "-o", "quiet.parquet", cwd=tmp_path).returncode == 0

    first = call("run", *QUIET, "--json", cwd=tmp_path)
    second = call("run", *QUIET, "--json", "--replay", "quiet.parquet", cwd=tmp_path)

    digests = {json.loads(result.stdout)["run"]["digest"] for result in (first, second)}
    assert len(digests) == 1


def test_a_broken_workload_is_refused_and_leaves_no_run(tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_text("a,b\n1,2\n", encoding="utf-8")

    result = call("run", *QUIET, "--replay", "broken.csv", cwd=tmp_path)

    assert (result.returncode, result.stdout) == (2, "")
    assert "broken.csv" in result.stderr
    assert "Traceback" not in result.stderr
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_kept_and_named(tmp_path: Path, how: signal.Signals) -> None:
    process = start("run", "trading-day", cwd=tmp_path)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("runs/*/requests/*")) and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)

    process.send_signal(how)
    stdout, stderr = process.communicate(timeout=60)

    (run,) = (tmp_path / "runs").iterdir()
    assert (process.returncode, stdout) == (130, "")
    assert f"interrupted; the partial run is in {run.relative_to(tmp_path)}" in stderr
    assert json.loads((run / "run.json").read_text("utf-8"))["status"] == "interrupted"
