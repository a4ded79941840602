"""Numbers like 0x10, which Arrow reads as whole numbers and no file of ours means."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final

_AT_ONCE: Final = 2**20


def may_hold_hexadecimal(path: Path) -> bool:
    """Tell whether `0x` stands anywhere in a file, plain or gzipped (`.gz`).

    Raises:
        OSError: The file cannot be read.
    """
    last = b""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as content:
        while chunk := content.read(_AT_ONCE):
            if b"0x" in (last + chunk).lower():
                return True
            last = chunk[-1:]
    return False
