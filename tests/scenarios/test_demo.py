"""The five stories of `openoutcry demo`, with every balance to the cent, on both runtimes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from actors import AccountHandle, Brokerage, ThreadRuntime
from actors.commands import BuyCommand, Entry, Outcome, SellCommand
from actors.domain.money import money
from actors.messages.queries import AccountAnswer
from actors.runtimes.runtime import Runtime
from scenarios.cli import openoutcry
from scenarios.demo import STORIES, Teller
from simulation.virtual_time import VirtualTimeRuntime

Play = Callable[[int], tuple[AccountHandle, list[str]]]


@pytest.fixture(params=[ThreadRuntime, VirtualTimeRuntime], ids=["threads", "virtual"])
def play(request: pytest.FixtureRequest) -> Iterator[Play]:
    """Give a player of a story, who returns Alice's account and what was told."""
    made: list[Brokerage] = []

    def play_story(number: int) -> tuple[AccountHandle, list[str]]:
        runtime: Runtime[Any] = request.param()
        exchange = Brokerage(runtime)
        made.append(exchange)
        lines: list[str] = []
        STORIES[number - 1].play(exchange, Teller(lines.append))
        return exchange.account("U001"), lines

    yield play_story
    for exchange in made:
        assert exchange.runtime.supervisor.failures == []
        exchange.close()


def balances(account: AccountHandle) -> tuple[int, int, int]:
    answer: AccountAnswer = account.read()
    return answer.cash, answer.held, answer.realised


def commands_of(account: AccountHandle) -> list[Entry]:
    return account._brokerage.commands.history(user="U001")


def test_set_up_and_deposit(play: Play) -> None:
    alice, lines = play(1)

    assert balances(alice) == (money("10000.00"), 0, 0)
    assert any("cash $9,749.50" in line for line in lines)
    assert [entry.outcome for entry in commands_of(alice)] == [Outcome.ACCEPTED] * 3


def test_ten_apple_at_150_of_10000_leave_8500_and_a_sale_pays(play: Play) -> None:
    alice, lines = play(2)
    bought, sold, refused = commands_of(alice)[1:]

    assert isinstance(bought.command, BuyCommand)
    assert (bought.command.quantity, bought.price) == (10, money("150.00"))
    assert "  = cash $8,500.00, held $0.00, net worth $10,000.00" in lines
    assert isinstance(sold.command, SellCommand)
    assert (sold.command.quantity, sold.price) == (4, money("155.00"))
    assert refused.outcome is Outcome.REFUSED
    assert balances(alice) == (money("9120.00"), 0, money("20.00"))
    assert alice.portfolio.get_holdings_summary()["AAPL"].quantity == 6


def test_a_portfolio_is_valued_at_the_latest_prices(play: Play) -> None:
    alice, _ = play(3)

    assert balances(alice) == (money("2900.00"), 0, 0)
    assert alice.net_worth == money("10050.00")
    assert alice.portfolio.get_profit_loss() == {
        "profit_loss": money("50.00"),
        "percentage": pytest.approx(100 * 50 / 7_100),
        "cost_total": money("7100.00"),
        "current_value": money("7150.00"),
        "realised": 0,
    }


def test_a_limit_of_160_executes_at_165_when_the_price_jumps_there(play: Play) -> None:
    alice, lines = play(4)
    order = commands_of(alice)[-1]

    assert isinstance(order.command, SellCommand)
    assert (order.command.quantity, order.command.limit_price) == (5, "160.00")
    assert (order.outcome, order.price) == (Outcome.EXECUTED, money("165.00"))
    assert sum(line.endswith("pending") for line in lines) == 2
    assert balances(alice) == (money("9325.00"), 0, money("75.00"))
    assert alice.portfolio.get_holdings_summary()["AAPL"].quantity == 5


def test_alphabet_bought_at_2800_and_sold_at_3000_is_a_profit_to_take_home(play: Play) -> None:
    alice, lines = play(5)
    bought, sold = (entry for entry in commands_of(alice) if entry.price)

    assert (bought.price, sold.price) == (money("2800.00"), money("3000.00"))
    assert "  = cash $4,400.00, held $0.00, net worth $10,000.00" in lines
    assert "  = cash $10,400.00, held $0.00, net worth $10,400.00" in lines
    assert balances(alice) == (0, 0, money("400.00"))
    assert [entry.outcome for entry in commands_of(alice)[-2:]] == [Outcome.ACCEPTED] * 2


@pytest.mark.parametrize("runtime", ["threads", "virtual"])
def test_the_demo_tells_all_five_in_80_columns(runtime: str) -> None:
    result = CliRunner().invoke(openoutcry, ["demo", "--runtime", runtime])

    assert result.exit_code == 0
    assert [line for line in result.output.splitlines() if line.startswith("Story")] == [
        f"Story {number} of 5: {story.title}" for number, story in enumerate(STORIES, 1)
    ]
    assert max(map(len, result.output.splitlines())) <= 80


def test_the_demo_tells_one_story_where_one_is_asked_for() -> None:
    result = CliRunner().invoke(openoutcry, ["demo", "--story", "4", "--runtime", "virtual"])

    assert result.output.startswith("Story 4 of 5")
    assert result.output.count("Story") == 1


@pytest.mark.parametrize("words", [["--story", "6"], ["--story", "0"], ["--runtime", "steam"]])
def test_the_demo_refuses_what_there_is_not(words: list[str]) -> None:
    result = CliRunner().invoke(openoutcry, ["demo", *words])

    assert result.exit_code == 2
    assert "Invalid value for" in result.output
