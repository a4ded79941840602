"""The files and columns of a recorded run: the contract between the simulation and the reports.

A run is a folder: one folder of Parquet part files per table, and JSON files beside them.
Integers throughout: times in microseconds since the scenario's start, money in 1/10,000 USD.
A time of -1 means that it did not happen.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any, Final, Literal, cast

import pyarrow as pa

FORMAT_VERSION: Final = 1
ROWS_PER_CHUNK: Final = 65_536
ROWS_PER_FILE: Final = 1_048_576

RUN_FILE: Final = "run.json"  # who, what, when, with what, and how it ended
PLAN_FILE: Final = "plan.json"  # the resolved plan
COUNTERS_FILE: Final = "counters.json"  # what the driver counted
AUDIT_FILE: Final = "audit.json"  # the invariants, how often each was checked, what was found
METRICS_FILE: Final = "metrics.json"  # every number that any output shows
SERIES_FILE: Final = "series.json"  # the points of the figures
PAGE_FILE: Final = "report.html"
PART_PATTERN: Final = "part-*.parquet"  # closed part files; one being written has another suffix

Status = Literal["running", "complete", "interrupted", "aborted", "failed"]
BUSY: Final = "busy"  # the reason of a request that was refused to shed load

OPERATIONS: Final = (
    "login", "logout", "quote", "search", "portfolio", "deposit", "withdraw",
    "transfer", "place_market", "place_limit", "cancel", "watch", "unwatch", "watchlist",
    "place_stop", "undo", "balance", "price_history", "preferences", "set_alert", "remove_alert",
    "prefer", "open_account", "close_account", "order_search", "transactions", "intrude",
)  # fmt: skip

_text = pa.dictionary(pa.int32(), pa.string())


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns.items()])


SCHEMAS: Final[dict[str, pa.Schema]] = {
    # One row per request of a client. `answered_us - intended_us` is its latency, and
    # equals the sum of the five parts plus `sent_us - intended_us`.
    "requests": _schema(
        command_id=pa.int64(), operation=_text, user=pa.int32(), account=pa.int32(),
        symbol=_text,
        intended_us=pa.int64(), sent_us=pa.int64(),
        accepted_us=pa.int64(),  # the order was accepted, as the client learnt it
        executed_us=pa.int64(),  # the execution, by the book's clock
        answered_us=pa.int64(),  # the last word: closed for market orders, else the reply
        status=_text,  # ok, rejected, unanswered
        reason=_text,  # empty, or why it was rejected
        network_us=pa.int64(), mailbox_us=pa.int64(), worker_us=pa.int64(),
        service_us=pa.int64(), commit_us=pa.int64(),
        region=_text, node=_text,
    ),
    # One row per order that an account accepted.
    "orders": _schema(
        order_id=pa.string(), command_id=pa.int64(), account=_text, symbol=_text,
        order_type=_text, price_type=_text, quantity=pa.int64(), worst_price=pa.int64(),
        placed_us=pa.int64(), executed_us=pa.int64(), closed_us=pa.int64(),
        status=_text, executed=pa.int64(), price=pa.int64(),
    ),
    # One row per order that an account refused; `worst_price` is its limit, or the quote seen.
    "refusals": _schema(
        command_id=pa.int64(), account=_text, symbol=_text, order_type=_text, price_type=_text,
        quantity=pa.int64(), worst_price=pa.int64(), at_us=pa.int64(), reason=_text,
    ),
    # One row per execution or movement of cash or shares in an account.
    "transactions": _schema(
        transaction_id=pa.string(), account=_text,
        kind=_text,  # buy, sell, deposit, withdraw, transfer
        order_id=pa.string(), execution_id=pa.string(), symbol=_text,
        quantity=pa.int64(), price=pa.int64(), amount=pa.int64(), realised=pa.int64(),
        at_us=pa.int64(),
        cost=pa.int64(),  # of a transfer: what the shares had cost elsewhere; else 0
    ),
    # One row per tick, at its source and as the order book and the valuation learnt it.
    "prices": _schema(
        symbol=_text, number=pa.int64(), price=pa.int64(), intended_us=pa.int64(),
        book_us=pa.int64(), valuation_us=pa.int64(),
    ),
    # One row per kind of screen and staleness that was measured after the warm-up: how long the
    # price that was shown had not been the newest, whenever a newer one was told.
    "staleness": _schema(
        view=_text,  # portfolio, watchlist
        staleness_us=pa.int64(),  # rounded up to 100
        count=pa.int64(),
    ),
    # One row per actor class and node, for the whole run.
    "actors": _schema(
        actor=_text, node=_text, actors=pa.int64(), messages=pa.int64(), busy_us=pa.int64(),
        waiting_us=pa.int64(),  # summed over messages: arrival to start of service
        depth_max=pa.int64(), restarts=pa.int64(), dead_letters=pa.int64(), refused=pa.int64(),
    ),
    # One row per virtual second.
    "timeline": _schema(
        at_us=pa.int64(), offered=pa.int64(), sent=pa.int64(), completed=pa.int64(),
        refused=pa.int64(), in_flight=pa.int64(), depth=pa.int64(),
        busy_us=pa.int64(), workers=pa.int64(),
    ),
    # One row per virtual second and actor class: messages that wait in its mailboxes together.
    "queues": _schema(at_us=pa.int64(), actor=_text, depth=pa.int64()),
    # One row per decision that something goes wrong.
    "faults": _schema(
        at_us=pa.int64(),
        until_us=pa.int64(),  # when the fault that it belongs to ends; -1 for no while
        fault=pa.int32(),  # which [[fault]] of the scenario, from 1
        kind=_text, where=_text, decision=pa.string(),
        count=pa.int64(),  # how often it did something, such as losing a message
    ),
    # One row per message on the way of a request: of the slowest requests, and of a sample.
    "spans": _schema(
        command_id=pa.int64(), hop=pa.int64(),  # from 0
        actor=_text,  # class of the actor that it went to; `client` for the answer
        address=pa.string(), message=_text,
        from_us=pa.int64(),  # when it was sent
        network_us=pa.int64(), mailbox_us=pa.int64(), worker_us=pa.int64(),
        service_us=pa.int64(), commit_us=pa.int64(),
    ),
    # One row per notification that a customer was owed, on one channel.
    "notifications": _schema(
        channel=_text, event=_text, producer=_text, number=pa.int64(),
        owed_us=pa.int64(), taken_us=pa.int64(),  # by the channel's notifier
        done_us=pa.int64(), status=_text,  # delivered, given_up, waiting
        reason=_text,  # empty, or why it was given up
    ),
}  # fmt: skip


class UnreadableRun(ValueError):  # noqa: N818 - what is the matter, not that it is an error
    """A folder is not a recorded run, or a file of it is damaged."""


class UnwritableRun(ValueError):  # noqa: N818 - what is the matter, not that it is an error
    """A run cannot be recorded: the disk is full, or the folder may not be written to."""

    def __init__(self, path: Path, error: OSError) -> None:
        why = os.strerror(error.errno) if error.errno else str(error)
        super().__init__(
            f"{path}: cannot be written: {why}; free some space or choose another folder for runs"
        )


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON, whole or not at all.

    Raises:
        UnwritableRun: The folder is missing or read-only, or the disk is full.
    """
    text = json.dumps(value, indent=1, default=str, allow_nan=False, ensure_ascii=False)
    waiting = path.with_name(path.name + ".partial")
    try:
        waiting.write_text(text + "\n", encoding="utf-8")
        waiting.replace(path)
    except OSError as error:
        raise UnwritableRun(path, error) from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of a run; empty where the run did not get as far as writing it.

    Raises:
        UnreadableRun: The file is not a JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UnreadableRun(f"{path}: not readable as JSON: {error}") from error
    if not isinstance(value, dict):
        raise UnreadableRun(f"{path}: expected a JSON object, found a {type(value).__name__}")
    return value


def read_record(folder: Path) -> dict[str, Any]:
    """Read the `run.json` of a run or of an experiment.

    Raises:
        UnreadableRun: It is missing, damaged, or of another version.
    """
    file = folder / RUN_FILE
    if not file.is_file():
        raise UnreadableRun(f"{folder}: not a recorded run: it has no {RUN_FILE}")
    record = read_json(file)
    for name in ("id", "scenario", "status", "kind"):
        if name in record and type(record[name]) is not str:
            raise UnreadableRun(f"{file}: damaged: {name} must be text, not {record[name]!r:.40}")
    if missing := [name for name in ("id", "scenario", "status") if name not in record]:
        raise UnreadableRun(f"{file}: damaged: without {' and '.join(missing)}")
    _check_version(file, record, "format", FORMAT_VERSION)
    return record


def part_files(folder: Path, table: str) -> list[Path]:
    """Return the closed part files of a table, in order; none where it has no rows.

    Raises:
        UnreadableRun: There are not as many as were closed when the run ended.
    """
    files = sorted((folder / table).glob(PART_PATTERN))
    counted = read_json(folder / RUN_FILE).get("parts")
    closed = counted.get(table, 0) if isinstance(counted, dict) else len(files)
    if len(files) != closed:
        raise UnreadableRun(f"{folder / table}: {closed} part files were recorded, "
                            f"and {len(files)} are there")  # fmt: skip
    return files


def _check_version(file: Path, facts: dict[str, Any], key: str, ours: int) -> None:
    if facts.get(key) != ours:
        raise UnreadableRun(f"{file}: of version {facts.get(key)!r:.20}, and this program reads "
                            f"version {ours}")  # fmt: skip


def read_status(folder: Path) -> Status:
    """Tell how a run ended; one whose process has died without a word was interrupted.

    Raises:
        UnreadableRun: Its `run.json` is missing, damaged, or of another version.
    """
    return status_of(read_record(folder))


def status_of(run: dict[str, Any]) -> Status:
    """Tell how a run ended from the contents of its `run.json`."""
    status = cast("Status", run.get("status", "interrupted"))
    if status == "running" and not _process_lives(run):
        return "interrupted"
    return status


def process_birth(pid: int) -> str:
    """Return when a process started, in the kernel's own ticks; empty where that is unknown.

    A process id is given out again, within containers often at once; the id together with
    the start is not.
    """
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return line.rpartition(")")[2].split()[19]


def _process_lives(run: dict[str, Any]) -> bool:
    if run.get("host") != socket.gethostname() or os.name != "posix":
        return True  # nothing can be learnt about it from here
    pid = int(run.get("pid", 0))
    if run.get("born"):
        return process_birth(pid) == str(run["born"])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0
