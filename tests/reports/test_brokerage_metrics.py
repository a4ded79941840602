"""The metrics of the brokerage, from tiny runs made by hand and against plain loops."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.behaviour import add_most_traded
from reports.business import retention
from reports.findings import Findings, Window
from reports.holdings import add_profits, last_prices, lots_of, profits_of
from reports.metrics import summarise
from reports.moves import Moves
from reports.operations import TradingHours
from reports.page import write
from reports.statistics import exact_sum
from simulation.plan import Plan
from simulation.records import RUN_FILE, read_json
from simulation.run_folder import RunFolder

RecordRun = Callable[..., Path]
MakeRequests = Callable[..., dict[str, Any]]
SECOND = 1_000_000
DOLLAR = 10_000


class Move(NamedTuple):
    """A transaction; its cost is that of the shares at `price`, rounded by nobody."""

    account: str
    kind: str
    symbol: str
    quantity: int
    price: int
    at_us: int


class Book:
    """Keeps positions at average cost as accounts do, to tell what each sale realised."""

    def __init__(self, run: RunFolder) -> None:
        self.table = run.table("transactions")
        self.shares: dict[tuple[str, str], int] = defaultdict(int)
        self.cost: dict[tuple[str, str], int] = defaultdict(int)

    def add(self, move: Move) -> int:
        """Write a transaction, and return its realised profit."""
        position, value = (move.account, move.symbol), move.quantity * move.price
        realised, amount = 0, -value
        if move.kind == "sell":
            has = max(self.shares[position], move.quantity)
            gone = self.cost[position] * move.quantity // has
            realised, amount = value - gone, value
            self.cost[position] -= gone
            self.shares[position] -= move.quantity
        else:
            self.cost[position] += value
            self.shares[position] += move.quantity
        is_transfer = move.kind == "transfer"
        self.table.append(
            "T", move.account, move.kind, "O", "E", move.symbol, move.quantity,
            0 if is_transfer else move.price, 0 if is_transfer else amount, realised, move.at_us,
            value if is_transfer else 0,
        )  # fmt: skip
        return realised


def record_moves(out: Path, moves: list[Move]) -> tuple[Path, Book, list[int]]:
    with RunFolder.create(out, "tiny", "", "", 1, "") as run:
        book = Book(run)
        realised = [book.add(move) for move in moves]
    return run.path, book, realised


ALICE, BOB = "account/U1-1", "account/U2-1"


def test_shares_are_sold_first_in_first_out_and_what_is_held_is_counted(tmp_path: Path) -> None:
    moves = [
        Move(ALICE, "transfer", "IBM", 5, 100, 0),
        Move(ALICE, "buy", "IBM", 10, 100, 1),
        Move(BOB, "buy", "IBM", 3, 100, 2),
        Move(ALICE, "buy", "IBM", 10, 100, 4),
        Move(ALICE, "sell", "IBM", 8, 100, 7),  # the five of unknown age, and three
        Move(ALICE, "sell", "IBM", 9, 100, 11),  # seven of the first buy and two of the second
    ]
    lots = lots_of(Moves(record_moves(tmp_path, moves)[0]))
    assert lots.shares.tolist() == [3, 7, 2]
    assert lots.held_us.tolist() == [6, 10, 7]
    assert (lots.held, lots.unknown) == (3 + 8, 5)


def test_shares_that_nothing_is_recorded_of_were_there_before(tmp_path: Path) -> None:
    folder, *_ = record_moves(tmp_path, [Move(ALICE, "buy", "IBM", 4, 100, 1)])
    moves = Moves(folder)
    moves.buys, moves.sells = moves.sells, moves.buys
    lots = lots_of(moves)
    assert (lots.held, lots.unknown, len(lots.shares)) == (0, 4, 0)


@st.composite
def stories(draw: st.DrawFn, most_before: int = 0) -> list[Move]:
    """Generate moves in which nobody sells what they have not, or had not before."""
    before = draw(st.integers(0, most_before))
    held: dict[tuple[str, str], int] = defaultdict(lambda: before)
    moves = []
    for at_us in range(draw(st.integers(0, 30))):
        account = draw(st.sampled_from([ALICE, BOB, "account/U1-2"]))
        symbol = draw(st.sampled_from(["IBM", "SPY"]))
        has = held[account, symbol]
        kind = draw(st.sampled_from(["buy", "transfer", "sell"] if has else ["buy", "transfer"]))
        quantity = draw(st.integers(1, has if kind == "sell" else 9))
        held[account, symbol] += -quantity if kind == "sell" else quantity
        moves.append(Move(account, kind, symbol, quantity, draw(st.integers(1, 99)), at_us))
    return moves


def naive_lots(moves: list[Move]) -> tuple[list[int], int, int]:
    """Return how long each share was held, one by one; then those held and of unknown age."""
    queues: dict[tuple[str, str], deque[int | None]] = defaultdict(deque)
    times: list[int] = []
    unknown = 0
    balance, lowest = defaultdict[Any, int](int), defaultdict[Any, int](int)
    for move in moves:
        position = move.account, move.symbol
        balance[position] += -move.quantity if move.kind == "sell" else move.quantity
        lowest[position] = min(lowest[position], balance[position])
    for position, missing in lowest.items():
        queues[position].extend([None] * -missing)
    for move in moves:
        queue = queues[move.account, move.symbol]
        for _ in range(move.quantity):
            if move.kind != "sell":
                queue.append(move.at_us if move.kind == "buy" else None)
                continue
            since = queue.popleft()
            if since is None:
                unknown += 1
            else:
                times.append(move.at_us - since)
    held = sum(since is not None for queue in queues.values() for since in queue)
    return sorted(times), held, unknown


@given(stories(most_before=5))
def test_holding_periods_are_those_of_a_plain_loop(
    tmp_path_factory: pytest.TempPathFactory, moves: list[Move]
) -> None:
    lots = lots_of(Moves(record_moves(tmp_path_factory.mktemp("run"), moves)[0]))
    times = sorted(np.repeat(lots.held_us, lots.shares).tolist())
    assert (times, lots.held, lots.unknown) == naive_lots(moves)


@given(stories(), st.integers(1, 99), st.integers(1, 99))
def test_profits_are_those_of_a_plain_loop(
    tmp_path_factory: pytest.TempPathFactory, moves: list[Move], ibm: int, spy: int
) -> None:
    folder, book, realised = record_moves(tmp_path_factory.mktemp("run"), moves)
    prices, recorded = {"IBM": ibm, "SPY": spy}, Moves(folder)
    profits = profits_of(recorded, prices)
    assert profits is not None
    for code, account in enumerate(recorded.account.words):
        own = [gain for move, gain in zip(moves, realised, strict=True) if move.account == account]
        worth = sum(
            shares * prices[symbol] - book.cost[account, symbol]
            for (owner, symbol), shares in book.shares.items()
            if owner == account
        )
        assert profits.realised[code] == sum(own)
        assert profits.unrealised[code] == worth
        assert profits.sold[code] == any(m.kind == "sell" for m in moves if m.account == account)


def test_a_profit_is_that_of_all_accounts_of_a_user_together(tmp_path: Path) -> None:
    moves = [
        Move(ALICE, "buy", "IBM", 1, 50 * DOLLAR, 0),
        Move(ALICE, "sell", "IBM", 1, 70 * DOLLAR, 1),  # won 20
        Move("account/U1-2", "buy", "IBM", 2, 80 * DOLLAR, 2),  # lost 30 at a price of 65
        Move(BOB, "buy", "SPY", 1, 10 * DOLLAR, 3),  # won 5
        Move("account/U3-1", "buy", "SPY", 1, 15 * DOLLAR, 4),
    ]
    findings = Findings()
    prices = {"IBM": 65 * DOLLAR, "SPY": 15 * DOLLAR}
    bins = add_profits(Moves(record_moves(tmp_path, moves)[0]), prices, findings)
    assert findings.metrics["profit.realised.total"] == 20 * DOLLAR
    assert findings.metrics["profit.unrealised.total"] == -25 * DOLLAR
    assert findings.metrics["profit.unrealised.mean"] == -83_333
    assert findings.metrics["profit.users_share"] == 1 / 3
    assert "profit.realised.p50" in findings.undersampled
    assert bins["unrealised"] == [0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0]


def test_without_a_price_of_what_is_held_there_is_no_profit_to_tell(tmp_path: Path) -> None:
    findings = Findings()
    folder, *_ = record_moves(tmp_path, [Move(ALICE, "buy", "IBM", 1, 5, 0)])
    assert add_profits(Moves(folder), {"SPY": 1}, findings) == {}
    assert findings.metrics == {}


def test_the_last_price_is_that_of_the_last_tick_or_else_the_opening_price(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "tiny", "", "", 1, "") as run:
        for symbol, number, price in (("IBM", 2, 7), ("SPY", 1, 5), ("IBM", 1, 6)):
            run.table("prices").append(symbol, number, price, 0, 0, 0)
    assert last_prices(run.path, {"IBM": 1, "FB": 3}) == {"IBM": 7, "SPY": 5, "FB": 3}


def test_requests_are_available_if_answered_in_time_and_not_refused(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(2_000)
    columns["answered_us"] = columns["intended_us"] + 100_000
    measured = np.flatnonzero(columns["intended_us"] >= 10 * SECOND)
    served = measured[columns["reason"].codes[measured] == 0]
    searches = served[columns["operation"].codes[served] == 3]
    late, lost = searches[:3], served[columns["operation"].codes[served] == 0][:2]
    columns["answered_us"][late] += 1
    columns["answered_us"][lost] = -1
    metrics = summarise(record_run(requests=columns))["metrics"]
    good = len(served) - 3 - 2
    assert metrics["availability"] == good / len(measured)
    assert metrics["errors.share"] == pytest.approx(1 - (good + 3) / len(measured))


def test_outside_market_hours_nobody_is_promised_anything(
    record_run: RecordRun, plan: Plan
) -> None:
    closed = replace(plan, market=replace(plan.market, opens_s=50_000))
    metrics = summarise(record_run(plan=closed))["metrics"]
    assert not {"availability", "price_updates.mean"} & set(metrics)
    assert metrics["errors.share"] > 0


def test_a_run_that_broke_off_is_not_blamed_for_what_it_might_still_have_answered(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(2_000)
    columns["reason"].codes[:] = 0
    columns["status"].codes[:] = 0
    columns["answered_us"][columns["intended_us"] > 29.95 * SECOND] = -1
    counters = {"virtual_s": 30.0, "events": {}}
    cut = record_run(requests=columns, status="interrupted", counters=counters)
    assert summarise(cut)["metrics"]["errors.share"] == 0.0
    complete = record_run(requests=columns, counters=counters)
    assert summarise(complete)["metrics"]["errors.share"] > 0.5


@pytest.mark.parametrize(
    ("start_s", "end_s", "seconds"), [(0, 10, 4), (7, 8, 0), (0, 86_400 + 4, 6), (3, 5, 2)]
)
def test_market_hours_are_summed_over_days(start_s: int, end_s: int, seconds: int) -> None:
    hours = TradingHours(opens_s=102, closes_s=106, starts_at_s=100)
    assert hours.seconds_within(Window(start_s * SECOND, end_s * SECOND)) == seconds
    moments = np.arange(start_s, end_s) * SECOND
    assert hours.hold(moments).sum() == seconds


def test_rejections_are_counted_by_reason_and_none_is_a_zero(record_run: RecordRun) -> None:
    metrics = summarise(record_run())["metrics"]
    assert metrics["rejections.busy.share"] == metrics["rejections.share"] > 0.09
    assert metrics["rejections.busy.share"] == metrics["refused.share"]
    assert metrics["rejections.too_late.count"] == 0


def test_users_are_those_who_did_something_after_the_warm_up(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(2_000)
    early = columns["intended_us"] < 10 * SECOND
    columns["user"] = np.where(early, 1_000 + columns["user"], columns["user"])
    metrics = summarise(record_run(requests=columns))["metrics"]
    active = set(columns["user"][~early].tolist())
    assert metrics["business.users_active"] == len(active)
    logins = (columns["operation"].codes == 0) & (columns["status"].codes == 0) & ~early
    assert metrics["business.users_logged_in"] == len(set(columns["user"][logins].tolist()))
    orders = np.isin(columns["operation"].codes, [8, 9, 14]) & ~early
    assert metrics["business.orders_per_user.mean"] == pytest.approx(orders.sum() / len(active))
    assert not [name for name in metrics if "retention" in name]


def test_retention_asks_only_those_who_could_have_come_back() -> None:
    user, day = np.array([1, 1, 1, 2, 2, 3, 4]), np.array([0, 0, 2, 0, 1, 1, 2])
    assert retention(user, day) == {1: (1, 3), 2: (1, 2)}


def test_retention_is_measured_where_a_run_has_several_days(
    record_run: RecordRun, make_requests: MakeRequests, plan: Plan
) -> None:
    columns = make_requests(2_000, seconds=200_000.0)
    days = replace(plan, duration_s=200_000.0)
    metrics = summarise(record_run(requests=columns, plan=days))["metrics"]
    assert 0 < metrics["business.retention.day_1"] <= 1
    assert "business.retention.day_3" not in metrics


def test_queues_are_sums_over_a_class_at_each_second(record_run: RecordRun) -> None:
    metrics = summarise(record_run())["metrics"]
    assert metrics["queue.Account.mean"] == sum(range(10, 60)) / 50
    assert (metrics["queue.Account.max"], metrics["queue.Account.deepest"]) == (59, 17)


def test_a_sum_is_exact_beyond_64_bits() -> None:
    values = [2**62, 2**62, 2**62 + 1, -3]
    assert exact_sum(np.array(values)) == sum(values)


def test_a_run_without_orders_has_no_spread_of_anything(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "empty", "", "", 1, "") as run:
        run.write_json("plan", {"limits": []})
    metrics = summarise(run.path)["metrics"]
    families = ("behaviour.", "holding.", "profit.", "queue.", "rejections.", "availability")
    assert not [name for name in metrics if name.startswith(families)]
    assert metrics["business.volume_usd"] == metrics["business.executions"] == 0
    assert ">The brokerage</h2>" in write(run.path).read_text()


def test_a_run_with_one_order_tells_of_that_order(tmp_path: Path) -> None:
    folder, *_ = record_moves(tmp_path, [Move(ALICE, "buy", "IBM", 7, 3 * DOLLAR, 5 * SECOND)])
    with RunFolder(folder, read_json(folder / RUN_FILE) | {"status": "running"}) as run:
        run.table("orders").append(
            "O", 1, ALICE, "IBM", "BUY", "MARKET", 7, 4 * DOLLAR, 1, 2, 3, "EXECUTED", 7, 3 * DOLLAR
        )
        run.write_json("counters", {"opening_prices": {"IBM": 4 * DOLLAR}, "virtual_s": 9.0})
    metrics = summarise(folder)["metrics"]
    assert metrics["business.volume_usd"] == metrics["business.order_usd.p50"] == 210_000
    assert (metrics["behaviour.buy_share"], metrics["behaviour.sell_share"]) == (1, 0)
    assert (metrics["holding.shares_held"], metrics["holding.shares_sold"]) == (7, 0)
    assert "holding.mean" not in metrics
    assert metrics["profit.unrealised.max"] == 70_000
    assert metrics["profit.users_share"] == 1


def test_the_ten_symbols_with_the_most_volume_are_named(tmp_path: Path) -> None:
    moves = [Move(ALICE, "buy", f"S{n:02}", 1, n * DOLLAR, n) for n in range(1, 13)]
    findings = Findings()
    add_most_traded(Moves(record_moves(tmp_path, [*moves, moves[4]])[0]), findings)
    named = {name.split(".")[1] for name in findings.metrics if name.startswith("traded.")}
    assert named == {f"S{n:02}" for n in range(3, 13)}
    assert findings.metrics["traded.S05.turnover"] == 10 * DOLLAR
    assert findings.metrics["behaviour.top_one_share"] == 12 / (78 + 5)
    assert findings.metrics["behaviour.top_ten_share"] == (83 - 3) / 83
