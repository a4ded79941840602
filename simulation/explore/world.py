"""Runs a small world: safety while faults happen, then everything heals and must come to rest."""

from __future__ import annotations

import traceback
from decimal import Decimal
from typing import Any, Final

import msgspec

from actors.account_state import AccountState
from actors.addresses import (
    EXCHANGE,
    MARKET_DATA,
    account_of,
    alerts_of,
    book_of,
    feed_of,
    notifier_of,
    owner_of,
    stock_of,
    view_of,
    watchlist_of,
)
from actors.domain.money import UNITS_PER_DOLLAR
from actors.domain.notifications import Channel
from actors.messages.base import Address
from actors.messages.control import RegisterAccount
from actors.messages.market import ListStock, SetPrice
from actors.messages.watching import FollowSessions
from actors.order_history import OrderHistory
from actors.runtimes.mailbox import OWN_TIMERS, Overflow
from actors.runtimes.supervision import Failure
from simulation.audit import Auditor
from simulation.audit.balances import balances_of
from simulation.channels import ChannelModel, pace_of
from simulation.clock import Clock
from simulation.cluster import Cluster, Node
from simulation.explore.cast import REAL, Cast
from simulation.explore.clients import Clients, Conversation
from simulation.explore.fact_watch import FactWatch
from simulation.explore.late import is_gentle
from simulation.explore.small_world import (
    RECORDS,
    SCREEN,
    STALE_AFTER_S,
    SmallWorld,
    Tick,
    symbol_of,
    user_of,
)
from simulation.explore.verdict import Chain, Trouble, Verdict
from simulation.explore.watching import MessageWatch, Watching, watched
from simulation.faults import Injector
from simulation.freshness import RENEWED_AFTER_S, subscribers_are_fresh
from simulation.history_desk import SimulatedDesk
from simulation.service_times import load_service_times

CRASH: Final = "the run itself raised"
"""How the names of troubles begin that are no actor's."""
NO_REST: Final = "no rest"
"""The name of the trouble that a world goes on and on."""

SET_UP_S: Final = 1.0
STEPS_AT_MOST: Final = 40_000
_MICROSECONDS: Final = 1_000_000
_LOOK_AFTER_S: Final = 0.25

_encode = msgspec.msgpack.Encoder().encode
_service_times = load_service_times()


class StepLimit(Exception):  # noqa: N818 - named for what happened
    """A small world took more steps than any that comes to rest."""


class Run:
    """One run of a small world, set up and ready to go."""

    def __init__(self, world: SmallWorld, cast: Cast = REAL) -> None:
        self.world = world
        self.cast = cast
        # Faults begin at 0 s.
        self.env = Clock(initial_time=0.0 if world.begins_faulty else -SET_UP_S)
        self.injector = Injector(world.seed, world.faults, world.faulty_s)
        self.watch = MessageWatch()
        self.runtime = self._runtime()
        self.auditor = Auditor(
            world.market.hours,
            collar_bp=world.market.collar_bp,
            copies=any(fault.kind == "duplicate" for fault in world.faults),
            staleness_us=int(STALE_AFTER_S * _MICROSECONDS) if is_gentle(world.faults) else None,
        )
        self.chain = Chain()
        self.runtime.follow(self.auditor)
        self.runtime.follow(self.chain)
        collar_bp = world.market.collar_bp
        undos = {step.command_id for step in world.steps if step.operation == "undo"}
        self.runtime.follow(FactWatch(self.runtime, collar_bp, self.watch.seen, undos))
        self.history = self._open_history()
        self.steps = 0
        self._until = ""
        self.troubles: list[Trouble] = []
        self._open()
        self.clients = Clients(self.runtime, world, self._open_account)
        for tick in world.ticks:
            self._await(tick)

    def _runtime(self) -> Watching:
        machines, cast = self.world.machines, self.cast
        nodes = [
            Node(self.env, f"node-{number}", machines.workers, machines.speed)
            for number in range(1, machines.nodes + 1)
        ]
        runtime = watched(cast.runtime)(
            self.env,
            Cluster(nodes),
            injector=self.injector,
            is_encoded=machines.is_encoded,
            service_times=_service_times,
            commit_s=machines.commit_s,
            client_delay_s=machines.client_delay_s,
            node_delay_s=machines.node_delay_s,
            journal=cast.journal(keep_all=not machines.snapshots),
            mailbox_capacity=machines.mailbox_capacity,
            overflow=Overflow.DROP_OLDEST if machines.drops_oldest else Overflow.REFUSE_NEWEST,
        )
        runtime.watch = self.watch
        return runtime

    def _open_history(self) -> OrderHistory | None:
        """Keep the history of orders, if anybody will look something up."""
        if not any(step.operation in RECORDS for step in self.world.steps):
            return None
        history = OrderHistory()
        self.runtime.follow(history)
        SimulatedDesk(self.runtime, history)
        return history

    def _open(self) -> None:
        """Start all actors, and let them get to know each other."""
        world, cast, runtime = self.world, self.cast, self.runtime
        market = world.market
        runtime.spawn(EXCHANGE, cast.exchange, market.in_flight_limit)
        runtime.spawn(MARKET_DATA, cast.market_data)
        for plan in world.channels:
            channel = Channel(plan.channel)
            runtime.spawn(notifier_of(channel), cast.notifier, channel, pace_of(plan))
            ChannelModel(runtime, plan, world.seed)
        for number, price in enumerate(market.opening):
            symbol = symbol_of(number)
            first = Decimal(price) / UNITS_PER_DOLLAR
            runtime.spawn(stock_of(symbol), cast.stock, symbol, symbol, first)
            runtime.spawn(book_of(symbol), cast.book, symbol, market.hours)
            if world.channels:
                runtime.spawn(alerts_of(symbol), cast.alerts, symbol)
            runtime.send(EXCHANGE, ListStock(symbol, symbol))
            runtime.send(MARKET_DATA, ListStock(symbol, symbol))
            runtime.run_until_idle()  # a small mailbox would refuse all of it at once
        for user in map(user_of, range(1, world.accounts + 1)):
            self._open_account(account_of(user))
            runtime.send(EXCHANGE, RegisterAccount(account_of(user), user))
            runtime.run_until_idle()
        if world.conflation_s is not None:
            self._open_watching(round(world.conflation_s * _MICROSECONDS))
        if self.env.now < 0.0:
            self.env.run(until=0.0)

    def _open_account(self, address: Address) -> None:
        """Start an account, unless it is there; whoever asked for it registers it."""
        if address not in self.runtime.cells:
            market, user = self.world.market, owner_of(address)
            self.runtime.spawn(address, self.cast.account, user, market.collar_bp, market.hours)

    def _open_watching(self, interval_us: int) -> None:
        """Let everybody have a watch list and a live portfolio."""
        world, cast, runtime = self.world, self.cast, self.runtime
        runtime.attach(SCREEN, lambda _: None)
        for number, price in enumerate(world.market.opening):
            symbol = symbol_of(number)
            runtime.spawn(feed_of(symbol), cast.feed, symbol, price)
        for user in map(user_of, range(1, world.accounts + 1)):
            account = account_of(user)
            runtime.spawn(watchlist_of(user), cast.watchlist, user, interval_us)
            runtime.spawn(view_of(account), cast.view, account, interval_us)
            for follower in (watchlist_of(user), view_of(account)):
                runtime.send(EXCHANGE, FollowSessions(account, follower))
                runtime.run_until_idle()

    def _await(self, tick: Tick) -> None:
        stock, message = stock_of(symbol_of(tick.symbol)), SetPrice(tick.price)
        self.runtime._after(tick.at_us / _MICROSECONDS, lambda: self.runtime.send(stock, message))

    def play(self, until: str = "") -> None:
        """Let everything happen that the world says, then wait until it has come to rest.

        Args:
            until: Invariant whose first breach ends the run at once.
        """
        self._until = until
        try:
            healed_s = self.world.faulty_s
            self._advance(healed_s)
            deadline_s = healed_s + self.world.settle_s
            while self.env.now < deadline_s and not self._is_broken() and not self.at_rest():
                wait_s = max(_LOOK_AFTER_S, (self.env.now - healed_s) / 8)
                self._advance(min(self.env.now + wait_s, deadline_s))
            self._blame()
        except StepLimit as error:
            self.troubles.append(Trouble(NO_REST, str(error)))
        except Exception as error:
            # Whoever reads along, or the world itself: not an actor, whose errors are caught.
            where = traceback.extract_tb(error.__traceback__)[-1]
            name = f"{CRASH}: {type(error).__name__}"
            place = f"{where.filename}:{where.lineno}"
            self.troubles.append(Trouble(name, f"{type(error).__name__}: {error} at {place}"))

    def _blame(self) -> None:
        """Name who has not come to rest, if anybody has not and there was time for it."""
        if self._is_broken() or self.at_rest():
            return
        cells = self.runtime.cells
        owing = [address for address, cell in cells.items() if cell.actor.outbox()]
        down = [address for address, cell in cells.items() if not cell.alive]
        waiting = self.clients.unsettled(self._is_waiting)
        self.troubles.append(
            Trouble(
                NO_REST,
                f"{self.world.settle_s:g} s after everything healed, unconfirmed: "
                f"{', '.join(owing) or 'none'}; down: {', '.join(down) or 'none'}; commands "
                f"without the last word: {', '.join(map(str, waiting)) or 'none'}",
            )
        )

    def _advance(self, until_s: float) -> None:
        """Step the clock to an instant.

        Raises:
            StepLimit: The world does not come to rest.
        """
        env, step = self.env, self.env.step
        events = env._queue
        while events and events[0][0] <= until_s:
            step()
            self.steps += 1
            if self.steps > STEPS_AT_MOST:
                raise StepLimit(f"no rest after {STEPS_AT_MOST:,} steps")
            if self._until and self._is_broken():
                return
        env._now = until_s

    def _is_broken(self) -> bool:
        """Tell whether the invariant has broken that the run is to show."""
        return self.auditor.broken(self._until) > 0

    def at_rest(self) -> bool:
        """Tell whether nothing is on its way, unconfirmed or unanswered."""
        runtime = self.runtime
        cells = runtime.cells.values()
        return (
            runtime.is_idle()
            and all(cell.alive and not cell.actor.outbox() for cell in cells)
            and not self.clients.unsettled(self._is_waiting)
            and (self.world.conflation_s is None or self._screens_are_fresh())
        )

    def _screens_are_fresh(self) -> bool:
        """Tell whether screens have been told the latest prices; what was lost, by a renewal."""
        is_renewed = not self.world.faults or self.env.now > self.world.faulty_s + RENEWED_AFTER_S
        return is_renewed and subscribers_are_fresh(self.runtime)

    def _is_waiting(self, conversation: Conversation) -> bool:
        """Tell whether an order is open at its account: it waits for its price."""
        account = self.runtime.cells.get(conversation.account)
        return account is not None and conversation.order_id in account.actor.state.open_orders

    def judge(self) -> Verdict:
        """Judge the end, and close the world."""
        runtime = self.runtime
        self._fold()
        self._measure()
        audit = self.auditor.finish(at_rest=not self._is_broken())
        self.troubles += map(_trouble_of, runtime.supervisor.failures)
        self.watch.counted(runtime)
        runtime.close()
        if self.history is not None:
            self.history.close()
        return Verdict(
            self.chain.hexdigest(), audit, self.troubles, self.steps,
            sorted(situation.value for situation in self.watch.seen), self._decisions(),
        )  # fmt: skip

    def _fold(self) -> None:
        """Compare each actor with what its journal folds to."""
        for address, cell in self.runtime.cells.items():
            try:
                live, folded = cell.actor.state, self.runtime.rebuilt(address).state
            except Exception as error:
                what = f"{address} cannot be made from its journal: {error!r}"
                self.troubles.append(Trouble("no recovery", what))
                continue
            shown = (b"", b"") if live == folded else (_encode(live), _encode(folded))
            self.auditor.compare_folded(address, *shown)
            if isinstance(live, AccountState):
                self.auditor.compare_balances(address, balances_of(live))

    def _measure(self) -> None:
        """Tell the audit how full mailboxes were, and how many commands the exchange awaits."""
        exchange: Any = self.runtime.cells[EXCHANGE].actor
        bound = self.world.market.in_flight_limit
        self.auditor.measured(EXCHANGE, "commands in flight", len(exchange.in_flight), bound)
        for node in self.runtime.cluster.nodes:
            for kind, tally in node.tallies.items():
                what = f"messages in the deepest mailbox of {kind}"
                bound = self.world.machines.mailbox_capacity + OWN_TIMERS
                self.auditor.measured(node.name, what, tally.depth_max, bound)

    def _decisions(self) -> dict[int, list[str]]:
        names: dict[int, dict[str, None]] = {}
        for fired in self.injector.fired:
            names.setdefault(fired.number, {})[fired.name] = None
        return {number: list(named) for number, named in sorted(names.items())}


def _trouble_of(failure: Failure) -> Trouble:
    kind, what = failure.address.partition("/")[0], failure.error.partition(":")[0]
    sentence = f"{failure.error} at {failure.where} on {failure.message}"
    return Trouble(f"{kind} raised {what}", f"{failure.address} raised {sentence}")


def play(world: SmallWorld, cast: Cast = REAL, until: str = "") -> Verdict:
    """Run a small world to its end, or to the first breach of an invariant, and judge it."""
    run = Run(world, cast)
    run.play(until)
    return run.judge()
