"""Tells whether a run by the wall clock shows the system, or what tested it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reports.format import duration, share

LATE_S: Final = 0.1  # a request that is sent later than this is the tester's own doing
BUSY: Final = 0.9  # of all processors: from here on nobody gets what they ask for


def bottleneck(facts: Mapping[str, Any]) -> str:
    """Return in a sentence why figures by the wall clock may be the tester's own; else nothing.

    Args:
        facts: The contents of `metrics.json`.
    """
    run, late_s = facts["run"], facts["metrics"].get("sending.max", 0.0)
    if run["clock"] == "virtual":
        return ""
    found = []
    if late_s > LATE_S:
        found.append(f"requests were sent up to {duration(late_s)} late")
    used = processors_used(run)
    if used is not None and used > BUSY:
        found.append(f"its processes took {share(used)} of the machine's processors")
    if not found:
        return ""
    return f"The tester was the bottleneck: {' and '.join(found)}; its figures are its own."


def processors_used(run: Mapping[str, Any]) -> float | None:
    """Return the share of the machine's processors that a run took; None where nobody measured."""
    cores, wall_s = run["machine"].get("cores"), run["wall_s"]
    if not cores or not wall_s or run.get("processor_s") is None:
        return None
    taken_s = run["processor_s"] + (run.get("witness_processor_s") or 0.0)
    return float(taken_s / wall_s / cores)
