"""`openoutcry run` with more than one replication."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scenarios.cli.exit_codes import ExitCode
from scenarios.cli.guard import remember_run_folder
from scenarios.cli.many import Bar, end_broken, show_document, status_of_word

if TYPE_CHECKING:
    from scenarios.loader import ResolvedScenario
    from scenarios.playing import Task
    from scenarios.replications import Given


def repeated(resolved: ResolvedScenario, replications: int | None) -> ResolvedScenario:
    """Return a scenario that asks for so many replications; None leaves it as it is."""
    if replications is None:
        return resolved
    line = f"replications = {replications}"
    text = re.sub(r"^replications = \d+$", line, resolved.as_resolved, count=1, flags=re.MULTILINE)
    return replace(resolved, replications=replications, as_resolved=text)


def run_replications(
    resolved: ResolvedScenario,
    given: Given,
    out: Path,
    *,
    jobs: int | None,
    seed: int | None,
    replay: Path | None,
    keep_journal: bool,
    as_json: bool,
    quiet: bool,
) -> ExitCode:
    """Play all replications, show what came out, and return the exit status."""
    from scenarios.replications import replicate
    from scenarios.workers import RunBroken

    bar = Bar(resolved.replications)
    folders: list[Path] = []

    def tell(task: Task, now_s: float, end_s: float) -> None:
        bar.tell(task, now_s, end_s)

    def begun(folder: Path) -> None:
        folders.append(folder)
        remember_run_folder(folder)

    with bar.shown(resolved.plan.name, quiet=quiet):
        try:
            group = replicate(
                resolved, given, out, jobs=jobs, tell=tell, begun=begun, seed=seed, replay=replay,
                ended=lambda played: bar.ended(played.folder), keep_journal=keep_journal,
            )  # fmt: skip
        except RunBroken as error:
            end_broken(error, folders[0])
            raise
    return show_group(group, as_json=as_json, quiet=quiet)


def show_group(group: Path, *, as_json: bool, quiet: bool = False) -> ExitCode:
    """Show a group of replications that has been recorded, and return its exit status."""
    from reports.document_page import write_page
    from reports.replication_document import document_of
    from simulation.records import METRICS_FILE, PAGE_FILE, read_json

    document = document_of(group)
    page = write_page(document, group / PAGE_FILE)
    if as_json:
        click.echo((group / METRICS_FILE).read_text(encoding="utf-8").rstrip("\n"))
    elif quiet:
        click.echo(group)
    else:
        show_document(document, [page])
    return status_of_word(read_json(group / METRICS_FILE)["verdict"]["word"])
