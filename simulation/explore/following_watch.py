"""Watches notifications, alerts, feeds and screens of a small world for what is hard on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.addresses import EXCHANGE
from actors.messages.alerts import AlertTriggered, ArmAlert
from actors.messages.base import Address
from actors.messages.feed import PriceUpdate, Subscribe
from actors.messages.notifications import BatchResult, Notify
from actors.messages.watching import SessionBegins, SessionEnds, UnwatchSymbol, WatchSymbol
from simulation.explore.situations import Situation

See = Callable[[Situation], None]
Look = Callable[[See, Any, Any, Address], None]


def _notify(see: See, notifier: Any, message: Notify, _: Address) -> None:
    notification = message.notification
    known = notifier.state.known.get(notification.producer)
    if known is not None and known.has(notification.number):
        see(Situation.NOTICE_AGAIN)
    elif len(notifier.state.waiting) >= notifier.pace.capacity:
        see(Situation.NO_ROOM)


def _batch_result(see: See, notifier: Any, result: BatchResult, _: Address) -> None:
    if any(not failure.is_final for failure in result.undelivered):
        see(Situation.TRIED_AGAIN)
    if any(notification_id not in notifier.state.waiting for notification_id in result.delivered):
        see(Situation.SENT_AGAIN)


def _arm(see: See, alerts: Any, message: ArmAlert, _: Address) -> None:
    known = alerts.state.known.get(message.account)
    if known is not None and known.has(message.number):
        see(Situation.ARMED_AGAIN)


def _alert(see: See, account: Any, message: AlertTriggered, sender: Address) -> None:
    known = account.state.notices.heard.get(sender)
    if known is not None and known.has(message.number):
        see(Situation.ALERT_AGAIN)
    elif message.alert not in account.state.notices.alerts:
        see(Situation.ALERT_TOO_LATE)


def _price(see: See, subscriber: Any, update: PriceUpdate, _: Address) -> None:
    held = subscriber.subscriptions.held.get(update.symbol)
    if held is None:
        see(Situation.UPDATE_UNWANTED)
    elif update.number <= held.number:
        see(Situation.UPDATE_LATE)
    elif held.number and update.number > held.number + 1:
        see(Situation.CONFLATED)


def _subscribe(see: See, feed: Any, message: Subscribe, _: Address) -> None:
    if 0 < message.known < feed.number:
        see(Situation.RENEWAL_BRINGS)


def _session(see: See, follower: Any, news: SessionBegins | SessionEnds, _: Address) -> None:
    if news.command_id < follower.state.session.last:
        see(Situation.LATE_SESSION)


def _watch(see: See, watchlist: Any, command: WatchSymbol | UnwatchSymbol, _: Address) -> None:
    if watchlist.address != EXCHANGE and command.command_id in watchlist.state.commands:
        see(Situation.WATCH_AGAIN)


LOOKS: Final[dict[type, Look]] = {
    Notify: _notify,
    BatchResult: _batch_result,
    ArmAlert: _arm,
    AlertTriggered: _alert,
    PriceUpdate: _price,
    Subscribe: _subscribe,
    SessionBegins: _session,
    SessionEnds: _session,
    WatchSymbol: _watch,
    UnwatchSymbol: _watch,
}
"""What looks at a message that an actor is about to handle; it changes nothing."""


def look_at_recovery(see: See, kind: str, actor: Any) -> None:
    """Look at what an actor of this kind finds as it comes back."""
    match kind:
        case "notifier" if actor.state.waiting:
            see(Situation.NOTIFIER_OWES)
        case "alerts" if actor.outbox():
            see(Situation.ALERTS_OWE)
        case "feed":
            see(Situation.FEED_BACK)
        case "watchlist" | "view" if actor.state.session.is_open:
            see(Situation.SCREEN_BACK)
