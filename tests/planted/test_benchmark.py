"""The benchmark of planted bugs runs at a tiny size, prints its table and can document it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BENCHMARK = ROOT / "benchmarks" / "planted_bugs.py"

sys.path.insert(0, str(ROOT / "benchmarks"))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BENCHMARK), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_benchmark_counts_where_a_bug_was_caught_and_shrinks_a_failure() -> None:
    done = run("--seeds", "4", "--jobs", "1", "--only", "sends-before-append", "--shrink")

    assert done.returncode == 0, done.stderr
    assert "sends-before-append" in done.stdout
    assert "1 of 1 planted bugs were caught." in done.stdout
    assert "1 failures were shrunk" in done.stdout


def test_the_benchmark_refuses_a_bug_that_it_does_not_know() -> None:
    done = run("--only", "no-such-bug")

    assert done.returncode == 2
    assert "no planted bug is called no-such-bug" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_table_replaces_what_stood_between_the_marks(tmp_path: Path) -> None:
    from planted_tables import BEGIN, END, write_between

    document = tmp_path / "bugs.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")

    write_between(document, "new")

    assert document.read_text(encoding="utf-8") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
