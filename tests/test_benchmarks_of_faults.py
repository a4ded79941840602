"""The benchmarks of what is kept run at a tiny size."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*arguments: object, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a benchmark as people do."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "error"},
        timeout=120,
        check=False,
        cwd=root,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_brokerage_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    done = run("benchmarks/kill.py", "--kills", 3, "--seconds", 0.2, "--folder", tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 kills in" in done.stdout
    assert "none is missing, the audit is clean" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_guarantees_shows_every_setting_with_its_ratio(tmp_path: Path) -> None:
    done = run(
        "benchmarks/guarantees.py", "--seconds", 0.1, "--users", 20, "--rounds", 1,
        "--folder", tmp_path,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("journal")]
    assert len(rows) == 6
    assert rows[0].split()[5] == "1"
    assert all("audited" in row or "no audit" in row for row in rows)
