"""Recorded experiments of many runs, shown again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenarios.cli.many import show_document


def show_experiment(folder: Path, metrics: Mapping[str, Any]) -> None:
    """Print a recorded experiment."""
    from reports.documents import document_of

    show_document(document_of(folder, metrics), [])


def write_experiment(folder: Path, metrics: Mapping[str, Any]) -> Path:
    """Write the page of a recorded experiment again."""
    from reports.document_page import write_page
    from reports.documents import document_of
    from simulation.records import PAGE_FILE

    return write_page(document_of(folder, metrics), folder / PAGE_FILE)
