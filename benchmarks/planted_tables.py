"""The tables of planted bugs: as text for a terminal, and as Markdown for the documentation."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from printing import table

if TYPE_CHECKING:
    from planted_bugs import Line, Tally

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
_SIGNS_SHOWN = 3
_RARE_SHOWN = 6


def printed(lines: Sequence[Line]) -> str:
    """Return everything as text."""
    heads = ["bug", "", "faults", "first", "none", "first", "unnoticed", "caught by", "seconds"]
    rows = [
        (
            line.bug.name, line.bug.difficulty, density(line.with_faults),
            first(line.with_faults), density(line.without), first(line.without), unnoticed(line),
            signs(line), round(line.with_faults.seconds + line.without.seconds),
        )
        for line in lines
    ]  # fmt: skip
    title = "small worlds in which a planted bug was caught, with faults and without"
    return "\n".join([table(title, heads, rows), *summary(lines)])


def markdown(lines: Sequence[Line], about: str) -> str:
    """Return everything as Markdown."""
    rows = [
        "| bug | what is wrong | class | with faults | first seed | without | first seed "
        "| acted, not caught | caught by |",
        "|---|---|---|--:|--:|--:|--:|--:|---|",
    ]
    rows += [
        f"| {line.bug.name} | {line.bug.sentence} | {line.bug.difficulty} "
        f"| {density(line.with_faults)} | {first(line.with_faults)} | {density(line.without)} "
        f"| {first(line.without)} | {unnoticed(line)} | {signs(line)} |"
        for line in lines
    ]
    points = [f"* {sentence}" for sentence in summary(lines)]
    return "\n".join([*rows, "", *points, f"* Measured on {about}."])


def brief(line: Line) -> str:
    """Return what is known of one bug, on one line."""
    return (
        f"{line.bug.name}: {density(line.with_faults)} with faults, {density(line.without)} "
        f"without, {unnoticed(line)} unnoticed; {signs(line)}"
    )


def density(tally: Tally) -> str:
    return f"{tally.caught:,} of {tally.seeds:,}"


def first(tally: Tally) -> str:
    return "-" if tally.first is None else f"{tally.first:,}"


def unnoticed(line: Line) -> int:
    return line.with_faults.unnoticed + line.without.unnoticed


def signs(line: Line) -> str:
    by = line.with_faults.by + line.without.by
    return ", ".join(sign for sign, _ in by.most_common(_SIGNS_SHOWN)) or "nothing"


def summary(lines: Sequence[Line]) -> Iterator[str]:
    """Yield what the table comes to, in sentences."""
    missed = [line.bug.name for line in lines if not line.caught]
    yield f"{len(lines) - len(missed)} of {len(lines)} planted bugs were caught" + (
        f"; never: {', '.join(missed)}." if missed else "."
    )
    found = sorted((share(line), line.bug.name) for line in lines if line.caught)
    rarest = ", ".join(f"{name} ({density:.2%})" for density, name in found[:_RARE_SHOWN])
    if rarest:
        yield f"The rarest, by the share of worlds with or without faults: {rarest}."
    small = [line.small for line in lines if line.small is not None]
    if small:
        commands, faults, seconds = ([*map(float, column)] for column in zip(*small, strict=True))
        both = [sum(size[:2]) for size in small]
        yield (
            f"{len(small)} failures were shrunk: commands {spread(commands)}, faults "
            f"{spread(faults)}, both together {spread(both)}, "
            f"seconds {spread(seconds)} (median, 90th percentile, most)."
        )


def share(line: Line) -> float:
    """Return the share of worlds in which a bug was caught, of the kind that shows it best."""
    return max(tally.caught / tally.seeds for tally in (line.with_faults, line.without))


def spread(values: Sequence[float]) -> str:
    """Return the median, the 90th percentile and the largest of some values."""
    ordered = sorted(values)
    ninetieth = ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))]
    return f"{statistics.median(ordered):g}, {ninetieth:.3g}, {ordered[-1]:.3g}"


def write_between(document: Path, text: str) -> None:
    """Replace what stands between the marks of a document.

    Raises:
        ValueError: The marks are missing.
    """
    before, begin, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} has no place for the table; it needs {BEGIN} and {END}")
    document.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
