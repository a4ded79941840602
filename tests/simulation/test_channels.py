"""Channels in virtual time: slow, failing, gone for a while, and the same for the same seed."""

from __future__ import annotations

from typing import Any

from actors.domain.notifications import Channel, Event, Notification, Occasion
from actors.messages.notifications import BatchResult, SendBatch
from actors.runtimes.mailbox import Envelope
from simulation.channels import ChannelModel
from simulation.notification_plan import ChannelPlan, OutagePlan
from simulation.virtual_time import VirtualTimeRuntime

NOTIFIER = "notifier/email"


def notification(number: int) -> Notification:
    return Notification("account/U1-1", number, "U1", "a@b.c", Occasion(Event.DEPOSIT, "x", 0))


class World:
    """A channel, and a notifier that only listens."""

    def __init__(self, seed: int = 1, **options: Any) -> None:
        self.runtime = VirtualTimeRuntime()
        plan = ChannelPlan("email", 1.0, 1, 100.0, **options)
        self.model = ChannelModel(self.runtime, plan, seed)
        self.heard: list[tuple[float, BatchResult]] = []
        self.runtime.attach(
            NOTIFIER, lambda got: self.heard.append((self.runtime.now, got.message))
        )

    def send(self, *numbers: int) -> BatchResult | None:
        """Send a batch, wait long enough, and return the answer if there is one."""
        batch = SendBatch(1, 0, Channel.EMAIL, tuple(notification(n) for n in numbers))
        before = len(self.heard)
        self.model.take(Envelope(batch, NOTIFIER))
        self.runtime.run(until_s=self.runtime.now + 30.0)
        return self.heard[-1][1] if len(self.heard) > before else None


def test_a_batch_takes_half_the_mean_latency_at_least_and_the_mean_on_average() -> None:
    world, took_s = World(latency_s=0.4), []
    for number in range(1, 401):
        before_s = world.runtime.now
        world.send(number)
        took_s.append(world.heard[-1][0] - before_s)

    assert min(took_s) >= 0.2
    assert 0.36 < sum(took_s) / len(took_s) < 0.44


def test_so_large_a_share_fails_and_may_be_tried_again() -> None:
    world = World(failures=0.3)
    result = world.send(*range(1, 1_001))

    assert result is not None
    assert 240 < len(result.undelivered) < 360
    assert not any(failure.is_final for failure in result.undelivered)


def test_who_is_refused_once_is_refused_for_ever() -> None:
    world = World(refusals=0.2)
    first, second = world.send(*range(1, 201)), world.send(*range(1, 201))

    assert first is not None
    assert second is not None
    assert first.undelivered == second.undelivered != ()
    assert all(failure.is_final for failure in first.undelivered)


def test_what_comes_twice_is_shown_once_and_confirmed_twice() -> None:
    world = World()
    first, second = world.send(1), world.send(1)

    assert first == second
    assert world.model.counts == {"attempts": 2, "shown": 1, "repeated": 1}


def test_an_outage_answers_nothing() -> None:
    world = World(outages=(OutagePlan(0.0, 10.0),))

    assert world.send(1) is None
    assert world.send(1) is not None
    assert world.model.counts["unreached"] == 1


def test_what_becomes_of_one_does_not_depend_on_the_others() -> None:
    alone, among = World(failures=0.5).send(7), World(failures=0.5).send(3, 7, 9)
    other = [World(seed=seed, failures=0.5).send(7) for seed in range(20)]

    assert alone is not None
    assert among is not None
    assert ("account/U1-1/7" in alone.delivered) == ("account/U1-1/7" in among.delivered)
    assert len({result.delivered for result in other if result}) == 2
