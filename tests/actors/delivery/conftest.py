"""What the tests of gateways need: notifications, and batches of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from actors.domain.notifications import Channel, Event, Notification, Occasion
from actors.messages.notifications import SendBatch

Batch = Callable[..., SendBatch]


@pytest.fixture
def batch_to() -> Batch:
    """Give a maker of batches with one deposit for each destination."""

    def make(
        *destinations: str, about: str = "U1-1/1", producer: str = "account/U1-1"
    ) -> SendBatch:
        occasion = Occasion(Event.DEPOSIT, about, 0, amount=50_000)
        content = tuple(
            Notification(producer, number, "U1", to, occasion)
            for number, to in enumerate(destinations, 1)
        )
        return SendBatch(1, 0, Channel.EMAIL, content)

    return make
