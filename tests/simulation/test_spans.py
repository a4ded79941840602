"""The way of a request through the actors is known when it is over, and adds up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from actors.actor import Actor
from actors.messages.base import Address, Message
from actors.runtimes.mailbox import LONGEST_WAY, Envelope
from simulation import driver
from simulation.plan import (
    ClusterPlan,
    FaultPlan,
    LoadPlan,
    MarketPlan,
    Plan,
    PricesPlan,
    UsersPlan,
)
from simulation.run_folder import RunFolder
from simulation.spans import SLOWEST, Spans, hops_of
from simulation.virtual_time import VirtualTimeRuntime

PARTS = ("network", "mailbox", "worker", "service", "commit")
WARM_UP_US = 30_000_000
PLAN = Plan(
    name="ways", description="", seed=5, starts_at_s=34_170, warm_up_s=30.0, duration_s=20.0,
    market=MarketPlan(symbols=3, prices=PricesPlan(ticks_per_s=1.0)),
    users=UsersPlan(count=20),
    load=(LoadPlan(shape="constant-arrival-rate", unit="orders", start_s=30.0, duration_s=20.0,
                   rate_per_s=20.0),),
    cluster=ClusterPlan(nodes=2, workers=1, commit_s=0.001),
)  # fmt: skip


def answer(row: int, latency_s: float, at_s: float = 100.0) -> Envelope:
    return Envelope("told", trace=row, stamp_s=at_s, service_s=latency_s)


def test_the_slowest_that_count_are_kept() -> None:
    spans = Spans(commands=100_000, counts_from_us=50_000_000)
    for row in range(1, 500):
        spans.take(row, answer(row, latency_s=row / 1_000, at_s=60.0 if row % 2 else 40.0))

    kept = list(spans.answers())

    assert kept == list(range(499 - 2 * (SLOWEST - 1), 500, 2))


def test_a_quick_answer_takes_nobodys_place() -> None:
    spans = Spans(commands=100_000)
    for row in range(1, SLOWEST + 1):
        spans.take(row, answer(row, latency_s=5.0 + row))

    spans.take(99, answer(99, latency_s=0.001))

    assert sorted(spans.answers()) == list(range(1, SLOWEST + 1))


def test_an_answer_that_came_about_by_another_command_is_not_kept() -> None:
    spans = Spans(commands=10)
    spans.take(3, answer(7, latency_s=9.0))
    assert spans.answers() == {}


def test_a_sample_is_spread_over_the_commands() -> None:
    spans = Spans(commands=1_000)
    for row in range(1_000):
        spans.take(row, answer(row, latency_s=1.0 if row < SLOWEST else 0.0))
    kept = [row for row in spans.answers() if row >= SLOWEST]
    assert kept == list(range(35, 1_000, 5))


def test_a_way_names_whom_each_message_went_to_and_what_it_spent_there() -> None:
    first = Envelope("order", "client", 1, network_s=0.004, service_s=0.001)
    second = Envelope(
        7, "exchange", 1, network_s=0.004, mailbox_s=0.002, service_s=0.003, cause=first
    )
    last = Envelope(
        True, "account", 1, network_s=0.005, mailbox_s=0.002, service_s=0.003, cause=second
    )
    hops = hops_of(last, str.upper)

    assert [(hop.actor, hop.message) for hop in hops] == [
        ("EXCHANGE", "str"), ("ACCOUNT", "int"), ("CLIENT", "bool"),
    ]  # fmt: skip
    assert hops[1].parts_s == pytest.approx((0.0, 0.002, 0.0, 0.002, 0.0))
    assert hops[2].parts_s == pytest.approx((0.001, 0.0, 0.0, 0.0, 0.0))


class Ask(Message, frozen=True):
    """Ask for the next question."""

    number: int


class Chatterbox(Actor):
    """Answers itself for ever."""

    def receive(self, message: Any, sender: Address) -> None:
        self.send("echo", Ask(message.number + 1))


def test_who_answers_for_ever_does_not_fill_the_memory() -> None:
    runtime = VirtualTimeRuntime(service_times={"default": 1.0})
    runtime.spawn("echo", Chatterbox)
    runtime.send_traced("echo", Ask(0), "client", 1, 0.0)
    runtime.run(until_s=LONGEST_WAY * 5.5)

    (worker,) = (w for w in runtime.cluster.nodes[0].staff if w.envelope is not None)
    longest, envelope = 0, worker.envelope
    while envelope.cause is not None:
        longest, envelope = longest + 1, envelope.cause
    assert longest <= LONGEST_WAY


def record(out: Path, plan: Plan) -> Path:
    with RunFolder.create(out, plan.name, "", "", plan.seed, "") as folder:
        driver.run(plan, folder)
    return folder.path


def columns(folder: Path, table: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = pq.read_table(folder / table, partitioning=None).to_pydict()
    return found


def latencies(requests: dict[str, list[Any]]) -> dict[int, int]:
    """Return the latency of each command, microseconds."""
    taken = np.subtract(requests["answered_us"], requests["intended_us"]).tolist()
    return dict(zip(requests["command_id"], taken, strict=True))


@pytest.mark.parametrize(
    "faults", [(), (FaultPlan(kind="drop", share=0.05), FaultPlan(kind="duplicate", share=0.05))]
)
def test_the_parts_of_a_way_sum_to_the_latency_of_its_request(
    faults: tuple[FaultPlan, ...], tmp_path: Path
) -> None:
    users = UsersPlan(count=20, retry_after_s=1.0 if faults else None)
    plan = Plan(**{name: getattr(PLAN, name) for name in Plan.__dataclass_fields__}
                | {"faults": faults, "users": users})  # fmt: skip
    folder = record(tmp_path, plan)
    spans, requests = columns(folder, "spans"), columns(folder, "requests")
    command, latency = np.array(spans["command_id"]), latencies(requests)
    spent = np.array([spans[f"{part}_us"] for part in PARTS]).sum(axis=0)
    kept = set(command.tolist())

    assert len(kept) > SLOWEST
    for one in kept:
        assert abs(int(spent[command == one].sum()) - latency[one]) <= 2
    counted = [
        one
        for one, at_us, network_us in zip(
            requests["command_id"], requests["intended_us"], requests["network_us"], strict=True
        )
        if at_us >= WARM_UP_US and network_us >= 0
    ]
    assert kept >= set(sorted(counted, key=lambda one: (-latency[one], one))[:20])


def test_a_market_order_goes_by_exchange_account_and_book(tmp_path: Path) -> None:
    spans = columns(record(tmp_path, PLAN), "spans")
    ways: dict[int, list[str]] = {}
    for command, actor in zip(spans["command_id"], spans["actor"], strict=True):
        ways.setdefault(command, []).append(actor)

    assert ["StockExchange", "Account", "OrderBook", "Account", "client"] in ways.values()
