"""Tells whether figure files show their titles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from pathlib import Path

from matplotlib.image import imread

_BAND = 44  # pixels of a PNG that the first line of a title is within
_ABOVE = 4


def without_title(files: Iterable[Path]) -> list[Path]:
    """Return those of some figures that show no title: as words in an SVG, as ink in a PNG."""
    return [file for file in files if not _is_titled(file)]


def _is_titled(file: Path) -> bool:
    if file.suffix == ".png":
        picture = imread(file)[:, :, :3]
        return bool((picture[_ABOVE:_BAND, : picture.shape[1] // 12] < 0.3).any())
    text = file.read_text(encoding="utf-8")
    named = re.search(r"<dc:title>(.*?)</dc:title>", text, re.DOTALL)
    shown = {unescape(words) for words in re.findall(r"<text[^>]*>(.*?)</text>", text, re.DOTALL)}
    return bool(named and any(line and line in unescape(named[1]) for line in shown))
