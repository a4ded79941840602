"""Recorded experiments of many runs, shown again: each kind knows how it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from reports import capacity_document, replication_document, sweep_document
from reports.document import Document
from simulation.records import UnreadableRun

KINDS: Final[Mapping[str, Callable[[Path], Document]]] = {
    "replications": replication_document.document_of,
    "sweep": sweep_document.document_of,
    "capacity": capacity_document.document_of,
}


def document_of(folder: Path, facts: Mapping[str, Any]) -> Document:
    """Return what a recorded experiment has to say.

    Args:
        folder: Where it is recorded.
        facts: Its `run.json` or `metrics.json`, which both name its kind.

    Raises:
        UnreadableRun: It is of a kind that this version does not know.
    """
    kind = facts.get("kind", "")
    if kind not in KINDS:
        raise UnreadableRun(f"{folder}: an experiment of the unknown kind {kind!r}")
    return KINDS[kind](folder)
