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
