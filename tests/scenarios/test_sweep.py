"""`openoutcry sweep`: cells, table, figure and knee."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from kept import facts_of

from reports.sweeps import summarise_sweep
from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode

RATES = 'matrix.load.0.rate=["20/s", "40/s", "60/s", "75/s", "90/s"]'
ONE = ("--set", "matrix.exclude=[]", "--set", RATES)


def invoke(*words: object) -> Result:
    return CliRunner().invoke(openoutcry, list(map(str, words)))


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Five loads on one worker, by the mean, which needs few values."""
    out = tmp_path_factory.mktemp("swept")
    result = invoke(
        "sweep", "sizing", "--set", "matrix.cluster.workers=[1]", *ONE, "--metric",
        "latency.place_market.mean", "--jobs", 2, "--out", out,
    )  # fmt: skip
    (folder,) = out.iterdir()
    return folder, result


def test_a_dry_run_lists_the_cells_and_leaves_nothing(tmp_path: Path) -> None:
    result = invoke("sweep", "sizing", "--dry-run", "--out", tmp_path / "runs")

    assert result.exit_code == ExitCode.GOOD
    assert result.stdout.splitlines()[0] == "   1  cluster.workers = 1, load.0.rate = 20/s"
    assert result.stdout.splitlines()[-1].startswith("11 cells, 11 runs, ")
    assert not (tmp_path / "runs").exists()


def test_every_cell_is_a_run_and_the_knee_of_the_overloaded_worker_is_found(
    swept: tuple[Path, Result],
) -> None:
    folder, result = swept

    facts = facts_of(folder)
    (curve,) = facts["curves"]
    told = " ".join(result.stdout.split())
    assert [cell["values"]["load.0.rate"] for cell in facts["cells"]][::4] == ["20/s", "90/s"]
    assert all((folder / cell["folder"] / "audit.json").is_file() for cell in facts["cells"])
    assert 60 < curve["knee"]["at"] < 95
    assert re.search(r"knee of latency\.place_market\.mean at \d[\d.]+ requests/s offered", told)
    lines = [line for line in result.stdout.splitlines() if str(folder) not in line]
    assert max(len(line) for line in lines if not line.startswith("again ")) <= 80


def test_what_decides_in_the_bundled_sweep_is_measured_often_enough(
    swept: tuple[Path, Result],
) -> None:
    cells = facts_of(swept[0])["cells"]

    rows = [row for cell in cells for row in cell["limits"]]
    assert {row["outcome"] for row in rows} == {"met", "missed"}
    assert all(row["judged_by"] == row["metric"] for row in rows if row["outcome"] == "missed")


def test_a_cell_is_repeated_by_its_own_command(swept: tuple[Path, Result], tmp_path: Path) -> None:
    cell = json.loads((swept[0] / "cell-002" / "run.json").read_text("utf-8"))

    words = re.findall(r"(?:'[^']*'|\S)+", cell["command"])
    again = invoke(*(word.replace("'", "") for word in words[1:]), "--json", "--out", tmp_path)

    assert json.loads(again.stdout)["run"]["digest"] == cell["digest"]


def test_the_table_has_every_metric_of_every_cell(swept: tuple[Path, Result]) -> None:
    with (swept[0] / "cells.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    first = facts_of(swept[0])["cells"][0]["metrics"]
    assert [row["load.0.rate"] for row in rows] == ["20/s", "40/s", "60/s", "75/s", "90/s"]
    assert float(rows[0]["latency.place_market.mean"]) == first["latency.place_market.mean"]


def test_a_sweep_is_shown_and_written_again(swept: tuple[Path, Result]) -> None:
    folder, result = swept
    page = (folder / "report.html").read_bytes()
    numbers = (folder / "metrics.json").read_bytes()

    summarise_sweep(folder)
    shown = invoke("show", folder)
    invoke("report", folder)

    assert (folder / "metrics.json").read_bytes() == numbers
    assert (folder / "report.html").read_bytes() == page
    assert shown.stdout.splitlines()[0] == result.stdout.splitlines()[0]
    assert b"<script" not in page


def test_cells_with_replications_have_intervals(tmp_path: Path) -> None:
    result = invoke(
        "sweep", "sizing", "--set", "matrix.cluster.workers=[1, 2]", "--set",
        'matrix.load.0.rate=["20/s"]', "--set", "matrix.exclude=[]", "--set", "duration=40s",
        "--replications", 2, "--metric", "latency.place_market.mean", "--jobs", 2, "--json",
        "--out", tmp_path,
    )  # fmt: skip

    first, second = json.loads(result.stdout)["cells"]
    interval = first["intervals"]["latency.place_market.mean"]
    (folder,) = tmp_path.iterdir()
    seeds = [
        json.loads((folder / cell / "replication-2" / "run.json").read_text("utf-8"))["seed"]
        for cell in (first["folder"], second["folder"])
    ]
    assert interval["low"] < interval["mean"] < interval["high"]
    assert seeds[0] == seeds[1]


@pytest.mark.parametrize("command", ["audit", "search", "slowest"])
def test_what_is_about_one_run_names_a_run_of_the_sweep(
    command: str, swept: tuple[Path, Result]
) -> None:
    folder, _ = swept

    result = invoke(command, folder)

    assert result.exit_code == ExitCode.BAD_INPUT
    what = "this is an experiment (sweep); name one of its runs, like"
    assert result.stderr == f"{folder}: {what} {folder}/cell-001\n"


def test_validate_counts_the_cells() -> None:
    assert invoke("validate", "sizing").stdout == "sizing: valid, 11 cells\n"


def test_validate_finds_what_is_wrong_in_a_cell() -> None:
    result = invoke("validate", "sizing", "--set", "matrix.cluster.workers=[2, 0]")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "cluster.workers: must be at least 1, not 0" in result.stderr


def test_a_metric_that_is_not_known_is_refused(tmp_path: Path) -> None:
    result = invoke("sweep", "sizing", "--metric", "latency.serch.p99", "--out", tmp_path)

    assert (result.exit_code, list(tmp_path.iterdir())) == (ExitCode.BAD_INPUT, [])
    assert "did you mean 'latency.search.p99'?" in result.stderr


def test_a_run_of_a_scenario_with_a_matrix_says_that_its_cells_are_left_out(tmp_path: Path) -> None:
    words = ("quiet-minute", "--set", "users.count=20", "--out", tmp_path)
    matrix = ("--set", 'matrix={ "cluster.workers" = [1, 2] }')

    assert "`openoutcry sweep`" in invoke("run", *words, *matrix).stderr
    assert invoke("run", *words).stderr == ""


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Six loads, of which the highest breaks off as soon as orders take too long."""
    out = tmp_path_factory.mktemp("broken-off")
    result = invoke(
        "sweep", "sizing", "--set", "matrix.cluster.workers=[1]", "--set", "matrix.exclude=[]",
        "--set", 'matrix.load.0.rate=["20/s", "30/s", "40/s", "50/s", "60/s", "200/s"]',
        "--set", "limits={}", "--set", 'limits.latency.place_market.p90=< 500ms, or abort',
        "--set", 'limits.latency.place_market.mean=< 30ms',
        "--metric", "latency.place_market.mean", "--jobs", 2, "--out", out,
    )  # fmt: skip
    (folder,) = out.iterdir()
    return folder, result


def test_a_cell_that_broke_off_is_marked_and_in_no_curve(
    broken_off: tuple[Path, Result],
) -> None:
    folder, result = broken_off
    facts, text = facts_of(folder), " ".join(result.stdout.split())

    (curve,) = facts["curves"]
    assert [cell["partial"] for cell in facts["cells"]] == [False] * 5 + [True]
    assert len(curve["points"]) == 5
    assert "cell 6 broke off: figures until then, which no curve or knee takes in" in text
    assert "* of a cell that broke off, until then" in text
    assert re.search(r"\n6 +1 +200/s +\S+/s\* ", result.stdout)


def test_a_cell_names_the_limit_that_it_missed_by_most(broken_off: tuple[Path, Result]) -> None:
    folder, result = broken_off

    with (folder / "cells.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    page = (folder / "report.html").read_text("utf-8")
    assert re.search(r"\n5 .*✗ missed place_market\.mean\n", result.stdout)
    assert re.search(r"\n6 .*✗ missed place_market\.mean \+2\n", result.stdout)
    assert "✗ missed place_market.mean +2<" in page
    assert rows[5]["missed"] == (
        "latency.place_market.mean latency.place_market.p90 accepted.share"
    )
    assert [row["partial"] for row in rows] == ["0"] * 5 + ["1"]
    lines = [line for line in result.stdout.splitlines() if str(folder) not in line]
    assert max(len(line) for line in lines if not line.startswith("again ")) <= 80
