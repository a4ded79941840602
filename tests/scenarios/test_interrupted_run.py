"""A run that is stopped keeps what it has, says so, and can be shown."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode
from scenarios.interrupt import Interruptible, Silent

ROOT = Path(__file__).parents[2]
LONG = """\
extends = "trading-day"
market.symbols = 20
users.count = 200
load = [
    { shape = "intraday", unit = "orders", start = "5m", total = 200_000 },
    { shape = "intraday", unit = "other", start = "5m", total = 200_000 },
]
"""


@contextmanager
def under_way(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Give a long run and the terminal that it shows its progress on."""
    (folder / "long.toml").write_text(LONG, encoding="utf-8")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "scenarios.openoutcry", "run", "long.toml"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "150", "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.communicate()
        os.close(ours)


def seen_until(pattern: str, terminal: int) -> str:
    """Read what a terminal shows until it fits the pattern."""
    seen = ""
    while not re.search(pattern, seen):
        assert select.select([terminal], [], [], 60)[0], seen
        seen += os.read(terminal, 65_536).decode()
    return seen


def stopped(folder: Path, how: signal.Signals) -> tuple[int, str]:
    """Stop a run at about 09:40 of its day; give the exit status and the end of the terminal."""
    with under_way(folder) as (process, terminal):
        seen_until(r"09:[34]\d:\d\d", terminal)
        process.send_signal(how)
        seen = "" if how is signal.SIGKILL else seen_until(r"interrupted;[^\n]*\n", terminal)
        return process.wait(60), seen.rpartition("interrupted;")[2]


def call(*words: str) -> Result:
    return CliRunner().invoke(openoutcry, list(words))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_kept_judged_and_named(
    tmp_path: Path, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, told = stopped(tmp_path, how)
    (run,) = (tmp_path / "runs").iterdir()
    monkeypatch.chdir(tmp_path)

    assert status == ExitCode.INTERRUPTED
    assert f" the partial run is in {run.relative_to(tmp_path)}" in told
    assert json.loads((run / "run.json").read_text("utf-8"))["status"] == "interrupted"
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    assert metrics["verdict"]["word"] == "interrupted"
    assert metrics["metrics"]["accepted.share"] > 0.9
    assert call("show", "last").stdout.startswith("long  seed 20240102  ! interrupted")
    assert "! interrupted" in Path(call("report", "last").stdout.strip()).read_text("utf-8")


def test_a_killed_run_is_shown_as_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, _ = stopped(tmp_path, signal.SIGKILL)
    monkeypatch.chdir(tmp_path)

    assert status == -signal.SIGKILL
    assert " interrupted " in call("list").stdout
    shown = call("show", "last")
    assert shown.exit_code == ExitCode.GOOD, shown.output
    assert shown.stdout.startswith("long  seed 20240102  ! interrupted")
    assert "? not audited" in shown.stdout


def test_a_run_under_way_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with under_way(tmp_path) as (_, terminal):
        seen_until("set-up", terminal)
        shown = call("show", "last")

    assert (shown.exit_code, shown.stdout) == (ExitCode.BAD_INPUT, "")
    assert "the run is still under way" in shown.stderr


INTERRUPTED_IMPORT = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from scenarios.openoutcry import main
main()
"""


def test_an_interrupt_among_the_imports_is_one_line(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT, "doctor"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout) == (ExitCode.INTERRUPTED, "")
    assert result.stderr == "interrupted\n"


def test_an_interrupt_waits_until_the_simulation_tells_its_progress() -> None:
    run = Interruptible(Silent())
    run(1.0, 9.0)

    with run.listening():
        signal.raise_signal(signal.SIGINT)  # which raises nothing yet
        with pytest.raises(KeyboardInterrupt):
            run(2.0, 9.0)


def test_a_second_interrupt_does_not_wait() -> None:
    run = Interruptible(Silent())
    run(1.0, 9.0)

    with run.listening():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


def test_an_interrupt_before_virtual_time_moves_does_not_wait() -> None:
    run = Interruptible(Silent())

    with run.listening(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_other_signal_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    with Interruptible(Silent()).listening():
        pass

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
