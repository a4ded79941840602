"""Prices that cannot be had are refused before a run, at the place of what asks for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Refused = Callable[..., list[str]]

BARS = "symbol,date,open,high,low,close\nAAPL,2020-01-02,10,11,9,10\n"
ONE_STOCK = ("symbols = 10", "symbols = 1")
BARS_KIND = ('kind = "walk"', 'kind = "bars", file = "bars.csv"')
LOBSTER_KIND = ('kind = "walk", ticks = "1/s"', 'kind = "lobster", file = "prints.csv"')


def test_more_stocks_than_the_real_bars_have_are_refused(refused: Refused) -> None:
    (told,) = refused(("symbols = 10", "symbols = 101"), ('"walk"', '"bars"'))

    assert told == (
        "rush.toml:5:11: market.symbols: 101 stocks asked for, but the table of real bars "
        "has only 100 stock-days (one listed symbol each)"
    )


def test_more_stocks_than_a_table_of_bars_has_are_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "bars.csv").write_text(BARS, encoding="utf-8")

    (told,) = refused(BARS_KIND)

    assert told.startswith("rush.toml:5:11: market.symbols: 10 stocks asked for, but bars.csv has")


def test_a_broken_line_of_a_table_of_bars_is_named(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "bars.csv").write_text(f"{BARS}IBM,2020-01-02,x,11,9,10\n", encoding="utf-8")

    (told,) = refused(BARS_KIND)

    assert told.startswith("rush.toml:6:34: market.prices.file: bars.csv:3: column open: ")


def test_a_lobster_file_whose_name_tells_no_stock_is_refused(
    refused: Refused, tmp_path: Path
) -> None:
    (tmp_path / "prints.csv").touch()

    (told,) = refused(ONE_STOCK, LOBSTER_KIND)

    assert told == (
        "rush.toml:6:37: market.prices.file: prints.csv: the name does not tell the stock; "
        "it must begin like AAPL_2012-06-21_"
    )


@pytest.mark.parametrize(("kind", "name"), [(BARS_KIND, "bars.csv"), (LOBSTER_KIND, "prints.csv")])
def test_a_folder_of_prices_is_called_a_folder(
    refused: Refused, tmp_path: Path, kind: tuple[str, str], name: str
) -> None:
    (tmp_path / name).mkdir()

    (told,) = refused(ONE_STOCK, kind)

    assert told.endswith(f"market.prices.file: {name} is a folder; a file of prices is meant")
