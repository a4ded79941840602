"""Reads the `metrics.json` of a run or an experiment, and refuses what is none of this version."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from simulation.records import FORMAT_VERSION, METRICS_FILE, UnreadableRun, read_json

METRICS_VERSION: Final = 1
"""Of the shape of `metrics.json`; raised when a reader of the one before would be misled."""

_SHAPE: Final = {"run": dict, "verdict": dict}
_SHAPE_OF_A_RUN: Final = _SHAPE | {"metrics": dict, "undersampled": list}


def read_metrics(folder: Path) -> dict[str, Any]:
    """Return the contents of a `metrics.json`; empty where there is none yet.

    Raises:
        UnreadableRun: It is damaged, or of another version.
    """
    path = folder / METRICS_FILE
    facts = read_json(path)
    what = _wrong_with(facts) if path.exists() else ""
    if what:
        anew = "remove it, and `openoutcry show` makes it again from the tables"
        raise UnreadableRun(f"{path}: {what}; {anew}")
    return facts


def _wrong_with(facts: dict[str, Any]) -> str:
    """Say what keeps a file from being read, if anything does."""
    is_run = "kind" not in facts
    key, ours = ("version", METRICS_VERSION) if is_run else ("format", FORMAT_VERSION)
    if facts.get(key) != ours:
        return f"its version is {facts.get(key, 'none')!s:.20}, and {ours} is read here"
    shape = _SHAPE_OF_A_RUN if is_run else _SHAPE
    bad = [key for key, kind in shape.items() if not isinstance(facts.get(key), kind)]
    return f"it is damaged: no {' and no '.join(bad)} in it" if bad else ""
