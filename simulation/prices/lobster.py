"""Prices as they were: the trade prints of a LOBSTER message file."""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from simulation.hexadecimal import may_hold_hexadecimal
from simulation.plan import Plan
from simulation.prices.bar_table import COMPANIES
from simulation.prices.tape import (
    HIGHEST_PRICE,
    Int64s,
    PricesError,
    PriceTape,
    SymbolTicks,
    join_ticks,
    to_us,
    trading_window,
)

FIELDS: Final = ("time", "type", "order id", "size", "price", "direction")
TYPES: Final = (1, 2, 3, 4, 5, 6, 7)  # 6, a cross trade, is in newer files
EXECUTIONS: Final = (4, 5)
HALT: Final = 7
DAY_S: Final = 86_400
_WHOLE: Final = re.compile(r"-?\d{1,18}")
_TICKER: Final = re.compile(r"([A-Z][A-Z0-9.\-]{0,11})_\d{4}-\d{2}-\d{2}_")


class LobsterMessages(NamedTuple):
    """The events of a file, one row each.

    Attributes:
        at_ns: Nanoseconds after midnight, sorted.
        type: 1 to 7, as LOBSTER numbers them.
        price: 1/10,000 USD.
    """

    at_ns: Int64s
    type: Int64s
    price: Int64s


def lobster_tape(plan: Plan) -> PriceTape:
    """Make the tape of one real stock from the prints of its executions (types 4 and 5).

    Prints before the run or before the opening set the opening price; where there are none,
    the first print does. Halts (type 7) are left out: a run trades through them. So are
    cross trades (type 6), which are auctions and not the continuous market.

    Raises:
        PricesError: `FILE:LINE: what is wrong`; or no print falls into the run; or the plan
            asks for more than the one symbol that a file has.
    """
    file = plan.market.prices.file
    if file is None:
        raise PricesError("market.prices.file: kind lobster needs the path of a message file")
    if plan.market.symbols != 1:
        raise PricesError(
            f"market.symbols: {plan.market.symbols} stocks asked for, but a LOBSTER file has "
            "the prices of 1 only"
        )
    symbol = ticker_of(file)
    path = _prints(plan, file)
    return join_ticks([symbol], [COMPANIES.get(symbol, symbol)], [path])


def ticker_of(file: Path) -> str:
    """Read the ticker from a file's name, `AAPL_2012-06-21_...` for AAPL."""
    match = _TICKER.match(file.name)
    if match is None:
        raise PricesError(
            f"{file}: the name does not tell the stock; it must begin like AAPL_2012-06-21_"
        )
    return match.group(1)


def _prints(plan: Plan, file: Path) -> SymbolTicks:
    messages = read_messages(file)
    printed = np.isin(messages.type, EXECUTIONS)
    if not printed.any():
        raise PricesError(f"{file}: no execution (type 4 or 5) among {len(printed):,} messages")
    at_us = messages.at_ns[printed] // 1_000 - to_us(plan.starts_at_s)
    price = messages.price[printed]
    ticks = SymbolTicks(int(price[0]), at_us, price).within(trading_window(plan))
    if not len(ticks.at_us):
        raise PricesError(
            f"{file}: no execution within the run's hours of trade; the file's lie from "
            f"{_time_of_day(messages.at_ns[printed][0])} to "
            f"{_time_of_day(messages.at_ns[printed][-1])}"
        )
    return ticks


def _time_of_day(at_ns: int) -> str:
    seconds = int(at_ns) // 1_000_000_000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def read_messages(file: Path) -> LobsterMessages:
    """Read and check a whole message file, plain or gzipped (`.gz`).

    Format: README of the LOBSTER sample files, 2013-09-01 (six columns, no header).

    Raises:
        PricesError: The file cannot be read, or `FILE:LINE: what is wrong`.
    """
    if file.is_dir():
        raise PricesError(f"{file}: is a folder; a file of prices is meant")
    messages = _read_fast(file)
    if messages is None:
        _raise_first_mistake(file)
    assert messages is not None
    return messages


def _read_fast(file: Path) -> LobsterMessages | None:
    """Read without looking at single lines; None says that some line is wrong."""
    try:
        table = arrow_csv.read_csv(
            file,
            read_options=arrow_csv.ReadOptions(column_names=FIELDS),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.int64() for name in FIELDS} | {"time": pa.float64()},
                null_values=[],
            ),
        )
        if may_hold_hexadecimal(file):
            return None
    except (pa.ArrowInvalid, OSError, EOFError, zlib.error):
        return None
    columns = [table.column(name).to_numpy() for name in FIELDS]
    time_s, kind, _, size, price, direction = columns
    if not _all_right(time_s, kind, size, price, direction):
        return None
    return LobsterMessages(np.rint(time_s * 1e9).astype(np.int64), kind, price)


def _all_right(
    time_s: NDArray[np.float64], kind: Int64s, size: Int64s, price: Int64s, direction: Int64s
) -> bool:
    in_order = (np.diff(time_s) >= 0).all() and ((time_s >= 0) & (time_s < DAY_S)).all()
    priced = (kind == HALT) | ((price >= 0) & (price <= HIGHEST_PRICE))
    priced &= ~np.isin(kind, EXECUTIONS) | (price > 0)
    known = np.isin(kind, TYPES) & np.isin(direction, (-1, 1)) & (size >= 0)
    return bool(in_order and priced.all() and known.all())


def _raise_first_mistake(file: Path) -> None:
    try:
        with gzip.open(file, "rt") if file.suffix == ".gz" else file.open() as lines:
            previous_s = 0.0
            for number, line in enumerate(lines, 1):
                mistake, previous_s = _mistake(line.strip(), previous_s)
                if mistake:
                    raise PricesError(f"{file}:{number}: {mistake}")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PricesError(f"{file}: cannot be read: {reason}") from error
    raise PricesError(f"{file}: is not a LOBSTER message file")


def _mistake(line: str, previous_s: float) -> tuple[str, float]:
    """Say what is wrong in a line ("" for nothing), and its time."""
    fields = line.split(",")
    if not line:
        return "", previous_s
    if len(fields) != len(FIELDS):
        return f"{len(fields)} fields; it must be {len(FIELDS)}: {', '.join(FIELDS)}", 0.0
    for name, text in zip(FIELDS, fields, strict=True):
        if not _is_number(text, whole=name != "time"):
            kind = "number" if name == "time" else "whole number"
            return f"{name} {text.strip()!r} is not a {kind}", 0.0
    time_s = float(fields[0])
    return _wrong_value(time_s, previous_s, [int(text) for text in fields[1:]]), time_s


def _is_number(text: str, *, whole: bool) -> bool:
    if whole:
        return _WHOLE.fullmatch(text.strip()) is not None
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _wrong_value(time_s: float, previous_s: float, values: Sequence[int]) -> str:
    kind, _, size, price, direction = values
    checks = (
        (0 <= time_s < DAY_S, f"time {time_s} is not a time of day; it must be 0 to 86,400 s"),
        (
            time_s >= previous_s,
            f"time {time_s} goes back behind {previous_s}; lines must be sorted",
        ),
        (kind in TYPES, f"type {kind} is unknown; it must be one of {TYPES}"),
        (size >= 0, f"size {size} is negative; it must be 0 or more shares"),
        (
            kind == HALT or 0 <= price <= HIGHEST_PRICE,
            f"price {price} is out of range; it must be 0 to {HIGHEST_PRICE:,} (1/10,000 USD)",
        ),
        (
            kind not in EXECUTIONS or price > 0,
            f"price {price} is none of an execution; it must be above 0",
        ),
        (
            direction in (-1, 1),
            f"direction {direction} is unknown; it must be 1 (buy) or -1 (sell)",
        ),
    )
    return next((mistake for right, mistake in checks if not right), "")
