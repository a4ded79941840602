"""Makes a small world that fails smaller, as long as the same invariant breaks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace as replaced
from typing import Any, Final, TypeVar

import msgspec

from actors.domain.market_hours import ALWAYS_OPEN
from simulation.explore.cast import REAL, Cast
from simulation.explore.draws import Draws
from simulation.explore.fault_mix import draw_likely_faults
from simulation.explore.hunt import quiet
from simulation.explore.small_world import Machines, SmallWorld
from simulation.explore.verdict import Verdict
from simulation.explore.world import play
from simulation.plan import FaultPlan
from simulation.streams import Streams

TIME_LIMIT_S: Final = 60.0
_REDRAWN_AT_MOST: Final = 500
_FEW_FAULTS: Final = 2

T = TypeVar("T")
_change = msgspec.structs.replace


class Shrunk(msgspec.Struct):
    """A small world that fails, made as small as time allowed.

    Attributes:
        world: The small world, with every decision for a fault named.
        verdict: What becomes of it.
        target: What breaks in it, and broke at first.
        tries: How many worlds were played.
    """

    world: SmallWorld
    verdict: Verdict
    target: str
    tries: int

    @property
    def size(self) -> tuple[int, int]:
        """How many commands and how many decisions for faults are left."""
        return len(self.world.steps), decisions(self.world)

    @property
    def size_in_words(self) -> str:
        """How much is left, like "2 commands and 1 fault"."""
        commands, faults = self.size
        return f"{_counted(commands, 'command')} and {_counted(faults, 'fault')}"

    def story(self) -> str:
        """Tell what broke: the invariant, the accounts before and after, the journal's slice."""
        return self.verdict.story(self.target)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def decisions(world: SmallWorld) -> int:
    """Count the decisions for faults; one left to chance counts as one."""
    return sum(max(1, len(fault.which)) for fault in world.faults)


def shrink(
    world: SmallWorld, cast: Cast = REAL, limit_s: float = TIME_LIMIT_S, target: str = ""
) -> Shrunk:
    """Return the smallest world found in which the same invariant breaks as in this one.

    Args:
        world: One that fails.
        cast: Who plays in it.
        limit_s: Wall-clock seconds after which the best one so far has to do.
        target: What is to break; else what showed first.

    Raises:
        ValueError: It does not break.
    """
    with quiet():
        shrinker = Shrinker(world, cast, limit_s, target)
        shrinker.shrink()
    return Shrunk(shrinker.best, shrinker.verdict, shrinker.target, shrinker.tries)


class Shrinker:
    """Tries smaller and smaller worlds.

    Args:
        world: One that fails.
        cast: Who plays in it.
        limit_s: Wall-clock seconds after which the best one so far has to do.
        target: What is to break; else what showed first.

    Attributes:
        best: The smallest world that failed so far.
        verdict: What became of it.
        target: What is to break.
        tries: How many were played.
    """

    def __init__(self, world: SmallWorld, cast: Cast, limit_s: float, target: str) -> None:
        self._cast = cast
        self._deadline_s = time.monotonic() + limit_s
        self.tries = 0
        self.best = world
        self.verdict, named = self._play(world)
        self.target = target or next(iter(self.verdict.signs), "")
        if self.target not in self.verdict.signs:
            raise ValueError(f"{target or 'nothing'} breaks in the small world of {world.seed}")
        self._fails(named)

    def shrink(self) -> None:
        """Make everything smaller in turn, until nothing gets smaller any more."""
        self._fails(_change(self.best, faults=()))
        self._cut_off()
        self._single_out()
        self._reduce_all()
        self._redraw()
        self._reduce_all()
        self._simplify()
        self.verdict, _ = self._play(self.best)

    def _reduce_all(self) -> None:
        before = None
        while before != self._measure() and not self._is_late():
            before = self._measure()
            self._reduce(self.best.steps, self._with_steps)
            self._reduce(_units(self.best.faults), self._with_units)
            self._reduce(self.best.ticks, lambda kept: _change(self.best, ticks=tuple(kept)))

    def _redraw(self) -> None:
        """Look for fewer faults that do the same, where several had to come together."""
        for seed in range(_REDRAWN_AT_MOST):
            if self._is_late() or decisions(self.best) <= _FEW_FAULTS:
                return
            kept, verdict = self.best, self.verdict
            draws = Draws(Streams(seed), "explore/redraw")
            faults = draw_likely_faults(draws, kept.faulty_s)
            if self._fails(_change(kept, seed=seed, faults=faults)):
                self._reduce(_units(self.best.faults), self._with_units)
                if decisions(self.best) >= decisions(kept):
                    self.best, self.verdict = kept, verdict

    def _measure(self) -> tuple[int, int, int]:
        return len(self.best.steps), decisions(self.best), len(self.best.ticks)

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline_s

    def _play(self, world: SmallWorld, until: str = "") -> tuple[Verdict, SmallWorld]:
        """Play a world; return also the same one with every decision for a fault named."""
        self.tries += 1
        verdict = play(world, self._cast, until)
        faults = tuple(
            replaced(world.faults[number], share=None, which=tuple(names))
            for number, names in verdict.decisions.items()
        )
        return verdict, _change(world, faults=faults)

    def _fails(self, candidate: SmallWorld) -> bool:
        """Take a world for the best one if the same breaks in it."""
        if self._is_late():
            return False
        verdict, named = self._play(candidate, self.target)
        if self.target not in verdict.signs:
            return False
        if decisions(named) < decisions(candidate) or not _is_named(candidate):
            again, _ = self._play(named, self.target)
            if self.target in again.signs:
                candidate, verdict = named, again
        self.best, self.verdict = candidate, verdict
        return True

    def _single_out(self) -> None:
        """Try each fault by itself: most failures need only one kind."""
        for fault in self.best.faults if len(self.best.faults) > 1 else ():
            if self._fails(_change(self.best, faults=(fault,))):
                return

    def _cut_off(self) -> None:
        """Leave out what comes after the first breach."""
        found = [f.at_us for f in self.verdict.audit.findings if f.invariant == self.target]
        if found and found[0] >= 0:
            steps = tuple(step for step in self.best.steps if step.at_us <= found[0])
            ticks = tuple(tick for tick in self.best.ticks if tick.at_us <= found[0])
            self._fails(_change(self.best, steps=steps, ticks=ticks))

    def _reduce(self, items: Sequence[T], make: Callable[[Sequence[T]], SmallWorld]) -> None:
        """Leave out ever smaller parts of something (delta debugging)."""
        parts = 2
        while items and not self._is_late():
            size = -(-len(items) // parts)
            for start in range(0, len(items), size):
                kept = [*items[:start], *items[start + size :]]
                if self._fails(make(kept)):
                    items, parts = kept, max(2, parts - 1)
                    break
            else:
                if size == 1:
                    return
                parts = min(len(items), 2 * parts)

    def _with_steps(self, kept: Sequence[Any]) -> SmallWorld:
        return _change(self.best, steps=tuple(kept))

    def _with_units(self, kept: Sequence[tuple[FaultPlan, str]]) -> SmallWorld:
        return _change(self.best, faults=_joined(kept))

    def _simplify(self) -> None:
        """Try plainer machines and rounder numbers, one thing at a time."""
        for name, value in msgspec.structs.asdict(Machines()).items():
            machines = _change(self.best.machines, **{name: value})
            if machines != self.best.machines:
                self._fails(_change(self.best, machines=machines))
        if self.best.market.hours != ALWAYS_OPEN:
            self._fails(_change(self.best, market=_change(self.best.market, hours=ALWAYS_OPEN)))
        for number in range(len(self.best.steps)):
            for name in ("quantity", "limit_price", "seen_price", "amount"):
                self._round(number, name)

    def _round(self, step_number: int, name: str) -> None:
        """Try rounder values for a number of a command."""
        value = getattr(self.best.steps[step_number], name)
        for plainer in (1, 10, 100, 10_000, 1_000_000, 100_000_000, 10_000_000_000):
            if plainer < value:
                steps = list(self.best.steps)
                steps[step_number] = _change(steps[step_number], **{name: plainer})
                if self._fails(self._with_steps(steps)):
                    return


def _is_named(world: SmallWorld) -> bool:
    return all(fault.which for fault in world.faults)


def _units(faults: tuple[FaultPlan, ...]) -> list[tuple[FaultPlan, str]]:
    """Return every decision for a fault by itself; one left to chance has no name."""
    return [(fault, name) for fault in faults for name in fault.which or ("",)]


def _joined(units: Sequence[tuple[FaultPlan, str]]) -> tuple[FaultPlan, ...]:
    """Put decisions together again, those of one fault into one."""
    which: dict[FaultPlan, list[str]] = {}
    for fault, name in units:
        which.setdefault(fault, []).append(name)
    return tuple(
        replaced(fault, which=tuple(name for name in names if name))
        for fault, names in which.items()
    )
