"""A24 fires on each way in which a screen can be wrong or behind, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from story import ALICE, COLLAR_BP, DOLLAR, Story
from tampering import tell_all

from actors.domain.orders import Reason
from actors.messages import facts as f
from actors.messages import watching as w
from actors.messages.funds import ForgetCommands
from actors.messages.queries import LogIn, SessionAnswer
from simulation.audit import Auditor, AuditResult
from simulation.audit.screens import Prices
from simulation.audit.staleness import GRACE_US, PORTFOLIO, UNIT_US, WATCHLIST

SCREEN, LIST, VIEW = "screen", "watchlist/U1", "view/U1-1"
BOUND_US = 1_000_000
SHARES = 10


class Watched(Story):
    """Alice has ten shares of ACME, watches it, and is logged in with a screen."""

    def __init__(self) -> None:
        super().__init__(shares=SHARES)
        self.append(LIST, f.WatchlistOpened("U1"))
        self.append(VIEW, f.ViewOpened(ALICE))
        for follower in (LIST, VIEW):
            self.append("exchange", f.SessionFollowed(ALICE, follower))
        self.watch(100)
        for follower in (LIST, VIEW):
            self.append(follower, f.SessionBegun(101, SCREEN))
        self.show()
        self.update()

    def watch(self, command: int, reason: Reason | None = None) -> None:
        self.ask(w.WatchSymbol(command, ALICE, "mine", "ACME", user="U1"))
        self.append(LIST, f.SymbolWatched(command, 0, "mine", "ACME"))
        self.tell(w.WatchAnswer(command, ALICE, reason))

    def show(self, value: int | None = None, quantity: int = SHARES) -> None:
        line = w.ShownLine("ACME", quantity, SHARES * 8 * DOLLAR, self.quotes, self.price)
        value = quantity * self.price if value is None else value
        self.tell(w.PortfolioShown(ALICE, 1, (line,), value, line.cost), SCREEN)

    def update(self, number: int = 0, price: int = 0, value: int = 0) -> None:
        number, price = number or self.quotes, price or self.price
        line = w.WatchLine("ACME", number, price, 0)
        self.tell(w.WatchlistUpdate(ALICE, line), SCREEN)
        update = w.PortfolioUpdate(ALICE, 1, "ACME", number, price, value or SHARES * price)
        self.tell(update, SCREEN)

    def tick(self, late_us: int = 0) -> None:
        """Let a price come, and the screen be told so much later."""
        self.quote(self.price + DOLLAR)
        self.at_us += late_us
        self.update()

    def log_out(self) -> None:
        for follower in (LIST, VIEW):
            self.append(follower, f.SessionEnded(102))


def judged(story: Story, bound_us: int | None = BOUND_US) -> Auditor:
    auditor = Auditor(None, 0.0, COLLAR_BP, staleness_us=bound_us)
    tell_all(story, auditor)
    return auditor


def broken(result: AuditResult) -> set[str]:
    return {row.id for row in result.invariants if row.findings}


def test_a_screen_that_is_told_every_price_in_time_is_right() -> None:
    story = Watched()
    for late_us in (0, 1_000, BOUND_US - 1_000):
        story.tick(late_us)

    result = judged(story).finish()

    assert result.passed, result.render()
    assert next(row.checks for row in result.invariants if row.id == "A24") > 0


def test_staleness_is_counted_from_the_price_that_came_after_the_one_shown() -> None:
    story = Watched()
    story.quote(11 * DOLLAR)
    story.at_us += 40_000
    story.tick()

    auditor = judged(story)

    stale = {(view, units * UNIT_US): n for (view, units), n in auditor.staleness.counts.items()}
    assert stale == {(PORTFOLIO, 40_100): 1, (WATCHLIST, 40_100): 1}
    assert auditor.staleness.conflated == {PORTFOLIO: 1, WATCHLIST: 1}


def test_what_is_told_before_the_count_begins_is_not_counted() -> None:
    story = Watched()
    story.tick()
    auditor = Auditor(None, 0.0, COLLAR_BP, counts_from_us=story.at_us + 1)
    tell_all(story, auditor)

    assert not auditor.staleness.counts


def late(story: Watched) -> None:
    story.tick(BOUND_US)


def back(story: Watched) -> None:
    story.tick()
    story.update(story.quotes - 1, story.price - DOLLAR)
    story.quote(story.price)


def of_another_price(story: Watched) -> None:
    story.quote(12 * DOLLAR)
    story.update(price=13 * DOLLAR)


def never_set(story: Watched) -> None:
    story.update(story.quotes + 1)


def left_behind(story: Watched) -> None:
    story.quote(12 * DOLLAR)


def after_the_log_out(story: Watched) -> None:
    story.log_out()
    story.at_us += GRACE_US
    story.tick()


def not_watched(story: Watched) -> None:
    story.append(LIST, f.SymbolUnwatched(103, 0, "mine", "ACME"))
    story.at_us += GRACE_US
    story.tick()


def wrong_sum(story: Watched) -> None:
    story.quote(12 * DOLLAR)
    story.update(value=1)


def wrong_whole(story: Watched) -> None:
    story.show(value=1)


def wrong_quantity(story: Watched) -> None:
    story.show(quantity=SHARES + 1)


def never_shown(story: Watched) -> None:
    story.append(LIST, f.SessionBegun(104, SCREEN))


def read_too_old(story: Watched) -> None:
    story.quote(12 * DOLLAR)
    story.update()
    story.at_us += BOUND_US
    old = w.WatchLine("ACME", story.quotes - 1, 10 * DOLLAR, 0)
    story.tell(w.WatchlistAnswer(105, ALICE, "mine", (old,), ("mine",)))


WRONGS: list[Callable[[Watched], None]] = [
    late, back, of_another_price, never_set, left_behind, after_the_log_out, not_watched,
    wrong_sum, wrong_whole, wrong_quantity, never_shown, read_too_old,
]  # fmt: skip


@pytest.mark.parametrize("plant", WRONGS, ids=lambda plant: plant.__name__)
def test_only_a24_fires_on_a_screen_that_is_wrong(plant: Callable[[Watched], None]) -> None:
    story = Watched()
    plant(story)

    assert broken(judged(story).finish()) == {"A24"}


@pytest.mark.parametrize("plant", [late, back, after_the_log_out], ids=lambda p: p.__name__)
def test_where_faults_happen_only_the_end_counts(plant: Callable[[Watched], None]) -> None:
    story = Watched()
    plant(story)
    if plant is back:
        story.update()

    assert judged(story, None).finish().passed


def test_what_is_still_on_its_way_is_not_expected_of_a_run_that_was_cut_off() -> None:
    story = Watched()
    left_behind(story)

    assert judged(story).finish(at_rest=False).passed


def test_an_answer_that_is_not_in_the_journal_or_differs_from_it_is_found() -> None:
    untold, other = Watched(), Watched()
    untold.tell(w.WatchAnswer(200, ALICE))
    other.watch(201, Reason.LIST_FULL)

    assert broken(judged(untold).finish()) == {"A14"}
    assert broken(judged(other).finish()) == {"A10"}


def read_list(story: Watched, command: int, *symbols: str, asked: int = 1) -> None:
    """Ask for the list so often, and be told once what is on it."""
    for _ in range(asked):
        story.ask(w.GetWatchlist(command, ALICE, "mine", user="U1"))
    lines = tuple(w.WatchLine(symbol, story.quotes, story.price, 0) for symbol in symbols)
    story.tell(w.WatchlistAnswer(command, ALICE, "mine", lines, ("mine",) if symbols else ()))


def test_a_watch_list_that_is_read_as_it_is_not_is_found() -> None:
    right, wrong = Watched(), Watched()
    read_list(right, 300, "ACME")
    read_list(wrong, 300)

    assert judged(right).finish().passed
    assert broken(judged(wrong).finish()) == {"A09"}


def test_an_answer_that_may_be_to_an_earlier_question_is_not_judged() -> None:
    story = Watched()
    read_list(story, 300, "ACME")
    story.append(LIST, f.SymbolUnwatched(301, 0, "mine", "ACME"))
    read_list(story, 300, "ACME")
    story.ask(w.GetWatchlist(302, ALICE, "mine", user="U1"))
    story.append(LIST, f.SymbolWatched(303, 0, "mine", "ACME"))
    story.tell(w.WatchlistAnswer(302, ALICE, "mine", (), ()))

    assert "A09" not in broken(judged(story).finish())


def test_a_watch_command_that_is_decided_twice_is_found() -> None:
    story = Watched()
    story.append(LIST, f.SymbolWatched(100, 0, "mine", "ACME"))

    assert broken(judged(story).finish()) == {"A10"}


def test_a_log_in_that_a_follower_has_not_recorded_is_found() -> None:
    story = Watched()
    story.ask(LogIn(150, ALICE, user="U1", screen=SCREEN))
    story.append(LIST, f.SessionBegun(150, SCREEN))
    story.tell(SessionAnswer(150, ALICE))

    assert "A14" in broken(judged(story).finish())


def test_a_command_to_a_watch_list_that_is_never_answered_is_found() -> None:
    story = Watched()
    story.ask(w.GetWatchlist(300, ALICE, "mine", user="U1"))

    assert broken(judged(story).finish()) == {"A16"}


def test_times_of_old_prices_are_forgotten_and_those_of_new_ones_are_not() -> None:
    prices = Prices()
    for number in range(1, 20_001):
        prices.add(number, 10 * number)

    assert prices.last == 20_000
    assert prices.price(20_000) == 20_000
    assert prices.price(1) is None
    assert prices.staleness_us(19_999, 200_005) == 5
    assert prices.staleness_us(20_000, 300_000) == 0
    assert len(prices.prices) < 10_000


def test_a_watch_list_may_forget_what_its_client_has_the_answers_to() -> None:
    story = Watched()
    story.ask(ForgetCommands(ALICE, 101, user="U1"))
    story.append(LIST, f.CommandsForgotten(101))
    story.tell(w.WatchAnswer(100, ALICE))  # once more, as it was under way

    assert judged(story).finish().passed


def test_a_watch_list_must_not_forget_what_may_be_asked_again() -> None:
    story = Watched()
    story.append(LIST, f.CommandsForgotten(101))

    assert broken(judged(story).finish()) == {"A10"}
