"""`openoutcry capacity`: the bracket holds the threshold, and agrees with queueing theory."""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from kept import facts_of

from reports.intervals import interval_of_mean
from reports.saturation import saturation_of
from scenarios import capacity
from scenarios.capacity import Bracket, Range, find_capacity, scaled, search
from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode
from scenarios.errors import InputError
from scenarios.loader import resolve
from scenarios.playing import Played
from scenarios.replications import Given

CUSTOMERS = 60_000


def invoke(*words: object) -> Result:
    return CliRunner().invoke(openoutcry, list(map(str, words)))


def told(result: Result) -> str:
    return " ".join(result.stdout.split())


@given(st.floats(0.07, 15.0), st.floats(0.005, 0.5))
def test_the_bracket_holds_the_threshold_and_is_as_narrow_as_wanted(
    threshold: float, precision: float
) -> None:
    bracket = search(lambda factor: factor <= threshold, Range(precision=precision))

    assert bracket.low is not None
    assert bracket.high is not None
    assert bracket.low <= threshold < bracket.high <= bracket.low * (1 + precision) * (1 + 1e-9)


@given(st.floats(0.07, 15.0))
def test_no_load_is_tried_twice(threshold: float) -> None:
    tried: list[float] = []

    def passes(factor: float) -> bool:
        tried.append(factor)
        return factor <= threshold

    search(passes, Range())

    assert len(tried) == len(set(tried))
    assert min(tried) >= 1 / 16
    assert max(tried) <= 16


@pytest.mark.parametrize(
    ("threshold", "within", "bracket"),
    [
        (0.001, Range(0.25, 4.0), Bracket(None, 0.25)),
        (99.0, Range(0.25, 4.0), Bracket(4.0, None)),
        (99.0, Range(2.0, 2.0), Bracket(2.0, None)),
        (1.0, Range(2.0, 2.0), Bracket(None, 2.0)),
    ],
)
def test_a_threshold_outside_the_range_is_told_by_a_missing_end(
    threshold: float, within: Range, bracket: Bracket
) -> None:
    assert search(lambda factor: factor <= threshold, within) == bracket


def mean_wait(rho: float, seed: int) -> float:
    """Return the mean wait in M/D/1 with services of 1 s, by Lindley's recursion.

    The wait is the walk of services less gaps above its minimum so far.
    """
    gaps = np.random.default_rng(seed).exponential(1.0, CUSTOMERS) / rho
    walk = np.concatenate([[0.0], np.cumsum(1.0 - gaps[1:])])
    return float((walk - np.minimum.accumulate(walk)).mean())


def test_the_capacity_of_m_d_1_agrees_with_the_closed_form_within_its_interval() -> None:
    # Mean wait rho / (2 (1 - rho)) (Pollaczek and Khinchine): 2 s at a utilisation of 0.8.
    def threshold(seed: int) -> float:
        within = Range(least=0.1, most=0.99, precision=0.002)
        bracket = search(lambda rho: mean_wait(rho, seed) <= 2.0, within)
        assert bracket.low is not None
        return bracket.low

    interval = interval_of_mean([threshold(seed) for seed in range(1, 13)])

    assert interval.low is not None
    assert interval.high is not None
    assert interval.low <= 0.8 <= interval.high
    assert interval.high - interval.low < 0.02


def test_a_load_is_multiplied_in_the_plan_and_in_the_text() -> None:
    opening = scaled(resolve("opening-bell"), 0.5)
    load = opening.plan.load[0]

    assert (load.rate_per_s, load.total) == (62.5, 5_000)
    assert [stage.target_per_s for stage in load.stages] == [21.0, 6.0, 0.0]
    assert opening.plan.users.count == 10_000
    assert 'rate = "62.5/s"' in opening.as_resolved


def test_the_busiest_part_comes_first() -> None:
    metrics = {
        "utilisation.mean": 0.6, "utilisation.max": 0.9, "utilisation.StockExchange": 0.95,
        "actors.StockExchange.messages": 10, "actors.StockExchange.waiting_s": 5.0,
        "actors.StockExchange.count": 1,
    }  # fmt: skip

    first, second = saturation_of(metrics)

    assert (first["name"], first["wait_s"]) == ("StockExchange", 0.5)
    assert (second["name"], second["utilisation"]) == ("workers", 0.6)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Give the capacity of one worker on a slow machine, from two replications."""
    out = tmp_path_factory.mktemp("capacity")
    result = invoke(
        "capacity", "sizing", "--set", "cluster.workers=1", "--replications", 2, "--jobs", 2,
        "--least", 1, "--most", 4, "--precision", "20%", "--out", out,
    )  # fmt: skip
    (folder,) = out.iterdir()
    return folder, result


def test_the_capacity_of_a_brokerage_lies_where_its_worker_is_full(
    found: tuple[Path, Result],
) -> None:
    folder, result = found

    facts = facts_of(folder)
    assert result.exit_code == ExitCode.GOOD
    assert 1.0 < facts["factor"]["mean"] < 3.0
    assert facts["offered"]["low"] < facts["offered"]["mean"] < facts["offered"]["high"]
    assert facts["saturation"][0]["name"] == "workers"
    assert facts["saturation"][0]["utilisation"] > 0.7
    assert {row["example"]["outcome"] for row in facts["missed_first"]} == {"missed"}
    assert "first to fill up: the worker, " in told(result)
    lines = [line for line in result.stdout.splitlines() if str(folder) not in line]
    assert max(len(line) for line in lines if not line.startswith("again ")) <= 80


def test_every_load_of_a_replication_has_its_seed_and_is_a_run_to_be_repeated(
    found: tuple[Path, Result], tmp_path: Path
) -> None:
    folder, _ = found
    one = facts_of(folder)["searched"][1]
    runs = [
        json.loads((folder / t["folder"] / "run.json").read_text("utf-8")) for t in one["tries"]
    ]

    again = invoke(*runs[-1]["command"].split()[1:], "--json", "--out", tmp_path)

    assert {run["seed"] for run in runs} == {one["seed"]}
    assert json.loads(again.stdout)["run"]["digest"] == runs[-1]["digest"]


def test_a_search_is_shown_again(found: tuple[Path, Result]) -> None:
    folder, result = found

    assert invoke("show", folder).stdout.splitlines()[:6] == result.stdout.splitlines()[:6]
    assert invoke("report", folder).exit_code == ExitCode.GOOD


def test_even_the_lowest_load_failing_is_told_with_the_limit(tmp_path: Path) -> None:
    result = invoke(
        "capacity", "sizing", "--set", "limits.latency.quote.max=< 1us", "--least", "0.5", "--most",
        "0.5", "--out", tmp_path,
    )  # fmt: skip

    assert result.exit_code == ExitCode.LIMIT_MISSED
    assert "even the lowest load does not pass in 1 of 1 replications: 0.5 times" in told(result)
    assert "there, latency.quote.max < 1us fails: " in told(result)


def test_a_limit_that_cannot_be_judged_at_a_load_is_not_told_to_be_missed_there(
    tmp_path: Path,
) -> None:
    result = invoke(
        "capacity", "sizing", "--set", "limits.latency.quote.p9999=< 1us", "--least", "0.5",
        "--most", "0.5", "--out", tmp_path,
    )  # fmt: skip

    assert result.exit_code == ExitCode.LIMIT_MISSED
    assert result.stdout.splitlines()[0].endswith("capacity  ? inconclusive")
    assert "latency.quote.p9999 < 1us cannot be judged: too few values for p9999" in told(result)
    assert "make the run longer" in told(result)


def test_the_highest_load_passing_is_told_with_what_to_do(tmp_path: Path) -> None:
    result = invoke(
        "capacity", "sizing", "--set", "cluster.nodes=2", "--least", 1, "--most", 1, "--out",
        tmp_path,
    )  # fmt: skip

    assert "first to fill up: the 2 workers of each of 2 nodes" in told(result)
    assert re.search(r"busiest node: node-[12], \d", told(result))
    assert result.exit_code == ExitCode.GOOD
    assert "the highest load that was tried still passes in 1 of 1 replications" in told(result)
    assert "raise --most" in told(result)
    assert "holds at least 1.00 times the scenario's load" in told(result)
    assert "without an interval: use --replications 5" in told(result)


def test_thresholds_beyond_what_was_tried_have_no_interval(tmp_path: Path) -> None:
    invoke(
        "capacity", "sizing", "--least", 1, "--most", 1, "--replications", 2, "--jobs", 2, "--out",
        tmp_path,
    )  # fmt: skip

    (folder,) = tmp_path.iterdir()
    factor = facts_of(folder)["factor"]
    assert (factor["mean"], factor["low"], factor["high"]) == (1.0, None, None)


def test_a_search_that_was_killed_shows_what_it_had_tried(
    found: tuple[Path, Result], tmp_path: Path
) -> None:
    killed = Path(shutil.copytree(found[0], tmp_path / "killed"))
    (killed / "metrics.json").unlink()
    run = json.loads((killed / "run.json").read_text("utf-8"))
    (killed / "run.json").write_text(
        json.dumps(run | {"status": "running", "born": "long ago"}), encoding="utf-8"
    )

    result = invoke("show", killed)

    assert result.stdout.splitlines()[0].endswith("capacity  ! interrupted")
    assert "the search did not come to its end" in told(result)
    assert "thresholds" in result.stdout


def test_what_was_tried_is_written_down_after_every_try(tmp_path: Path) -> None:
    written: list[int] = []

    def look(played: Played) -> None:
        texts = [file.read_text("utf-8") for file in tmp_path.glob("*/searched.json")]
        written.append(sum(len(json.loads(text)["searched"][0]["tries"]) for text in texts))

    find_capacity(
        resolve("sizing", ["cluster.workers=1"]), Given("sizing"), tmp_path,
        within=Range(least=1, most=4, precision=1), ended=look,
    )  # fmt: skip

    assert written == list(range(len(written)))
    assert len(written) > 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--least", "4", "--most", "2"], "from least 4 to most 2: a lowest load that is no"),
        (["--least", "20"], "from least 20 to most 16: a lowest load that is no higher than most"),
        (["--least", "0"], "from least 0 to most 16: each above 0 and at most 1,000,000 is"),
        (["--least", "1e9"], "from least 1e+09 to most 16: each above 0 and at most 1,000,000 is"),
        (["--most", "nan"], "from least 0.0625 to most nan: each above 0 and at most 1,000,000"),
        (["--precision", "5"], "--precision: a share"),
        (["--precision", "0%"], "precision: from 0.1% to 100% is meant"),
    ],
)
def test_a_range_that_is_none_is_refused(words: list[str], sentence: str, tmp_path: Path) -> None:
    result = invoke("capacity", "sizing", *words, "--out", tmp_path)

    assert (result.exit_code, list(tmp_path.iterdir())) == (ExitCode.BAD_INPUT, [])
    assert sentence in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        {"precision": 0.0},  # would be searched for ever
        {"precision": math.nan},
        {"least": 0.0},
        {"least": 4.0, "most": 2.0},
        {"most": math.inf},
        {"jobs": 0},
    ],
)
def test_a_notebook_is_refused_what_the_command_line_is(
    options: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="is meant"):
        capacity("sizing", out=tmp_path, **options)

    assert list(tmp_path.iterdir()) == []


def test_a_scenario_without_limits_has_no_capacity(tmp_path: Path) -> None:
    file = tmp_path / "free.toml"
    file.write_text(
        'description = "?"\nduration = "1m"\n[market]\nsymbols = 1\n'
        'prices = { kind = "walk" }\n[users]\ncount = 1\n'
        '[[load]]\nshape = "constant-arrival-rate"\nduration = "1m"\nrate = "1/s"\n',
        encoding="utf-8",
    )

    result = invoke("capacity", file, "--out", tmp_path / "runs")

    with pytest.raises(InputError, match="every load would pass"):
        capacity(file, out=tmp_path / "runs")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "it has no [limits], so every load would pass" in result.stderr
