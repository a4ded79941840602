"""Small worlds as files: what customers send, and how prices move, as tables of text (CSV)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from actors.domain.money import MAX_MONEY
from actors.domain.order_factory import MAX_PRICE, MAX_QUANTITY
from simulation.explore.small_world import OPERATIONS, Step, Tick, routes_of, symbol_of
from simulation.stop_orders import STOP_MARKET

COMMAND_COLUMNS: Final = (
    "intended_us", "command_id", "account", "operation", "symbol", "side", "price_type",
    "quantity", "limit_price", "seen_price", "amount", "target", "user", "wishes", "direction",
    "which",
)  # fmt: skip
_NEEDED: Final = 12  # of these columns; older files have no others
TICK_COLUMNS: Final = ("intended_us", "symbol", "price")
_LARGEST: Final = {
    "intended_us": 2**40, "command_id": 2**62, "target": 2**62, "quantity": MAX_QUANTITY,
    "limit_price": MAX_PRICE, "seen_price": MAX_PRICE, "price": MAX_PRICE, "amount": MAX_MONEY,
}  # fmt: skip
_WORDS: Final = {
    "operation": OPERATIONS, "side": ("", "BUY", "SELL"),
    "price_type": ("", "MARKET", "LIMIT", STOP_MARKET.value),
    "direction": ("", "above", "below"),
}  # fmt: skip
_WORDS_NEEDED: Final = {"place": ("side", "price_type"), "alert": ("direction",)}
_WITH_SYMBOL: Final = frozenset(
    {"place", "transfer", "quote", "history", "alert", "watch", "unwatch"}
)
_ROWS_AT_MOST: Final = 100_000
_ACCOUNTS_AT_MOST: Final = 100  # of a customer
_FIRST_FURTHER: Final = 2  # the first one is there from the start

T = TypeVar("T")


class FileError(ValueError):
    """A file of commands or ticks is wrong; the message says where and what would be right."""


def write_commands(path: Path, steps: Iterable[Step]) -> None:
    """Write what customers send, one row per command; what does not apply is empty."""
    rows = (_row(msgspec.structs.asdict(step), COMMAND_COLUMNS) for step in steps)
    _write(path, COMMAND_COLUMNS, rows)


def write_ticks(path: Path, opening: Iterable[int], ticks: Iterable[Tick]) -> None:
    """Write the prices: the first row of each stock is the price that it is listed at."""
    first = (Tick(0, symbol, price) for symbol, price in enumerate(opening))
    rows = (_row(msgspec.structs.asdict(tick), TICK_COLUMNS) for tick in (*first, *ticks))
    _write(path, TICK_COLUMNS, rows)


def _row(values: dict[str, Any], columns: tuple[str, ...]) -> list[Any]:
    """Return a step or a tick as people read it."""
    values["intended_us"] = values.pop("at_us")
    values["symbol"] = "" if values["symbol"] < 0 else symbol_of(values["symbol"])
    if values.get("target", 0) < 0:
        values["target"] = ""
    return [values[name] or ("" if name not in {"intended_us", "command_id"} else 0)
            for name in columns]  # fmt: skip


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[list[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def read_commands(path: Path, accounts: int, symbols: int) -> tuple[Step, ...]:
    """Read what customers send.

    Args:
        path: The file.
        accounts: How many customers there are.
        symbols: How many stocks there are.

    Raises:
        FileError: The file cannot be read, or a row cannot be used.
    """
    steps = []
    for reading in _rows(path, COMMAND_COLUMNS, symbols):
        account = reading.whole("account", 1, accounts)
        step = Step(
            at_us=reading.whole("intended_us"),
            command_id=reading.whole("command_id"),
            account=account,
            operation=reading.word("operation"),
            symbol=reading.symbol(),
            side=reading.word("side"),
            price_type=reading.word("price_type"),
            quantity=reading.whole("quantity"),
            limit_price=reading.whole("limit_price"),
            seen_price=reading.whole("seen_price"),
            amount=reading.whole("amount"),
            target=reading.whole("target", empty=-1),
            user=reading.whole("user", 0, accounts),
            wishes=reading.wishes(),
            direction=reading.word("direction"),
            which=reading.whole("which", 0, _ACCOUNTS_AT_MOST) or 1,
        )
        reading.require(step)
        steps.append(step)
    return tuple(sorted(steps, key=lambda step: step.at_us))


def read_ticks(path: Path, symbols: int) -> tuple[tuple[int, ...], tuple[Tick, ...]]:
    """Read the prices.

    Returns:
        The price that each stock is listed at, and how prices move after that.

    Raises:
        FileError: The file cannot be read, a row cannot be used, or a stock has no price.
    """
    opening: dict[int, int] = {}
    ticks = []
    for reading in _rows(path, TICK_COLUMNS, symbols):
        tick = Tick(reading.whole("intended_us"), reading.symbol(), reading.whole("price", least=1))
        if tick.symbol not in opening:
            opening[tick.symbol] = tick.price
        else:
            ticks.append(tick)
    missing = [symbol_of(number) for number in range(symbols) if number not in opening]
    if missing:
        raise FileError(f"{path}: no row has a price of {', '.join(missing)}")
    in_order = sorted(ticks, key=lambda tick: tick.at_us)
    return tuple(opening[number] for number in range(symbols)), tuple(in_order)


class _Reading:
    """One row, and what is wrong with it."""

    def __init__(self, place: str, row: dict[str, str], symbols: int) -> None:
        self._place = place
        self._row = row
        self._symbols = {symbol_of(number): number for number in range(symbols)}

    def refuse(self, name: str, what: str) -> FileError:
        """Return an error that names the place."""
        return FileError(f"{self._place}: {name}: {what}, not {self._row.get(name, '')!r:.40}")

    def whole(self, name: str, least: int = 0, most: int = 0, *, empty: int = 0) -> int:
        """Return a whole number within its range; `empty` if nothing is there."""
        text, most = self._row.get(name, ""), most or _LARGEST[name]
        if text == "" and not least:
            return empty
        if text.isascii() and text.isdecimal() and len(text) < 20 and least <= int(text) <= most:
            return int(text)
        raise self.refuse(name, f"a whole number from {least} to {most:,} is meant")

    def word(self, name: str) -> str:
        """Return one of the words that are known."""
        if self._row.get(name, "") in _WORDS[name]:
            return self._row.get(name, "")
        raise self.refuse(name, f"one of {', '.join(filter(None, _WORDS[name]))} is meant")

    def wishes(self) -> str:
        """Return what a customer wants to be told of."""
        text = self._row.get("wishes", "")
        try:
            routes_of(text)
        except ValueError as error:
            raise self.refuse(
                "wishes", "something like email:deposit+withdrawal is meant"
            ) from error
        return text

    def symbol(self) -> int:
        """Return the number of a stock; -1 if nothing is there."""
        text = self._row["symbol"]
        if text == "" and "operation" in self._row:
            return -1
        if text in self._symbols:
            return self._symbols[text]
        raise self.refuse("symbol", f"one of {', '.join(self._symbols)} is meant")

    def require(self, step: Step) -> None:
        """Refuse a command that lacks what its operation needs.

        Raises:
            FileError: It does.
        """
        if step.symbol < 0 and step.operation in _WITH_SYMBOL:
            raise self.refuse("symbol", "a stock is meant")
        if step.operation == "open" and step.which < _FIRST_FURTHER:
            raise self.refuse("which", f"a whole number from {_FIRST_FURTHER} is meant")
        for name in _WORDS_NEEDED.get(step.operation, ()):
            if not getattr(step, name):
                raise self.refuse(name, f"one of {', '.join(_WORDS[name][1:])} is meant")


def _rows(path: Path, columns: tuple[str, ...], symbols: int) -> Iterator[_Reading]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            given = tuple(reader.fieldnames or ())
            if given != columns[: max(len(given), min(_NEEDED, len(columns)))]:
                raise FileError(f"{path}:1: the columns {','.join(columns)} are meant")
            for row in reader:
                place = f"{path}:{reader.line_num}"
                if None in row or None in row.values():
                    raise FileError(f"{place}: {len(given)} fields are meant")
                if reader.line_num > _ROWS_AT_MOST:
                    raise FileError(f"{place}: a small world has {_ROWS_AT_MOST:,} rows at most")
                yield _Reading(place, row, symbols)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"{path}: cannot be read: {error}") from error
