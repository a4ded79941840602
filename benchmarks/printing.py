"""What the benchmarks print: the machine, and tables of figures with their bars beside them."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path


def machine() -> str:
    """Name the machine and the Python that measure."""
    return (
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}; "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def processor() -> str:
    """Name the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def busy_neighbours() -> str:
    """Warn if others are at work on this machine; else return nothing."""
    load = os.getloadavg()[0]
    others = f"load average {load:.1f}: others are at work here, and figures will look worse"
    return others if load > 0.7 else ""


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table of text; the first column is left-aligned, the others right-aligned.

    Args:
        title: Above the table.
        heads: Names of the columns, with their units.
        rows: Cells; floats are shown with as many decimals as their size needs.
    """
    shown = [list(heads), *([cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(len(heads))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in shown
    ]
    rule = "-" * max(map(len, lines))
    return "\n".join(["", title, rule, lines[0], rule, *lines[1:], ""])


def cell(value: object) -> str:
    """Show a value: whole numbers with separators, small ones with decimals."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def against(value: float, relation: str, bar: float) -> str:
    """Show a bar, and whether a figure clears it: above it (`>`) or below it (`<`)."""
    clears = value > bar if relation == ">" else value < bar
    return f"{relation} {cell(bar)} {'ok' if clears else 'MISSED'}"
