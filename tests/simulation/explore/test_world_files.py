"""Small worlds as files: what was written is read back, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulation.explore.files import (
    COMMAND_COLUMNS,
    FileError,
    read_commands,
    read_ticks,
    write_commands,
    write_ticks,
)
from simulation.explore.seeds import world_of
from simulation.explore.shapes import Basis

COMMANDS = ",".join(COMMAND_COLUMNS)
ORDER = "5,1,1,place,S1,BUY,LIMIT,10,100" + "," * (len(COMMAND_COLUMNS) - 9)


@pytest.mark.parametrize("seed", range(12))
def test_commands_and_prices_are_read_back_as_they_were(
    basis: Basis, tmp_path: Path, seed: int
) -> None:
    world = world_of(basis, seed)
    commands, ticks = tmp_path / "commands.csv", tmp_path / "ticks.csv"
    symbols = len(world.market.opening)

    write_commands(commands, world.steps)
    write_ticks(ticks, world.market.opening, world.ticks)

    assert read_commands(commands, world.accounts, symbols) == world.steps
    assert read_ticks(ticks, symbols) == (world.market.opening, world.ticks)


@pytest.mark.parametrize(
    ("row", "mistake"),
    [
        (ORDER.replace("5,1,1", "5,1,9"), "file.csv:2: account: a whole number from 1 to 2"),
        (ORDER.replace("5,1,1", "-5,1,1"), "file.csv:2: intended_us: a whole number from 0"),
        (ORDER.replace("place", "buy"), "file.csv:2: operation: one of place, quote"),
        (ORDER.replace("S1", "S7"), "file.csv:2: symbol: one of S1 is meant, not 'S7'"),
        (ORDER.replace("S1", ""), "file.csv:2: symbol: a stock is meant, not ''"),
        (ORDER.replace("BUY", "buy"), "file.csv:2: side: one of BUY, SELL is meant"),
        (ORDER.replace("BUY", ""), "file.csv:2: side: one of BUY, SELL is meant"),
        (ORDER.replace("LIMIT", ""), "file.csv:2: price_type: one of MARKET, LIMIT, STOP"),
        (ORDER.replace(",10,", ",1e3,"), "file.csv:2: quantity: a whole number from 0"),
        (ORDER.replace(",10,", f",{'9' * 5_000},"), "file.csv:2: quantity: a whole number"),
        ("5,1,1,open" + "," * 12, "file.csv:2: which: a whole number from 2 is meant, not ''"),
        ("5,1,1,open" + "," * 12 + "101", "file.csv:2: which: a whole number from 0 to 100"),
        (ORDER + ",1", f"file.csv:2: {len(COMMAND_COLUMNS)} fields are meant"),
        (ORDER[:-1], f"file.csv:2: {len(COMMAND_COLUMNS)} fields are meant"),
        ('"', "file.csv: cannot be read"),
        ("\0", "file.csv"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_place(
    tmp_path: Path, row: str, mistake: str
) -> None:
    file = tmp_path / "file.csv"
    file.write_text(f"{COMMANDS}\n{row}\n", encoding="utf-8")

    with pytest.raises(FileError) as refused:
        read_commands(file, accounts=2, symbols=1)

    assert mistake in str(refused.value)
    assert len(str(refused.value).removeprefix(str(tmp_path))) < 300


def test_other_columns_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")

    with pytest.raises(FileError, match=r"file.csv:1: the columns intended_us,"):
        read_commands(file, 1, 1)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(FileError, match="cannot be read"):
        read_ticks(file, 1)


def test_every_stock_needs_a_price(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("intended_us,symbol,price\n0,S1,100\n", encoding="utf-8")

    with pytest.raises(FileError, match="no row has a price of S2"):
        read_ticks(file, 2)
