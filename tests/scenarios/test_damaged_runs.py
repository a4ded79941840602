"""Folders of runs that are damaged, not whole, or of another version: said, and never shown."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode
from simulation.records import read_json, write_json

TINY = ("quiet-minute", "--set", "users.count=10", "--set", "limits={}", "--set", "must_see=[]")
READERS = ("show", "report", "slowest")


def call(*words: object) -> Result:
    return CliRunner().invoke(openoutcry, [str(word) for word in words])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    assert call("run", *TINY, "--out", out, "--quiet").exit_code == 0
    (folder,) = out.iterdir()
    return folder


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "runs" / "one"))


def refused(*words: object) -> str:
    result = call(*words)
    assert result.exit_code == ExitCode.BAD_INPUT, result.output
    return result.stderr


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("run.json", "{}", "run.json: damaged: without id and scenario and status"),
        ("run.json", '{"id": "a", "scenario": "b", "status": "c", "format": 99}', "version 99"),
        ("metrics.json", '{"version": 99}', "metrics.json: its version is 99"),
        ("metrics.json", '{"kind": "sweep", "format": 99}', "metrics.json: its version is 99"),
        ("metrics.json", '{"version": 1}', "metrics.json: it is damaged: no run"),
        ("metrics.json", "{}", "metrics.json: its version is none"),
    ],
)
def test_a_damaged_file_or_one_of_another_version_is_refused_by_name(
    run: Path, file: str, content: str, told: str
) -> None:
    (run / file).write_text(content, encoding="utf-8")

    assert told in refused("show", run)
    assert told in refused("report", run)
    assert told in refused("compare", run, run)


@pytest.mark.parametrize("file", ["run.json", "metrics.json"])
@pytest.mark.parametrize("content", ["", "{}", '{"status": "complete"'])
def test_a_damaged_run_is_listed_as_unreadable_and_never_as_passed(
    run: Path, file: str, content: str
) -> None:
    (run / file).write_text(content, encoding="utf-8")

    listed = call("list", "--out", run.parent).output

    assert "unreadable" in listed
    assert "passed" not in listed


@pytest.mark.parametrize("command", READERS)
def test_a_table_that_is_gone_is_missed_and_not_taken_for_an_empty_one(
    run: Path, command: str
) -> None:
    shutil.rmtree(run / "requests")
    (run / "metrics.json").unlink()

    assert "requests: 1 part files were recorded, and 0 are there" in refused(command, run)


def test_orders_that_are_gone_are_missed_by_why_and_search(run: Path) -> None:
    shutil.rmtree(run / "orders")

    for words in (("why", run, "U000001-1-1"), ("search", run)):
        assert "orders: 1 part files were recorded" in refused(*words)


def test_a_number_that_no_command_can_have_is_no_bug(whole: Path) -> None:
    assert "no command 9223372036854775807; they are 0 to" in refused("why", whole, "9" * 23)


def test_a_report_makes_the_points_of_its_figures_again_where_they_are_gone(run: Path) -> None:
    before = read_json(run / "series.json")
    (run / "series.json").unlink()

    assert call("report", run).exit_code == 0
    assert read_json(run / "series.json") == before


def test_a_comparison_says_whose_points_are_gone(run: Path, whole: Path) -> None:
    (run / "series.json").unlink()

    assert f"{run}: it has no series.json" in refused("compare", whole, run)


def test_a_run_that_was_killed_counts_no_part_files_and_is_shown_from_what_is_left(
    run: Path,
) -> None:
    record = read_json(run / "run.json") | {"status": "running", "pid": 2**22 + 1, "born": "1"}
    del record["parts"]
    write_json(run / "run.json", record)
    (run / "metrics.json").unlink()
    shutil.rmtree(run / "orders")

    shown = call("show", run, "--json")

    assert json.loads(shown.stdout)["run"]["status"] == "interrupted"
