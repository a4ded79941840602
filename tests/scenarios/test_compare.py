"""`openoutcry compare`: equals do not differ, a regression is caught, chance is told apart."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reports import comparison
from reports.comparison import compare_runs, direction_of, regressions
from reports.sides import Side, ranked_intervals
from scenarios import compare
from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode
from scenarios.errors import InputError

SMALL = ("quiet-minute", "--set", "users.count=20")


def invoke(*words: object) -> Result:
    return CliRunner().invoke(openoutcry, list(map(str, words)))


def told(result: Result) -> str:
    return " ".join(result.stdout.split())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Give the folder of a run or group, which is played once."""
    out = tmp_path_factory.mktemp("compared")
    known: dict[tuple[object, ...], Path] = {}

    def record(*words: object) -> Path:
        if words not in known:
            jobs = ("--jobs", 2) if "--replications" in words else ()
            result = invoke("run", *SMALL, *words, *jobs, "--quiet", "--out", out)
            known[words] = Path(result.stdout.strip())
        return known[words]

    return record


@pytest.fixture
def group(recorded: Callable[..., Path]) -> Path:
    return recorded("--replications", 3)


@pytest.fixture
def slower(recorded: Callable[..., Path]) -> Path:
    """Give the same replications on a slower network: the planted regression."""
    return recorded("--replications", 3, "--set", "cluster.client_delay=6ms")


def test_a_run_compared_with_itself_shows_no_difference(group: Path) -> None:
    result = invoke("compare", group, group, "--fail-on-regression", "0%")

    facts = compare_runs(group, group)
    assert result.exit_code == ExitCode.GOOD
    assert result.stdout.splitlines()[0].endswith("✓ no difference")
    assert {row["outcome"] for row in facts["rows"]} == {"same"}
    assert (facts["changed_keys"], facts["is_same"]) == ([], True)


def test_a_planted_regression_is_caught_with_its_interval_and_its_cause(
    group: Path, slower: Path
) -> None:
    result = invoke("compare", group, slower, "--fail-on-regression", "5%")

    rows = {row["metric"]: row for row in compare_runs(group, slower)["rows"]}
    row = rows["latency.quote.p50"]
    assert result.exit_code == ExitCode.REGRESSION
    assert result.stdout.splitlines()[0].endswith("✗ regression")
    assert "cluster.client_delay 0.005s 0.006s" in told(result)
    assert "3 pairs of runs with equal seeds" in told(result)
    assert row["outcome"] == "worse"
    assert row["low"] > 0
    assert row["low"] < row["difference"] < row["high"]
    assert row["relative"] == pytest.approx(0.2, abs=0.01)


def test_the_time_that_was_lost_is_found_in_its_part(group: Path, slower: Path) -> None:
    parts = compare_runs(group, slower)["parts"]

    (quote,) = [one for one in parts if (one["operation"], one["band"]) == ("quote", "median")]
    lost = {part: quote["new"][part] - quote["base"][part] for part in quote["base"]}
    assert max(lost, key=lambda part: lost[part]) == "network"
    assert not [one for one in parts if one["band"] == "slowest"], "they are fewer than ten each"
    assert sum(quote["base"].values()) > 0.005


def test_what_got_better_is_no_regression(group: Path, slower: Path) -> None:
    result = invoke("compare", slower, group, "--fail-on-regression", "5%")

    assert result.exit_code == ExitCode.GOOD
    assert "✓ better" in result.stdout


def test_without_a_threshold_nothing_is_judged(group: Path, slower: Path) -> None:
    assert invoke("compare", group, slower).exit_code == ExitCode.GOOD


def test_a_threshold_is_given_in_python_as_on_the_command_line(group: Path, slower: Path) -> None:
    compared = compare(group, slower, threshold="5%")

    assert compared.document.state == "✗ regression"
    assert compared.regressions("5%") == compared.regressions(0.05) != []
    assert compared.regressions("5000%") == []


@pytest.mark.parametrize("threshold", [5, 1.01, -0.05, True, float("nan"), "5", "-5%", "much", [5]])
def test_in_python_a_threshold_that_is_no_share_is_refused(
    group: Path, slower: Path, threshold: Any
) -> None:
    with pytest.raises(InputError, match=r"^threshold: a share"):
        compare(group, slower, threshold=threshold)
    with pytest.raises(InputError, match=r"^threshold: a share"):
        compare(group, slower).regressions(threshold)


def test_groups_of_other_seeds_are_compared_without_pairs(
    group: Path, recorded: Callable[..., Path]
) -> None:
    other = recorded("--replications", 3, "--seed", 99)

    facts = compare_runs(group, other)

    outcomes = {row["outcome"] for row in facts["rows"] if row["watched"]}
    assert facts["pairing"].startswith("3 and 3 runs of different seeds")
    assert "unclear" in outcomes
    assert regressions(facts, 0.5)[0] == []


def test_single_runs_have_no_intervals_and_say_so(recorded: Callable[..., Path]) -> None:
    base, new = recorded("--seed", 1), recorded("--seed", 1, "--set", "cluster.client_delay=6ms")

    result = invoke("compare", base, new, "--fail-on-regression", "5%")

    facts = compare_runs(base, new)
    assert result.exit_code == ExitCode.REGRESSION
    assert "single runs of the same seed: no intervals" in told(result)
    assert {row["low"] for row in facts["rows"]} == {None}


def test_what_may_be_chance_is_called_neither_better_nor_worse(
    recorded: Callable[..., Path],
) -> None:
    base, new = recorded("--seed", 1), recorded("--seed", 1, "--set", "cluster.client_delay=6ms")

    shown, judged, lenient = (
        invoke("compare", base, new, *words)
        for words in ((), ("--fail-on-regression", "5%"), ("--fail-on-regression", "90%"))
    )

    facts = compare_runs(base, new)
    page = (new / f"compare-{facts['base']['id']}.html").read_text("utf-8")
    assert {row["outcome"] for row in facts["rows"]} == {"same", "differs"}
    assert not re.search("[✓✗!] (better|worse|changed)", shown.stdout)
    assert "without intervals a difference may be chance" in told(shown)
    assert "without intervals a difference may be chance" in page
    assert re.search(r"latency\.quote\.p50 .*\+\d+\S* % +✗ worse", judged.stdout)
    assert re.search(r"latency\.quote\.p50 .*\+\d+\S* % +· differs", lenient.stdout)


@pytest.mark.parametrize(("completed", "better"), [((20.0, 10.0), ""), ((20.0, 9.0), "higher")])
def test_less_completed_is_no_loss_where_less_was_offered_and_all_of_it_was_completed(
    completed: tuple[float, float], better: str
) -> None:
    sides = []
    for offered, done in zip((20.0, 10.0), completed, strict=True):
        facts = {"metrics": {"rate.offered": offered, "rate.completed": done}}
        sides.append(Side(Path(), facts, {1: facts}, {1: Path()}))

    assert comparison._row("rate.completed", sides[0], sides[1], [1])["better"] == better


def test_a_run_alone_is_compared_with_a_group_without_intervals(
    group: Path, recorded: Callable[..., Path]
) -> None:
    facts = compare_runs(group, recorded("--seed", 5))

    assert facts["pairing"] == "3 and 1 runs: no intervals, as one run does not tell its spread"


def test_a_graver_verdict_is_a_regression(group: Path, recorded: Callable[..., Path]) -> None:
    missed = recorded("--replications", 3, "--set", "limits.latency.quote.max=< 1us")

    result = invoke("compare", group, missed, "--fail-on-regression", "5%")

    assert result.exit_code == ExitCode.REGRESSION
    assert result.stdout.splitlines()[0].endswith("✗ regression")  # though the digests are equal
    assert "verdict: ✓ passed → ✗ limit missed" in told(result)


def test_a_metric_that_is_gone_is_no_silent_pass(group: Path, tmp_path: Path) -> None:
    new = Path(shutil.copytree(group, tmp_path / "new"))
    for file in new.glob("**/metrics.json"):
        facts = json.loads(file.read_text("utf-8"))
        del facts["metrics"]["latency.place_market.p50"]
        file.write_text(json.dumps(facts), encoding="utf-8")

    result = invoke("compare", group, new, "--fail-on-regression", "5%")
    back = invoke("compare", new, group, "--fail-on-regression", "5%")

    assert (result.exit_code, back.exit_code) == (ExitCode.LIMIT_MISSED, ExitCode.GOOD)
    assert result.stdout.splitlines()[0].endswith("? unclear")
    assert "latency.place_market.p50: only base can tell it" in told(result)
    assert "latency.place_market.p50: only new can tell it" in told(back)


def test_the_page_and_the_numbers_are_written_where_they_are_wanted(
    group: Path, slower: Path, tmp_path: Path
) -> None:
    page = tmp_path / "difference.html"

    first = invoke("compare", group, slower, "-o", page, "--json")
    once = page.read_bytes()
    invoke("compare", group, slower, "-o", page)

    assert json.loads(first.stdout) == json.loads(page.with_suffix(".json").read_text("utf-8"))
    assert page.read_bytes() == once
    assert b"Latency of place_market by percentile, base and new" in once


def test_a_page_may_be_called_as_one_likes_but_not_like_its_numbers(
    group: Path, tmp_path: Path
) -> None:
    assert invoke("compare", group, group, "-o", tmp_path / "x.htm").exit_code == ExitCode.GOOD

    refused = invoke("compare", group, group, "-o", tmp_path / "y.json")

    assert refused.exit_code == ExitCode.BAD_INPUT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.htm", "x.json"]


@pytest.mark.parametrize("share", ["5", "-1%", "much"])
def test_a_threshold_that_is_no_share_is_refused(share: str, group: Path) -> None:
    result = invoke("compare", group, group, "--fail-on-regression", share)

    assert (result.exit_code, result.stdout) == (ExitCode.BAD_INPUT, "")
    assert result.stderr.startswith("--fail-on-regression: a share")


def test_a_run_without_metrics_cannot_be_compared(group: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(group / "replication-1", tmp_path / "broken"))
    (broken / "metrics.json").unlink()

    result = invoke("compare", group, broken)

    assert result.exit_code == ExitCode.BAD_INPUT
    assert re.search(r"broken: it has no metrics\.json; `openoutcry show` makes it", result.stderr)


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("latency.quote.p99", "lower"),
        ("latency.quote.count", ""),
        ("latency.quote.rate", ""),
        ("availability", "higher"),
        ("refused.share", "lower"),
        ("business.volume_usd", ""),
    ],
)
def test_it_is_known_which_way_is_better(name: str, better: str) -> None:
    assert direction_of(name) == better


def test_order_statistics_are_for_independent_latencies_only(
    record_latencies: Callable[[Any], Path],
) -> None:
    import numpy as np

    rng = np.random.default_rng(3)
    noise = rng.exponential(1e4, 20_000).astype(np.int64) + 1
    walk = np.abs(np.cumsum(rng.normal(0.0, 1e3, 20_000))).astype(np.int64) + 1

    independent = ranked_intervals(record_latencies(noise))
    correlated = ranked_intervals(record_latencies(walk))

    low, high = independent["latency.quote.p50"]
    assert low < 1e-2 * np.log(2) < high
    assert high - low < 0.1 * low
    assert "latency.quote.p50" not in correlated


@pytest.fixture
def record_latencies(tmp_path: Path) -> Callable[[Any], Path]:
    """Record quotes with these latencies in microseconds."""
    import numpy as np

    from simulation.recorder import Coded
    from simulation.records import SCHEMAS
    from simulation.run_folder import RunFolder

    def record(latencies: Any) -> Path:
        count = len(latencies)
        intended = np.arange(count) * 1_000
        texts = {name: Coded(np.zeros(count, int), ("",)) for name in SCHEMAS["requests"].names}
        numbers = {
            field.name: np.zeros(count, int) for field in SCHEMAS["requests"]
            if str(field.type).startswith("int")
        }  # fmt: skip
        own = {
            "operation": Coded(np.zeros(count, int), ("quote",)),
            "intended_us": intended, "sent_us": intended, "answered_us": intended + latencies,
        }  # fmt: skip
        run = RunFolder.create(tmp_path, "made-up", "", "", 1, "x")
        run.table("requests").append_columns({**texts, **numbers, **own})
        run.write_json("metrics.json", {"run": {"warm_up_s": 0.0}})
        run.finish("complete")
        return run.path

    return record


def test_processes_at_a_time_are_refused_for_a_single_run(tmp_path: Path) -> None:
    result = invoke("run", *SMALL, "--jobs", 2, "--out", tmp_path / "runs")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr.startswith("--jobs: this is a single run; with --replications N")
    assert not (tmp_path / "runs").exists()


def test_a_report_draws_one_run_against_one_run(group: Path, recorded: Callable[..., Path]) -> None:
    run = recorded("--seed", 1)

    against, about = (
        invoke("report", run, "--against", group),
        invoke("report", group, "--against", run),
    )

    assert (against.exit_code, about.exit_code) == (ExitCode.BAD_INPUT, ExitCode.BAD_INPUT)
    assert "this is an experiment (replications); name one of its runs, like" in against.stderr
    assert about.stderr.startswith(f"--against: {group} is an experiment; ")
