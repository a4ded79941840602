"""Writes paths of SVG in few bytes: steps from the point before, in tenths of a pixel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_COMMAND: Final = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_TENTHS: Final = 10


def compact(path: str) -> str:
    """Return a path as `d` of an element, to a tenth of a pixel.

    Only paths of straight lines with absolute coordinates are made shorter; others stay.
    """
    commands = _COMMAND.findall(path)
    if not commands or not {letter for letter, _ in commands} <= {"M", "L", "z"}:
        return path
    return "".join(_steps(commands))


def _steps(commands: list[tuple[str, str]]) -> Iterator[str]:
    x = y = first_x = first_y = 0
    for letter, numbers in commands:
        if letter == "z":
            x, y = first_x, first_y
            yield "z"
            continue
        values = [round(float(number) * _TENTHS) for number in numbers.split()]
        points = zip(values[::2], values[1::2], strict=True)
        for new_x, new_y in points:
            if letter == "M":
                first_x, first_y = new_x, new_y
                yield f"M{_number(new_x)} {_number(new_y)}"
            else:
                yield _line(new_x - x, new_y - y)
            x, y = new_x, new_y


def _line(dx: int, dy: int) -> str:
    if dy == 0:
        return f"h{_number(dx)}"  # of no length, too: with round ends it is a dot
    if dx == 0:
        return f"v{_number(dy)}"
    between = "" if dy < 0 else " "
    return f"l{_number(dx)}{between}{_number(dy)}"


def _number(tenths: int) -> str:
    sign, (whole, rest) = "-" if tenths < 0 else "", divmod(abs(tenths), _TENTHS)
    if not rest:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''}.{rest}"
