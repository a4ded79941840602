"""The command line as a terminal sees it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def on_a_terminal(folder: Path, *words: str) -> tuple[int, str]:
    """Call `openoutcry` with a terminal as its stderr; give its status and what that showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "scenarios.openoutcry", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "80", "TERM": "xterm"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    seen = _read_all(ours)
    return process.wait(180), seen


def _read_all(terminal: int) -> str:
    seen = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            seen += os.read(terminal, 65_536)
        except OSError:  # the other side is closed
            break
    os.close(terminal)
    return seen.decode()
