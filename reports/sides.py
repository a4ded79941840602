"""One side of a comparison: a recorded run, or the replications of a group."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from reports.intervals import rank_interval, seems_independent
from reports.metrics_file import read_metrics
from reports.statistics import PERCENTILES
from reports.tables import Table
from simulation.records import (
    BUSY,
    METRICS_FILE,
    SERIES_FILE,
    UnreadableRun,
    read_json,
    read_record,
)

Facts = dict[str, Any]

_RANKED: Final = ("p50", "p90", "p99")
_US_PER_S: Final = 1_000_000


@dataclass(frozen=True)
class Side:
    """What is compared.

    Attributes:
        folder: The run or group.
        facts: Its `metrics.json`.
        runs: The `metrics.json` of each finished run, by seed.
        folders: The folder of each of them, by seed.
    """

    folder: Path
    facts: Facts
    runs: Mapping[int, Facts]
    folders: Mapping[int, Path]

    @property
    def is_repeated(self) -> bool:
        """Whether it has more than one run, so that its means have intervals."""
        return len(self.runs) > 1

    def describe(self) -> Facts:
        """Return what the comparison says about it."""
        run = self.facts["run"]
        return {
            "folder": str(self.folder),
            "verdict": self.facts["verdict"]["word"],
            "replications": len(self.runs),
            **{key: run.get(key) for key in ("id", "scenario", "seed", "digest", "clock")},
            **{key: run.get(key) or {} for key in ("versions", "machine")},
        }

    def limits(self) -> Iterator[str]:
        """Yield the metrics that it has limits on."""
        yield from (row["metric"] for row in self.facts["verdict"]["limits"])

    def series(self) -> list[Facts]:
        """Return the points of the figures of each run."""
        return [_series_of(folder) for folder in self.folders.values()]

    def keys(self) -> dict[str, Any]:
        """Return every key of its scenario, resolved, by its dotted path."""
        return keys_of(self.folder)


def keys_of(folder: Path) -> dict[str, Any]:
    """Return every key of the scenario of a recorded run, resolved, by its dotted path.

    Raises:
        UnreadableRun: Its file is damaged.
    """
    file = folder / "scenario.resolved.toml"
    try:
        return dict(_flat(tomllib.loads(file.read_text(encoding="utf-8")), ()))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UnreadableRun(f"{file}: not readable as TOML: {error}") from error


def read_side(folder: Path) -> Side:
    """Read a recorded run, or a group of replications.

    Raises:
        UnreadableRun: It is neither, or has nothing that finished.
    """
    read_record(folder)
    facts = read_metrics(folder)
    if not facts:
        raise UnreadableRun(f"{folder}: it has no {METRICS_FILE}; `openoutcry show` makes it")
    kind = facts.get("kind", "run")
    if kind == "run":
        seed = int(facts["run"]["seed"])
        return Side(folder, facts, {seed: facts}, {seed: folder})
    if kind != "replications":
        what = "a run or a group of replications is compared, such as one of its cells"
        raise UnreadableRun(f"{folder}: this is a {kind}; {what}")
    finished = [row for row in facts["replications"] if row["finished"]]
    if not finished:
        raise UnreadableRun(f"{folder}: none of its replications finished")
    folders = {int(row["seed"]): folder / row["folder"] for row in finished}
    runs = {seed: read_metrics(path) for seed, path in folders.items()}
    return Side(folder, facts, runs, folders)


def _series_of(folder: Path) -> Facts:
    series = read_json(folder / SERIES_FILE)
    if "spectrum" not in series:
        raise UnreadableRun(f"{folder}: it has no {SERIES_FILE}; `openoutcry report` makes it")
    return series


def _flat(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, (*path, key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for place, inner in enumerate(value):
            yield from _flat(inner, (*path, str(place)))
    else:
        yield ".".join(path), value


def ranked_intervals(folder: Path) -> dict[str, tuple[float, float]]:
    """Return 95 % intervals of percentiles of a single run, by order statistics.

    They need independent values; so an operation is left out when the latencies of successive
    requests are correlated, as they are once a queue has formed.

    Returns:
        Lower and upper end in seconds, by the name of the metric.
    """
    table = Table(folder, "requests")
    intended, answered = table.numbers("intended_us"), table.numbers("answered_us")
    start_us = round(read_json(folder / METRICS_FILE)["run"]["warm_up_s"] * _US_PER_S)
    served = (answered >= 0) & ~table.words("reason").equal(BUSY) & (intended >= start_us)
    operation = table.words("operation")
    found: dict[str, tuple[float, float]] = {}
    for name in sorted(operation.words):
        rows = np.flatnonzero(served & operation.equal(name))
        in_order = rows[np.argsort(intended[rows], kind="stable")]
        latencies = answered[in_order] - intended[in_order]
        if seems_independent(latencies):
            found |= _ranked(name, np.sort(latencies))
    return found


def _ranked(name: str, ascending: Any) -> dict[str, tuple[float, float]]:
    found = {}
    for statistic in _RANKED:
        ranks = rank_interval(len(ascending), PERCENTILES[statistic])
        if ranks is not None:
            low, high = (float(ascending[rank - 1]) / _US_PER_S for rank in ranks)
            found[f"latency.{name}.{statistic}"] = (low, high)
    return found
