"""The journey of one order of a recorded run: kept beside it, or learnt by repeating the run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from reports.rows import find_command
from scenarios.errors import InputError
from scenarios.loader import resolve
from scenarios.provenance import workload_of
from simulation.driver import plan_as_json
from simulation.journeys import Journey, journey_file
from simulation.plan import Plan
from simulation.records import PLAN_FILE, read_json, read_record, status_of
from simulation.retracing import Unrepeatable, retrace

Progress = Callable[[float, float], None]

_RESOLVED = "scenario.resolved.toml"


def journey_of(
    folder: Path, name: str, *, verify: bool = False, progress: Progress | None = None
) -> Journey:
    """Return every hop of an order, or of a command that placed none.

    What is not known yet is learnt by repeating the run up to the order's last word, which takes
    as long as the run took to get there, and is kept in the run's folder.

    Args:
        folder: The run.
        name: Order id, or number of a command.
        verify: Repeat the run to its end, and compare the digests.
        progress: Called now and then with the virtual time and the end, in seconds.

    Raises:
        InputError: The run cannot be repeated; says why.
        UnknownOrder: It has no such order or command.
        UnreadableRun: The folder is not a recorded run, or a file of it is damaged.
    """
    run = read_record(folder)
    if status_of(run) == "running":
        raise InputError(f"{folder}: the run is still under way")
    if kind := run.get("kind"):
        raise InputError(f"{folder}: this is a folder of {kind}; name one of the runs within")
    request, order = find_command(folder, name)
    name = order["order_id"] if order else str(request["command_id"])
    known = _known(folder, name)
    if known is not None and (known.is_repeated_whole or not verify):
        return known
    plan = _plan_of(folder, run)
    try:
        hops = retrace(
            plan, request, order, replay=workload_of(folder, run),
            digest=_digest_of(folder, run) if verify else "", progress=progress,
        )  # fmt: skip
    except Unrepeatable as error:
        raise InputError(
            f"{folder}: the run cannot be repeated: {error}; the code or a library has changed "
            "since, so what it would tell is another run"
        ) from error
    journey = Journey(str(run["id"]), name, plan.starts_at_s, request, order, hops, verify)
    _keep(folder, journey)
    return journey


def _known(folder: Path, name: str) -> Journey | None:
    file = journey_file(folder, name)
    try:
        return msgspec.json.decode(file.read_bytes(), type=Journey)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None  # one that an earlier version wrote is made again


def _keep(folder: Path, journey: Journey) -> None:
    """Keep a journey for the next time; a folder that cannot be written to is no trouble."""
    file = journey_file(folder, journey.name)
    waiting = file.with_suffix(".partial")
    try:
        file.parent.mkdir(exist_ok=True)
        waiting.write_bytes(msgspec.json.encode(journey))
        waiting.replace(file)
    except OSError:
        return


def _plan_of(folder: Path, run: dict[str, Any]) -> Plan:
    """Return the plan of a run that can be repeated.

    Raises:
        InputError: It cannot: by its clock, by its version, or as its files have changed.
    """
    if run.get("clock", "virtual") != "virtual":
        raise InputError(
            f"{folder}: the run was on the wall clock, so its hops cannot be had by repeating it"
        )
    then, now = run.get("versions", {}).get("openoutcry", "unknown"), _own_version()
    if then != now:
        raise InputError(
            f"{folder}: the run is of Open Outcry {then}, and this is {now}, whose hops may "
            "be others; use that version, or run the scenario again"
        )
    resolved = resolve(str(folder / _RESOLVED))
    plan = dataclasses.replace(resolved.plan, name=str(run["scenario"]))
    if json.loads(json.dumps(plan_as_json(plan))) != read_json(folder / PLAN_FILE):
        raise InputError(
            f"{folder}: {_RESOLVED} is not what the run was made of any more; run it again"
        )
    return plan


def _own_version() -> str:
    try:
        return version("openoutcry")
    except PackageNotFoundError:
        return "not installed"


def _digest_of(folder: Path, run: dict[str, Any]) -> str:
    if status_of(run) != "complete" or not run.get("digest"):
        raise InputError(f"{folder}: only a run that is complete has a digest to verify")
    return str(run["digest"])
