"""Right stories that tests begin from."""

from __future__ import annotations

from story import ALICE, BUY, DOLLAR, SELL, Story

from actors.addresses import gateway_of, notifier_of
from actors.domain.notifications import Channel, Event, Notification, Occasion, Route
from actors.domain.orders import Reason
from actors.messages import facts as f
from actors.messages import notification_facts as n
from actors.messages import watching
from actors.messages.notifications import BatchResult, SendBatch

EMAIL = Channel.EMAIL


def full_story() -> Story:
    """Tell of every kind of order, and of everything else that clients do."""
    story = Story(shares=30)
    story.read()
    story.trade(10)
    story.trade(7, SELL)
    waiting = story.place(5, BUY, limit=9 * DOLLAR)
    story.wait_in_book(waiting)
    selling = story.place(5, SELL, limit=12 * DOLLAR)
    story.wait_in_book(selling)
    story.trigger(9 * DOLLAR, waiting)
    story.cancel(selling)
    expiring = story.place(4, BUY, limit=5 * DOLLAR)
    story.wait_in_book(expiring)
    story.run_away()
    story.refuse(1_000, Reason.INSUFFICIENT_FUNDS, 10_000 * DOLLAR, BUY)
    story.refuse(1_000, Reason.INSUFFICIENT_SHARES, 1_000, SELL)
    story.refuse_at_the_door(Reason.BUSY)
    story.withdraw(50 * DOLLAR)
    story.read()
    story.forget(story.commands)
    story.turn_away("U2")
    story.take_over(ALICE, 2)
    story.close_session(expiring)
    watch(story)
    tell_of_deposit(story)
    return story


def notified() -> Story:
    """Tell a customer of a deposit."""
    story = Story()
    tell_of_deposit(story)
    return story


def tell_of_deposit(story: Story) -> None:
    """Let a customer ask for news of deposits by e-mail, and get one."""
    notifier, gateway = notifier_of(EMAIL), gateway_of(EMAIL)
    to = "ann@example.com"
    story.prefer(Route(EMAIL, to, (Event.DEPOSIT,)))
    about = f"U1-1/{story.transactions + 1}"
    occasion = Occasion(Event.DEPOSIT, about, 0, amount=5 * DOLLAR)
    story.deposit(5 * DOLLAR, n.NotificationsOwed(occasion, (n.Debt(EMAIL, 1, to),)))
    news = Notification(ALICE, 1, "U1", to, occasion)
    story.append(notifier, n.NotificationTaken(news))
    story.append(ALICE, n.DebtSettled(notifier, 1))
    story.tell(SendBatch(1, 1, EMAIL, (news,)), gateway)
    story.ask(BatchResult(1, (news.id,)), gateway)
    story.append(notifier, n.NotificationsDelivered((news.id,), story.at_us))


def watch(story: Story) -> None:
    """Put the stock on a watch list, and show it on a screen."""
    story.append("watchlist/U1", f.SymbolWatched(900, 0, "mine", "ACME"))
    story.append("watchlist/U1", f.SessionBegun(901, "screen"))
    line = watching.WatchLine("ACME", story.quotes, story.price, 0)
    story.tell(watching.WatchlistUpdate(ALICE, line), "screen")


def visited() -> Story:
    """Let a stranger come by."""
    story = Story(shares=20)
    story.turn_away("U2")
    return story


def closed() -> Story:
    """Close an account: at the first try it has cash."""
    story = Story(cash=10)
    story.refuse_closing(Reason.ACCOUNT_NOT_EMPTY)
    story.withdraw(10)
    story.close_account()
    return story


def trade() -> Story:
    story = Story(shares=20)
    story.trade(10, SELL)
    story.trade(10, BUY)
    return story


def waiting() -> Story:
    story = Story(shares=20)
    order_id = story.place(5, BUY, limit=9 * DOLLAR)
    story.wait_in_book(order_id)
    story.cancel(order_id)
    return story


def reading() -> Story:
    story = Story(shares=20)
    story.read()
    story.trade(10)
    story.read()
    return story


def triggering() -> Story:
    """Let one price trigger two buys of different limits, and two of the same."""
    story = Story()
    limits = (8, 9, 9, 7)
    waiting = [story.place(2 + n, BUY, limit=n * DOLLAR) for n in limits]
    for order_id in waiting:
        story.wait_in_book(order_id)
    low, first, second, lower = waiting
    story.trigger(8 * DOLLAR, first, second, low)
    story.close_session(lower)
    return story


def refused() -> Story:
    story = Story()
    story.refuse(1_000, Reason.INSUFFICIENT_FUNDS, 10_000 * DOLLAR, BUY)
    return story


def resting() -> Story:
    story = Story()
    story.wait_in_book(story.place(5, BUY, limit=9 * DOLLAR))
    return story
