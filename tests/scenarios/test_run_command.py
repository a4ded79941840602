"""`openoutcry run` and its friends on a real run of the smallest scenario."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from terminal import on_a_terminal

from actors.market_data import MarketData
from actors.messages.base import Address
from actors.messages.facts import CashDeposited
from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode
from simulation.audit import AuditResult, Invariant, JournalWriter
from simulation.audit.journal_file import JOURNAL_FILE

Call = Callable[..., Result]
QUIET = ("quiet-minute", "--set", "users.count=20")


def only_run(folder: Path) -> Path:
    (run,) = (folder / "runs").iterdir()
    return run


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which the smallest scenario has been run once."""
    out = tmp_path_factory.mktemp("recorded") / "runs"
    words = ["run", "quiet-minute", "--keep-journal", "--quiet", "--out", str(out)]
    result = CliRunner().invoke(openoutcry, words)
    assert result.exit_code == ExitCode.GOOD, result.output
    return out.parent


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Call]:
    """Call the command line in a folder, on 80 columns."""

    def call_at(folder: Path) -> Call:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "80")
        return lambda *words: CliRunner().invoke(openoutcry, list(map(str, words)))

    return call_at


def test_the_json_of_a_run_is_its_metrics_and_nothing_else(
    at: Callable[[Path], Call], tmp_path: Path
) -> None:
    result = at(tmp_path)("run", "quiet-minute", "--json")

    assert (result.exit_code, result.stderr) == (ExitCode.GOOD, "")
    assert result.stdout == (only_run(tmp_path) / "metrics.json").read_text("utf-8")
    assert json.loads(result.stdout)["verdict"]["word"] == "passed"


def test_a_quiet_run_says_its_folder_alone(at: Callable[[Path], Call], tmp_path: Path) -> None:
    result = at(tmp_path)("run", *QUIET, "--quiet")

    assert result.stdout == f"{only_run(tmp_path).relative_to(tmp_path)}\n"
    assert result.stderr == ""


def test_a_run_is_listed_with_its_verdict_and_shown_within_80_columns(
    at: Callable[[Path], Call], recorded: Path
) -> None:
    call = at(recorded)

    shown = call("show", "last").stdout.splitlines()

    assert re.search(r"^\w{6} .* passed +quiet-minute", call("list").stdout)
    assert shown[0] == "quiet-minute  seed 1  ✓ passed"
    assert max(map(len, shown)) <= 80
    assert f"report  runs/{only_run(recorded).name}/report.html" in shown


def test_a_run_is_audited_again_from_its_journal(
    at: Callable[[Path], Call], recorded: Path
) -> None:
    result = at(recorded)("audit", "last")

    assert result.exit_code == ExitCode.GOOD
    assert "not judged here: it needs the living actors" in result.stdout
    assert result.stdout.endswith(f"{only_run(recorded).name}: nothing lost\n")


def test_an_invariant_that_was_never_checked_does_not_pass_in_silence() -> None:
    lines = AuditResult([Invariant("A12", "it holds", checks=0, findings=0)], []).render()

    assert re.search(r"^A12 it holds +never checked$", lines, re.MULTILINE)


def test_a_page_is_written_again(at: Callable[[Path], Call], recorded: Path) -> None:
    page = only_run(recorded) / "report.html"
    first = page.read_bytes()
    page.unlink()

    result = at(recorded)("report", "last")

    assert (recorded / result.stdout.strip()).read_bytes() == first


@pytest.fixture
def copied(recorded: Path, tmp_path: Path) -> Path:
    """Give a copy of the recorded run, to be spoilt."""
    return Path(shutil.copytree(only_run(recorded), tmp_path / "copy"))


def test_a_run_without_a_journal_is_told_how_to_keep_one(
    at: Callable[[Path], Call], copied: Path
) -> None:
    (copied / JOURNAL_FILE).unlink()

    result = at(copied)("audit", copied)

    assert (result.exit_code, result.stdout) == (ExitCode.BAD_INPUT, "")
    assert result.stderr == f"{copied}: the run kept no journal; run it again with --keep-journal\n"


def test_a_damaged_journal_is_one_error(at: Callable[[Path], Call], copied: Path) -> None:
    journal = copied / JOURNAL_FILE
    content = bytearray(journal.read_bytes())
    content[len(content) // 2] ^= 255
    journal.write_bytes(content)

    result = at(copied)("audit", copied)

    assert (result.exit_code, result.stdout) == (ExitCode.BAD_INPUT, "")
    assert re.fullmatch(r".*journal\.bin: byte [\d,]+: damaged: .*\n", result.stderr)


def test_a_journal_in_which_money_appears_is_status_4(
    at: Callable[[Path], Call], copied: Path
) -> None:
    journal = JournalWriter(copied / JOURNAL_FILE)
    account = "account/U000001-1"
    for _ in range(2):
        journal.appended(account, [CashDeposited(1, 7, "T1", 10_000, 1_000)], 1_000)
    journal.close()

    result = at(copied)("audit", copied)

    assert result.exit_code == ExitCode.AUDIT_FAILED, result.stdout
    assert result.stdout.endswith("copy: something lost\n")


@pytest.mark.parametrize("file", ["metrics.json", "run.json"])
def test_a_damaged_file_of_a_run_is_one_error(
    at: Callable[[Path], Call], copied: Path, file: str
) -> None:
    (copied / file).write_text("{", encoding="utf-8")

    result = at(copied)("show", copied)

    assert (result.exit_code, result.stdout) == (ExitCode.BAD_INPUT, "")
    assert f"{copied / file}: not readable as JSON" in result.stderr


def test_a_missed_limit_is_status_3(at: Callable[[Path], Call], tmp_path: Path) -> None:
    result = at(tmp_path)("run", *QUIET, "--set", "limits.latency.quote.max=< 1us")

    assert result.exit_code == ExitCode.LIMIT_MISSED
    assert result.stdout.startswith("quiet-minute  seed 1  ✗ limit missed")


def test_an_event_that_was_never_seen_is_status_3(
    at: Callable[[Path], Call], tmp_path: Path
) -> None:
    result = at(tmp_path)("run", *QUIET, "--set", 'must_see=["busy"]')

    assert result.exit_code == ExitCode.LIMIT_MISSED
    assert result.stdout.startswith("quiet-minute  seed 1  ? not proven")


def test_a_handler_that_raises_is_status_1_and_named(
    at: Callable[[Path], Call], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, calls = MarketData.receive, []

    def fail_once(self: MarketData, message: object, sender: Address) -> None:
        calls.append(message)
        if len(calls) == 500:
            raise KeyError("planted")
        receive(self, message, sender)  # type: ignore[arg-type]

    monkeypatch.setattr(MarketData, "receive", fail_once)

    result = at(tmp_path)("run", "quiet-minute")

    assert result.exit_code == ExitCode.BUG, result.output
    assert result.stdout.startswith("quiet-minute  seed 1  ✗ a handler failed")
    assert "a handler failed once, first market-data, " in result.stdout
    assert result.stderr.startswith("this is a bug in Open Outcry: a handler raised once; see")
    assert "KeyError: 'planted'" in (only_run(tmp_path) / "log.txt").read_text("utf-8")


def test_a_workload_is_written_and_replayed_to_the_same_digest(
    at: Callable[[Path], Call], tmp_path: Path
) -> None:
    call = at(tmp_path)
    for file in ("quiet.parquet", "quiet.csv"):
        assert call("workload", *QUIET, "-o", file).stdout == f"{file}\n"

    generated = call("run", *QUIET, "--json")
    replays = [call("run", *QUIET, "--json", "--replay", f"quiet.{end}")
               for end in ("parquet", "csv")]  # fmt: skip

    digests = {json.loads(result.stdout)["run"]["digest"] for result in (generated, *replays)}
    assert len(digests) == 1


def test_a_terminal_sees_a_bar_of_virtual_time(tmp_path: Path) -> None:
    status, seen = on_a_terminal(tmp_path, "run", *QUIET, "--json")

    assert status == ExitCode.GOOD, seen
    assert re.search(r"quiet-minute .* \d+% 09:\d\d:\d\d +x[\d,]+", seen)


def test_a_run_that_finds_no_memory_says_so_and_leaves_nothing(
    at: Callable[[Path], Call], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_no_memory(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 166. PiB")

    monkeypatch.setattr("scenarios.running.record", find_no_memory)

    result = at(tmp_path)("run", *QUIET)

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr.startswith("memory ran out (Unable to allocate 166. PiB); give fewer")
    assert not list((tmp_path / "runs").iterdir())
