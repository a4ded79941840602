"""The slowest requests of a run, and the way of each through the actors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from reports.parts import OF_A_HOP, PARTS
from reports.requests import Requests
from reports.tables import Integers, Table

Row = dict[str, Any]

SHOWN: Final = 20
_US_PER_S: Final = 1_000_000


def slowest_rows(folder: Path, requests: Requests) -> list[Row]:
    """Return the twenty slowest requests that count, the slowest first.

    Returns:
        For each its `command_id`, `operation`, `user`, `account` and `symbol`, when it was meant
        to start (`at_s` after the run's start), its `latency_s`, its `status` and `reason`, the
        seconds of each of its parts (None where it has none of its own), and its `hops`, as
        `hops_of` returns them.
    """
    rows = _described(requests, slowest_places(requests, SHOWN))
    ways = hops_of(folder, [row["command_id"] for row in rows])
    return [row | {"hops": ways.get(row["command_id"], [])} for row in rows]


def slowest_places(requests: Requests, count: int, operation: str = "") -> Integers:
    """Return the places of the slowest requests that count, the slowest first.

    Among equals the one that was meant earlier comes first, then the lower command.

    Args:
        requests: Of a run.
        count: How many at most.
        operation: Only of this one; empty for any.
    """
    of_it = requests.operation.equal(operation) if operation else True
    places = np.flatnonzero(requests.served & of_it)
    latency = (requests.answered - requests.intended)[places]
    command = requests.numbers("command_id")[places]
    return places[np.lexsort((command, requests.intended[places], -latency))[:count]]


def _described(requests: Requests, chosen: Integers) -> list[Row]:
    command = requests.numbers("command_id")
    words = {name: requests.words(name) for name in ("operation", "symbol", "status", "reason")}
    numbers = {name: requests.numbers(name)[chosen] for name in ("user", "account")}
    parts = {part: requests.part(part)[chosen] for part in PARTS}
    is_traced = requests.numbers("network_us")[chosen] >= 0
    return [
        {
            "command_id": int(command[row]),
            **{name: column.words[column.codes[row]] for name, column in words.items()},
            **{name: int(column[place]) for name, column in numbers.items()},
            "at_s": int(requests.intended[row]) / _US_PER_S,
            "latency_s": int(requests.answered[row] - requests.intended[row]) / _US_PER_S,
            **{part: int(times[place]) / _US_PER_S if is_traced[place] else None
               for part, times in parts.items()},
        }
        for place, row in enumerate(chosen.tolist())
    ]  # fmt: skip


def hops_of(folder: Path, command_ids: list[int]) -> dict[int, list[Row]]:
    """Return the way of some requests through the actors, as far as it was recorded.

    Returns:
        By command, in order: the `actor` (its class) and `address` that a message went to, the
        `message`, since when (`from_s`, seconds after the first was sent), and the seconds of
        each part until what it caused could leave.
    """
    table = Table(folder, "spans")
    command = table.numbers("command_id")
    rows = np.flatnonzero(np.isin(command, command_ids))
    words = {name: table.words(name) for name in ("actor", "message")}
    addresses = table.texts("address")
    numbers = {name: table.numbers(f"{name}_us") for name in ("from", *OF_A_HOP)}
    ways: dict[int, list[Row]] = {}
    for row in rows.tolist():
        way = ways.setdefault(int(command[row]), [])
        first = row - len(way)
        way.append({
            **{name: column.words[column.codes[row]] for name, column in words.items()},
            "address": addresses[row],
            "from_s": int(numbers["from"][row] - numbers["from"][first]) / _US_PER_S,
            "sending": 0.0,
            **{name: int(numbers[name][row]) / _US_PER_S for name in OF_A_HOP},
        })  # fmt: skip
    return ways
