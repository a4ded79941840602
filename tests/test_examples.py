"""Every example runs, and prints what it is there to show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWN = {
    "observer.py": "ring: AAPL rose from $152.00 to $156.50\n"
    "3 changes were told, the last prices were $157.00 $140.00 $160.00\n",
    "stop_loss.py": """\
95.00 PENDING
90.01 PENDING
88.50 EXECUTED
sold at $88.50 cash $9,885.00
""",
    "trade_by_hand.py": """\
bought: EXECUTED $150.00
offer: PENDING
offer: EXECUTED $165.00
1 DepositCommand accepted
2 BuyCommand executed at $150.00
3 SellCommand executed at $165.00
4 DepositCommand accepted
5 WithdrawCommand accepted
cash $9,325.00 net worth $10,150.00
""",
}


@pytest.mark.parametrize("example", SHOWN)
def test_an_example_prints_what_it_shows(example: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / example)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
        timeout=60,
        check=False,
    )

    assert (done.stdout, done.stderr) == (SHOWN[example], "")


def test_every_example_is_shown() -> None:
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == set(SHOWN)
