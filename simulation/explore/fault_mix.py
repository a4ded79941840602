"""Which faults a small world meets: a mix that its seed chooses, or all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from simulation.explore.draws import Draws
from simulation.faults.kinds import DISK_CRASHES
from simulation.plan import FaultKind, FaultPlan

_LINKS: Final = (
    ("account/*", "book/*"), ("book/*", "account/*"), ("exchange", "account/*"),
    ("account/*", "exchange"), ("client", "exchange"), ("stock/*", "book/*"),
    ("book/*", "stock/*"), ("node-1", "node-2"), ("*", "account/U1-1"),
)  # fmt: skip
_ANYONE: Final = (
    "account/*", "account/*", "book/*", "book/*", "*", "exchange", "stock/*", "market-data",
)  # fmt: skip
LONGEST_CUT_S: Final = 100.0
_LONG_CUTS: Final = 0.06
_CUTS: Final = (
    ("account/*", "book/*"), ("account/U1-1", "book/*"), ("exchange", "account/*"),
    ("stock/*", "book/*"),
)  # fmt: skip
_LIKELY: Final = (0.1, 0.3, 0.6)
_EARLY: Final = 0.2
_DELAYS_S: Final = (0.000_5, 0.005, 0.1)

Draw = Callable[[Draws, float], FaultPlan]


def draw_faults(
    draws: Draws, span_s: float, *, everything: bool, has_commit: bool
) -> tuple[FaultPlan, ...]:
    """Draw what goes wrong in a small world.

    Args:
        draws: Where chance comes from.
        span_s: Until when faults may happen.
        everything: One fault of each kind, instead of a few kinds.
        has_commit: Records become durable after a while, so that they can be lost before.
    """
    kinds = KINDS if everything else sorted({draws.pick(KINDS) for _ in range(draws.whole(1, 5))})
    possible = [kind for kind in kinds if has_commit or kind not in DISK_CRASHES]
    return tuple(_DRAWN[kind](draws, span_s) for kind in possible)


def draw_long_cut(draws: Draws, span_s: float) -> FaultPlan | None:
    """Draw, for a few worlds, a cut that outlasts half a dozen resends with their back-off."""
    if not draws.chance(_LONG_CUTS):
        return None
    where, to = draws.pick(_CUTS)
    at_s, for_s = draws.between(0.0, span_s * 0.7), draws.between(75.0, LONGEST_CUT_S)
    return FaultPlan("partition", at_s=at_s, for_s=for_s, where=where, to=to)


def draw_early_faults(draws: Draws, span_s: float) -> tuple[FaultPlan, ...]:
    """Draw, for some worlds, what goes wrong between stocks and their followers in the set-up.

    The exchange and the market data are spared: their operator lists a stock only once.
    """
    if not draws.chance(_EARLY):
        return ()
    crash: FaultKind = draws.pick(("crash_before_append", "crash_after_append"))
    downtime_s = _downtime_s(draws, span_s)
    for_s = min(draws.pick((0.01, 1.0)), span_s / 2)
    return (
        FaultPlan("drop", share=draws.pick(_LIKELY), for_s=for_s, where="*", to="stock/*"),
        FaultPlan("drop", share=draws.pick(_LIKELY), for_s=for_s, where="stock/*"),
        FaultPlan(
            crash, share=draws.pick(_LIKELY), for_s=for_s, amount=downtime_s,
            where=draws.pick(("stock/*", "book/*")),
        ),
    )  # fmt: skip


def ended_at(fault: FaultPlan, end_s: float) -> FaultPlan:
    """Return a fault that does not go on beyond an instant."""
    left_s = end_s - fault.at_s
    return replace(fault, for_s=left_s if fault.for_s is None else min(fault.for_s, left_s))


def draw_likely_faults(draws: Draws, span_s: float) -> tuple[FaultPlan, ...]:
    """Draw one or two faults that hit a large share of what they may hit."""
    drawn = []
    for kind in sorted({draws.pick(KINDS) for _ in range(draws.whole(1, 2))}):
        fault = _DRAWN[kind](draws, span_s)
        drawn.append(fault if fault.share is None else replace(fault, share=draws.pick(_LIKELY)))
    return tuple(drawn)


def _on_messages(kind: FaultKind, most: float, amounts: tuple[float, ...]) -> Draw:
    """Return what draws a fault that hits messages by chance."""

    def draw(draws: Draws, span_s: float) -> FaultPlan:
        share = most * draws.pick((0.1, 0.3, 1.0))
        amount = draws.pick(amounts) if amounts else None
        return FaultPlan(kind, share=share, amount=amount)

    return draw


def _on_links(kind: FaultKind) -> Draw:
    """Return what draws a fault that closes links for a while."""

    def draw(draws: Draws, span_s: float) -> FaultPlan:
        where, to = draws.pick(_LINKS)
        at_s, for_s = _while(draws, span_s)
        return FaultPlan(kind, at_s=at_s, for_s=for_s, where=where, to=to)

    return draw


def _on_boundaries(kind: FaultKind) -> Draw:
    """Return what draws crashes at a boundary of a handler's effects."""

    def draw(draws: Draws, span_s: float) -> FaultPlan:
        share = draws.pick((0.003, 0.01, 0.03))
        return FaultPlan(
            kind, share=share, where=draws.pick(_ANYONE), amount=_downtime_s(draws, span_s)
        )

    return draw


def _on_actors(kind: FaultKind) -> Draw:
    """Return what draws something that hits one actor at a time, again and again."""

    def draw(draws: Draws, span_s: float) -> FaultPlan:
        return FaultPlan(
            kind, at_s=draws.between(0.0, span_s / 2), every_s=span_s / draws.whole(2, 8),
            where=draws.pick(_ANYONE),
            amount=None if kind == "zombie" else _downtime_s(draws, span_s),
        )  # fmt: skip

    return draw


def _on_nodes(kind: FaultKind) -> Draw:
    """Return what draws something that hits a node once."""

    def draw(draws: Draws, span_s: float) -> FaultPlan:
        at_s = draws.between(0.0, span_s * 0.8)
        return FaultPlan(kind, at_s=at_s, where="node-*", amount=_downtime_s(draws, span_s))

    return draw


def _for_a_while(kind: FaultKind, where: str, amounts: tuple[float, ...]) -> Draw:
    """Return what draws a state that nodes or actors are in for a while."""

    def draw(draws: Draws, span_s: float) -> FaultPlan:
        at_s, for_s = _while(draws, span_s)
        amount = draws.pick(amounts) if amounts else None
        return FaultPlan(kind, at_s=at_s, for_s=for_s, where=where, amount=amount)

    return draw


def _while(draws: Draws, span_s: float) -> tuple[float, float]:
    return draws.between(0.0, span_s * 0.7), span_s * draws.between(0.05, 0.3)


def _downtime_s(draws: Draws, span_s: float) -> float:
    return max(0.001, span_s * draws.pick((0.001, 0.02, 0.2)))


_DRAWN: Final[dict[FaultKind, Draw]] = {
    "drop": _on_messages("drop", 0.2, ()),
    "duplicate": _on_messages("duplicate", 0.3, (0.000_1, 0.01, 1.0)),
    "delay": _on_messages("delay", 0.3, _DELAYS_S),
    "reorder": _on_messages("reorder", 0.3, (0.01, 1.0)),
    "slow_reports": _on_messages("slow_reports", 0.5, _DELAYS_S),
    "failing_reports": _on_messages("failing_reports", 0.5, ()),
    "partition": _on_links("partition"),
    "partition_one_way": _on_links("partition_one_way"),
    "clogged_link": _on_links("clogged_link"),
    "crash_before_append": _on_boundaries("crash_before_append"),
    "crash_after_append": _on_boundaries("crash_after_append"),
    "crash_between_sends": _on_boundaries("crash_between_sends"),
    "crash": _on_actors("crash"),
    "zombie": _on_actors("zombie"),
    "node_crash": _on_nodes("node_crash"),
    "torn_record": _on_nodes("torn_record"),
    "lost_tail": _on_nodes("lost_tail"),
    "full_disk": _for_a_while("full_disk", "node-*", ()),
    "slow_node": _for_a_while("slow_node", "node-*", (3.0, 30.0)),
    "paused_node": _for_a_while("paused_node", "node-*", ()),
    "clock_skew": _for_a_while("clock_skew", "*", (0.001, 0.1, 5.0)),
    "rolling_upgrade": _for_a_while("rolling_upgrade", "*", ()),
}
KINDS: Final[tuple[FaultKind, ...]] = tuple(_DRAWN)
"""Every kind of fault that a small world can meet."""
