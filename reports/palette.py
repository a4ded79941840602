"""The colours of pages, notebooks and figures, on light and on dark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SERIES_NAMES: Final = tuple(f"s{number}" for number in range(8))
"""Names of the colours of lines and areas, in the order in which they are used."""

LIGHT: Final = {
    "paper": "#ffffff", "card": "#f4f5f7", "ink": "#1a1d23", "soft": "#545b68",
    "grid": "#dfe2e8", "shade": "#e9ebf0", "good": "#10683a", "bad": "#ab1f1f", "open": "#7a4b00",
    "s0": "#1f5fbf", "s1": "#b3500b", "s2": "#137a55", "s3": "#a3296f", "s4": "#6a4bb8",
    "s5": "#5d6a00", "s6": "#00727f", "s7": "#6b5a4d",
}  # fmt: skip
DARK: Final = {
    "paper": "#14171c", "card": "#1e232a", "ink": "#e8eaee", "soft": "#a9b1be",
    "grid": "#333a45", "shade": "#242a33", "good": "#6fd39c", "bad": "#ff9a94", "open": "#f2c063",
    "s0": "#7fb2ff", "s1": "#ffab66", "s2": "#5fd3a5", "s3": "#f490c6", "s4": "#b9a4ff",
    "s5": "#c9d45c", "s6": "#5fd0dd", "s7": "#cdb9a8",
}  # fmt: skip


def as_css(colours: Mapping[str, str]) -> str:
    """Return colours as custom properties, such as `--ink: #1a1d23`."""
    return "; ".join(f"--{name}: {colour}" for name, colour in colours.items())
