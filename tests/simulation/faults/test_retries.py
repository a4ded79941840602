"""Clients that ask again, and the news of what they will not ask again."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.clock import Clock
from simulation.forgetting import Forgetting
from simulation.retries import Retries
from simulation.virtual_time import VirtualTimeRuntime


def retries(answered_s: float, after_s: float = 1.0) -> list[float]:
    """Return when a command is sent again that is answered at an instant."""
    runtime = VirtualTimeRuntime(Clock())
    sent: list[float] = []
    asking = Retries(
        runtime, after_s, lambda _: runtime.now < answered_s, lambda _: sent.append(runtime.now)
    )
    asking.expect(0)
    runtime.run(1_000.0)
    return sent


def test_a_command_is_sent_again_at_doubling_intervals_up_to_half_a_minute() -> None:
    assert retries(answered_s=130.0) == [1.0, 3.0, 7.0, 15.0, 31.0, 61.0, 91.0, 121.0]


def test_a_command_that_is_answered_in_time_is_not_sent_again() -> None:
    assert retries(answered_s=0.5) == []


def test_a_first_wait_beyond_the_cap_is_kept() -> None:
    assert retries(answered_s=130.0, after_s=45.0) == [45.0, 90.0]


class Rows:
    """The columns of a workload that matter here."""

    def __init__(self, accounts: list[int], command_ids: list[int] | None = None) -> None:
        self.account: Any = np.array(accounts)
        self.command_id: Any = np.array(command_ids or range(len(accounts)))


def news(rows: Rows, final: list[int]) -> list[int | None]:
    """Return what is said after each last word, all to account 1."""
    is_final = bytearray(len(rows.account))
    forgetting = Forgetting(rows, is_final)  # type: ignore[arg-type]
    told = []
    for row in final:
        is_final[row] = 1
        told.append(forgetting.take(int(rows.account[row])))
    return told


def test_an_account_is_told_after_every_thirty_two_last_words_what_it_may_forget() -> None:
    told = news(Rows([1] * 100), list(range(70)))

    assert [(n, below) for n, below in enumerate(told, 1) if below is not None] == [
        (32, 32),
        (64, 64),
    ]


def test_a_command_without_its_last_word_holds_everything_after_it() -> None:
    told = news(Rows([1] * 100), [*range(10), *range(11, 80)])

    assert [below for below in told if below is not None] == [10]


def test_when_all_is_said_nothing_needs_to_be_remembered() -> None:
    assert news(Rows([1] * 32), list(range(32)))[-1] == 32


def test_the_commands_of_other_accounts_hold_nothing() -> None:
    rows = Rows([1, 2] * 50)

    assert news(rows, list(range(0, 64, 2)))[-1] == 64


def test_whose_command_ids_do_not_ascend_never_forgets() -> None:
    rows = Rows([1] * 40, list(range(40, 0, -1)))

    assert set(news(rows, list(range(40)))) == {None}
