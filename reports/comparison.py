"""Compares two recorded runs, or two groups of replications: what differs, and by how much.

Differences have intervals over replications, paired where both sides have runs of the same seeds.
Two single runs have none, and the comparison says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from math import inf
from pathlib import Path
from typing import Any, Final

from reports.intervals import Interval, difference_of_means, difference_of_pairs
from reports.parts import PARTS
from reports.sides import Side, ranked_intervals, read_side
from simulation.records import FORMAT_VERSION

Facts = dict[str, Any]

KIND: Final = "comparison"
LOWER_IS_BETTER: Final = (
    "latency.*", "parts.*", "staleness.*", "refused.share", "errors.share", "rejections.share",
    "queue.*", "notifications.*.depth.max", "notifications.given_up.count", "total.unanswered",
    "drain", "sending.*", "errors.*.share", "errors.*.rate",
)  # fmt: skip
HIGHER_IS_BETTER: Final = (
    "rate.completed", "rate.orders", "availability", "availability.*", "accepted.share",
    "notifications.*.share",
)  # fmt: skip
NEUTRAL: Final = ("*.count", "latency.*.rate", "*.within_sd")
WATCHED: Final = (
    "latency.*.p50", "latency.*.p99", "staleness.*.p99", "rate.completed", "availability",
    "refused.share", "errors.share", "notifications.*.share",
)  # fmt: skip
_COMPLETED: Final = "rate.completed"
_OFFERED: Final = "rate.offered"
_KEPT_UP: Final = 0.98  # completed of what was offered; some is still under way at the end
_BANDS: Final = ("median", "slowest")
_WORDS_BY_GRAVITY: Final = (
    "passed", "not proven", "inconclusive", "limit missed", "interrupted", "failed",
    "handler failed", "something lost",
)  # fmt: skip


def compare_runs(base: Path, new: Path) -> Facts:
    """Compare two recorded runs or groups of replications.

    Args:
        base: What it was like before.
        new: What it is like now.

    Returns:
        `base` and `new` (what they are), `pairing` (how their runs were put together, in words),
        `is_same` (every run has the digest of its partner), `rows` (of each metric that both
        have: `base`, `new`, `difference` with `low` and `high`, `relative`, `better`, `outcome`,
        `watched`), `one_sided` (watched metrics that only one side has: `metric` and `side`),
        `parts`, `ranked` (intervals of percentiles of single runs) and `changed_keys`.

    Raises:
        UnreadableRun: One of them cannot be compared.
    """
    sides = read_side(base), read_side(new)
    pairs = _pairs(*sides)
    rows = list(_rows(*sides, pairs))
    return {
        "format": FORMAT_VERSION,
        "kind": KIND,
        "base": sides[0].describe(),
        "new": sides[1].describe(),
        "pairing": _pairing(*sides, pairs),
        "is_same": _is_same(*sides),
        "rows": rows,
        "one_sided": list(_one_sided(*sides)),
        "parts": _parts({row["metric"]: row for row in rows}),
        "ranked": [] if any(side.is_repeated for side in sides) else _ranked(*sides),
        "changed_keys": changed_keys(sides[0].keys(), sides[1].keys()),
    }


def _pairs(base: Side, new: Side) -> list[int]:
    """Return the seeds that both sides have, in the order of the base."""
    return [seed for seed in base.runs if seed in new.runs]


def _pairing(base: Side, new: Side, pairs: Sequence[int]) -> str:
    counts = len(base.runs), len(new.runs)
    if not base.is_repeated and not new.is_repeated:
        same = "of the same seed" if pairs else "of different seeds"
        return f"single runs {same}: no intervals, as one run does not tell its spread"
    if len(pairs) >= 2:
        return f"{len(pairs)} pairs of runs with equal seeds; intervals of 95 % of the differences"
    if min(counts) >= 2:
        return f"{counts[0]} and {counts[1]} runs of different seeds; intervals of 95 % (Welch)"
    return f"{counts[0]} and {counts[1]} runs: no intervals, as one run does not tell its spread"


def _is_same(base: Side, new: Side) -> bool:
    """Tell whether both are the same to the last bit."""
    digests = [
        {seed: facts["run"]["digest"] for seed, facts in side.runs.items()} for side in (base, new)
    ]
    return digests[0] == digests[1] and None not in digests[0].values()


def _rows(base: Side, new: Side, pairs: Sequence[int]) -> Iterator[Facts]:
    limits = {*base.limits(), *new.limits()}
    undersampled = {name for side in (base, new) for name in side.facts["undersampled"]}
    for name in sorted(_names(base) & _names(new)):
        row = _row(name, base, new, pairs)
        yield row | {
            "limited": name in limits,
            "undersampled": name in undersampled,
            "watched": _is_watched(name, limits) and name not in undersampled,
        }


def _names(side: Side) -> set[str]:
    """Return the metrics that every run of a side has."""
    return set.intersection(*(set(facts["metrics"]) for facts in side.runs.values()))


def _is_watched(name: str, limits: Collection[str]) -> bool:
    return name in limits or any(fnmatchcase(name, pattern) for pattern in WATCHED)


def _one_sided(base: Side, new: Side) -> Iterator[Facts]:
    """Yield the watched metrics that one side has, from enough values, and the other has not."""
    limits = {*base.limits(), *new.limits()}
    known = [_names(side) - {*side.facts["undersampled"]} for side in (base, new)]
    for name in sorted(known[0] ^ known[1]):
        if _is_watched(name, limits):
            yield {"metric": name, "side": "base" if name in known[0] else "new"}


def _row(name: str, base: Side, new: Side, pairs: Sequence[int]) -> Facts:
    """Return how one metric differs; of paired runs the means are of the pairs alone."""
    is_paired = len(pairs) >= 2 or (len(base.runs) == len(new.runs) == len(pairs))
    values = [
        [side.runs[seed]["metrics"][name] for seed in (pairs if is_paired else side.runs)]
        for side in (base, new)
    ]
    compare = difference_of_pairs if is_paired else difference_of_means
    found = compare(*values)
    before, after = (sum(own) / len(own) for own in values)
    better = "" if name == _COMPLETED and _kept_up(base, new) else direction_of(name)
    return {
        "metric": name,
        "base": before,
        "new": after,
        "difference": found.mean,
        "low": found.low,
        "high": found.high,
        "relative": found.mean / abs(before) if before else None,
        "better": better,
        "outcome": _outcome(found, better),
    }


def _kept_up(base: Side, new: Side) -> bool:
    """Tell whether both sides completed what was offered, so that the load made the difference."""
    runs = [facts["metrics"] for side in (base, new) for facts in side.runs.values()]
    return all(own.get(_COMPLETED, 0.0) >= _KEPT_UP * own.get(_OFFERED, inf) for own in runs)


def direction_of(name: str) -> str:
    """Return which values of a metric are better: `lower`, `higher`, or neither (empty)."""
    if any(fnmatchcase(name, pattern) for pattern in NEUTRAL):
        return ""
    if any(fnmatchcase(name, pattern) for pattern in LOWER_IS_BETTER):
        return "lower"
    is_higher = any(fnmatchcase(name, pattern) for pattern in HIGHER_IS_BETTER)
    return "higher" if is_higher else ""


def _outcome(found: Interval, better: str) -> str:
    """Name a difference: `same`, `better`, `worse`, `changed`, `unclear`; or that it `differs`.

    Without an interval a difference may be chance, whichever way it goes.
    """
    if found.mean == 0 and found.low in {None, 0} and found.high in {None, 0}:
        return "same"
    if found.low is None:
        return "differs"
    if found.holds(0.0):
        return "unclear"
    if not better:
        return "changed"
    return "better" if (found.mean < 0) == (better == "lower") else "worse"


def _parts(rows: dict[str, Facts]) -> list[Facts]:
    """Return where the time went: by operation and band the mean of each part on both sides.

    The slowest 1 % are left out where fewer than ten requests stand behind them.
    """
    names = dict.fromkeys(name.split(".")[1] for name in rows if name.startswith("parts."))
    found = []
    for operation in names:
        p99 = rows.get(f"latency.{operation}.p99")
        is_thin = p99 is None or p99["undersampled"]  # so that ten requests are not the slowest 1 %
        for band in _BANDS[:1] if is_thin else _BANDS:
            keys = {part: f"parts.{operation}.{band}.{part}" for part in PARTS}
            if all(key in rows for key in keys.values()):
                sides = {
                    side: {part: rows[key][side] for part, key in keys.items()}
                    for side in ("base", "new")
                }
                found.append({"operation": operation, "band": band, **sides})
    return found


def _ranked(base: Side, new: Side) -> list[Facts]:
    """Return intervals of percentiles, where both single runs seem to have independent values."""
    (one,), (other,) = base.folders.values(), new.folders.values()
    intervals = ranked_intervals(one), ranked_intervals(other)
    return [
        {"metric": name, "base": intervals[0][name], "new": intervals[1][name]}
        for name in intervals[0]
        if name in intervals[1]
    ]


def changed_keys(base: dict[str, Any], new: dict[str, Any]) -> list[Facts]:
    """Return the keys of the scenarios that differ; None stands for a key that is not there."""
    names = dict.fromkeys([*base, *new])
    return [
        {"key": name, "base": base.get(name), "new": new.get(name)}
        for name in names
        if base.get(name) != new.get(name)
    ]


def regressions(facts: Facts, threshold: float) -> tuple[list[Facts], list[Facts]]:
    """Return which watched metrics are worse by more than a share, and which may be.

    A metric of which there is an interval is worse when the whole interval is on the wrong side
    of no change, and its mean is beyond the threshold; if only the mean is, it is unclear.

    Args:
        facts: What `compare_runs` returned.
        threshold: Share of the base, such as 0.05; what was 0 before is beyond any.
    """
    worse: list[Facts] = []
    unclear: list[Facts] = []
    for row in facts["rows"]:
        if row["watched"] and worsening(row) > threshold:
            (unclear if row["outcome"] == "unclear" else worse).append(row)
    return worse, unclear


def lost(facts: Facts) -> list[str]:
    """Return the watched metrics that the new side cannot tell any more, though the base could."""
    return [row["metric"] for row in facts["one_sided"] if row["side"] == "base"]


def verdict_is_worse(facts: Facts) -> bool:
    """Tell whether the new side's verdict is graver than that of the base."""
    ranks = [_WORDS_BY_GRAVITY.index(facts[side]["verdict"]) for side in ("base", "new")]
    return ranks[1] > ranks[0]


def worsening(row: Facts) -> float:
    """Return by which share of the base a metric is worse; below 0 where it is better."""
    if not row["better"] or not row["difference"]:
        return 0.0
    sign = 1 if row["better"] == "lower" else -1
    if row["relative"] is None:
        return sign * float("inf") if row["difference"] > 0 else -sign * float("inf")
    return sign * float(row["relative"])
