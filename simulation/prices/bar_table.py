"""Tables of daily bars: the real ones in the package, or a CSV file of the user's."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from simulation.prices.tape import CENT, HIGHEST_PRICE, PricesError

COLUMNS: Final = ("symbol", "date", "open", "high", "low", "close")
COMPANIES: Final = {
    "AAPL": "Apple Inc.",
    "FB": "Facebook Inc.",
    "GOOG": "Google Inc.",
    "IBM": "International Business Machines Corp.",
    "MSFT": "Microsoft Corp.",
}
_SYMBOL: Final = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,11}")
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_UNITS_PER_DOLLAR: Final = 10_000


class Bar(NamedTuple):
    """One day of one stock in whole cents, 1/10,000 USD: low <= open, close <= high."""

    open: int
    high: int
    low: int
    close: int


class StockDay(NamedTuple):
    """One real day of one stock, listed as a stock of its own."""

    symbol: str
    name: str
    bar: Bar


class _Row(NamedTuple):
    line: int
    ticker: str
    day: date
    bar: Bar


def read_stock_days(file: Path | None) -> list[StockDay]:
    """Read a table of daily bars; each row becomes one listed symbol.

    The latest day of each ticker keeps the plain symbol (`AAPL`) and comes first, in the
    order of the table; the others carry their day (`AAPL.0215`, or `AAPL.20130215` if the
    table spans more than a year), the latest day first. Prices are rounded to whole cents.

    Args:
        file: CSV, plain or gzipped, with the columns symbol (or ticker), date, open, high,
            low and close in any order and case; others are ignored. None for the real bars
            in the package.

    Raises:
        PricesError: `FILE:LINE: what is wrong` for the first wrong line.
    """
    name, text = _text(file)
    rows = list(_rows(name, text))
    if not rows:
        raise PricesError(f"{name}:2: no bars; at least one line of prices is needed")
    _refuse_duplicates(name, rows)
    return _stock_days(rows)


def _text(file: Path | None) -> tuple[str, str]:
    if file is None:
        table = files("simulation") / "prices" / "real_bars.csv"
        return "real_bars.csv", table.read_text(encoding="utf-8")
    if file.is_dir():
        raise PricesError(f"{file}: is a folder; a file of prices is meant")
    try:
        content = file.read_bytes()
        if file.suffix == ".gz":
            content = gzip.decompress(content)
        return str(file), content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise PricesError(f"{file}: cannot be read: {reason}") from error
    except UnicodeDecodeError as error:
        raise PricesError(f"{file}: is not text in UTF-8") from error


def _rows(name: str, text: str) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        places = _places(name, next(reader, []))
        for fields in reader:
            if fields:
                yield _row(f"{name}:{reader.line_num}", reader.line_num, places, fields)
    except csv.Error as error:
        raise PricesError(f"{name}:{reader.line_num}: {error}") from error


def _places(name: str, header: Sequence[str]) -> dict[str, int]:
    titles = [title.strip().lower() for title in header]
    titles = ["symbol" if title == "ticker" else title for title in titles]
    missing = [column for column in COLUMNS if column not in titles]
    if missing:
        raise PricesError(
            f"{name}:1: column {missing[0]} is missing; needed are {', '.join(COLUMNS)} "
            "(ticker will do for symbol)"
        )
    return {column: titles.index(column) for column in COLUMNS}


def _row(where: str, line: int, places: Mapping[str, int], fields: Sequence[str]) -> _Row:
    if len(fields) <= max(places.values()):
        raise PricesError(f"{where}: only {len(fields)} fields; the header names more")
    values = {column: fields[place].strip() for column, place in places.items()}
    bar = Bar(*(_price(where, column, values[column]) for column in COLUMNS[2:]))
    if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
        raise PricesError(f"{where}: open and close must lie between low and high")
    return _Row(line, _ticker(where, values["symbol"]), _day(where, values["date"]), bar)


def _ticker(where: str, text: str) -> str:
    ticker = text.upper()
    if not _SYMBOL.fullmatch(ticker):
        raise PricesError(
            f"{where}: column symbol: {text!r} is not a ticker; "
            "it must be 1 to 12 letters, digits, dots or dashes"
        )
    return ticker


def _day(where: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PricesError(
            f"{where}: column date: {text!r} is not a date; it must be like 2013-02-15"
        ) from None


def _price(where: str, column: str, text: str) -> int:
    try:
        price = round(Decimal(text) * _UNITS_PER_DOLLAR / CENT) * CENT
    except (InvalidOperation, ValueError, OverflowError):
        price = 0
    if not CENT <= price <= HIGHEST_PRICE:
        raise PricesError(
            f"{where}: column {column}: {text!r} is not a price; it must be a number of USD, "
            f"0.01 to {HIGHEST_PRICE // _UNITS_PER_DOLLAR:,}"
        )
    return price


def _refuse_duplicates(name: str, rows: Sequence[_Row]) -> None:
    lines: dict[tuple[str, date], int] = {}
    for row in rows:
        first = lines.setdefault((row.ticker, row.day), row.line)
        if first != row.line:
            raise PricesError(
                f"{name}:{row.line}: {row.ticker} on {row.day} stands in line {first} already"
            )


def _stock_days(rows: Sequence[_Row]) -> list[StockDay]:
    tickers = list(dict.fromkeys(row.ticker for row in rows))
    latest = {ticker: max(row.day for row in rows if row.ticker == ticker) for ticker in tickers}
    ordered = sorted(
        rows,
        key=lambda row: (
            row.day != latest[row.ticker],
            -row.day.toordinal() if row.day != latest[row.ticker] else 0,
            tickers.index(row.ticker),
        ),
    )
    years = len({(row.ticker, row.day.month, row.day.day) for row in rows}) < len(rows)
    return [_stock_day(row, latest[row.ticker], with_year=years) for row in ordered]


def _stock_day(row: _Row, latest: date, *, with_year: bool) -> StockDay:
    company = COMPANIES.get(row.ticker, row.ticker)
    if row.day == latest:
        return StockDay(row.ticker, company, row.bar)
    suffix = f"{row.day:%Y%m%d}" if with_year else f"{row.day:%m%d}"
    # Not strftime("%b"): month names must not depend on the locale.
    spoken = f"{row.day.day} {_MONTHS[row.day.month - 1]} {row.day.year}"
    return StockDay(f"{row.ticker}.{suffix}", f"{company} ({spoken})", row.bar)
