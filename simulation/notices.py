"""Sets up who is told of what in a run: channels, preferences and price alerts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from actors.addresses import EXCHANGE
from actors.dispatch import Pace
from actors.domain.notifications import Channel, Event, Route
from actors.domain.order_factory import MAX_PRICE
from actors.domain.thresholds import Direction
from actors.messages.alerts import SetAlert
from actors.messages.base import Address
from actors.messages.notifications import SetPreferences
from simulation.channels import ChannelModel, pace_of
from simulation.customer_names import account_address, destination, user_id
from simulation.notification_plan import AlertsPlan, NotificationsPlan
from simulation.prices import PriceTape
from simulation.streams import Streams
from simulation.virtual_time import VirtualTimeRuntime

SET_UP: Final[Address] = "set-up"  # who sends what is sent before a run begins
_FIRST_COMMAND: Final = 2**41  # above those of workloads and handles
_SENT_AT_ONCE: Final = 1_000  # fewer than any mailbox and any door takes


class Notices:
    """The notifications of a run.

    Args:
        runtime: Whose they are.
        plan: Who is told of what.
        seed: Of the run.
    """

    def __init__(self, runtime: VirtualTimeRuntime, plan: NotificationsPlan, seed: int) -> None:
        self._runtime = runtime
        self._plan = plan
        self._next_command = _FIRST_COMMAND
        self.channels = {
            channel.channel: ChannelModel(runtime, channel, seed) for channel in plan.channels
        }
        runtime.attach(SET_UP, lambda _: None)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return what each provider has counted."""
        return {name: dict(sorted(model.counts.items())) for name, model in self.channels.items()}

    def set_up(self, users: int, tape: PriceTape, streams: Streams) -> None:
        """Let users say what they want to be told of, before the run begins."""
        commands: list[SetPreferences | SetAlert] = [*self._preferences(users, streams)]
        if self._plan.alerts is not None:
            commands += self._alerts(self._plan.alerts, users, tape, streams)
        for start in range(0, len(commands), _SENT_AT_ONCE):
            for command in commands[start : start + _SENT_AT_ONCE]:
                self._runtime.send(EXCHANGE, command, SET_UP)
            self._runtime.run_until_idle()

    def _command_id(self) -> int:
        self._next_command += 1
        return self._next_command

    def _preferences(self, users: int, streams: Streams) -> Iterator[SetPreferences]:
        rng = streams.get("preferences")
        events = tuple(Event(name) for name in self._plan.events)
        has_any = rng.random(users) < self._plan.users
        wants = rng.random((users, len(self._plan.channels)))
        channels = [Channel(plan.channel) for plan in self._plan.channels]
        shares = [plan.wanted for plan in self._plan.channels]
        for number in range(1, users + 1):
            routes = tuple(
                Route(channel, destination(channel, number), events)
                for channel, wanted, draw in zip(channels, shares, wants[number - 1], strict=True)
                if has_any[number - 1] and draw < wanted
            )
            if routes:
                account = account_address(number)
                yield SetPreferences(self._command_id(), account, routes, SET_UP, user_id(number))

    def _alerts(
        self, plan: AlertsPlan, users: int, tape: PriceTape, streams: Streams
    ) -> Iterator[SetAlert]:
        """Yield alerts on both sides of the first price, none of which is met by it."""
        rng = streams.get("alerts")
        symbols = rng.integers(0, min(plan.symbols, len(tape.symbols)), plan.count)
        aways = rng.uniform(-plan.spread, plan.spread, plan.count)
        repeats = rng.random(plan.count) < plan.repeats
        for row in range(plan.count):
            first, away = int(tape.opening[symbols[row]]), float(aways[row])
            offset = max(1, abs(round(first * away)))
            price = max(1, first - offset) if away < 0 else min(MAX_PRICE, first + offset)
            yield SetAlert(
                self._command_id(), account_address(1 + row % users), tape.symbols[symbols[row]],
                Direction.BELOW if away < 0 else Direction.ABOVE, price, bool(repeats[row]),
                SET_UP, user_id(1 + row % users),
            )  # fmt: skip


def paces_of(plan: NotificationsPlan | None) -> dict[Channel, Pace]:
    """Return how fast each channel of a plan may be used."""
    channels = () if plan is None else plan.channels
    return {Channel(channel.channel): pace_of(channel) for channel in channels}
