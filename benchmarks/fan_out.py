"""How stale the prices on screens are, when all holders of a stock are told each of its ticks.

    python benchmarks/fan_out.py                            # 10,000 users; about five minutes
    python benchmarks/fan_out.py --users 2000 --seconds 5   # shorter
    python benchmarks/fan_out.py --only threads --users 1000 2000 4000
    python benchmarks/fan_out.py --ticks-per-s 10           # so that conflation has something to do

100 stocks tick every second, at even distances. Every user holds five stocks (popular ones more
often, as in the profile `retail`), is logged in, and has a live portfolio that is subscribed to
them with 250 ms conflation; each update goes on to the user's screen. Staleness is how long a
price on a screen had not been the newest when the next one was told, counted from the instant at
which its tick was due. In virtual time a node has two workers and handlers take the times of
`simulation/calibration.toml`. On threads one worker serves everybody and nobody audits; where it
cannot keep up, staleness grows for as long as the run lasts, and the table says so.
"""

from __future__ import annotations

import argparse
import time
from array import array
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from printing import against, busy_neighbours, machine, table

from actors import Brokerage, Stock, User
from actors.addresses import EXCHANGE, account_of, stock_of
from actors.messages.base import Address, Fact, Message
from actors.messages.facts import PriceSet
from actors.messages.funds import TransferShares
from actors.messages.market import SetPrice
from actors.messages.queries import LogIn, LogOut
from actors.messages.watching import PortfolioShown, PortfolioUpdate
from actors.runtimes.journal import MemoryJournal
from actors.runtimes.runtime import Runtime
from actors.runtimes.threads import ThreadRuntime
from simulation.audit.screens import Prices
from simulation.collector import calm_collector
from simulation.virtual_time import VirtualTimeRuntime

STOCKS = 100
ZIPF_SLOPE = 0.8
CONFLATION_US = 250_000
P99_BAR_MS = 500.0
FIRST_PRICE = 1_000_000
SETTLE_S = 2.0
PATIENCE_S = 300.0
MICROSECONDS = 1_000_000


class Screens:
    """A follower that measures what screens are told."""

    def __init__(self, holdings: int) -> None:
        self.holdings = holdings
        self.prices: dict[str, Prices] = {}
        self.held: dict[tuple[Address, str], int] = {}
        self.stale_us = array("q")
        self.conflated = 0

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        """Remember when each price became true."""
        for fact in facts:
            if type(fact) is PriceSet:
                prices = self.prices.setdefault(address.partition("/")[2], Prices())
                prices.add(fact.price, fact.due_us if fact.due_us >= 0 else at_us)

    def told(self, client: Address, message: Message, at_us: int) -> None:
        """Measure how stale the price was that a screen shows no more."""
        if type(message) is PortfolioUpdate:
            key = message.account, message.symbol
            before, self.held[key] = self.held[key], message.number
            self.stale_us.append(self.prices[message.symbol].staleness_us(before, at_us))
            self.conflated += message.number - before - 1
        elif type(message) is PortfolioShown:
            for line in message.lines:
                self.held[message.account, line.symbol] = line.number

    def are_shown(self, users: int) -> bool:
        """Tell whether every screen shows every holding."""
        return len(self.held) == users * self.holdings

    def are_fresh(self) -> bool:
        """Tell whether every screen shows the newest prices."""
        last = {symbol: prices.last for symbol, prices in self.prices.items()}
        return all(number == last[symbol] for (_, symbol), number in list(self.held.items()))


def wait_for(condition: Callable[[], bool]) -> bool:
    """Wait on the wall clock; return whether it came about within a few minutes."""
    deadline_s = time.perf_counter() + PATIENCE_S
    while not condition() and time.perf_counter() < deadline_s:
        time.sleep(0.05)
    return condition()


def symbol_of(number: int) -> str:
    """Return the symbol of a stock by its number, from 0."""
    return f"S{number:03d}"


def open_floor(runtime: Runtime[Any], users: int, holdings: int) -> None:
    """Open a brokerage whose users hold stocks and are logged in."""
    brokerage = Brokerage(runtime, in_flight_limit=10**9)
    brokerage.conflation_us = CONFLATION_US
    for number in range(STOCKS):
        brokerage.list_stock(Stock(symbol_of(number), f"Stock {number}", FIRST_PRICE // 10_000))
    weights = 1.0 / np.arange(1, STOCKS + 1) ** ZIPF_SLOPE
    rng = np.random.default_rng(1)
    for number in range(users):
        user = f"U{number}"
        brokerage.open_account(User(user, user))
        brokerage.open_watching(user)
        held = rng.choice(STOCKS, holdings, replace=False, p=weights / weights.sum())
        for command_id, stock in enumerate(held.tolist()):
            content = symbol_of(stock), 10, FIRST_PRICE
            message = TransferShares(command_id, account_of(user), *content, "client", user)
            runtime.send(EXCHANGE, message, "client")
    runtime.run_until_idle(PATIENCE_S)
    for number in range(users):
        user = f"U{number}"
        log_in = LogIn(STOCKS, account_of(user), "client", user, "screen")
        runtime.send(EXCHANGE, log_in, "client")


def close_floor(runtime: Runtime[Any], users: int) -> None:
    """Log everybody out, so that there is an end of renewals."""
    for number in range(users):
        user = f"U{number}"
        log_out = LogOut(STOCKS + 1, account_of(user), "client", user)
        runtime.send(EXCHANGE, log_out, "client")
    runtime.run_until_idle(PATIENCE_S)
    runtime.close()


def ticks(seconds: float, per_s: float) -> list[tuple[float, str, int]]:
    """Return each tick: when, of which symbol, its price; at even distances."""
    count = round(seconds * per_s * STOCKS)
    return [
        (number / (per_s * STOCKS), symbol_of(number % STOCKS), FIRST_PRICE + number // STOCKS + 1)
        for number in range(count)
    ]


def handled(runtime: Runtime[Any]) -> int:
    """Return how many messages actors have handled."""
    if isinstance(runtime, VirtualTimeRuntime):
        tallies = (tally for node in runtime.cluster.nodes for tally in node.tallies.values())
        return sum(tally.messages for tally in tallies)
    return sum(cell.handled for cell in runtime.cells.values())


def play_virtual(
    runtime: VirtualTimeRuntime, planned: list[tuple[float, str, int]], screens: Screens
) -> float:
    """Send every tick at its instant; return the busy share of the workers."""
    runtime.run(until_s=runtime.now + SETTLE_S)
    start_s = runtime.now
    busy_s = sum(node.busy_s for node in runtime.cluster.nodes)
    for at_s, symbol, price in planned:
        due_us = round((start_s + at_s) * MICROSECONDS)
        runtime.send_later(at_s, stock_of(symbol), SetPrice(price, due_us))
    runtime.run(until_s=start_s + planned[-1][0] + SETTLE_S)
    runtime.run_until_idle()
    workers = sum(node.workers for node in runtime.cluster.nodes)
    spent_s = sum(node.busy_s for node in runtime.cluster.nodes) - busy_s
    return spent_s / (workers * (planned[-1][0] + 0.01))


def play_on_threads(
    runtime: ThreadRuntime, planned: list[tuple[float, str, int]], screens: Screens
) -> float:
    """Send every tick at its instant; return how long the work took, by that of the ticks."""
    time.sleep(SETTLE_S)  # so that nobody was told a price just before
    start_s = runtime.now
    for at_s, symbol, price in planned:
        wait_s = start_s + at_s - runtime.now
        if wait_s > 0:
            time.sleep(wait_s)
        due_us = round((start_s + at_s) * MICROSECONDS)
        runtime.send(stock_of(symbol), SetPrice(price, due_us))
    wait_for(screens.are_fresh)
    return (runtime.now - start_s) / (planned[-1][0] + 0.01)


def measure(kind: str, users: int, holdings: int, seconds: float, per_s: float) -> list[object]:
    """Run once, and return a row of the table."""
    runtime: Any = ThreadRuntime() if kind == "threads" else VirtualTimeRuntime()
    runtime.journal = MemoryJournal(keep_all=False)
    for port in ("client", "screen"):
        runtime.attach(port, lambda _: None)
    screens = Screens(holdings)
    runtime.follow(screens)
    try:
        open_floor(runtime, users, holdings)
        if kind == "threads":
            assert wait_for(lambda: screens.are_shown(users)), "not every screen was shown"
        else:
            runtime.run_until_idle()
        planned = ticks(seconds, per_s)
        before, started_s = handled(runtime), time.perf_counter()
        cpu_s = time.process_time()
        with calm_collector():
            play = play_on_threads if kind == "threads" else play_virtual
            load = play(runtime, planned, screens)
        wall_s, messages = time.perf_counter() - started_s, handled(runtime) - before
        cpu_s = time.process_time() - cpu_s
        assert not runtime.supervisor.failures, runtime.supervisor.failures[0]
    finally:
        close_floor(runtime, users)
    stale_ms = np.sort(np.frombuffer(screens.stale_us, np.int64)) / 1e3
    p50, p99 = (float(np.quantile(stale_ms, q, method="inverted_cdf")) for q in (0.5, 0.99))
    return [
        kind, users, len(stale_ms) / seconds, p50, p99, float(stale_ms[-1]),
        against(p99, "<", P99_BAR_MS), messages / len(planned), len(stale_ms) / len(planned),
        screens.conflated / len(planned), 1e6 * cpu_s / len(stale_ms), load, wall_s,
    ]  # fmt: skip


HEADS = (
    "runtime", "users", "updates/s", "p50 ms", "p99 ms", "max ms", "p99 bar", "messages/tick",
    "screens/tick", "left out/tick", "cpu us/update", "load", "wall s",
)  # fmt: skip


def main() -> None:
    """Measure, and print."""
    arguments = parse()
    print(machine())
    print(busy_neighbours(), flush=True)
    kinds = [arguments.only] if arguments.only else ["virtual", "threads"]
    rows = [
        measure(kind, users, arguments.holdings, arguments.seconds, arguments.ticks_per_s)
        for kind in kinds
        for users in arguments.users
    ]
    title = (
        f"{STOCKS} stocks, {arguments.ticks_per_s:g} ticks/s each for {arguments.seconds:g} s, "
        f"{arguments.holdings} holdings a user, {CONFLATION_US // 1_000} ms conflation"
    )
    print(table(title, HEADS, rows))
    print("load: busy share of the workers (virtual); time taken by that of the ticks (threads):")
    print("above 1 the machine does not keep up, and staleness is that of a growing backlog.")
    print("cpu us/update: processor time for one price on one screen, all in; says what an")
    print("idle machine could do where others are at work on this one.")


def parse() -> argparse.Namespace:
    """Read the command line."""
    summary, _, details = (__doc__ or "").partition("\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=summary, epilog=details, formatter_class=raw)
    parser.add_argument("--users", type=int, nargs="+", default=[1_000, 10_000], help="customers")
    parser.add_argument("--seconds", type=float, default=10.0, help="of ticks (10)")
    parser.add_argument("--ticks-per-s", type=float, default=1.0, help="of each stock (1)")
    parser.add_argument("--holdings", type=int, default=5, help="of each customer (5)")
    parser.add_argument("--only", choices=("virtual", "threads"), help="one runtime")
    return parser.parse_args()


if __name__ == "__main__":
    main()
