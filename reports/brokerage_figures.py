"""Draws what a brokerage did: rejections, the mix of orders, the most traded stocks, profits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from reports.figures import INK, SERIES, TEXT_SIZE, dress
from reports.format import count, share
from reports.holdings import PROFIT_EDGES

_PIXELS_PER_INCH: Final = 72
_PIXELS_PER_LETTER: Final = 6.5
_PIXELS_BESIDE: Final = 60  # of the names of rows
_MIXES: Final = (
    ("side", ("buy", "sell")),
    ("price", ("market", "limit")),
    ("end", ("executed", "cancelled", "expired", "rejected_later", "pending")),
)
_SHORT: Final = {"rejected_later": "rejected", "pending": "open"}


class Ranked(NamedTuple):
    """Something with its size and how that is written."""

    name: str
    value: float
    text: str


def rejections_of(metrics: Mapping[str, Any]) -> list[Ranked]:
    """Return the reasons for which something was rejected, the most frequent first."""
    found = {
        name.split(".")[1]: number
        for name, number in metrics.items()
        if name.startswith("rejections.") and name.endswith(".count") and number
    }
    return [
        Ranked(reason, number, f"{count(number)} · {share(metrics[f'rejections.{reason}.share'])}")
        for reason, number in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    ]


def traded_of(metrics: Mapping[str, Any]) -> list[Ranked]:
    """Return the most traded symbols by volume in USD, the first first."""
    ending = ".turnover"
    names = [name for name in metrics if name.startswith("traded.") and name.endswith(ending)]
    whole = metrics.get("business.volume_usd") or 1
    ranked = sorted(names, key=lambda name: (-metrics[name], name))
    return [
        Ranked(name.removeprefix("traded.").removesuffix(ending), metrics[name],
               share(metrics[name] / whole))
        for name in ranked
    ]  # fmt: skip


def draw_ranked(axes: Axes, rows: Sequence[Ranked], what: str) -> None:
    """Draw a bar for each row, from the top, with its size written behind it."""
    for row, (_, value, text) in enumerate(rows):
        axes.barh(row, value, height=0.66, color=SERIES[0])
        axes.annotate(
            text, (value, row), (5, 0), textcoords="offset points", color=INK, fontsize=TEXT_SIZE,
            verticalalignment="center",
        )  # fmt: skip
    _name_rows(axes, range(len(rows)), [row.name for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, max(row.value for row in rows) * (1.2 if _width_in(axes) > 8 else 1.75))
    axes.set_xticks([])
    axes.set_xlabel(what)
    dress(axes)
    axes.grid(visible=False)


def _width_in(axes: Axes) -> float:
    return float(axes.get_figure(root=True).get_size_inches()[0])  # type: ignore[union-attr]


def _name_rows(axes: Axes, places: Iterable[float], names: Sequence[str]) -> None:
    """Name rows as the names stand: a dollar sign would begin a formula."""
    axes.set_yticks(list(places), names, parse_math=False)


def mixes_of(metrics: Mapping[str, Any]) -> list[tuple[str, list[Ranked]]]:
    """Return how the accepted orders divide by side, by price and by what became of them."""
    whole = metrics.get("total.accepted", 0)
    if not whole:
        return []
    return [
        (name, [
            Ranked(_SHORT.get(word, word), number / whole, share(number / whole))
            for word in words
            if (number := metrics.get(f"total.{word}", 0))
        ])
        for name, words in _MIXES
    ]  # fmt: skip


def draw_mixes(axes: Axes, mixes: Sequence[tuple[str, Sequence[Ranked]]]) -> None:
    """Draw each division of the orders as one bar; parts that are wide enough are named in it."""
    width = _width_in(axes) * _PIXELS_PER_INCH - _PIXELS_BESIDE
    for row, (_, parts) in enumerate(mixes):
        edges = np.cumsum([0.0, *(part.value for part in parts)])
        for place, (part, (left, right)) in enumerate(zip(parts, pairwise(edges), strict=True)):
            axes.barh(row, right - left - 0.002, left=left, height=0.3, color=SERIES[place])
            if part.value * width >= len(f"{part.name} {part.text}") * _PIXELS_PER_LETTER:
                _name_part(axes, part, left, row)
    _name_rows(axes, range(len(mixes)), [name for name, _ in mixes])
    axes.set_ylim(len(mixes) - 0.5, -0.7)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x * 100:.0f} %"))
    axes.set_xlabel("share of the accepted orders")
    dress(axes)
    axes.grid(visible=False, axis="y")


def _name_part(axes: Axes, part: Ranked, left: float, row: int) -> None:
    axes.annotate(
        f"{part.name} {part.text}", (left + 0.005, row - 0.22), color=INK, fontsize=TEXT_SIZE,
        verticalalignment="bottom",
    )  # fmt: skip


def draw_profits(axes: Axes, profits: Mapping[str, Sequence[int]]) -> None:
    """Draw how many accounts made losses and profits of which size, in powers of ten."""
    labels = _profit_labels()
    places = np.arange(len(labels))
    for series, (shift, counts) in enumerate(zip((0.2, -0.2), profits.values(), strict=True)):
        axes.barh(places + shift, counts, height=0.36, color=SERIES[series])
    _name_rows(axes, places.tolist(), labels)
    axes.set_ylim(-0.6, len(labels) - 0.4)
    axes.xaxis.set_major_locator(FixedLocator(_whole_ticks(profits)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: count(x)))
    axes.set_xlabel("accounts")
    dress(axes)
    axes.grid(visible=False, axis="y")


def _whole_ticks(profits: Mapping[str, Sequence[int]]) -> list[float]:
    most = max((max(counts) for counts in profits.values()), default=0)
    step = max(1, 10 ** (len(str(most)) - 1))
    return [
        float(tick) for tick in range(0, most + 1, step if most // step > 1 else step // 2 or 1)
    ]


def _profit_labels() -> list[str]:
    """Return what the bins of profits are called, from the largest loss up."""
    dollars = [f"${edge // 10_000:,}" for edge in PROFIT_EDGES]
    spans = [f"{low} to {high}" for low, high in pairwise(dollars)] + [f"{dollars[-1]} or more"]
    losses = [f"lost {span}" for span in reversed(spans)]
    return [*losses, f"below {dollars[0]} either way", *(f"won {span}" for span in spans)]
