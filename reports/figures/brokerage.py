"""Draws what a brokerage did: rejections, the mix of orders, the most traded stocks, profits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from reports.figures.look import SERIES, dress, page_width, put_text
from reports.format import count, share
from reports.holdings import PROFIT_EDGES

_PIXELS_PER_LETTER: Final = 6.5
_PIXELS_BESIDE: Final = 60  # of the names of rows
_MIXES: Final = (
    ("side", ("buy", "sell")),
    ("price", ("market", "limit", "stop_market")),
    ("end", ("executed", "cancelled", "expired", "rejected_later", "pending")),
)
_SHORT: Final = {"rejected_later": "rejected", "pending": "open", "stop_market": "stop"}


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


def ranked(ax: Axes, rows: Sequence[Ranked], what: str) -> Axes:
    """Draw a bar for each row, from the top, with its size written behind it.

    Args:
        ax: Where.
        rows: At least one.
        what: Label of the sizes, with their unit.
    """
    ax.barh(range(len(rows)), [row.value for row in rows], height=0.66, color=SERIES[0])
    for row, (_, value, text) in enumerate(rows):
        put_text(
            ax, text, (value, row), xytext=(5, 0), textcoords="offset points",
            verticalalignment="center",
        )  # fmt: skip
    _name_rows(ax, range(len(rows)), [row.name for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, max(row.value for row in rows) * (1.2 if page_width(ax) > 550 else 1.75))
    ax.set_xticks([])
    ax.set_xlabel(what)
    dress(ax).grid(visible=False)
    return ax


def _name_rows(ax: Axes, places: Iterable[float], names: Sequence[str]) -> None:
    """Name rows as the names stand: a dollar sign would begin a formula."""
    ax.set_yticks(list(places), names, parse_math=False)


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


def mixes(ax: Axes, divisions: Sequence[tuple[str, Sequence[Ranked]]]) -> Axes:
    """Draw each division of the orders as one bar; parts that are wide enough are named in it.

    Args:
        ax: Where.
        divisions: From the top, each with its name and its parts, whose values sum to 1.
    """
    room_px = page_width(ax) - _PIXELS_BESIDE
    for row, (_, parts) in enumerate(divisions):
        edges = np.cumsum([0.0, *(part.value for part in parts)])
        for place, (part, (left, right)) in enumerate(zip(parts, pairwise(edges), strict=True)):
            ax.barh(row, right - left - 0.002, left=left, height=0.3, color=SERIES[place])
            if part.value * room_px >= len(f"{part.name} {part.text}") * _PIXELS_PER_LETTER:
                put_text(
                    ax, f"{part.name} {part.text}", (left + 0.005, row - 0.22),
                    verticalalignment="bottom",
                )  # fmt: skip
    _name_rows(ax, range(len(divisions)), [name for name, _ in divisions])
    ax.set_ylim(len(divisions) - 0.5, -0.7)
    ax.set_xlim(0, 1)
    ax.set_xticks(np.linspace(0, 1, 6 if page_width(ax) > 550 else 3))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x * 100:.0f} %"))
    ax.set_xlabel("share of the accepted orders")
    dress(ax).grid(visible=False, axis="y")
    return ax


def profits(ax: Axes, series: Mapping[str, Sequence[int]], *, with_legend: bool = True) -> Axes:
    """Draw how many accounts made losses and profits of which size, in powers of ten.

    Args:
        ax: Where.
        series: `profit` of `series.json`: counts of realised and of unrealised profits.
        with_legend: Name the bars above the axes.
    """
    labels = _profit_labels()
    places = np.arange(len(labels))
    for place, (shift, name) in enumerate(zip((0.2, -0.2), series, strict=True)):
        ax.barh(places + shift, series[name], height=0.36, color=SERIES[place], label=name)
    _name_rows(ax, places.tolist(), labels)
    ax.set_ylim(-0.6, len(labels) - 0.4)
    ax.xaxis.set_major_locator(FixedLocator(_whole_ticks(series)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: count(x)))
    ax.set_xlabel("accounts")
    dress(ax, with_legend=with_legend).grid(visible=False, axis="y")
    return ax


def _whole_ticks(series: Mapping[str, Sequence[int]]) -> list[float]:
    most = max((max(counts) for counts in series.values()), default=0)
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
