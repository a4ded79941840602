"""Recorded experiments of many runs, shown again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenarios.cli.many import show_document
from scenarios.errors import InputError


def show_experiment(folder: Path, metrics: Mapping[str, Any]) -> None:
    """Print a recorded experiment."""
    from reports.documents import document_of

    show_document(document_of(folder, metrics), [])


def write_experiment(folder: Path, metrics: Mapping[str, Any]) -> Path:
    """Write the page and the figures of a recorded experiment again; return the page."""
    from reports.document_files import write_figures
    from reports.document_page import write_page
    from reports.documents import document_of
    from simulation.records import PAGE_FILE

    document = document_of(folder, metrics)
    write_figures(document, folder)
    return write_page(document, folder / PAGE_FILE)


def find_one_run(run: str, out: Path) -> Path:
    """Find a recorded run, by what `find_run` takes.

    Raises:
        UnknownRun: Nothing fits, or more than one.
        InputError: An experiment of many runs is meant; the error names its first one.
    """
    from simulation.records import RUN_FILE, read_json, read_record
    from simulation.run_folder import find_run

    folder = find_run(run, out)
    kind = read_record(folder).get("kind")
    if kind is None:
        return folder
    first = next((file.parent for file in sorted(folder.glob(f"**/{RUN_FILE}"))
                  if "kind" not in read_json(file)), None)  # fmt: skip
    example = f", like {first}" if first else ""
    raise InputError(f"{folder}: this is an experiment ({kind}); name one of its runs{example}")
