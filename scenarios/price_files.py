"""What is wrong with the prices that a scenario asks for, as far as it shows before a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scenarios.models.market import Market
from scenarios.models.types import Contradiction

PRICE_FILE: Final = ("market", "prices", "file")
_SYMBOLS: Final = ("market", "symbols")


def unusable_prices(market: Market, file: Path | None) -> Iterator[Contradiction]:
    """Yield why the prices cannot be had, with the path of the key to change.

    Args:
        market: The stocks and the kind of their prices.
        file: The file of prices, as seen from here; None where the kind needs none.
    """
    if file is not None and not file.is_file():
        yield PRICE_FILE, _not_a_file(file)
    elif market.prices.kind == "bars":
        yield from _unusable_bars(market, file)
    elif market.prices.kind == "lobster" and file is not None:
        yield from _unnamed_stock(file)


def _not_a_file(path: Path) -> str:
    if path.is_dir():
        return f"{path} is a folder; a file of prices is meant"
    return f"{path} is not a regular file" if path.exists() else f"no such file: {path}"


def _unusable_bars(market: Market, file: Path | None) -> Iterator[Contradiction]:
    from simulation.prices import PricesError
    from simulation.prices.bar_table import read_stock_days
    from simulation.prices.bars import too_few_days

    try:
        days = read_stock_days(file)
    except PricesError as error:
        yield PRICE_FILE, str(error)
    else:
        if market.symbols > len(days):
            yield _SYMBOLS, too_few_days(market.symbols, len(days), file)


def _unnamed_stock(file: Path) -> Iterator[Contradiction]:
    from simulation.prices import PricesError
    from simulation.prices.lobster import ticker_of

    try:
        ticker_of(file)
    except PricesError as error:
        yield PRICE_FILE, str(error)
