"""What a run is to be, resolved: plain values, without files, units or defaults left open.

A scenario (`scenarios.models`) is what people write; a plan is what the simulation takes.
All times are seconds; times of day are seconds after midnight in New York.
Money and prices are whole 1/10,000 USD.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from simulation.notification_plan import NotificationsPlan

LoadShape = Literal["constant-arrival-rate", "ramping-arrival-rate", "intraday"]
LoadUnit = Literal["sessions", "orders", "other"]
PriceKind = Literal["walk", "bars", "lobster"]
FaultKind = Literal[
    "drop", "duplicate", "delay", "reorder", "partition", "partition_one_way", "clogged_link",
    "crash_before_append", "crash_after_append", "crash_between_sends", "crash", "node_crash",
    "torn_record", "lost_tail", "full_disk", "slow_node", "paused_node", "clock_skew", "zombie",
    "rolling_upgrade", "load_spike", "price_gap", "early_close", "slow_reports",
    "failing_reports",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PricesPlan:
    """Where prices come from.

    Attributes:
        kind: `walk` (geometric Brownian motion), `bars` (a bridge through daily bars) or
            `lobster` (the trade prints of a LOBSTER message file).
        file: The bars or the LOBSTER file; None for the table of real bars in the package.
        ticks_per_s: Mean ticks per second and symbol (`walk` and `bars`).
        start_price: First price of a `walk`, 1/10,000 USD.
        volatility: Standard deviation of a year's log return (`walk`), 0.2 for 20 %.
        drift: Mean of a year's log return (`walk`).
    """

    kind: PriceKind = "bars"
    file: Path | None = None
    ticks_per_s: float = 0.1
    start_price: int = 1_000_000
    volatility: float = 0.3
    drift: float = 0.0


@dataclass(frozen=True, slots=True)
class MarketPlan:
    """The stocks and their trading hours.

    Attributes:
        symbols: How many stocks are listed, at least 1.
        prices: Where their prices come from.
        opens_s: Opening time of day, seconds after midnight.
        closes_s: Closing time of day, seconds after midnight.
        collar_bp: Width of a market order's collar around the quote its customer saw, in
            basis points (1/100 %).
        early_limits: Limit orders given before the opening are taken for the session.
    """

    symbols: int
    prices: PricesPlan
    opens_s: int = 34_200
    closes_s: int = 57_600
    collar_bp: int = 500
    early_limits: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """How users behave; every figure is a setting of the scenario, named with its source there.

    Attributes:
        buy_share: Share of buys among orders, 0 to 1.
        limit_share: Share of limit orders among orders, 0 to 1.
        stop_share: Share of stop orders among the sells that have no limit, 0 to 1.
        zipf_slope: Slope of the popularity of stocks over their ranks.
        round_lot_share: Share of orders for exactly 100 shares.
        odd_lot_share: Share of orders below 100 shares.
        odd_lot_mean: Mean size of those, in shares.
        size_tail_index: Tail index of the sizes above 100 shares (Pareto).
        largest_order: Cap on the size of an order, in shares.
        largest_order_value: Cap on the value of an order, 1/10,000 USD.
        limit_offset_bp: Mean distance of a limit price from the quote, in basis points.
        marketable_share: Share of limit prices that cross the quote and execute at once.
        excess_share: Share of orders for more than their user has, which must be rejected.
        deposit: First deposit of a user, 1/10,000 USD (median; spread over users).
        opening_positions: Mean number of stocks that a user brings along.
        activity_sigma: Standard deviation of the logarithm of users' activity.
        deposit_sigma: Standard deviation of the logarithm of their first deposits, which go
            with their activity: who trades more has more.
        think_time_s: Mean time between two operations of a session.
        session_operations: Mean number of operations in a session, log-in and log-out left out.
        orders_per_session: Mean number of orders among them.
        operations: Weights of the operations other than orders, by name.
        half_hour_shares: Weights of the half hours from the opening on (`intraday`).
    """

    buy_share: float = 0.55
    limit_share: float = 0.45
    zipf_slope: float = 0.8
    round_lot_share: float = 0.15
    odd_lot_share: float = 0.75
    odd_lot_mean: float = 18.0
    size_tail_index: float = 1.75
    largest_order: int = 1_000
    largest_order_value: int = 200_000_000
    limit_offset_bp: float = 30.0
    marketable_share: float = 0.1
    excess_share: float = 0.015
    deposit: int = 250_000_000
    opening_positions: float = 5.0
    activity_sigma: float = 1.0
    deposit_sigma: float = 1.0
    think_time_s: float = 8.0
    session_operations: float = 6.0
    orders_per_session: float = 1.0
    operations: tuple[tuple[str, float], ...] = (
        ("quote", 0.45),
        ("search", 0.15),
        ("portfolio", 0.25),
        ("deposit", 0.03),
        ("withdraw", 0.02),
        ("cancel", 0.10),
    )
    half_hour_shares: tuple[float, ...] = (
        13.5, 9.5, 7.7, 6.4, 6.7, 5.3, 4.6, 5.0, 4.6, 5.5, 4.9, 7.4, 18.7,
    )  # fmt: skip
    stop_share: float = 0.0


@dataclass(frozen=True, slots=True)
class UsersPlan:
    """The customers.

    Attributes:
        count: How many users, one account each, at least 1.
        profile: How they behave.
        retry_after_s: Seconds after which their clients send a command again that has no
            answer; the wait doubles each time, up to 30 s. None for never.
    """

    count: int
    profile: Profile = field(default_factory=Profile)
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One leg of a ramp: the rate moves linearly to `target_per_s` within `duration_s`."""

    duration_s: float
    target_per_s: float


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """One stream of arrivals, open loop: it does not wait for answers.

    Attributes:
        shape: How the rate moves over time.
        unit: What arrives: whole sessions of users, single orders, or single other operations.
        start_s: When it starts, seconds after the scenario's start.
        duration_s: How long it lasts (`constant-arrival-rate`, `intraday`).
        rate_per_s: Arrivals per second (`constant-arrival-rate`), or the rate a ramp starts at.
        stages: The legs of a ramp (`ramping-arrival-rate`).
        total: Exactly so many arrivals, spread by the shape; None leaves the count to chance
            (`intraday` needs it).
    """

    shape: LoadShape
    unit: LoadUnit = "sessions"
    start_s: float = 0.0
    duration_s: float | None = None
    rate_per_s: float = 0.0
    stages: tuple[Stage, ...] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """The machines.

    Attributes:
        nodes: How many nodes, at least 1.
        workers: Workers of each node.
        speed: 1.0 serves a message in its calibrated service time, 2.0 in half of it.
        mailbox_capacity: Messages a mailbox holds at most.
        client_delay_s: Mean network delay between a client and its region, one way.
        node_delay_s: Network delay between two nodes.
        commit_s: Time of one group commit of a node's journal; 0 for a journal in memory.
    """

    nodes: int = 1
    workers: int = 2
    speed: float = 1.0
    mailbox_capacity: int = 100_000
    client_delay_s: float = 0.005
    node_delay_s: float = 0.000_2
    commit_s: float = 0.0


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Something that goes wrong; `simulation.faults.kinds` says what each kind takes.

    Attributes:
        kind: What goes wrong.
        at_s: When it begins, seconds after the scenario's start.
        for_s: How long it lasts; None for until the scenario's end, when everything heals.
        share: Share of the messages, actors or nodes it may hit that it does hit, 0 to 1; None
            for all messages, or for one actor or node that the seed chooses.
        every_s: It strikes again each time this has passed; None for once.
        where: Pattern (`*` and `?`) of the addresses or nodes that it hits; of links, the
            sender's.
        to: Pattern of the recipient's address or node, for links.
        amount: How much, in the unit of its kind; None for the kind's own default.
        message: Pattern of the classes of messages that it hits.
        which: Names of decisions: if there are any, exactly those fire, without chance.
    """

    kind: FaultKind
    at_s: float = 0.0
    for_s: float | None = None
    share: float | None = None
    every_s: float | None = None
    where: str = "*"
    to: str = "*"
    amount: float | None = None
    message: str = "*"
    which: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """A small world that is played as it was: see `simulation.explore`.

    Attributes:
        commands: A CSV file with what customers send.
        ticks: A CSV file of prices.
        opens_s: When the market opens, seconds after the start; None for before it.
        closes_s: When it closes; None for never.
        snapshots: Journals turn facts into snapshots.
        is_encoded: Messages pass through their encoded form on their way.
        drops_oldest: A full mailbox drops what waits longest, instead of refusing what comes.
        begins_faulty: Faults happen from the first actor on, not only after the set-up.
        sessions: Opening and close of each session, seconds after the start, instead of one.
    """

    commands: Path
    ticks: Path
    opens_s: float | None = None
    closes_s: float | None = None
    snapshots: bool = False
    is_encoded: bool = False
    drops_oldest: bool = False
    begins_faulty: bool = False
    sessions: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class SubscriptionsPlan:
    """How the screens of users who are logged in follow prices, and observers of their own.

    Attributes:
        conflation_s: At most one update of a symbol within so long; 0 for every change.
        staleness_s: How long a screen may show a price that is not the newest any more, as the
            audit of a run without faults sees it.
        observers: How many stocks have an observer that somebody has written; the first ones.
    """

    conflation_s: float = 0.25
    staleness_s: float = 5.0
    observers: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """A pass mark: `metric` must be below (`<`) or above (`>`) `bound`.

    Durations are seconds; rates are per second; shares are 0 to 1. A star in the metric stands
    for any one word of its name. `aborts` ends the run as soon as the limit is missed.
    """

    metric: str
    relation: Literal["<", "<=", ">", ">="]
    bound: float
    text: str
    aborts: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, resolved.

    Attributes:
        name: Name of the scenario; letters, digits and dashes.
        description: The question it asks, in a sentence.
        seed: Seed of every random stream, 0 to 2**63 - 1.
        starts_at_s: Time of day at which the clock stands at 0, seconds after midnight.
        warm_up_s: Requests intended before this instant are left out of the statistics.
        duration_s: Seconds measured after the warm-up; no command is intended later.
        drain_s: Most virtual seconds granted after that for everything to come to rest.
        market: Stocks and prices.
        users: Customers.
        load: Streams of arrivals.
        cluster: Machines.
        in_flight_limit: Commands in flight above which the door refuses more ("busy").
        limits: Pass marks.
        must_see: Events without which the run proves nothing.
        accepted_share: Least share of orders that must be accepted, 0 to 1.
        faults: What goes wrong.
        replay: A small world to play instead of a workload and prices of its own.
        notifications: Who is told of what; None for nobody.
        subscriptions: Live portfolios and watch lists; None where nobody has any.
        date: The day that is simulated, like `2024-07-03`; empty for any day.
        finds_warm_up: Instead of a given warm-up, the report finds from the latencies how much
            of the beginning to leave out.
    """

    name: str
    description: str
    seed: int
    starts_at_s: int
    warm_up_s: float
    duration_s: float
    market: MarketPlan
    users: UsersPlan
    load: tuple[LoadPlan, ...]
    cluster: ClusterPlan = field(default_factory=ClusterPlan)
    drain_s: float = 600.0
    in_flight_limit: int = 10_000
    limits: tuple[Limit, ...] = ()
    must_see: tuple[str, ...] = ()
    accepted_share: float = 0.5
    faults: tuple[FaultPlan, ...] = ()
    replay: ReplayPlan | None = None
    notifications: NotificationsPlan | None = None
    subscriptions: SubscriptionsPlan | None = None
    date: str = ""
    finds_warm_up: bool = False

    @property
    def end_s(self) -> float:
        """When the measured time ends and every fault heals."""
        return self.warm_up_s + self.duration_s
