"""The audit compares what is in memory, what clients hear of a busy door, and who knows prices."""

from __future__ import annotations

import pytest
from story import ALICE, COLLAR_BP, HOURS, Story, broken, judge
from tampering import tell_all
from told_stories import full_story, resting, trade

from actors.domain.orders import Reason
from actors.messages import facts as f
from actors.messages import orders
from simulation.audit import Auditor
from simulation.audit.model import View


def balances(at: int) -> View:
    """Return what the account has after the full story, with one figure that is off."""
    cash, held, realised, lines = full_story().view()
    line = [amount + (at == number) for number, amount in enumerate(lines["ACME"], start=3)]
    return (
        cash + (at == 0), held + (at == 1), realised + (at == 2),
        {"ACME": (line[0], line[1], line[2])},
    )  # fmt: skip


@pytest.mark.parametrize("at", [-1, *range(6)])
def test_an_account_that_has_something_else_than_its_facts_make_it_is_found(at: int) -> None:
    auditor = Auditor(HOURS, 0.0, COLLAR_BP)
    tell_all(full_story(), auditor)

    auditor.compare_balances(ALICE, balances(at))

    assert broken(auditor.finish()) == (set() if at == -1 else {"A11"})


def busy(story: Story, command: int) -> None:
    story.tell(orders.CommandRejected(command, ALICE, Reason.BUSY))


def test_a_client_that_asked_once_and_was_accepted_is_not_told_busy() -> None:
    story = trade()
    busy(story, story.commands)

    assert broken(judge(story)) == {"A10"}


def test_where_the_network_copies_a_client_with_the_true_answer_may_be_told_busy() -> None:
    story = trade()
    busy(story, story.commands)
    auditor = Auditor(HOURS, 0.0, COLLAR_BP, copies=True)

    tell_all(story, auditor)

    assert auditor.finish().passed


def first_command(story: Story) -> int:
    command: int = story.events[story.find(orders.PlaceOrder)[0]].content.command_id
    return command


def test_a_client_that_asks_again_may_be_told_busy_if_it_has_the_true_answer() -> None:
    story = trade()
    story.repeat(orders.PlaceOrder)
    busy(story, first_command(story))

    assert judge(story).passed


def test_a_client_that_is_told_busy_must_get_the_true_answer_in_the_end() -> None:
    story = resting()
    story.drop(orders.OrderAccepted)
    story.repeat(orders.PlaceOrder)
    busy(story, first_command(story))
    assert broken(judge(story)) == {"A16"}

    story.repeat(orders.PlaceOrder)
    story.tell(orders.OrderAccepted(first_command(story), ALICE, "U1-1-1"))

    assert judge(story).passed


def test_every_book_and_the_market_data_know_every_price_even_if_they_follow_none() -> None:
    for follower, fact in (("book/ACME", f.QuoteApplied), ("market-data", f.QuoteNoted)):
        story = Story()
        story.events = [
            event for event in story.events
            if not (event.kind == "appended" and type(event.content[0]) is fact)
            and event.content != [f.FollowerAdded(follower)]
        ]  # fmt: skip

        assert broken(judge(story)) == {"A16"}
