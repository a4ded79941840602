"""Recorded experiments of many runs, shown again: each kind knows how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.cli.many import show_document
from scenarios.errors import InputError

if TYPE_CHECKING:
    from reports.document import Document


def show_experiment(folder: Path, metrics: Mapping[str, Any]) -> None:
    """Print a recorded experiment."""
    show_document(document_of(folder, metrics), [])


def write_experiment(folder: Path, metrics: Mapping[str, Any]) -> Path:
    """Write the page of a recorded experiment again."""
    from reports.document_page import write_page
    from simulation.records import PAGE_FILE

    return write_page(document_of(folder, metrics), folder / PAGE_FILE)


def document_of(folder: Path, metrics: Mapping[str, Any]) -> Document:
    """Return what a recorded experiment has to say.

    Raises:
        InputError: It is of a kind that this version does not know.
    """
    kind = metrics["kind"]
    if kind == "replications":
        from reports import replication_document

        return replication_document.document_of(folder)
    if kind == "sweep":
        from reports import sweep_document

        return sweep_document.document_of(folder)
    if kind == "capacity":
        from reports import capacity_document

        return capacity_document.document_of(folder)
    raise InputError(f"{folder}: an experiment of the unknown kind {kind!r}")
