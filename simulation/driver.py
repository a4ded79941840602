"""The driver of a run: set up, send everything on time, drain, judge, and write it all down."""

from __future__ import annotations

import gc
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from actors.account_state import AccountState
from actors.addresses import EXCHANGE
from actors.domain.market_hours import with_early_limits
from actors.runtimes.mailbox import OWN_TIMERS
from simulation.abort import LimitBroken, watchdog_of
from simulation.audit.balances import balances_of
from simulation.audit.journal_file import staleness_bound_us
from simulation.clients import MICROSECONDS, Clients
from simulation.clock import Clock
from simulation.collector import calm_collector
from simulation.commands import SCREEN
from simulation.faults import Injector
from simulation.faults.before import note_them, with_early_close, with_gaps, with_spikes
from simulation.faults.runtime import FaultyRuntime
from simulation.freshness import RENEWED_AFTER_S, subscribers_are_fresh
from simulation.notices import Notices
from simulation.onlookers import TOLD, Onlooker, let_look_on
from simulation.own_cost import OwnCost
from simulation.plan import Plan
from simulation.prices import PriceTape, make_tape
from simulation.run_folder import RunFolder
from simulation.sender import Ticker
from simulation.set_up import end_set_up, make_runtime, market_hours_of, open_brokerage
from simulation.spans import Spans
from simulation.streams import Streams
from simulation.timeline import PerSecond, Timeline, write_actors, write_faults
from simulation.virtual_time import VirtualTimeRuntime
from simulation.witness import Charge, Testimony, Witness, WitnessProcess
from simulation.workload import Workload, WorkloadError, make_workload, read_workload
from simulation.workload.details import wishes_of
from simulation.workload.numbering import Numbering, refuse_unknown_accounts
from simulation.workload.workload import ORDER_SEARCH, PREFER, TRANSACTIONS

SET_UP_S = 60.0  # virtual seconds before the start, in which accounts and stocks come to be
_LOOK_EVERY_S = 0.25  # virtual seconds; asking every actor for its outbox takes its time
COMMANDS_WORTH_A_PROCESS = 50_000  # from here on the witness has a process of its own
_DELAY_SHAPE = 4.0  # of the gamma distribution of network delays: a mode, and a modest tail

Progress = Callable[[float, float], None]
Runtimes = tuple[type[VirtualTimeRuntime], type[FaultyRuntime]]

_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        digest: SHA-256 over the journal in order; equal seeds have equal digests.
        audit_passed: Nothing was lost.
        interrupted: It was stopped from outside; what was recorded is kept.
        failures: Handlers that raised: bugs.
        aborted: Why a limit has ended it early, in words; empty if none has.
    """

    digest: str
    audit_passed: bool
    interrupted: bool
    failures: int
    aborted: str = ""


class World:
    """Everything that a run in virtual time consists of, set up and ready to go.

    Attributes:
        runtimes: What serves the actors, without and with faults.
    """

    runtimes: Runtimes = (VirtualTimeRuntime, FaultyRuntime)

    def __init__(
        self, plan: Plan, folder: RunFolder, *, replay: Path | None, keep_journal: bool
    ) -> None:
        self.plan = plan
        self.folder = folder
        streams = Streams(plan.seed, 0)
        self.tape = make_tape(plan, streams)
        self.workload = self._workload(streams, replay)
        self.tape = with_gaps(self.tape, plan)
        self.env = Clock(initial_time=-SET_UP_S)
        planned = market_hours_of(plan)
        self.injector = Injector(plan.seed, plan.faults, plan.end_s)
        note_them(self.injector, planned, self.tape)
        closing = with_early_close(planned, plan)
        self.hours = with_early_limits(closing) if plan.market.early_limits else closing
        self.runtime = make_runtime(plan, self.env, self.injector, *self.runtimes)
        self.witness = self._witness(keep_journal)
        self.runtime.follow(self.witness)
        accounts = max(Numbering(self.workload).firsts, plan.users.count)
        self.brokerage = open_brokerage(
            self.runtime, plan, self.hours, self.tape, accounts,
            searchable=bool(np.isin(self.workload.operation, (ORDER_SEARCH, TRANSACTIONS)).any()),
        )  # fmt: skip
        self.onlookers: list[Onlooker] = []
        if plan.subscriptions is not None:
            symbols = self.tape.symbols
            self.onlookers = let_look_on(self.brokerage, plan.subscriptions, symbols)
        self.notices: Notices | None = None
        if plan.notifications is not None:
            self.notices = Notices(self.runtime, plan.notifications, plan.seed)
            self.notices.set_up(accounts, self.tape, streams)
        end_set_up(self.runtime)
        self.spans = Spans(len(self.workload), round(plan.warm_up_s * MICROSECONDS))
        self.clients = self._clients(streams)
        self.runtime.attach(SCREEN, lambda _: None)
        self.ticker = Ticker(self.runtime, self.tape)

    def _clients(self, streams: Streams) -> Clients:
        return Clients(
            self.runtime, self.workload, self._delays(streams), self.folder.table("requests"),
            self.plan.users.retry_after_s, SCREEN if self.plan.subscriptions else "",
            spans=self.spans, open_account=self.brokerage.start_account,
        )  # fmt: skip

    def _workload(self, streams: Streams, replay: Path | None) -> Workload:
        if replay is None:
            return make_workload(with_spikes(self.plan), self.tape, streams).narrowed()
        workload = with_quotes(read_workload(replay, self.tape.symbols), self.tape)
        refuse_strangers(workload, self.plan, replay)
        return workload.narrowed()

    def _witness(self, keep_journal: bool) -> Witness | WitnessProcess:
        charge = Charge(
            str(self.folder.path),
            self.hours,
            self.plan.accepted_share,
            keep_journal,
            self.plan.market.collar_bp,
            any(fault.kind == "duplicate" for fault in self.plan.faults),
            staleness_bound_us(plan_as_json(self.plan)),
            round(self.plan.warm_up_s * MICROSECONDS),
        )
        is_large = len(self.workload) >= COMMANDS_WORTH_A_PROCESS and (os.cpu_count() or 1) > 1
        return WitnessProcess(charge) if is_large else Witness(charge)

    def _delays(self, streams: Streams) -> np.ndarray[Any, np.dtype[np.float64]]:
        mean_s = self.plan.cluster.client_delay_s
        rng = streams.get("network")
        size = (2, len(self.workload))
        return rng.gamma(_DELAY_SHAPE, mean_s / _DELAY_SHAPE, size) if mean_s else np.zeros(size)

    @property
    def end_s(self) -> float:
        """When the last command is meant, and the market's close if that comes with it."""
        last_us = int(self.workload.intended_us[-1]) if len(self.workload) else 0
        return max(self.plan.end_s, last_us / MICROSECONDS)

    def run(self, progress: Progress | None) -> None:
        """Send everything, and let everything come to rest."""
        self.timeline = Timeline(self.runtime, progress, self.end_s)
        watchdog = watchdog_of(self.plan, self.workload, self.env)
        if watchdog is not None:
            self.clients.judged_by = watchdog
            watchdog.watch(self.clients, self.end_s)
        self.env.run(until=self.end_s + 0.000_001)
        self.clients.reconcile()
        deadline_s = self.end_s + self.plan.drain_s
        while not self.at_rest() and self.env.now < deadline_s:
            if self.is_quiet():
                self.env.run(until=self.env.now + _LOOK_EVERY_S)
            else:
                self.env.step()

    def is_quiet(self) -> bool:
        """Tell whether everything is sent and nothing is on its way."""
        is_sent = self.clients.sender.is_done and self.ticker.sender.is_done
        return is_sent and self.runtime.is_idle()

    def at_rest(self) -> bool:
        """Tell whether nobody waits for anything any more, be it for a reminder."""
        return (
            self.is_quiet()
            and self.clients.is_settled()
            and not any(cell.actor.outbox() for cell in self.runtime.cells.values())
            and (self.plan.subscriptions is None or self.screens_are_fresh())
        )

    def screens_are_fresh(self) -> bool:
        """Tell whether everybody who was logged in has been told the latest prices.

        Where messages could be lost, the next renewal after that must be over.
        """
        is_renewed = not self.plan.faults or self.env.now > self.plan.end_s + RENEWED_AFTER_S
        return is_renewed and subscribers_are_fresh(self.runtime)

    def judge(self, *, interrupted: bool) -> Testimony:
        """Let the witness judge; what was interrupted is not expected to be at rest."""
        for address, cell in self.runtime.cells.items():
            live, folded = cell.actor.state, self.runtime.rebuilt(address).state
            # Equal sets may be encoded in different orders, so states are compared as values.
            shown = (b"", b"") if live == folded else (_encode(live), _encode(folded))
            self.witness.compare_folded(address, *shown)
            if isinstance(live, AccountState):
                self.witness.compare_balances(address, balances_of(live))
        self._measure()
        return self.witness.testify(at_rest=not interrupted)

    def _measure(self) -> None:
        """Tell the witness how full mailboxes were, and how many commands the exchange awaits."""
        exchange: Any = self.runtime.cells[EXCHANGE].actor
        limit = self.plan.in_flight_limit
        self.witness.measured(EXCHANGE, "commands in flight", len(exchange.in_flight), limit)
        capacity = self.plan.cluster.mailbox_capacity + OWN_TIMERS
        for node in self.runtime.cluster.nodes:
            for kind, tally in node.tallies.items():
                what = f"messages in the deepest mailbox of {kind}"
                self.witness.measured(node.name, what, tally.depth_max, capacity)

    def abandon(self) -> None:
        """Keep what can be kept of a run that came to grief."""
        self.witness.abandon()
        self.clients.finish()

    def record(self, testimony: Testimony, wall_s: float, cost: OwnCost) -> None:
        """Write what is not written yet."""
        self.clients.finish()
        self.timeline.close()
        self.timeline.write(
            self.folder.table("timeline"), self.workload.intended_us, self.clients.per_second
        )
        self.timeline.write_queues(self.folder.table("queues"))
        write_actors(self.folder.table("actors"), self.runtime)
        self.spans.write(self.folder.table("spans"), self.workload, self.runtime)
        if self.plan.faults:
            write_faults(self.folder.table("faults"), self.injector)
        self.folder.write_json("audit.json", testimony.audit)
        self.folder.write_json("counters.json", self.counters(testimony, wall_s) | cost.taken())

    def counters(self, testimony: Testimony, wall_s: float) -> dict[str, Any]:
        """Return the counts that no table holds."""
        runtime = self.runtime
        events = self.clients.events + Counter(testimony.events)
        if told := sum(onlooker.told for onlooker in self.onlookers):
            events[TOLD] = told
        return {
            "events": dict(sorted(events.items())),
            "digest": testimony.digest,
            "ledger_cash": testimony.cash,
            "updates": testimony.updates,
            "wall_s": wall_s,
            "virtual_s": self.env.now,
            "messages": sum(
                tally.messages for node in runtime.cluster.nodes for tally in node.tallies.values()
            ),
            "batches": runtime.journal.batches,
            "commands": len(self.workload),
            "ticks": len(self.tape),
            "opening_prices": dict(zip(self.tape.symbols, self.tape.opening.tolist(), strict=True)),
            "unanswered": self.clients.unanswered(),
            "dead_letters": dict(runtime.dead_letters),
            "restarts": runtime.supervisor.total,
            "failures": [asdict(failure) for failure in runtime.supervisor.failures],
            "is_at_rest": self.at_rest(),
            "fenced": runtime.supervisor.fenced,
            "alarms": runtime.supervisor.alarm_count,
            "repeated": self.clients.repeated(),
            "faults": self.injector.counts(),
            "channels": {} if self.notices is None else self.notices.counts(),
            "faults_in_vain": [
                f"fault {number + 1}: {fault.kind}" for number, fault in self.injector.never_fired()
            ],
        }


def run(
    plan: Plan,
    folder: RunFolder,
    *,
    replay: Path | None = None,
    keep_journal: bool = False,
    progress: Progress | None = None,
    watch: Callable[[PerSecond], None] = lambda answers: None,
) -> Outcome:
    """Run a plan in virtual time and record it.

    Args:
        plan: What to run.
        folder: Where it is recorded.
        replay: A workload file to take instead of generating one.
        keep_journal: Keep all facts, so that the run can be audited again.
        progress: Called now and then with the virtual time and the end, in seconds.
        watch: Called once with what counts the answers.

    Raises:
        ValueError: A file that the plan names cannot be used; says what is wrong and where.
    """
    folder.write_json("plan.json", plan_as_json(plan))
    outcome = _run(plan, folder, progress, watch, replay=replay, keep_journal=keep_journal)
    # Actors and runtime know each other, and whoever reads the run next needs their room.
    gc.collect()
    return outcome


def _run(
    plan: Plan,
    folder: RunFolder,
    progress: Progress | None,
    watch: Callable[[PerSecond], None],
    *,
    replay: Path | None,
    keep_journal: bool,
) -> Outcome:
    started_s, cost = time.perf_counter(), OwnCost()
    with calm_collector():  # what is made here lives to the end
        world = World(plan, folder, replay=replay, keep_journal=keep_journal)
    watch(world.clients.per_second)
    interrupted, aborted = False, ""
    with calm_collector():
        try:
            world.run(progress)
        except KeyboardInterrupt:
            interrupted = True
        except LimitBroken as broken:
            aborted = str(broken)
        except BaseException:
            world.abandon()
            raise
    testimony = world.judge(interrupted=interrupted or bool(aborted))
    world.record(testimony, time.perf_counter() - started_s, cost)
    world.runtime.stop_all()
    world.brokerage.history.close()
    failures = world.runtime.supervisor.total
    return Outcome(testimony.digest, testimony.passed, interrupted, failures, aborted)


def refuse_strangers(workload: Workload, plan: Plan, file: Path) -> None:
    """Check that a workload file is one for this plan.

    Raises:
        WorkloadError: It has a user, an account, a channel or an instant that the plan does not
            know.
    """
    refuse_unknown_accounts(workload, plan.users.count, file)
    last_s = int(workload.intended_us[-1]) / MICROSECONDS
    if last_s > plan.end_s:
        raise WorkloadError(
            f"{file}: a command at {last_s:g} s, but the scenario ends at {plan.end_s:g} s; "
            "lengthen its duration, or replay with the scenario the file was made for"
        )
    known = set() if plan.notifications is None else {
        channel.channel for channel in plan.notifications.channels
    }  # fmt: skip
    wished = {workload.details[code] for code in workload.detail[workload.operation == PREFER]}
    named = {channel.value for wishes in wished for channel, _ in wishes_of(wishes)}
    if strange := sorted(named - known):
        raise WorkloadError(
            f"{file}: a preference for {strange[0]}, but the scenario has no table "
            f"[notifications.{strange[0]}]; add one, or replay with the scenario the file was "
            "made for"
        )


def with_quotes(workload: Workload, tape: PriceTape) -> Workload:
    """Let customers see the current quote where their workload file names none."""
    missing = np.flatnonzero((workload.seen_price == 0) & (workload.order_type >= 0))
    seen = workload.seen_price.copy()
    seen[missing] = tape.price_at(workload.symbol[missing], workload.intended_us[missing])
    names = [name for name in Workload.__dataclass_fields__ if name != "seen_price"]
    return Workload(seen_price=seen, **{name: getattr(workload, name) for name in names})


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain values; paths become text."""
    value: dict[str, Any] = msgspec.to_builtins(asdict(plan), enc_hook=str)
    return value
