"""More than two runs at once: one base with several, sweep with sweep, and the trend."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from titled import without_title

from reports.format import MISSING
from reports.several_comparison import MOST, compare_several
from reports.several_comparison import document_of as several_in_words
from reports.sweep_comparison import compare_sweeps
from reports.sweep_comparison import document_of as sweeps_in_words
from reports.trend import document_of, trend_of
from scenarios import compare, load_run
from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode
from scenarios.errors import InputError
from simulation.records import read_json, write_json

SMALL = ("quiet-minute", "--set", "users.count=20", "--quiet")
SLOW = ("--set", "cluster.client_delay=6ms")
Record = Callable[..., Path]


def invoke(*words: object) -> Result:
    return CliRunner().invoke(openoutcry, list(map(str, words)))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three runs in one folder: the last on a slower network."""
    out = tmp_path_factory.mktemp("three")
    words = [(), ("--seed", 2), SLOW]
    return [Path(invoke("run", *SMALL, *more, "--out", out).stdout.strip()) for more in words]


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two sweeps of two cells, the second on a slower network."""
    out = tmp_path_factory.mktemp("swept")
    for more in ((), SLOW):
        invoke(
            "sweep", "sizing", "--set", "matrix.cluster.workers=[1]", "--set", "matrix.exclude=[]",
            "--set", 'matrix.load.0.rate=["20/s", "40/s"]', "--metric",
            "latency.place_market.mean", "--jobs", 2, "--out", out, *more,
        )  # fmt: skip
    return sorted(out.iterdir(), key=lambda folder: (folder / "run.json").stat().st_mtime)


def test_several_runs_are_compared_with_one_and_drawn_together(
    three: list[Path], tmp_path: Path
) -> None:
    page = tmp_path / "all.html"
    result = invoke("compare", *three, "--fail-on-regression", "5%", "-o", page)

    facts = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert result.exit_code == ExitCode.REGRESSION
    assert [one["new"]["folder"] for one in facts["comparisons"]] == list(map(str, three[1:]))
    assert "✗ regression" in result.stdout.splitlines()[0]
    assert "cluster.client_delay" in result.stdout
    assert page.read_text(encoding="utf-8").count("<figure>") >= 1


def test_in_a_notebook_several_are_compared_with_one(three: list[Path]) -> None:
    found = compare(*map(load_run, three), threshold=0.05)

    assert not found.is_same
    assert set(found.differences["run"]) == {load_run(folder).id for folder in three[1:]}
    assert "latency.quote.p50" in found.regressions(0.05)


def test_no_more_are_compared_than_there_are_colours(three: list[Path]) -> None:
    many = [three[0]] * (MOST + 2)
    result = invoke("compare", *many)

    assert result.exit_code == ExitCode.BAD_INPUT
    assert f"at most {MOST}" in result.stderr
    with pytest.raises(InputError, match="at most"):
        compare(*many)


def test_sweeps_are_compared_cell_by_cell(sweeps: list[Path], tmp_path: Path) -> None:
    page = tmp_path / "sweeps.html"
    result = invoke("compare", *sweeps, "--fail-on-regression", "5%", "-o", page)

    facts = compare_sweeps(*sweeps)
    changes = [
        row["relative"]
        for cell in facts["cells"]
        for row in cell["comparison"]["rows"]
        if row["metric"] == "latency.place_market.mean"
    ]
    assert result.exit_code == ExitCode.REGRESSION
    assert (len(changes), facts["alone"]) == (2, [])
    assert min(changes) > 0.05
    assert sweeps_in_words(facts, 0.05).state == "✗ regression"
    assert {drawing.keys for drawing in sweeps_in_words(facts).drawings} == {
        ("base: cluster.workers = 1", "new: cluster.workers = 1")
    }


def test_a_sweep_is_only_compared_with_a_sweep(sweeps: list[Path], three: list[Path]) -> None:
    result = invoke("compare", sweeps[0], three[0])
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "not a sweep" in result.stderr


def test_the_figures_of_an_experiment_are_files_too(sweeps: list[Path]) -> None:
    result = invoke("report", sweeps[0])

    assert result.exit_code == ExitCode.GOOD
    assert (sweeps[0] / "figures" / "load.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (sweeps[0] / "figures" / "load.svg").read_text(encoding="utf-8")
    assert without_title((sweeps[0] / "figures").iterdir()) == []


def test_the_trend_shows_every_run_that_was_kept(three: list[Path], tmp_path: Path) -> None:
    page = tmp_path / "trend.html"
    result = invoke("trend", "--metric", "latency.quote.p50", "--out", three[0].parent, "-o", page)

    assert result.exit_code == ExitCode.GOOD
    assert result.stdout.startswith("quiet-minute: 3 runs\n  3 of 3 passed\n")
    for folder in three:
        assert load_run(folder).id in page.read_text(encoding="utf-8")
    assert (tmp_path / "figures" / "trend-latency-quote-p50.png").is_file()


def test_a_trend_tells_the_newest_from_the_median_before(three: list[Path]) -> None:
    facts = trend_of(three, ["latency.quote.p50"])
    values = [row["metrics"]["latency.quote.p50"] for row in facts["runs"]]
    (told,) = document_of(facts).sentences[1:]

    assert values == [load_run(folder).metrics["latency.quote.p50"] for folder in three]
    assert f"({(values[2] / min(values[:2]) - 1) * 100:+.3g} %)" in told


def test_where_there_is_no_run_there_is_no_trend(three: list[Path], tmp_path: Path) -> None:
    assert "no runs in" in invoke("trend", "--out", tmp_path).stderr
    shutil.copytree(three[0], tmp_path / "one")
    result = invoke("trend", "opening-bell", "--out", tmp_path)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "there are runs of quiet-minute" in result.stderr


def changed_copy(sweep: Path, folder: Path, **changes: Any) -> Path:
    """Copy a sweep, and change what its `metrics.json` says."""
    shutil.copytree(sweep, folder)
    facts = read_json(folder / "metrics.json")
    write_json(folder / "metrics.json", facts | changes)
    return folder


def test_a_cell_that_is_there_no_more_is_no_good_news(sweeps: list[Path], tmp_path: Path) -> None:
    cells = read_json(sweeps[0] / "metrics.json")["cells"]
    less = changed_copy(sweeps[0], tmp_path / "less", cells=cells[:1])
    gates = [
        invoke("compare", *pair, "--fail-on-regression", "5%", "-o", tmp_path / "page.html")
        for pair in ((sweeps[0], less), (less, sweeps[0]))
    ]

    assert [gate.exit_code for gate in gates] == [ExitCode.LIMIT_MISSED, ExitCode.GOOD]
    assert "? unclear" in gates[0].stdout.splitlines()[0]


def test_curves_over_each_other_are_of_one_metric(sweeps: list[Path], tmp_path: Path) -> None:
    other = changed_copy(sweeps[1], tmp_path / "other", metric="latency.all.p50", curves=[])
    facts = compare_sweeps(sweeps[0], other)
    assert facts["new"]["curves"] == read_json(sweeps[1] / "metrics.json")["curves"]


def test_several_are_unclear_when_one_cannot_be_told(three: list[Path]) -> None:
    facts = compare_several(three[0], [three[0], three[0]])
    assert several_in_words(facts, 0.05).state == "✓ no difference"
    lost = {"metric": "latency.quote.p50", "side": "base"}
    facts["comparisons"][1] |= {"is_same": False, "one_sided": [lost]}
    document = several_in_words(facts, 0.05)

    assert document.state == "? unclear"
    assert "only base can tell: latency.quote.p50" in document.sentences[1]


def test_what_too_few_values_stand_behind_is_not_shown_of_one_of_several(three: list[Path]) -> None:
    facts = compare_several(three[0], [three[2], three[2]])
    rows = {row["metric"]: row for row in facts["comparisons"][1]["rows"]}
    rows["latency.quote.p50"] |= {"undersampled": True, "watched": False}
    (grid,) = [grid for grid in several_in_words(facts).grids if grid.title == "differences"]
    (shown,) = [row for row in grid.rows if row[0] == "latency.quote.p50"]

    assert shown[2] != MISSING
    assert shown[3] == MISSING


def test_a_trend_says_which_runs_were_set_up_otherwise(three: list[Path]) -> None:
    facts = trend_of(three, ["latency.quote.p50"])
    document = document_of(facts)

    assert [row["changed_keys"] for row in facts["runs"]] == [["cluster.client_delay"]] * 2 + [[]]
    assert document.facts[-1] == ("other settings", "in 2 of 3: cluster.client_delay")
    assert [row[4] for row in document.grids[0].rows] == ["1", "1", "="]


def test_a_trend_of_what_no_run_has_is_refused(three: list[Path]) -> None:
    result = invoke("trend", "--metric", "latency.serach.count", "--out", three[0].parent)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "no run of these has latency.serach.count" in result.stderr
