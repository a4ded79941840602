"""The folder of one recorded run: made at its start, found again by name, id or age."""

from __future__ import annotations

import getpass
import os
import platform
import re
import socket
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from simulation.recorder import BackgroundWriter, ColumnWriter
from simulation.records import (
    FORMAT_VERSION,
    PART_PATTERN,
    RUN_FILE,
    SCHEMAS,
    Status,
    UnreadableRun,
    UnwritableRun,
    process_birth,
    read_record,
    status_of,
    write_json,
)

_PACKAGES: Final = ("openoutcry", "pykka", "simpy", "msgspec", "numpy", "pyarrow")


class UnknownRun(ValueError):  # noqa: N818 - what is the matter, not that it is an error
    """No recorded run is meant by a text, or more than one."""


class RunFolder:
    """Where one run is recorded, from its first row to its last word.

    Leaving it as a context manager finishes the run: complete, interrupted (Ctrl-C) or failed.

    Args:
        path: The folder, which exists and has its `run.json`.
        facts: What that file says.
    """

    def __init__(self, path: Path, facts: dict[str, Any]) -> None:
        self.path = path
        self._facts = facts
        self._tables: dict[str, ColumnWriter] = {}
        self._background = BackgroundWriter()

    @classmethod
    def create(
        cls, out: Path, plan_name: str, as_given: str, as_resolved: str, seed: int, command: str,
        *, folder_name: str = "", **more: object,
    ) -> Self:  # fmt: skip
        """Make the folder of a new run, with its scenario, marked as running.

        Args:
            out: Folder of all runs; made if missing.
            plan_name: Name of the scenario; letters and digits of any script, and dashes.
            as_given: The scenario file's text.
            as_resolved: The same with every default filled in.
            seed: Seed of the run.
            command: The command line that repeats it.
            folder_name: What its folder is called; empty for the instant, `plan_name` and the id.
            more: What else `run.json` is to say from the beginning.

        Raises:
            UnwritableRun: The folder cannot be made or written to.
        """
        started = datetime.now(UTC)
        number = os.urandom(3).hex()
        usual = f"{started.astimezone():%Y%m%dT%H%M%S}-{plan_name}-{number}"
        path = out / (folder_name or usual)
        try:
            path.mkdir(parents=True)
            (path / "scenario.toml").write_text(as_given, encoding="utf-8")
            (path / "scenario.resolved.toml").write_text(as_resolved, encoding="utf-8")
        except OSError as error:
            raise UnwritableRun(path, error) from error
        facts = _facts(number, plan_name, seed, command, started) | more
        write_json(path / RUN_FILE, facts)
        return cls(path, facts)

    @property
    def id(self) -> str:
        """Six hexadecimal digits that name the run."""
        return str(self._facts["id"])

    def table(self, name: str) -> ColumnWriter:
        """Return the writer of a table, the same one for the same name.

        Raises:
            KeyError: `simulation.records` has no table of that name.
        """
        if name not in self._tables:
            self._tables[name] = ColumnWriter(SCHEMAS[name], self.path, name, self._background)
        return self._tables[name]

    def write_json(self, name: str, value: object) -> None:
        """Write `name` (with or without `.json`) into the folder, whole or not at all.

        Raises:
            UnwritableRun: The file cannot be written.
        """
        write_json((self.path / name).with_suffix(".json"), value)

    def finish(
        self, status: Literal["complete", "interrupted", "aborted", "failed"], **facts: object
    ) -> None:
        """Write every row that waits, close the part files and say how the run ended.

        Args:
            status: How it ended; `failed` is written instead where the rows cannot be.
            facts: What else `run.json` is to say.

        Raises:
            ValueError: A row does not fit its table.
            UnwritableRun: The disk is full or the folder cannot be written to.
        """
        ended: Status = "failed"
        try:
            self._close_tables()
            ended = status
        finally:
            ended_at = datetime.now(UTC).isoformat()
            parts = Counter(part.parent.name for part in self.path.glob(f"*/{PART_PATTERN}"))
            self._facts |= {"status": ended, "ended": ended_at, "parts": parts, **facts}
            write_json(self.path / RUN_FILE, self._facts)

    def _close_tables(self) -> None:
        tables, self._tables = list(self._tables.values()), {}
        try:
            for table in tables:
                table.close()
        finally:
            self._background.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._facts["status"] != "running":
            return
        if error is None:
            self.finish("complete")
            return
        with suppress(ValueError):  # the error on its way out is the one to be seen
            if isinstance(error, KeyboardInterrupt):
                self.finish("interrupted")
            else:
                self.finish("failed", error=f"{type(error).__name__}: {error}")


def list_runs(out: Path) -> list[dict[str, Any]]:
    """Describe the runs in a folder, oldest first.

    Returns:
        What each `run.json` says, with the `status` as of now and the `path` of the folder;
        a run whose `run.json` is not readable has the status `unreadable`.
    """
    runs = [_describe(file.parent) for file in sorted(out.glob(f"*/{RUN_FILE}"))]
    return sorted(runs, key=lambda run: (str(run.get("started", "")), run["path"].name))


def find_run(text: str, out: Path) -> Path:
    """Find a run by its path, `last` or `last~2`, the start of its id, its folder or scenario.

    Of several runs of a scenario the newest is meant.

    Raises:
        UnknownRun: Nothing fits, or an id fits more than one; the message lists what there is.
    """
    if (Path(text) / RUN_FILE).is_file():
        return Path(text)
    runs = list_runs(out)
    age = re.fullmatch(r"last(?:~(\d+))?", text)
    fits = runs[: len(runs) - int(age[1] or 0)] if age else _named(text, runs)
    if not fits:
        raise UnknownRun(f"no run {text!r} in {out}; {_what_there_is(runs)}")
    return Path(fits[-1]["path"])


def _named(text: str, runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = [run for run in runs if text and str(run.get("id", "")).startswith(text)]
    if len(by_id) > 1:
        raise UnknownRun(f"{text!r} is the start of {len(by_id)} ids; {_what_there_is(by_id)}")
    return by_id or [run for run in runs if text in {run["path"].name, run.get("scenario")}]


def _what_there_is(runs: list[dict[str, Any]]) -> str:
    if not runs:
        return "there is no run yet"
    newest = [f"{run.get('id', '?')} ({run['path'].name})" for run in runs[:-6:-1]]
    return f"there {'is' if len(runs) == 1 else 'are'} {len(runs)}, newest: {', '.join(newest)}"


def _describe(folder: Path) -> dict[str, Any]:
    try:
        run = read_record(folder)
    except UnreadableRun:
        return {"path": folder, "status": "unreadable"}
    return {**run, "path": folder, "status": status_of(run)}


def _facts(
    number: str, scenario: str, seed: int, command: str, started: datetime
) -> dict[str, Any]:
    return {
        "format": FORMAT_VERSION,
        "id": number,
        "scenario": scenario,
        "status": "running",
        "started": started.isoformat(),
        "seed": seed,
        "command": command,
        "user": _user(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "born": process_birth(os.getpid()),
        "versions": {"python": platform.python_version()} | _versions(),
        "machine": _machine(),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""  # a container need not know its users


def _versions() -> dict[str, str]:
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return versions


def _machine() -> dict[str, Any]:
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
