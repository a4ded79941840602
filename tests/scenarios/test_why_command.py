"""`why` and `slowest`: one order hop by hop, learnt by repeating the run, and checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from titled import without_title

from reports.tables import Table
from scenarios.cli import openoutcry
from scenarios.cli.exit_codes import ExitCode
from simulation.records import read_json, write_json

SMALL = ("--set", "users.count=20", "--set", "duration=30s", "--set", "limits={}")
SPAN = 'shape = "constant-arrival-rate", start = "30s", duration = "20s", rate = "5/s"'
LOAD = f'load = [{{ unit = "orders", {SPAN} }}, {{ unit = "other", {SPAN} }}]'
FAULTS = """fault = [
  { kind = "duplicate", share = "20%" },
  { kind = "crash_after_append", share = "5%" },
]"""


def call(*words: str) -> Result:
    return CliRunner().invoke(openoutcry, list(words))


def record(out: Path, *words: str) -> Path:
    result = call(
        "run", "quiet-minute", *SMALL, "--set", LOAD, "--out", str(out), "--quiet", *words
    )
    assert result.exit_code in {ExitCode.GOOD, ExitCode.LIMIT_MISSED}, result.output
    (folder,) = out.iterdir()
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("runs"))


def rows_of(run: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(run / "orders").to_pylist()
    return rows


def orders(run: Path, **wanted: str) -> list[str]:
    return [
        row["order_id"]
        for row in rows_of(run)
        if all(row[key] == word for key, word in wanted.items())
    ]


def journey(run: Path, order: str, *words: str) -> dict[str, Any]:
    result = call("why", str(run), order, "--json", *words)
    assert result.exit_code == 0, result.output
    content: dict[str, Any] = json.loads(result.stdout)
    return content


def test_a_market_order_is_told_from_the_click_to_settled_cash(run: Path) -> None:
    (order, *_) = orders(run, price_type="MARKET", order_type="BUY", status="EXECUTED")

    result = call("why", str(run), order)

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{order}: BUY ")
    words = ("OrderPlaced: holds $", "OrderExecuted: ", "ExecutionSettled: pays $", "OrderClosed:")
    places = [result.stdout.index(word) for word in words]
    assert places == sorted(places)
    assert max(map(len, lines)) <= 80


def test_what_was_held_is_paid_and_released_to_the_last_unit(run: Path) -> None:
    for order in orders(run, price_type="MARKET", order_type="BUY", status="EXECUTED")[:2]:
        facts = dict(fact for hop in journey(run, order)["hops"] for fact in hop["facts"])

        placed, settled, closed = (
            facts[name] for name in ("OrderPlaced", "ExecutionSettled", "OrderClosed")
        )
        assert settled["amount"] == settled["quantity"] * settled["price"]
        assert placed["hold"] == settled["hold_used"] + closed["released"]


def test_the_parts_of_the_hops_that_lead_to_the_answer_sum_to_its_latency(run: Path) -> None:
    for order in orders(run, price_type="MARKET")[:4]:
        told = journey(run, order)
        request, hops = told["request"], told["hops"]
        (at,) = (
            hop["number"] for hop in hops
            if hop["outcome"] == "told" and round(hop["at_s"] * 1e6) == request["answered_us"]
        )  # fmt: skip

        total_s = {"network": 0.0, "mailbox": 0.0, "worker": 0.0, "service": 0.0, "commit": 0.0}
        last = hops[at]
        while True:
            for part in total_s:
                is_own = part != "commit" or last is not hops[at]
                total_s[part] += last[f"{part}_s"] if is_own else 0.0
            if last["cause"] < 0:
                break
            last = hops[last["cause"]]

        for part, seconds in total_s.items():
            assert seconds * 1e6 == pytest.approx(request[f"{part}_us"], abs=2), (order, part)


def test_the_tick_that_moved_a_waiting_order_is_part_of_its_way(run: Path) -> None:
    (order, *_) = waited = [
        row["order_id"] for row in rows_of(run)
        if row["status"] == "EXECUTED" and row["executed_us"] - row["placed_us"] > 100_000
    ]  # fmt: skip
    assert waited, "the run has limit orders that waited"

    (hop,) = (hop for hop in journey(run, order)["hops"] if "OrderExecuted" in str(hop["facts"]))

    assert hop["message"] == "PriceChanged"


def test_a_cancel_is_part_of_the_way_of_its_order(run: Path) -> None:
    (order, *_) = orders(run, status="CANCELLED")

    messages = [hop["message"] for hop in journey(run, order)["hops"]]

    assert messages.count("CancelOrder") >= 2  # at the door, and in the account
    assert "CancelSubmitted" in messages


def test_a_command_that_placed_no_order_is_found_by_its_number(run: Path) -> None:
    refused = Table(run, "refusals").numbers("command_id")

    result = call("why", str(run), str(refused[0]))

    assert result.exit_code == 0, result.output
    assert "CommandRefused: " in result.stdout
    assert "no money moved" in result.stdout


def test_every_kind_of_order_can_be_told_in_words_and_drawn(run: Path, tmp_path: Path) -> None:
    one_of_each = {(row["price_type"], row["status"]): row["order_id"] for row in rows_of(run)}
    assert len(one_of_each) > 2

    for order in one_of_each.values():
        result = call("why", str(run), order, "--figure", str(tmp_path / f"{order}.svg"))

        assert result.exit_code == 0, (order, result.output)
        assert max(map(len, result.stdout.splitlines())) <= 80


def test_the_waterfall_has_a_title_and_the_same_bytes_each_time(run: Path, tmp_path: Path) -> None:
    order = orders(run)[0]
    files = [tmp_path / f"{name}.{kind}" for name in "ab" for kind in ("svg", "png", "pdf")]

    for file in files:
        assert call("why", str(run), order, "--figure", str(file)).exit_code == 0

    assert without_title(file for file in files if file.suffix != ".pdf") == []
    assert [file.read_bytes() for file in files[:3]] == [file.read_bytes() for file in files[3:]]
    assert order in files[0].read_text(encoding="utf-8")


def test_a_journey_is_learnt_once_and_kept(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = orders(run)[0]
    first = journey(run, order)
    monkeypatch.setattr("scenarios.journeys.retrace", None)

    assert journey(run, order) == first


def test_verifying_repeats_the_run_to_the_same_digest(run: Path) -> None:
    told = journey(run, orders(run)[0], "--verify")

    assert told["is_repeated_whole"]


def test_a_run_with_faults_comes_out_again_hop_by_hop(tmp_path: Path) -> None:
    retrying = ("--set", 'users.retry_after="1s"', "--set", FAULTS)
    run = record(tmp_path / "runs", *retrying)

    journeys = [journey(run, order) for order in orders(run)[:12]]

    outcomes = {hop["outcome"] for told in journeys for hop in told["hops"]}
    assert "told" in outcomes
    assert any(not hop["message"] for told in journeys for hop in told["hops"]), "a recovery"
    assert journey(run, orders(run)[0], "--verify")["is_repeated_whole"]


def test_an_unknown_order_is_refused_with_near_ones(run: Path) -> None:
    known = orders(run)[0]
    account = known.rpartition("-")[0]

    result = call("why", str(run), f"{account}-999")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert f"no order '{account}-999'; near it there are {account}-1" in result.stderr


def test_an_unknown_command_is_refused_with_the_range_of_numbers(run: Path) -> None:
    result = call("why", str(run), "99999999")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "no command 99999999; they are 0 to " in result.stderr


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"clock": "wall"}, "was on the wall clock"),
        ({"versions": {"openoutcry": "0.0.1"}}, "is of Open Outcry 0.0.1, and this is"),
        ({"status": "running"}, "still under way"),
        ({"workload": {"file": "gone.csv", "sha256": ""}}, "commands from gone.csv, which is gone"),
    ],
)
def test_a_run_that_cannot_be_repeated_says_why(
    run: Path, tmp_path: Path, change: dict[str, Any], complaint: str
) -> None:
    changed = copy_of(run, tmp_path)
    write_json(changed / "run.json", read_json(run / "run.json") | change)

    result = call("why", str(changed), orders(run)[0])

    assert result.exit_code == ExitCode.BAD_INPUT
    assert complaint in " ".join(result.stderr.split())


def test_a_run_that_comes_out_otherwise_is_not_told(run: Path, tmp_path: Path) -> None:
    changed = copy_of(run, tmp_path)
    for name in ("scenario.resolved.toml", "plan.json"):
        text = (changed / name).read_text(encoding="utf-8")
        seed = {"scenario.resolved.toml": "seed = {}", "plan.json": '"seed": {}'}[name]
        assert seed.format(1) in text
        text = text.replace(seed.format(1), seed.format(2), 1)
        (changed / name).write_text(text, encoding="utf-8")

    result = call("why", str(changed), orders(run)[0])

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "cannot be repeated" in result.stderr


def copy_of(run: Path, folder: Path) -> Path:
    import shutil

    return Path(shutil.copytree(run, folder / run.name, ignore=shutil.ignore_patterns("journeys")))


def test_the_slowest_come_first_and_name_what_why_takes(run: Path) -> None:
    result = call("slowest", str(run), "--top", "5")

    head, *lines = result.stdout.splitlines()
    assert head.split()[0] == "meant"
    assert len(lines) == 5
    assert call("why", str(run), lines[0].split()[-1]).exit_code == 0
    assert max(map(len, lines)) <= 80


def test_the_slowest_are_those_of_the_page(run: Path) -> None:
    page = [str(row["command_id"]) for row in read_json(run / "metrics.json")["slowest"]]
    named = [line.split()[-1] for line in call("slowest", str(run)).stdout.splitlines()[1:]]

    of_order = {row["order_id"]: str(row["command_id"]) for row in rows_of(run)}
    assert len(page) == 20
    assert [of_order.get(name, name) for name in named] == page


def test_the_slowest_of_one_operation_are_of_it_alone(run: Path) -> None:
    lines = call("slowest", str(run), "--operation", "quote").stdout.splitlines()[1:]

    assert lines
    assert all(" quote " in line for line in lines)


def test_an_unknown_operation_is_refused(run: Path) -> None:
    result = call("slowest", str(run), "--operation", "quotes")

    assert result.exit_code == ExitCode.BAD_INPUT
    assert "did you mean 'quote'?" in result.stderr
