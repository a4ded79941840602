"""What goes wrong at an instant, or from one instant to another, whatever messages there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import inf, isfinite
from typing import TYPE_CHECKING, Final

from actors.messages.base import Address
from simulation.cluster import Node
from simulation.faults.fate import amount_of
from simulation.faults.injector import Injector
from simulation.faults.kinds import ACTOR_KINDS, DISK_CRASHES, NODE_KINDS, NODE_STATES
from simulation.plan import FaultPlan

if TYPE_CHECKING:
    from simulation.faults.runtime import FaultyRuntime

_UPGRADES_WITHIN_S: Final = 60.0  # where nothing says when they end


class FaultSchedule:
    """Lets the faults of a runtime come and go on time."""

    def __init__(self, runtime: FaultyRuntime, injector: Injector) -> None:
        self._runtime = runtime
        self._injector = injector
        self._fitting: dict[int, list[Address]] = {}

    def start(self) -> None:
        """Arm the first timer of each fault."""
        for number, fault in self._injector.of_kinds(ACTOR_KINDS | NODE_KINDS):
            self._arm(number, fault, 0, self._strike)
        for number, fault in self._injector.of_kinds(NODE_STATES | {"clock_skew"}):
            self._arm(number, fault, 0, self._begin)
        for number, fault in self._injector.of_kinds(["rolling_upgrade"]):
            self._arm(number, fault, 0, self._roll)
        if isfinite(self._injector.end_s):
            self._at(self._injector.end_s, self._runtime.end_zombies)

    def _at(self, instant_s: float, act: Callable[[], None]) -> None:
        self._runtime._after(max(0.0, instant_s - self._runtime.now), act)

    def _arm(
        self, number: int, fault: FaultPlan, turn: int, act: Callable[[int, FaultPlan, int], None]
    ) -> None:
        instant_s = fault.at_s + turn * (fault.every_s or 0.0)
        if instant_s >= self._last_turn_s(fault):
            return

        def strike() -> None:
            act(number, fault, turn)
            if fault.every_s is not None:
                self._arm(number, fault, turn + 1, act)

        self._at(instant_s, strike)

    def _last_turn_s(self, fault: FaultPlan) -> float:
        """Return when a fault does not come back any more: crashes go on for `for_s`."""
        is_instant = fault.kind in ACTOR_KINDS | NODE_KINDS
        span_s = fault.for_s if is_instant and fault.for_s is not None else inf
        return min(self._injector.end_s, fault.at_s + span_s)

    def _strike(self, number: int, fault: FaultPlan, turn: int) -> None:
        if fault.kind in NODE_KINDS:
            self._strike_nodes(number, fault, turn)
            return
        for name, address in self._chosen(fault, turn, self._actors(number, fault)):
            if fault.kind == "zombie":
                self._runtime.fail_over_at_work(address, number, name)
            elif self._runtime.cells[address].alive:
                self._fire(number, name, address)
                self._runtime.take_down(address, amount_of(fault))

    def _strike_nodes(self, number: int, fault: FaultPlan, turn: int) -> None:
        nodes = self._nodes(fault)
        for name, node_name in self._chosen(fault, turn, list(nodes)):
            if fault.kind in DISK_CRASHES:
                self._runtime.trap(nodes[node_name], number, fault, name)
            else:
                self._fire(number, name, node_name)
                self._runtime.crash_node(nodes[node_name], amount_of(fault))

    def _fire(self, number: int, name: str, where: str) -> None:
        self._injector.fire(number, name, where, self._runtime.now)

    def _actors(self, number: int, fault: FaultPlan) -> list[Address]:
        if number not in self._fitting:
            cells = self._runtime.cells
            self._fitting[number] = [a for a in cells if self._injector.fits(fault.where, a)]
        return self._fitting[number]

    def _nodes(self, fault: FaultPlan) -> dict[str, Node]:
        nodes = {node.name: node for node in self._runtime.cluster.nodes}
        return {name: nodes[name] for name in nodes if self._injector.fits(fault.where, name)}

    def _chosen(
        self, fault: FaultPlan, turn: int, candidates: list[str]
    ) -> Iterator[tuple[str, str]]:
        """Yield the decisions that fire with whom they hit: by name, by chance, or one."""
        if fault.share is None and candidates and not fault.which:
            draw = self._injector.chances(f"{fault.kind} {fault.where} #{turn}")[0]
            where = candidates[draw % len(candidates)]
            yield f"{fault.kind} {where} #{turn}", where
            return
        for where in candidates:
            name = f"{fault.kind} {where} #{turn}"
            if name in fault.which or (
                fault.share is not None
                and not fault.which
                and self._injector.chance(name) < fault.share
            ):
                yield name, where

    def _begin(self, number: int, fault: FaultPlan, turn: int) -> None:
        ends_s = self._injector.ends_s(fault, self._runtime.now)
        if fault.kind == "clock_skew":
            for name, address in self._chosen(fault, turn, self._actors(number, fault)):
                self._fire(number, name, address)
                is_ahead = self._injector.chances(name)[1] % 2
                self._skew(address, amount_of(fault) * (1 if is_ahead else -1), ends_s)
            return
        nodes = self._nodes(fault)
        for name, node_name in self._chosen(fault, turn, list(nodes)):
            self._hamper(nodes[node_name], number, fault, name, ends_s)

    def _skew(self, address: Address, skew_s: float, ends_s: float) -> None:
        skews = self._runtime.skews
        skews[address] = skews.get(address, 0.0) + skew_s

        def end() -> None:
            skews[address] -= skew_s

        self._end_at(ends_s, end)

    def _hamper(self, node: Node, number: int, fault: FaultPlan, name: str, ends_s: float) -> None:
        """Put a node into a state that ends."""
        runtime = self._runtime
        if fault.kind == "full_disk":
            runtime.full_disks[node.name] = number, name  # it fires when an append is refused
            runtime.disk.full.add(node.name)
            self._end_at(ends_s, lambda: runtime.disk.full.discard(node.name))
            return
        self._fire(number, name, node.name)
        if fault.kind == "paused_node":
            runtime.paused_until[node] = ends_s
        else:
            factor = amount_of(fault)
            _set_speed(node, node.speed / factor)
            self._end_at(ends_s, lambda: _set_speed(node, node.speed * factor))

    def _end_at(self, ends_s: float, end: Callable[[], None]) -> None:
        if isfinite(ends_s):
            self._at(ends_s, end)

    def _roll(self, number: int, fault: FaultPlan, turn: int) -> None:
        """Upgrade each actor once, at a time that its name decides."""
        injector, now_s = self._injector, self._runtime.now
        span_s = injector.ends_s(fault, now_s) - now_s
        if not isfinite(span_s):
            span_s = _UPGRADES_WITHIN_S
        for name, address in self._each(fault, turn, self._actors(number, fault)):
            delay_s = injector.chances(name)[1] / 2.0**64 * span_s
            self._runtime._after(delay_s, partial(self._upgrade, number, name, address))

    def _each(
        self, fault: FaultPlan, turn: int, candidates: list[str]
    ) -> Iterator[tuple[str, str]]:
        everyone = fault if fault.which or fault.share is not None else replace(fault, share=1.0)
        return self._chosen(everyone, turn, candidates)

    def _upgrade(self, number: int, name: str, address: Address) -> None:
        if self._runtime.cells[address].alive:
            self._fire(number, name, address)
            self._runtime.upgrade(address)


def _set_speed(node: Node, speed: float) -> None:
    node.speed = speed
    node.service_times.clear()
