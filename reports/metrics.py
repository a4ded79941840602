"""Makes `metrics.json`, the one source of every number shown, from a recorded run."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any, Final

from reports.behaviour import add_mix, add_most_traded
from reports.brokerage import (
    actor_totals,
    money_totals,
    order_totals,
    queues_law,
    requests_law,
    worker_utilisation,
)
from reports.business import add_business
from reports.faults import fault_rows
from reports.findings import Findings, Window
from reports.format import money
from reports.holdings import add_holding, add_profits, last_prices
from reports.metrics_file import METRICS_VERSION, read_metrics
from reports.moves import Moves
from reports.notifications import add_notifications
from reports.omission import add_naive
from reports.operations import add_operations
from reports.outcomes import add_outcomes
from reports.over_time import (
    MOST_BINS,
    Answers,
    Bins,
    books_over_time,
    distributions,
    heat,
    latency_over_time,
    load_over_time,
    market_events,
    operations_over_time,
    queues_over_time,
    volume_over_time,
)
from reports.requests import Requests, add_ticks
from reports.sessions import Sessions, add_sessions, users_over_time
from reports.slowest import slowest_rows
from reports.staleness import staleness
from reports.statistics import parts_of
from reports.tables import Table
from reports.verdict import judge
from reports.warm_up import warm_up_of
from simulation.metric_names import metrics_named, unit_of
from simulation.records import (
    AUDIT_FILE,
    COUNTERS_FILE,
    METRICS_FILE,
    PLAN_FILE,
    SERIES_FILE,
    read_json,
    read_record,
    status_of,
    write_json,
)

Facts = dict[str, Any]

_ANSWERS_IN_BIN: Final = 1_000
_OWN_COST: Final = ("processor_s", "peak_bytes", "witness_processor_s", "witness_peak_bytes")
_US_PER_S: Final = 1_000_000


def facts_of(folder: Path) -> Facts:
    """Return the contents of a run's `metrics.json`, made where missing.

    Raises:
        UnreadableRun: The folder is not a recorded run, or a file of it is damaged.
        UnwritableRun: The results cannot be written.
    """
    facts = read_metrics(folder)
    return facts if facts and (folder / SERIES_FILE).is_file() else summarise(folder)


def summarise(folder: Path) -> Facts:
    """Read a recorded run, write its `metrics.json` and `series.json`, and return the former.

    Latencies are in seconds, from the intended start, of requests intended after the warm-up
    that were answered and not refused for load; percentiles are exact, by nearest rank.
    Rates are per second measured; totals are of the whole run; money is in 1/10,000 USD.

    Returns:
        `version`, `run` (facts), `verdict`, `events` (their counts), `faults` (those that
        struck), `market` (its openings and closes), `slowest` (requests, with their ways),
        `metrics` (flat names to numbers), `undersampled` (the names of percentiles with fewer
        than ten values beyond them, which no view shows) and `in_dollars` (those that are
        money, as text). `reports/metrics.schema.json` says all of it.

    Raises:
        UnreadableRun: The folder is not a recorded run, or a file of it is damaged.
        UnwritableRun: The results cannot be written.
    """
    run = read_record(folder)
    plan = read_json(folder / PLAN_FILE)
    counters = read_json(folder / COUNTERS_FILE)
    audit = read_json(folder / AUDIT_FILE)
    status = status_of(run)
    seconds = _virtual_s(folder, counters)
    warm_up = warm_up_of(folder, plan)
    window = _window(plan, status, seconds, warm_up["seconds"])
    # A complete run has sent everything; should it not have, that must show.
    cut_s = inf if status == "complete" else seconds
    findings, series = _find(folder, plan, counters, window, seconds, cut_s)
    for name, count in counters.get("updates", {}).items():
        findings.metrics[f"updates.{name}"] = count
    for kind, count in counters.get("faults", {}).items():
        findings.metrics[f"faults.{kind}"] = count
    verdict = judge(status=status, plan=plan, counters=counters, audit=audit, findings=findings)
    facts = {
        "version": METRICS_VERSION,
        "run": _facts(folder, run, plan, counters) | {
            "status": status, "virtual_s": seconds, "measured_s": window.seconds,
            "warm_up": warm_up, "warm_up_s": warm_up["seconds"],
        },
        "verdict": verdict,
        "events": counters.get("events", {}),
        "faults": fault_rows(folder),
        "market": market_events(plan, seconds),
        "slowest": findings.slowest,
        "metrics": dict(sorted(findings.metrics.items())),
        "undersampled": sorted(findings.undersampled),
        "in_dollars": _in_dollars(findings.metrics),
    }  # fmt: skip
    write_json(folder / SERIES_FILE, series)
    write_json(folder / METRICS_FILE, facts)
    return facts


def _find(
    folder: Path, plan: Facts, counters: Facts, window: Window, seconds: float, cut_s: float
) -> tuple[Findings, Facts]:
    """Return what was found, and the points of the figures."""
    findings = Findings(_asked(plan))
    requests = Requests(folder, window, cut_s)
    requests.add_all(findings)
    add_naive(requests, findings)
    findings.slowest = slowest_rows(folder, requests)
    add_ticks(folder, window, findings)
    add_notifications(folder, window, findings)
    for found in (
        requests_law(folder, requests),
        worker_utilisation(folder, window),
        actor_totals(folder, seconds, _workers(plan)),
        queues_law(folder, seconds),
        order_totals(folder),
        money_totals(folder),
        staleness(folder),
    ):
        findings.metrics |= found
    add_operations(folder, requests, plan, cut_s, findings)
    add_outcomes(requests, findings)
    moves = Moves(folder)
    add_business(folder, requests, moves, plan.get("starts_at_s", 0), findings)
    add_mix(folder, findings)
    add_most_traded(moves, findings)
    add_holding(moves, findings)
    prices = last_prices(folder, counters.get("opening_prices", {}))
    profit = add_profits(moves, prices, findings)
    series = {"spectrum": findings.spectra, "load": requests.load(), "profit": profit}
    return findings, series | _over_time(folder, requests, moves, seconds, findings)


def _asked(plan: Facts) -> dict[str, list[str]]:
    """Return the percentiles that the limits of a plan name, by the operation that they are of."""
    asked: dict[str, list[str]] = {}
    for limit in plan.get("limits", ()):
        for name in metrics_named(limit["metric"]):
            family, *words = name.split(".")
            if family == "latency" and parts_of(words[-1]):
                asked.setdefault(words[0], []).append(words[-1])
    return asked


def _over_time(
    folder: Path, requests: Requests, moves: Moves, seconds: float, findings: Findings
) -> Facts:
    """Return the points of the figures that show how latencies are spread, and what came when."""
    answers, bins = Answers.of(requests), Bins.over(seconds)
    coarse = _bins_of_percentiles(answers, seconds)
    sessions = Sessions.of(requests)
    add_sessions(requests, sessions, findings)
    return {
        "users": users_over_time(requests, sessions, bins),
        "latency": latency_over_time(answers, coarse)
        | {"offered": load_over_time(requests, coarse)},
        "operations": operations_over_time(requests, seconds),
        "heat": heat(answers, bins),
        "distribution": distributions(requests),
        "queues": queues_over_time(folder, bins),
        "books": books_over_time(folder, seconds, bins, findings),
        "volume": volume_over_time(moves, bins),
    }


def _bins_of_percentiles(answers: Answers, seconds: float) -> Bins:
    """Return bins that have enough answers for their percentiles, as far as there are so many."""
    return Bins.over(seconds, min(max(len(answers.latency_us) // _ANSWERS_IN_BIN, 24), MOST_BINS))


def _in_dollars(metrics: dict[str, float]) -> dict[str, str]:
    """Write the metrics that are money as people read them."""
    return {
        name: money(value) for name, value in sorted(metrics.items()) if unit_of(name) == "money"
    }


def _virtual_s(folder: Path, counters: Facts) -> float:
    """Return how long the run was; what was recorded tells where the driver could not."""
    if "virtual_s" in counters:
        return float(counters["virtual_s"])
    seconds = Table(folder, "timeline").numbers("at_us")
    tables = {"requests": "answered_us", "transactions": "at_us", "prices": "valuation_us"}
    times = [Table(folder, name).numbers(column) for name, column in tables.items()]
    latest = [
        float(column.max()) for column in ([seconds] if len(seconds) else times) if len(column)
    ]
    return max(latest, default=0.0) / _US_PER_S


def _window(plan: Facts, status: str, seconds: float, start_s: float) -> Window:
    """Return the window after the warm-up; a run that broke off has measured less than planned."""
    given_s = float(plan.get("warm_up_s", 0.0))
    end_s = given_s + float(plan["duration_s"]) if "duration_s" in plan else seconds
    if status != "complete":
        end_s = min(end_s, seconds)
    return Window(round(start_s * _US_PER_S), round(max(start_s, end_s) * _US_PER_S))


def _workers(plan: Facts) -> int:
    cluster = plan.get("cluster", {})
    return int(cluster.get("nodes", 1)) * int(cluster.get("workers", 1))


def _facts(folder: Path, run: Facts, plan: Facts, counters: Facts) -> Facts:
    wall_s, messages = counters.get("wall_s"), counters.get("messages")
    return {
        "folder": folder.name,
        **{key: run.get(key) for key in ("id", "scenario", "started", "ended", "seed", "command")},
        **{key: run.get(key, {}) for key in ("versions", "machine")},
        "clock": run.get("clock", "virtual"),
        "error": run.get("error"),
        "session": run.get("session", ""),
        "description": plan.get("description", ""),
        "starts_at_s": plan.get("starts_at_s", 0),
        "warm_up_s": plan.get("warm_up_s", 0.0),
        "users": plan.get("users", {}).get("count"),
        "symbols": plan.get("market", {}).get("symbols"),
        "replications": 1,
        **{key: counters.get(key) for key in ("wall_s", "messages", "restarts", *_OWN_COST)},
        "dead_letters": _sum_of(counters.get("dead_letters")),
        "digest": counters.get("digest"),
        "messages_per_s": messages / wall_s if messages and wall_s else None,
    }


def _sum_of(counts: dict[str, int] | int | None) -> int | None:
    return sum(counts.values()) if isinstance(counts, dict) else counts
