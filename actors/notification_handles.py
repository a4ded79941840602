"""The handles for notifications: preferences, price alerts, gateways, dead letters."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from math import inf
from typing import TYPE_CHECKING, Any, Final

from actors.addresses import notifier_of
from actors.client import Refused
from actors.delivery.gateway import Gateway
from actors.dispatch import PACES, Pace
from actors.domain.notifications import Channel, Event, Route, is_destination
from actors.domain.order_factory import checked_price
from actors.domain.orders import Reason
from actors.domain.thresholds import Direction
from actors.handles.stock import symbol_of
from actors.messages.alerts import AlertLine, PreferencesAnswer, RemoveAlert, SetAlert
from actors.messages.base import CommandId
from actors.messages.notifications import (
    DeadLetter,
    DeliveryAnswer,
    GetDelivery,
    GetPreferences,
    SetPreferences,
)
from actors.notifier import Notifier
from actors.runtimes.runtime import Runtime
from actors.runtimes.threads import ThreadRuntime

if TYPE_CHECKING:
    from actors.brokerage import Brokerage
    from actors.handles import AccountHandle, Amount, StockHandle, UserHandle

_PATIENCE_S: Final = 30.0
_LOOK_EVERY_S: Final = 0.01


def open_notifiers(runtime: Runtime[Any], paces: Mapping[Channel, Pace]) -> None:
    """Start the notifier of every channel, or bring it back from its journal."""
    for channel in Channel:
        runtime.spawn(notifier_of(channel), Notifier, channel, paces.get(channel, PACES[channel]))


class DeliveryHandle:
    """How notifications leave a brokerage: a gateway for each channel.

    As long as a channel has none, its notifications wait; nothing is lost.

    Args:
        brokerage: Whose notifications they are.
        paces: How fast each channel may be used, where that is not as usual.
    """

    def __init__(self, brokerage: Brokerage, paces: Mapping[Channel, Pace]) -> None:
        self._brokerage = brokerage
        self._paces = paces
        self._gateways: list[Gateway] = []
        self._served: set[Channel] = set()

    def deliver(self, channel: Channel, gateway: Gateway) -> None:
        """Send the notifications of a channel through a gateway, which is closed with all else.

        Raises:
            ValueError: The channel has a gateway, or the gateway serves another channel.
        """
        self._brokerage.refuse_if_closed()
        _refuse_if_no_channel(channel)
        if not isinstance(gateway, Gateway):
            raise TypeError(f"a gateway is meant, like ConsoleGateway(sys.stdout), not {gateway!r}")
        if channel in self._served:
            raise ValueError(f"{channel.value} has a gateway already; a channel has but one")
        pace = self._paces.get(channel, PACES[channel])
        gateway.open(self._brokerage.runtime, channel, pace.workers)
        self._served.add(channel)
        self._gateways.append(gateway)

    def read(self, channel: Channel) -> DeliveryAnswer:
        """Return how many notifications wait, were sent, and were given up."""
        _refuse_if_no_channel(channel)
        self._brokerage.refuse_if_closed()
        address = notifier_of(channel)
        answer = self._brokerage.runtime.ask(address, GetDelivery(), timeout_s=_PATIENCE_S)
        assert isinstance(answer, DeliveryAnswer)
        return answer

    def dead_letters(self, channel: Channel) -> list[DeadLetter]:
        """Return the latest notifications that were given up, with the reasons."""
        return list(self.read(channel).dead_letters)

    def flush(self, channel: Channel, timeout_s: float = _PATIENCE_S) -> None:
        """Wait until nothing waits to be sent on a channel.

        Raises:
            TimeoutError: `timeout_s` wall-clock seconds were not enough.
            ValueError: `timeout_s` is no such time.
        """
        if type(timeout_s) not in (int, float) or not 0 <= timeout_s < inf:
            raise ValueError(f"seconds to wait are meant, 0 or more, not {timeout_s!r}")
        runtime = self._brokerage.runtime
        deadline_s = time.monotonic() + timeout_s
        runtime.run_until_idle(timeout_s)
        while self.read(channel).waiting:
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"notifications still wait after {timeout_s:g} s")
            _pass_time(runtime)

    def close(self) -> None:
        """Close all gateways."""
        for gateway in self._gateways:
            gateway.close()
        self._gateways.clear()


class PreferencesHandle:
    """What is to be told of one account, and where; nothing by default.

    `UserPreferencesHandle` says the same for all accounts of a user.
    """

    def __init__(self, account: AccountHandle) -> None:
        self._account = account

    def read(self) -> PreferencesAnswer:
        """Return what is sent where, and which alerts are set."""
        answer = self._account._command(GetPreferences)
        assert isinstance(answer, PreferencesAnswer)
        return answer

    def set(self, channel: Channel, events: Iterable[Event], to: str | None = None) -> None:
        """Let these events, and no others, be sent on a channel; other channels stay as they are.

        Args:
            channel: The way.
            events: What is sent; nothing to be left in peace.
            to: Where to; by default the user's e-mail address, telephone number or name.

        Raises:
            TypeError: It is no channel, or these are no events.
            ValueError: The channel cannot lead there.
        """
        _refuse_if_no_channel(channel)
        wanted = _checked_events(events)
        others = tuple(route for route in self.read().routes if route.channel is not channel)
        where = self._destination(channel) if to is None else to
        if wanted and not is_destination(channel, where):
            raise ValueError(
                f"{channel.value} cannot lead to {where!r}; give another one as to=..."
            )
        routes = (*others, Route(channel, where, wanted)) if wanted else others
        self._account._command(SetPreferences, routes)

    def _destination(self, channel: Channel) -> str:
        user = self._account.user
        if channel is Channel.CONSOLE:
            return user.name
        return user.email if channel is Channel.EMAIL else user.phone


class UserPreferencesHandle:
    """What a user wants to be told of, whichever account it happens to."""

    def __init__(self, user: UserHandle) -> None:
        self._user = user

    def set(self, channel: Channel, events: Iterable[Event], to: str | None = None) -> None:
        """Say so for every open account; one that is opened later begins with the same.

        Args:
            channel: The way.
            events: What is sent; nothing to be left in peace.
            to: Where to; by default the user's e-mail address, telephone number or name.

        Raises:
            TypeError: It is no channel, or these are no events; then no account has changed.
            ValueError: The channel cannot lead there; then no account has changed.
            Refused: All accounts are closed.
        """
        wanted, closed, has_changed = _checked_events(events), None, False
        for account in self._user.accounts():
            try:
                account.preferences.set(channel, wanted, to)
                has_changed = True
            except Refused as refused:
                if refused.reason is not Reason.ACCOUNT_CLOSED:
                    raise
                closed = refused
        if closed is not None and not has_changed:
            raise closed

    def carry_over(self, account: AccountHandle) -> None:
        """Let a new account begin with the preferences of the first one that is open.

        If all are closed, with those of the one that was opened last.
        """
        others = [one for one in self._user.accounts() if one.address != account.address]
        source = next((one for one in others if not one.is_closed), others[-1])
        routes = source.preferences.read().routes
        if routes:
            account._command(SetPreferences, routes)


class AlertsHandle:
    """The price alerts of an account."""

    def __init__(self, account: AccountHandle) -> None:
        self._account = account

    def add(
        self,
        stock: StockHandle | str,
        direction: Direction,
        price: Amount,
        *,
        repeats: bool = False,
    ) -> AlertHandle:
        """Wait for a price; who is told, and where, is a matter of the account's preferences.

        Args:
            stock: Whose price.
            direction: Above or below.
            price: At which it fires, and beyond; at once, if that is so already.
            repeats: It fires again after the price has been on the other side.

        Raises:
            TypeError: The direction is none.
            ValueError: The price is no amount above zero.
            Refused: No stock is listed under this symbol, or there are too many alerts.
        """
        symbol = symbol_of(stock)
        if type(direction) is not Direction:
            raise TypeError(f"give Direction.ABOVE or Direction.BELOW, not {direction!r}")
        if type(repeats) is not bool:
            raise TypeError(f"an alert repeats or not: give True or False, not {repeats!r}")
        brokerage, address = self._account._brokerage, self._account.address
        command_id = brokerage.next_command_id()
        units = checked_price(symbol, price)
        brokerage.ask(
            SetAlert(
                command_id, address, symbol, direction, units, repeats, brokerage.client,
                self._account.user.id,
            )
        )  # fmt: skip
        return AlertHandle(self._account, command_id)

    def list(self) -> list[AlertLine]:
        """Return the alerts that are set, the oldest first."""
        return list(self._account.preferences.read().alerts)

    def remove(self, line: AlertLine) -> None:
        """Wait no more for the price of an alert of the list, whoever has set it and when.

        Raises:
            TypeError: It is no line of the list.
            Refused: It has fired, or was removed before.
        """
        if not isinstance(line, AlertLine):
            raise TypeError(f"an alert is meant, as alerts.list() returns it, not {line!r}")
        AlertHandle(self._account, line.alert).remove()


class AlertHandle:
    """A price alert, as people hold it."""

    def __init__(self, account: AccountHandle, alert: CommandId) -> None:
        self._account = account
        self.alert = alert

    def remove(self) -> None:
        """Wait for its price no more.

        Raises:
            Refused: It has fired, or was removed before.
        """
        self._account._command(RemoveAlert, self.alert)


def _refuse_if_no_channel(channel: object) -> None:
    if type(channel) is not Channel:
        raise TypeError(f"a channel is meant, like Channel.EMAIL, not {channel!r}")


def _checked_events(events: object) -> tuple[Event, ...]:
    """Return events, each once; what is no collection of them is refused."""
    is_several = isinstance(events, Iterable) and not isinstance(events, str)
    given = list(events) if is_several else [None]  # type: ignore[call-overload]
    if not all(type(event) is Event for event in given):
        raise TypeError(f"events are meant, like [Event.DEPOSIT], not {events!r}")
    return tuple(dict.fromkeys(given))


def _pass_time(runtime: Any) -> None:
    if isinstance(runtime, ThreadRuntime):
        time.sleep(_LOOK_EVERY_S)
    else:
        runtime.run(until_s=runtime.now + _LOOK_EVERY_S)
