"""Records a made-up run with the real writer and the real schemas."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from reports.page import write
from simulation.metric_names import ACTORS
from simulation.plan import Limit, MarketPlan, Plan, PricesPlan, UsersPlan
from simulation.recorder import Coded
from simulation.records import OPERATIONS, SCHEMAS
from simulation.run_folder import RunFolder

Columns = dict[str, Any]

SECOND = 1_000_000
RARE = OPERATIONS[OPERATIONS.index("watch") :]
PLAN = Plan(
    name="made-up",
    description="Is a <made-up> run told as it was?",
    seed=7,
    starts_at_s=34_200,
    warm_up_s=10.0,
    duration_s=50.0,
    market=MarketPlan(symbols=3, prices=PricesPlan()),
    users=UsersPlan(count=100),
    load=(),
    limits=(
        Limit("latency.search.p99", "<", 0.100, "< 100ms"),
        Limit("latency.place_market.p99", "<", 0.500, "< 500ms"),
        Limit("latency.price_to_book.p99", "<", 0.100, "< 100ms"),
    ),
    must_see=("order_rejected",),
)
AUDIT = {
    "invariants": [
        {"id": "A01", "title": "cash is conserved", "checks": 1234, "findings": 0},
        {"id": "A03", "title": "held is what open orders hold", "checks": 99, "findings": 0},
    ],
    "findings": [],
}
COUNTERS = {
    "events": {"order_rejected": 5},
    "wall_s": 2.0,
    "virtual_s": 61.0,
    "messages": 50_000,
    "dead_letters": {"book/X": 2, "book/Y": 1},
    "restarts": 0,
    "digest": "ab" * 32,
}


def coded(codes: Any, *words: str) -> Coded:
    return Coded(np.asarray(codes), words)


def request_columns(count: int, seed: int = 1, seconds: float = 60.0) -> Columns:
    """Requests spread evenly; one in ten is refused, all else is answered."""
    rng = np.random.default_rng(seed)
    parts = {
        f"{part}_us": rng.lognormal(mean, 0.8, count).astype(np.int64)
        for part, mean in
        zip(("network", "mailbox", "worker", "service", "commit"), (9, 6, 7, 5, 5), strict=True)
    }  # fmt: skip
    intended = np.sort(rng.integers(0, int(seconds * SECOND), count))
    operation = rng.integers(0, len(OPERATIONS) - len(RARE), count)
    quotes = np.flatnonzero(operation == OPERATIONS.index("quote"))[: count // 50]
    operation[quotes] = OPERATIONS.index("watch") + np.arange(len(quotes)) % len(RARE)
    refused = rng.random(count) < 0.1
    placing = np.isin(
        operation, [OPERATIONS.index("place_market"), OPERATIONS.index("place_limit")]
    )
    answered = intended + sum(parts.values())
    return {
        "command_id": np.arange(count),
        "operation": coded(operation, *OPERATIONS),
        "user": rng.integers(0, 100, count),
        "account": rng.integers(0, 100, count),
        "symbol": coded(rng.integers(0, 3, count), "AAPL", "IBM", "SPY"),
        "intended_us": intended,
        "sent_us": intended,
        "accepted_us": np.where(placing & ~refused, answered, -1),
        "executed_us": np.full(count, -1),
        "answered_us": answered,
        "status": coded(refused.astype(int), "ok", "rejected"),
        "reason": coded(refused.astype(int), "", "busy"),
        **parts,
        "region": coded(np.zeros(count, int), "home"),
        "node": coded(np.zeros(count, int), "node-0"),
    }


def price_columns(count: int, seed: int = 2) -> Columns:
    rng = np.random.default_rng(seed)
    intended = np.sort(rng.integers(0, 60 * SECOND, count))
    return {
        "symbol": coded(rng.integers(0, 3, count), "AAPL", "IBM", "SPY"),
        "number": np.arange(count),
        "price": rng.integers(1_000_000, 2_000_000, count),
        "intended_us": intended,
        "book_us": intended + rng.integers(100, 2_000, count),
        "valuation_us": intended + rng.integers(1_000, 9_000, count),
    }


def record_orders(run: RunFolder) -> None:
    table = run.table("orders")
    for number, (status, shares) in enumerate(
        [
            ("EXECUTED", 10),
            ("EXECUTED", 20),
            ("CANCELLED", 0),
            ("EXPIRED", 0),
            ("REJECTED", 0),
            ("PENDING", 0),
            ("PENDING", 0),
        ]
    ):
        table.append(
            f"U1-1/{number}", number, "account/U1-1", "AAPL" if number else "IBM", "BUY",
            "LIMIT" if number > 1 else "MARKET", 20, 1_000_000, 5, 6, 7, status, shares, 1_500_000,
        )  # fmt: skip
    for kind, shares, symbol, amount, realised in (
        ("deposit", 0, "", 900, 0),
        ("withdraw", 0, "", -200, 0),
        ("buy", 20, "AAPL", -30_000_000, 0),
        ("buy", 10, "IBM", -15_000_000, 0),
        ("sell", 4, "IBM", 6_000_070, 70),
    ):
        run.table("transactions").append(
            f"T{kind}", "account/U1-1", kind, "", "", symbol, shares, 1_500_000, amount, realised,
            9 if kind == "buy" else 20 * SECOND, 0,
        )  # fmt: skip


def record_actors(run: RunFolder) -> None:
    for actor, actors, messages, busy in (
        ("Account", 100, 30_000, 20),
        ("OrderBook", 3, 10_000, 30),
        ("StockExchange", 1, 10_000, 40),
        ("MarketData", 1, 0, 0),
        ("Stock", 3, 0, 0),
    ):
        run.table("actors").append(
            actor, "node-0", actors, messages, busy * SECOND, busy * SECOND // 10, 17, 0, 0, 0
        )


def record_timeline(run: RunFolder, requests: Columns) -> None:
    for second in range(61):
        now = second * SECOND
        in_flight = int(((requests["sent_us"] <= now) & (requests["answered_us"] > now)).sum())
        busy = SECOND if second < 30 else 2 * SECOND
        run.table("timeline").append(now, 0, 0, 0, 0, in_flight, 3, busy, 2)
        for actor in ACTORS:
            run.table("queues").append(now, actor, second if actor == "Account" else 0)


FAULTS = (  # at, until, number, kind, where, decision, effects
    (20 * SECOND, 30 * SECOND, 1, "partition", "node-1>node-2", "partition a>b #0", 40),
    (25 * SECOND, -1, 2, "drop", "client>exchange", "drop 1", 1),
    (25 * SECOND + 400_000, -1, 2, "drop", "exchange>account/1", "drop 2", 1),
    (50 * SECOND, -1, 2, "drop", "client>exchange", "drop 3", 1),
)

RecordRun = Callable[..., Path]


def record(
    out: Path,
    *,
    count: int = 20_000,
    requests: Columns | None = None,
    plan: Plan = PLAN,
    audit: object = AUDIT,
    counters: object = COUNTERS,
    status: Any = "complete",
    faults: Sequence[tuple[Any, ...]] = FAULTS,
) -> Path:
    columns = request_columns(count) if requests is None else requests
    run = RunFolder.create(out, plan.name, 'a = "<b>"', "seed = 7", plan.seed, "openoutcry run x")
    run.table("requests").append_columns(columns)
    run.table("prices").append_columns(price_columns(3_000))
    for view, stale_us, times in (
        ("portfolio", 200, 985), ("portfolio", 250_000, 15), ("watchlist", 300, 10),
    ):  # fmt: skip
        run.table("staleness").append(view, stale_us, times)
    record_orders(run)
    record_actors(run)
    record_timeline(run, columns)
    for fault in faults:
        run.table("faults").append(*fault)
    run.write_json("plan.json", asdict(plan))
    run.write_json("counters.json", counters)
    if audit:
        run.write_json("audit.json", audit)
    run.finish(status)
    return run.path


@pytest.fixture
def record_run(tmp_path: Path) -> RecordRun:
    """Return what records a made-up run and gives back its folder."""
    return lambda **settings: record(tmp_path / "runs", **settings)


@pytest.fixture(scope="session")
def made_up_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run for the tests that only look at it."""
    return record(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def made_up_page(made_up_run: Path) -> str:
    """Return the page of that run."""
    return write(made_up_run).read_text()


@pytest.fixture
def plan() -> Plan:
    return replace(PLAN)


@pytest.fixture
def make_requests() -> Callable[..., Columns]:
    return request_columns


assert set(request_columns(1)) == set(SCHEMAS["requests"].names), "the made-up run is out of date"
