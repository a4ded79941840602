"""Repeats a recorded run, as far as needed, to learn every hop of one of its commands.

A run records one row per command: recording each hop of a million orders would take longer than
the orders themselves. In virtual time a run can be repeated instead, with the same seed and the
same scenario; only what is asked for is noted. Whether it was the same run is checked: every
instant that was recorded of the command must come out again, to the microsecond.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from actors.addresses import book_of
from simulation.audit import Digest
from simulation.clients import MICROSECONDS
from simulation.collector import calm_collector
from simulation.commands import account_addresses
from simulation.driver import Progress, World
from simulation.journeys import Hop
from simulation.plan import Plan
from simulation.records import OPERATIONS
from simulation.timeline import Timeline
from simulation.tracing import Target, TracedFaultyRuntime, TracedRuntime, Tracing

_LAST_WORDS_S: Final = 5.0  # of virtual time, for acknowledgements that nobody waits for
_CANCEL: Final = OPERATIONS.index("cancel")

Row = dict[str, Any]


class Unrepeatable(ValueError):  # noqa: N818 - what is the matter, not that it is an error
    """A recorded run that was repeated has come out otherwise."""


class _Unwritten:
    """Stands for a run's folder and its tables, and keeps nothing."""

    path = Path()

    def table(self, _: str) -> _Unwritten:
        return self

    def append_columns(self, _: object) -> None:
        return


class TracedWorld(World):
    """The world of a run that is repeated: nothing is recorded, and nobody audits."""

    runtimes = TracedRuntime, TracedFaultyRuntime

    def __init__(self, plan: Plan, replay: Path | None) -> None:
        self.digest = Digest()
        nowhere: Any = _Unwritten()
        super().__init__(plan, nowhere, replay=replay, keep_journal=False)

    def _witness(self, keep_journal: bool) -> Any:
        return self.digest

    def trace(self, request: Row, order: Row | None) -> Tracing:
        """Begin to trace a command that was recorded."""
        runtime = self.runtime
        assert isinstance(runtime, Tracing)
        account = account_addresses(self.workload)[request["account"]]
        actors = {account, book_of(order["symbol"])} if order else set()
        order_id = order["order_id"] if order else ""
        traces = frozenset(self._rows_about(request["command_id"], account if order else ""))
        runtime.trace(Target(traces, order_id, frozenset(actors), account))
        return runtime

    def _rows_about(self, command_id: int, account: str) -> list[int]:
        """Return the rows of a command, and of those that would cancel what it placed."""
        workload = self.workload
        (rows,) = np.nonzero(workload.command_id == command_id)
        if account:
            is_cancel = (workload.operation == _CANCEL) & (workload.target == command_id)
            is_own = workload.account == workload.account[rows[0]]
            rows = np.append(rows, np.flatnonzero(is_cancel & is_own))
        return [int(row) for row in rows]

    def run_until(self, end_s: float, tracing: Tracing, progress: Progress | None) -> None:
        """Run to an instant before the end, and until what is traced has arrived."""
        self.timeline = Timeline(self.runtime, progress, end_s)
        self.env.run(until=end_s + 0.000_001)
        while tracing.is_under_way() and self.env.now < end_s + _LAST_WORDS_S:
            self.env.step()


def retrace(
    plan: Plan,
    request: Row,
    order: Row | None,
    *,
    replay: Path | None = None,
    digest: str = "",
    progress: Progress | None = None,
) -> list[Hop]:
    """Repeat a run until a command has its last word, and return every hop of it.

    Args:
        plan: Of the run.
        request: The command's row in the table `requests`.
        order: The row of the order that it placed, in the table `orders`.
        replay: The workload file that the run took.
        digest: Repeat the run to its end, and compare its digest with this one.
        progress: Called now and then with the virtual time and the end, in seconds.

    Raises:
        Unrepeatable: What was recorded has not come out again.
    """
    world = TracedWorld(plan, replay)
    tracing = world.trace(request, order)
    last_s = _last_instant_s(request, order)
    with calm_collector():
        if digest or last_s is None or last_s >= world.end_s:
            world.run(progress)
        else:
            world.run_until(last_s, tracing, progress)
    world.runtime.stop_all()
    if differs := _difference(tracing.hops, request, order):
        raise Unrepeatable(differs)
    if digest and (again := world.digest.hexdigest()) != digest:
        raise Unrepeatable(f"its digest was {digest[:16]}..., and is {again[:16]}... now")
    return tracing.hops


def _last_instant_s(request: Row, order: Row | None) -> float | None:
    """Return when the last thing happened that was recorded; None if something never did."""
    instants = [request["answered_us"]]
    if order is not None:
        instants += [order["closed_us"], order["executed_us"]]
        if order["closed_us"] < 0:
            return None
    return None if request["answered_us"] < 0 else max(instants) / MICROSECONDS


def _difference(hops: list[Hop], request: Row, order: Row | None) -> str:
    """Return what of the record has not come out again; empty if all has."""
    told = {round(hop.at_s * MICROSECONDS) for hop in hops if hop.outcome == "told"}
    happened = {(name, fact.get("at_us", 0)) for hop in hops for name, fact in hop.facts}
    recorded = [("answer", request["answered_us"], told)]
    if order is not None:
        for fact, column in (("OrderPlaced", "placed_us"), ("OrderClosed", "closed_us")):
            recorded.append((fact, order[column], {at for name, at in happened if name == fact}))
    for what, at_us, again in recorded:
        if at_us >= 0 and at_us not in again:
            shown = ", ".join(f"{instant:,}" for instant in sorted(again)) or "never"
            return f"{what}: recorded at {at_us:,} us, now {shown}"
    return ""
