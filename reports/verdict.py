"""Judges a run: its limits, the events it had to meet, and the audit."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, Final

from reports.findings import Findings
from reports.statistics import parts_of
from simulation.metric_names import metrics_named

Row = dict[str, Any]

_AT_REST: Final = "A16"
_HANDLERS_SHOWN: Final = 5
RELATIONS: Final = {
    "<": lambda measured, bound: measured < bound,
    "<=": lambda measured, bound: measured <= bound,
    ">": lambda measured, bound: measured > bound,
    ">=": lambda measured, bound: measured >= bound,
}


def judge(*, status: str, plan: Row, counters: Row, audit: Row, findings: Findings) -> Row:
    """Return the verdict.

    Args:
        status: How the run ended.
        plan: Its `plan.json`.
        counters: Its `counters.json`.
        audit: Its `audit.json`, empty where nobody audited it.
        findings: What was measured.

    Returns:
        `word` (`passed`, `limit missed`, `not proven`, `something lost`, `handler failed`,
        `interrupted` or `failed`), `passed`, and the rows behind it: `limits`, `must_see`,
        `audit`, and `handlers`, the first failures of handlers as sentences.
    """
    metrics = findings.metrics
    limits = [
        judge_limit(limit, metrics, findings.undersampled) for limit in _limits(plan, metrics)
    ]
    must_see = [
        {"event": name, "count": _count_of(name, counters)} for name in plan.get("must_see", ())
    ]
    must_see += _faults(counters) + (_rest(counters) if status != "aborted" else [])
    invariants = read_audit(audit)
    failures = counters.get("failures", [])
    word = _word(status, failures, limits, must_see, invariants)
    return {
        "word": word,
        "passed": word == "passed",
        "limits": limits,
        "must_see": must_see,
        "audit": invariants,
        "audited": bool(invariants),
        "handlers": [_sentence(failure) for failure in failures[:_HANDLERS_SHOWN]],
    }


def _sentence(failure: Row) -> str:
    where = PurePath(failure["where"]).name
    return f"{failure['address']}, {failure['message']}: {failure['error']} ({where})"


def _faults(counters: Row) -> list[Row]:
    """Return how often each kind of fault struck, and each fault that was there in vain."""
    counts = counters.get("faults", {})
    rows = [{"event": f"fault: {kind}", "count": count} for kind, count in counts.items() if count]
    in_vain = counters.get("faults_in_vain", [])
    return rows + [{"event": fault, "count": 0} for fault in in_vain]


def _rest(counters: Row) -> list[Row]:
    """Return a row for a run that was not at rest when its time to drain was over."""
    return [] if counters.get("is_at_rest", True) else [{"event": "came to rest", "count": 0}]


def _count_of(event: str, counters: Row) -> int | None:
    """Return how often an event was seen; None where the run ended before it could say so."""
    return int(counters["events"].get(event, 0)) if "events" in counters else None


def _limits(plan: Row, metrics: Row) -> list[Row]:
    """Return the limits of the plan and, where orders were placed, its least accepted share."""
    limits = [one for limit in plan.get("limits", ()) for one in _each(limit, metrics)]
    named = {limit["metric"] for limit in limits}
    least = plan.get("accepted_share", 0.0)
    if least > 0 and metrics.get("total.orders") and "accepted.share" not in named:
        text = f">= {least:.0%}"
        accepted = {"metric": "accepted.share", "relation": ">=", "bound": least, "text": text}
        limits.append(accepted)
    return limits


def _each(limit: Row, metrics: Row) -> list[Row]:
    """Return a limit on several metrics as one on each that was measured, if any was."""
    if "*" not in limit["metric"]:
        return [limit]
    named = [name for name in metrics_named(limit["metric"]) if name in metrics]
    return [limit | {"metric": name} for name in named] or [limit]


def judge_limit(limit: Row, metrics: Row, undersampled: list[str]) -> Row:
    """Judge one limit.

    A percentile behind which there are too few values is judged by the maximum (for a lower
    bound by the minimum), which it cannot exceed.

    Returns:
        The limit with `measured`, `margin` (share of the bound, negative when missed),
        `passed`, `outcome` (`met`, `missed`, `inconclusive` or `not measured`) and a `note`.
    """
    metric, bound = limit["metric"], limit["bound"]
    stand_in = _stand_in(limit) if metric in undersampled else metric
    measured = metrics.get(stand_in)
    row = {**limit, "measured": measured, "judged_by": stand_in, "note": "", "margin": None}
    if measured is None:
        return row | {"passed": False, "outcome": "not measured", "note": "no data at all"}
    met = bool(RELATIONS[limit["relation"]](measured, bound))
    if bound:
        sign = 1 if limit["relation"].startswith("<") else -1
        row["margin"] = sign * (bound - measured) / bound
    outcome = "met" if met else "missed"
    if stand_in != metric:
        outcome = "met" if met else "inconclusive"
        row["note"] = f"too few values for {metric.rpartition('.')[2]}: judged by {stand_in}"
    return row | {"passed": met, "outcome": outcome}


def _stand_in(limit: Row) -> str:
    name, _, statistic = limit["metric"].rpartition(".")
    assert parts_of(statistic), "only percentiles can be undersampled"
    return f"{name}.{'max' if limit['relation'].startswith('<') else 'min'}"


def read_audit(audit: Row) -> list[Row]:
    """Return the invariants of an `audit.json`.

    Returns:
        For each its `id`, `title`, how often it was `checked` and `broken`, and the first
        `findings` as sentences.
    """
    sentences: dict[str, list[str]] = {}
    for finding in audit.get("findings", ()):
        sentences.setdefault(finding["invariant"], []).append(finding["sentence"])
    return [
        {
            "id": row["id"],
            "title": row["title"],
            "checked": row["checks"],
            "broken": row["findings"],
            "findings": sentences.get(row["id"], []),
        }
        for row in audit.get("invariants", ())
    ]


def _word(
    status: str, failures: list[Row], limits: list[Row], must_see: list[Row], invariants: list[Row]
) -> str:
    """Name the gravest thing first; a run that nobody audited proves nothing."""
    is_proven = bool(invariants) and all(row["count"] for row in must_see)
    words = {
        "something lost": _is_lost(invariants, is_bug=bool(failures)),
        status: status in {"interrupted", "failed"},
        "handler failed": bool(failures),
        "limit missed": status == "aborted" or not all(row["passed"] for row in limits),
        "not proven": not is_proven,
    }
    return next((word for word, applies in words.items() if applies), "passed")


def _is_lost(invariants: list[Row], *, is_bug: bool) -> bool:
    """Tell whether something is lost.

    A handler that raised leaves its message undone, so its sender may wait for ever: that is
    the handler's fault, not the books'.
    """
    broken = {row["id"] for row in invariants if row["broken"]}
    return bool(broken - {_AT_REST} if is_bug else broken)
