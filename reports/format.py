"""How numbers read: the same on the console and on the page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from simulation.metric_names import unit_of

MISSING: Final = "–"
WORDS: Final = {
    "passed": "✓ passed", "limit missed": "✗ limit missed", "not proven": "? not proven",
    "something lost": "✗ something lost", "handler failed": "✗ a handler failed",
    "interrupted": "! interrupted", "failed": "✗ failed", "inconclusive": "? inconclusive",
}  # fmt: skip
OUTCOMES: Final = {
    "met": "✓ met", "missed": "✗ missed", "inconclusive": "? inconclusive",
    "not measured": "✗ not measured",
}  # fmt: skip

_ALMOST_WHOLE: Final = 0.99  # where promises are made, such as 99.9 %
_LONG_S: Final = 119.5
_DOLLAR_UNITS: Final = ((1e9, " B"), (1e6, " M"), (1e3, " k"))
_DURATION_UNITS: Final = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def duration(seconds: float | None) -> str:
    """Write a time with three figures and its unit, such as `12.3 ms`; long ones as `2 h 5 min`."""
    if seconds is None:
        return MISSING
    size = abs(seconds)
    if size >= _LONG_S:
        return _long_duration(round(seconds))
    scale, unit = next((u for u in _DURATION_UNITS if size >= u[0] * 0.9995), _DURATION_UNITS[-1])
    return f"{figures(seconds / scale)} {unit}"


def _long_duration(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min {seconds % 60} s" if seconds % 60 else f"{minutes} min"


def brief_duration(seconds: float) -> str:
    """Write a time that was chosen, not measured, without idle zeros, such as `10 ms`."""
    if abs(seconds) >= _LONG_S:
        return duration(seconds)
    number, unit = duration(seconds).split(" ")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}"


def figures(value: float) -> str:
    """Write a number with three figures, or all of its whole ones."""
    size = abs(value)
    if 0 < size < 0.005:
        return f"{'-' if value < 0 else ''}<0.01"
    decimals = 0 if size >= 99.95 or size == 0 else 1 if size >= 9.995 else 2
    return f"{value:,.{decimals}f}"


def count(value: float | None) -> str:
    """Write a whole number with its thousands apart."""
    return MISSING if value is None else f"{value:,.0f}"


def share(value: float | None) -> str:
    """Write a share of 1 as per cent; one that is almost whole is never rounded up to it."""
    if value is None:
        return MISSING
    if _ALMOST_WHOLE <= value < 1:
        return f"{int(value * 100_000) / 1_000:.10g} %"
    return f"{figures(value * 100)} %"


def rate(value: float | None) -> str:
    """Write a number per second."""
    return MISSING if value is None else f"{figures(value)}/s"


def factor(value: float | None) -> str:
    """Write how many times larger something is."""
    return MISSING if value is None else f"{figures(value)} ×"


def memory(size: int | None) -> str:
    """Write a number of bytes, such as `148 MiB`."""
    return MISSING if size is None else f"{count(size / 2**20)} MiB"


def times(number: int | None) -> str:
    """Write how often something happened."""
    return "once" if number == 1 else f"{count(number)} times"


def seen(number: int | None) -> str:
    """Tell whether an event was seen; None stands for unknown."""
    return "? not counted" if number is None else "✓ seen" if number else "✗ never seen"


def money(value: float | None) -> str:
    """Write 1/10,000 USD as dollars and cents; fractions of a cent are cut off."""
    if value is None:
        return MISSING
    cents = abs(int(value)) // 100
    return f"{'-' if value < 0 else ''}${cents // 100:,}.{cents % 100:02}"


def dollars(value: float) -> str:
    """Write an amount in dollars briefly, such as `$1.5 M`."""
    scale, unit = next((u for u in _DOLLAR_UNITS if abs(value) >= u[0]), (1.0, ""))
    return f"${value / scale:,.10g}{unit}"


def time_of_day(seconds: float, *, with_seconds: bool = False) -> str:
    """Write seconds after midnight as `09:30` or `09:30:00`."""
    whole = round(seconds)
    text = f"{whole // 3600 % 24:02}:{whole // 60 % 60:02}"
    return f"{text}:{whole % 60:02}" if with_seconds else text


def metric(name: str, value: float | None) -> str:
    """Write the value of a metric in its unit; what counts something goes without."""
    write = _WRITERS.get(unit_of(name) or "", _number)
    return MISSING if value is None else write(value)


def _number(value: float) -> str:
    return count(value) if float(value).is_integer() else figures(value)


_WRITERS: Final[Mapping[str, Callable[[float], str]]] = {
    "seconds": duration, "share": share, "ratio": factor, "per_second": rate, "money": money,
}  # fmt: skip


def shown(name: str, metrics: Mapping[str, Any], undersampled: Collection[str]) -> str:
    """Write a metric; a dash where it is missing or too few values stand behind it."""
    return MISSING if name in undersampled else metric(name, metrics.get(name))


def operations(metrics: Mapping[str, Any]) -> list[str]:
    """Return what there are latencies of: operations first, then the ways of a tick."""
    names = {key.split(".")[1] for key in metrics if key.startswith("latency.")} - {"all"}
    return sorted(names, key=lambda name: (name.startswith(("price_", "profit_")), name))


def busiest(metrics: Mapping[str, Any]) -> list[str]:
    """Return the classes of actors by the share of worker time that they took, most first."""
    ending = ".worker_share"
    keys = [key for key in metrics if key.startswith("actors.") and key.endswith(ending)]
    keys.sort(key=lambda key: (-metrics[key], key))
    return [key.removeprefix("actors.").removesuffix(ending) for key in keys]
