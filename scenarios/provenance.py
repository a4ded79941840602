"""What a run was made of besides its scenario, so that it can be repeated."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from scenarios.errors import InputError


def workload_facts(replay: Path | None) -> dict[str, Any]:
    """Return what `run.json` says about the workload file that a run takes; nothing without one."""
    if replay is None:
        return {}
    checksum = hashlib.sha256(replay.read_bytes()).hexdigest()
    return {"workload": {"file": str(replay.resolve()), "sha256": checksum}}


def workload_of(folder: Path, run: dict[str, Any]) -> Path | None:
    """Return the workload file that a run took, if it is the same still.

    Args:
        folder: The run's.
        run: Content of its `run.json`.

    Raises:
        InputError: It is not there any more, or has changed.
    """
    facts = run.get("workload")
    if facts is None:
        return None
    file = Path(facts["file"])
    if not file.is_file():
        raise InputError(f"{folder}: the run took its commands from {file}, which is gone")
    if workload_facts(file)["workload"] != facts:
        raise InputError(f"{folder}: the run took its commands from {file}, which has changed")
    return file
